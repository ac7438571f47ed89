"""Telling formats apart by their content."""

from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.files import load_json
from rsrag.knowledge.importers.osm import is_osm
from rsrag.knowledge.importers.rswk import is_rswk
from rsrag.tables import SEPARATORS

PROSE_SUFFIXES = (".md", ".markdown", ".txt", ".text", ".rst")


class ForeignError(KnowledgeError):
    """A file that is no knowledge; in a folder that is no fault."""


def text_form(path: Path, text: str, *, alone: bool) -> str:
    """The format of a text that is no JSON: ``csv`` or ``documents``.

    The ending counts, for prose and tables look alike; ``alone`` tells whether the file
    was named, not just found in a folder.

    Raises:
        ForeignError: neither.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".tab"):
        return "csv"
    lines = text.split("\n", 2)
    mark = max(SEPARATORS, key=lines[0].count)
    table = len(lines) > 1 and 0 < lines[0].count(mark) == lines[1].count(mark)
    # As a spreadsheet saves "text": prose has commas, but hardly tabs.
    if suffix in PROSE_SUFFIXES and not (table and mark == "\t"):
        return "documents"
    if table:
        return "csv"
    if alone and not suffix:
        return "documents"
    raise ForeignError(
        f"{path} is text, and of no format known here.",
        hint="--as documents to take it as prose, --as csv as a table",
    )


def json_form(data: Any, where: str) -> str:
    """The format of JSON: ``osm``, ``vector``, ``rswk`` or ``cards``."""
    if isinstance(data, dict) and data.get("type") in ("FeatureCollection", "Feature"):
        features = data.get("features", [data])
        some = features[:50] if isinstance(features, list) else []
        return "osm" if any(is_osm(feature) for feature in some) else "vector"
    rows = data if isinstance(data, list) else [data]
    if any(is_rswk(row) for row in rows[:50]):
        return "rswk"
    if rows_fit(rows):
        return "cards"
    raise ForeignError(
        f"{where} is JSON, but {_what(rows)}.",
        hint="--as FORMAT to force one; docs/knowledge.md shows each",
    )


def rows_fit(rows: list[Any]) -> bool:
    """Whether one of the first rows has a name as cards do."""
    return any(isinstance(row, dict) and "name" in row for row in rows[:50])


def _what(rows: list[Any]) -> str:
    if any(isinstance(row, dict) and "question" in row for row in rows[:50]):
        return "holds questions, and those are no knowledge"
    return "of no format known here"


def starts_as_lines(text: str, where: str) -> bool:
    """Whether the first lines are a JSON object each, and some are cards."""
    rows = []
    for line in text.split("\n", 20)[:20]:
        try:
            rows.append(load_json(line, where))
        except KnowledgeError:
            continue
    objects = [row for row in rows if isinstance(row, dict)]
    if objects and not rows_fit(objects) and _joined(objects) is None:
        raise ForeignError(f"{where} is JSON Lines, but {_what(objects)}.")
    return bool(objects)


def json_rows(text: str, where: str) -> Any:
    """JSON Lines of RSWK or GeoJSON features as one JSON value; ``None`` for cards."""
    first = load_json(text.lstrip().split("\n", 1)[0], where)
    if _joined([first]) is None:
        return None
    lines = enumerate(text.split("\n"), 1)
    return _joined(
        [load_json(line, f"{where}, line {n}") for n, line in lines if line.strip()]
    )


def _joined(rows: list[Any]) -> Any:
    if all(isinstance(row, dict) and row.get("type") == "Feature" for row in rows):
        return {"type": "FeatureCollection", "features": rows}
    return rows if all(map(is_rswk, rows)) else None
