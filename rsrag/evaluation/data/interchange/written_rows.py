"""Rows written to a file, whole or not at all."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from rsrag.durable import staged
from rsrag.errors import ConfigError

Row = Mapping[str, Any]


def write_rows(rows: Iterable[Row], out: Path) -> None:
    """Write rows: a list if the name ends in ``.json``, a table if in ``.csv``.

    Else each is a line of JSON. A table has the columns of the first row.

    Raises:
        ConfigError: the file cannot be written, or a row does not fit the table.
    """
    try:
        with staged(out) as draft, draft.open("w", encoding="utf-8", newline="") as to:
            if out.suffix == ".csv":
                _table(rows, to, out)
            elif out.suffix == ".json":
                mark = "[\n"
                for row in rows:
                    to.write(mark + json_line(row).rstrip("\n"))
                    mark = ",\n"
                to.write("[]\n" if mark == "[\n" else "\n]\n")
            else:
                to.writelines(map(json_line, rows))
    except OSError as exc:
        raise ConfigError(f"{out} cannot be written: {exc}") from exc


def _table(rows: Iterable[Row], to: TextIO, out: Path) -> None:
    writer: csv.DictWriter[str] | None = None
    for number, row in enumerate(rows, 1):
        if writer is None:
            writer = csv.DictWriter(to, list(row), lineterminator="\n")
            writer.writeheader()
        if row.keys() != set(writer.fieldnames):
            raise ConfigError(
                f"{out}: row {number} has the columns {', '.join(row)}, the first "
                f"{', '.join(writer.fieldnames)}.",
                hint="a name that ends in .jsonl",
            )
        writer.writerow(
            {k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()}
        )


def json_line(row: Row) -> str:
    """A row as a line of JSON; what is no Unicode is escaped."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(row, allow_nan=False)
    return text + "\n"
