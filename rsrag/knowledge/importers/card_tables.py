"""Cards in JSON, JSON Lines and CSV files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.card_columns import field_names, taken_apart
from rsrag.knowledge.importers.cards import CardReader
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.files import load_json, refuse_doubles
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.merging import first_few
from rsrag.tables import open_table
from rsrag.types import Skip

_PLACES = frozenset({"lon", "lat", "coordinates", "wkt", "bbox", "geometry"})


def read_json_cards(
    data: object, where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Cards of a JSON file: an object, or a list of objects."""
    rows = data if isinstance(data, list) else [data]
    parts = ((f"record {number}", row) for number, row in enumerate(rows, 1))
    return _cards(parts, where, options)


def read_json_lines(
    text: str, where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Cards of a JSON Lines file; empty lines are passed over."""
    parts = (
        (f"line {number}", line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    )
    return _cards(parts, where, options, as_lines=True)


def _cards(
    rows: Iterator[tuple[str, Any]],
    where: str,
    options: ImportOptions,
    *,
    as_lines: bool = False,
) -> tuple[Records, list[Skip]]:
    collector = Collector(options, where)
    reader = CardReader(collector, drop=options.drop)
    names = {column: field for field, column in options.columns.items()}
    for at, row in rows:
        with collector.attempt(at):
            card = load_json(row, collector.at) if as_lines else row
            if not isinstance(card, Mapping):
                raise collector.bad("record", card, "is not an object")
            refuse_doubles(card, collector.at)
            if "license" in card and "licence" not in card:
                card = {**card, "licence": card["license"]}
                del card["license"]
            card = taken_apart(card, options.state)
            reader.add({names.get(key, key): value for key, value in card.items()})
    return collector.records(), collector.skipped


def read_csv(
    text: str, where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Cards of a CSV file with a header; see :mod:`rsrag.tables`."""
    collector = Collector(options, where)
    reader = CardReader(collector, drop=options.drop)
    try:
        table = open_table(text)
        names = field_names(list(table.header), options.columns, where)
        placed = not _PLACES.isdisjoint(names.values())
        seen: Counter[str] = Counter()
        for number, row in table.rows():
            with collector.attempt(f"line {number}"):
                try:
                    cells = table.cells(row)
                except ValueError as exc:
                    raise KnowledgeError(f"{collector.at}: {exc}.") from exc
                known = {c: v for c, v in cells.items() if c in names and v.strip()}
                card = {names[column]: value for column, value in known.items()}
                seen[card.get("name", "")] += 1
                reader.add(card)
        twice = [repr(name) for name, count in seen.items() if name and count > 1]
        if not seen:
            raise KnowledgeError(f"{where} has a header and no rows.")
        if not placed and "id" not in names.values():
            note = f"{where}: no column says where (--map lat=COLUMN --map lon=COLUMN)"
            few = first_few(twice)
            options.state.notes.append(
                f"{note}, so rows of one name were taken for one landmark: {few}"
                if twice
                else f"{note}: its landmarks have no place"
            )
    except ValueError as exc:
        raise KnowledgeError(f"{where}: {exc}.") from exc
    return collector.records(), collector.skipped
