"""RSWK's files: world, monthly and expert knowledge, descriptions, captions.

A record is ``{"image_name": …, "world knowledge": {…}, "monthly expert knowledge":
{…}, …}`` with any of its sections; ``ori_data`` files nest lists in them. Records of
one ``image_name`` are one landmark, whichever file they are from.
"""

import re
from collections.abc import Mapping
from typing import Any

from rsrag.knowledge.collection import Records
from rsrag.knowledge.coordinates import parse_place
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.files import refuse_doubles
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.importers.record_text import clean_name
from rsrag.knowledge.importers.rswk_repair import location_field, name_is_visitors
from rsrag.knowledge.months import month_number
from rsrag.knowledge.shapes import point_wkb
from rsrag.packages import packaged_json
from rsrag.types import Skip

NAMESPACE = "rswk"
LICENCE = "LicenseRef-RSWK"
"""RSWK states its terms only in its own repository; ``--licence`` says more."""

_TABLES = packaged_json("knowledge/importers/rswk_words.json")
_SECTIONS: list[str] = _TABLES["sections"]
_TEXTS: dict[str, str] = _TABLES["texts"]
_PROSE: dict[str, str] = _TABLES["prose"]
"""Variables whose values are also passages, and of which kind."""
_WORDS = {*_PROSE, *_TABLES["words"]}
"""Variables whose values are no measurements, though some look like numbers."""
_MONTHLY = re.compile(r"(.+?)\s+(\d{4})(?:\s+([A-Za-z]+))?")


def is_rswk(record: object) -> bool:
    """Whether a JSON value looks like a record of RSWK's."""
    if not isinstance(record, Mapping) or "image_name" not in record:
        return False
    keys = {_key(key) for key in record}
    return bool(keys & {*_SECTIONS, *_TEXTS})


def read_rswk(
    data: object, where: str, file_name: str, options: ImportOptions
) -> tuple[Records, list[Skip], dict[str, int]]:
    """Records, skips, and how often each repair was made; the source names the file."""
    rows = data if isinstance(data, list) else [data]
    nested = any(isinstance(row, Mapping) and "ID" in row for row in rows)
    collector = Collector(
        options,
        where,
        namespace=NAMESPACE,
        # ori_data is a folder of one file a landmark: together they are one source.
        source="RSWK ori_data" if nested else f"RSWK {file_name}",
        licence=LICENCE,
    )
    for number, row in enumerate(rows, 1):
        with collector.attempt(f"record {number}"):
            refuse_doubles(row, collector.at)
            _read(collector, row)
    return collector.records(), collector.skipped, dict(collector.counts)


def _read(to: Collector, row: object) -> None:
    if not isinstance(row, Mapping):
        raise to.bad("record", row, "is not an object")
    title = row.get("image_name")
    if not isinstance(title, str) or not clean_name(title):
        raise to.bad("image_name", title, "is not a name")
    sections = {_key(key): value for key, value in row.items()}
    for name in _SECTIONS:
        if not isinstance(sections.get(name, {}), Mapping):
            raise to.bad(name, sections[name], "is not an object")
    world = sections.get("world_knowledge", {})
    texts = {field: _flat(to, field, value) for field, value in world.items()}
    facts = [
        (field, _filed(_key(field), text, title), text)
        for field, text in texts.items()
        if text.strip()
    ]
    first = {variable: text for _, variable, text in reversed(facts)}
    place = parse_place(first.get("location", ""))
    alias = first.get("name", "")
    landmark = to.landmark(
        title,
        title,
        aliases=[alias] if len(alias) <= 200 else [],
        category=first.get("category"),
        geometry=None if place is None else point_wkb(*place),
    )
    for _, variable, text in facts:
        to.fact(landmark, variable, text, measured=variable not in _WORDS)
        if variable in _PROSE:
            to.text(landmark, _PROSE[variable], text)
    for name in _SECTIONS[1:]:
        _measured(to, landmark, name, sections.get(name, {}))
    for name, kind in _TEXTS.items():
        for text in _texts(to, name, sections.get(name)):
            to.text(landmark, kind, text)
    to.counts.update(
        f"{field} {filed}" for field, filed, _ in facts if filed != _key(field)
    )


def _filed(variable: str, text: str, title: str) -> str:
    """The variable that a value belongs to, wherever RSWK has put it."""
    if variable == "name" and name_is_visitors(text, title):
        return "notable_visitors"
    return location_field(text) if variable == "location" else variable


def _measured(
    to: Collector, landmark: str, section: str, values: Mapping[str, Any]
) -> None:
    for key, value in values.items():
        match = _MONTHLY.fullmatch(key.strip())
        variable, period = key, None
        if match:
            variable, year, month = match.groups()
            period = year
            if month is not None:
                if (number := month_number(month)) is None:
                    raise to.bad(section, key, "names no month")
                period += f"-{number:02d}"
        # "EMIS(Surface emissivity)" explains itself; the variable is EMIS.
        short = re.sub(r"\s*\(.*\)\s*$", "", variable)
        to.fact(landmark, short or variable, _flat(to, key, value), period)


def _key(name: object) -> str:
    return re.sub(r"[\W_]+", "_", str(name).lower()).strip("_")


def _texts(to: Collector, name: str, value: object) -> list[str]:
    given: list[Any] = value if isinstance(value, list) else [value]
    if value is None:
        return []
    for text in given:
        if not isinstance(text, str):
            raise to.bad(name, text, "is not text")
    return given


def _flat(to: Collector, field: str, value: object) -> str:
    """A value as text; nested lists as RSWK's own flat files write them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_flat(to, field, v)}" for k, v in value.items() if v)
    if isinstance(value, list):
        if any(isinstance(part, Mapping) for part in value):
            return " ".join(_event(to, field, part) for part in value)
        return "、".join(_flat(to, field, part) for part in value)
    raise to.bad(field, value, "is not text")


def _event(to: Collector, field: str, part: object) -> str:
    """``{Event, Year, Description}`` as ``YEAR EVENT: DESCRIPTION``."""
    if not isinstance(part, Mapping) or "Event" not in part:
        return _flat(to, field, part)
    year, event = (_flat(to, field, part.get(key)) for key in ("Year", "Event"))
    told = _flat(to, field, part.get("Description"))
    head = " ".join(word for word in (year, event) if word)
    return f"{head}: {told}" if told else head
