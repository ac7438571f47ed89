"""Rows of a metadata file: CSV, JSON or JSON Lines."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.tables import decoded, open_table


def metadata_rows(
    path: Path, notes: list[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each row with words for where it stands."""
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        yield from _table_rows(path, notes)
    elif kind in (".jsonl", ".ndjson"):
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield f"line {number}", _object(line, f"{path}, line {number}")
    elif kind == ".json":
        text = path.read_text(encoding="utf-8-sig")
        whole = _load(text, str(path))
        if isinstance(whole, dict) and isinstance(whole.get("images"), list):
            whole = whole["images"]
        if isinstance(whole, dict):
            whole = [
                {"file": name, **row} if isinstance(row, dict) else row
                for name, row in whole.items()
            ]
        if not isinstance(whole, list):
            raise ConfigError(f"{path} is neither a list nor an object of rows.")
        for number, row in enumerate(whole, 1):
            if not isinstance(row, dict):
                raise ConfigError(f"{path}, row {number} is not an object.")
            yield f"row {number}", row
    else:
        raise ConfigError(
            f"The metadata file {path} is not CSV, JSON or JSONL.",
            hint="its ending must be .csv, .tsv, .json, .jsonl or .ndjson",
        )


def _table_rows(path: Path, notes: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    text, guessed = decoded(path.read_bytes())
    if guessed:
        notes.append(f"{path} is not UTF-8: read as {guessed}")
    where = str(path)
    try:
        table = open_table(text)
        for line, row in table.rows():
            where = f"{path}, line {line}"
            yield f"line {line}", table.cells(row)
    except ValueError as exc:
        raise ConfigError(f"{where}: {exc}.") from exc


def _load(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"{where} is not JSON: {exc}") from exc


def _object(text: str, where: str) -> dict[str, Any]:
    value = _load(text, where)
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is not an object.")
    return value
