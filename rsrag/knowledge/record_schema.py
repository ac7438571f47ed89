"""Records as JSON and back, and what a well-formed record is.

One JSON object a record. Keys are the names of the dataclass's fields, in their
order; what is ``None`` or empty is left out; the geometry is a GeoJSON geometry
object. ``docs/knowledge.md`` shows it.
"""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from rsrag.errors import KnowledgeError
from rsrag.knowledge.shapes import geometry_json, geometry_wkb, off_earth, shown
from rsrag.records import Fact, Landmark, Passage, Record

MAX_NAME = 500
"""Characters of a name, an alias, a category, a source or a licence."""
MAX_TEXT = 100_000
"""Characters of a value or a text."""

_ID = re.compile(r"[0-9a-f]{16}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_VARIABLE = re.compile(r"[^\W_][^\W]*")
_DAY = r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_PERIOD = re.compile(rf"{_DAY}(?:/{_DAY})?")

R = TypeVar("R", Landmark, Fact, Passage)


def to_json(record: Record) -> dict[str, Any]:
    """The record as plain values, ready for ``json.dumps``."""
    data: dict[str, Any] = {}
    for name in _FIELDS[type(record)]:
        value = getattr(record, name)
        if value is None or value == ():
            continue
        if name == "geometry":
            value = geometry_json(value)
        elif name == "number" and value == int(value) and abs(value) < 1e15:
            value = int(value)
        data[name] = list(value) if isinstance(value, tuple) else value
    return data


def to_line(record: Record) -> str:
    """The record as one line of JSON, without the line's end."""
    return json.dumps(to_json(record), ensure_ascii=False, allow_nan=False)


def from_json(kind: type[R], data: object, where: str) -> R:
    """Read one record; ``where`` is its file and line, for messages.

    Raises:
        KnowledgeError: not an object, a key that is missing or unknown, a value of the
            wrong type, or one that :func:`check` refuses.
    """
    if not isinstance(data, Mapping):
        raise KnowledgeError(f"{where}: {shown(data)} is not an object.")
    fields = _FIELDS[kind]
    if not data.keys() <= _FIELD_SETS[kind]:
        key = next(key for key in data if key not in fields)
        raise KnowledgeError(
            f"{where}: {shown(key)} is no field of a {kind.__name__.lower()}.",
            hint=f"its fields are {', '.join(fields)}",
        )
    values = dict(data)
    for name in ("aliases", "images"):
        value = values.get(name)
        if isinstance(value, list):
            values[name] = tuple(value)
    if values.get("geometry") is not None and "geometry" in fields:
        values["geometry"] = geometry_wkb(values["geometry"], where)
    number = values.get("number")
    if isinstance(number, int) and not isinstance(number, bool):
        try:
            values["number"] = float(number)
        except OverflowError:
            raise KnowledgeError(f"{where}: number: {shown(number)} is vast.") from None
    if not values.keys() >= _REQUIRED[kind]:
        missing = [name for name in fields if name in _REQUIRED[kind] - values.keys()]
        raise KnowledgeError(f"{where}: {', '.join(missing)} is missing.")
    record = kind(**values)
    check(record, where)
    return record


def check(record: Record, where: str) -> None:
    """Refuse a record that is not well formed, naming ``where``, field and value."""

    def fault(field: str, problem: str) -> KnowledgeError:
        return KnowledgeError(
            f"{where}: {field}: {shown(getattr(record, field))} {problem}."
        )

    for name, longest, required in _TEXTS[type(record)]:
        value = getattr(record, name)
        if value is None and not required:
            continue
        if longest:
            if problem := text_problem(value, longest):
                raise fault(name, problem)
        elif not isinstance(value, str) or not _ID.fullmatch(value):
            raise fault(name, "is not an id of 16 hex digits")
    if isinstance(record, Landmark):
        for name in ("aliases", "images"):
            values = getattr(record, name)
            if not isinstance(values, tuple):
                raise fault(name, "is not a list")
            for value in values:
                if problem := text_problem(value, MAX_NAME):
                    raise KnowledgeError(f"{where}: {name}: {shown(value)} {problem}.")
        problem = None if record.geometry is None else off_earth(record.geometry)
        if problem:
            raise KnowledgeError(f"{where}: geometry: {problem}.")
    elif isinstance(record, Fact):
        if record.variable != record.variable.lower() or not _VARIABLE.fullmatch(
            record.variable
        ):
            raise fault("variable", "is not in snake case, as maximum_depth")
        if record.period is not None and not _PERIOD.fullmatch(record.period):
            raise fault("period", "is not 2019, 2019-01, 2019-01-31 or two with '/'")
        number = record.number
        if number is not None and (
            not isinstance(number, float) or not math.isfinite(number)
        ):
            raise fault("number", "is not a finite number")


def text_problem(value: object, longest: int) -> str | None:
    """Why a text is not good, or ``None``; a name stands on one line."""
    if not isinstance(value, str):
        return "is not text"
    if not value or value.isspace():
        return "is empty"
    if len(value) > longest:
        return f"has {len(value):,} characters, more than {longest:,}"
    if value.isprintable():
        return None
    if _SURROGATE.search(value):
        return "holds half of a surrogate pair"
    if longest <= MAX_NAME and _CONTROL.search(value):
        return "holds a control character"
    return None


_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind))
    for kind in (Landmark, Fact, Passage)
}
_FIELD_SETS = {kind: frozenset(fields) for kind, fields in _FIELDS.items()}
_REQUIRED: dict[type, set[str]] = {
    kind: {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
    }
    for kind in (Landmark, Fact, Passage)
}
_LONGEST = {"id": 0, "landmark_id": 0, "value": MAX_TEXT, "text": MAX_TEXT}
_TEXTS = {
    kind: [
        (name, _LONGEST.get(name, MAX_NAME), name in _REQUIRED[kind])
        for name in fields
        if name not in ("aliases", "geometry", "images", "number")
    ]
    for kind, fields in _FIELDS.items()
}
"""The texts of each kind: how long at most (0 for an id), and if required."""
