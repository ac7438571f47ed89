"""Tables of text as spreadsheets save them: CSV and its kin, read to the last cell."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SEPARATORS = ",;\t|"
_LONGEST_CELL = 2**24
_COMMA = re.compile(
    r"\s*([+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)),(\d+)(|\s*[^\d\s,.;][^\d,]*[23]?)\s*"
)
_GROUPS = re.compile(
    r"\s*[+-]?[1-9]\d{0,2}(?:\.\d{3})+(|\s*[^\d\s,.;][^\d.,]*[23]?)\s*"
)
_POINT = re.compile(r"[+-]?\d+\.\d+(|\s*[^\d\s,.;][^\d,]*[23]?)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header.

    Attributes:
        header: names of the columns, stripped.
        separator: what parts the columns; unless a comma, ``0,5`` is a number.
        grouped: whether ``12.000`` is twelve thousand.
    """

    header: tuple[str, ...]
    separator: str
    grouped: bool
    _rows: Any = field(repr=False)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that holds any text.

        Raises:
            ValueError: text that is no CSV, naming the line.
        """
        try:
            for row in self._rows:
                if any(cell.strip() for cell in row):
                    yield self._rows.line_num, row
        except csv.Error as exc:
            raise ValueError(f"line {self._rows.line_num}: {exc}") from exc

    def cells(self, row: list[str]) -> dict[str, str]:
        """Cells by column, those of numbers with a point.

        Raises:
            ValueError: more or fewer cells than columns; empty ones beyond the last
                column count for nothing.
        """
        width = len(self.header)
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise ValueError(f"{len(row)} cells, where the header has {width}")
        cells = (plain_number(cell, self.separator, self.grouped) for cell in row)
        return dict(zip(self.header, cells, strict=False))


def open_table(text: str) -> Table:
    """Read the header of a table whose columns are parted by commas, ``;``, tabs or |.

    Args:
        text: of the whole file; Excel's ``sep=;`` may stand first.

    Raises:
        ValueError: no header, or two columns of one name.
    """
    first, _, rest = text.partition("\n")
    separator = max(SEPARATORS, key=first.count)
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[4], rest
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [column.strip() for column in next(rows, [])]
    except csv.Error as exc:
        raise ValueError(f"line {rows.line_num}: {exc}") from exc
    while header and not header[-1]:
        header.pop()
    if not header:
        raise ValueError("it has no header")
    if twice := next((c for c in header if header.count(c) > 1), None):
        raise ValueError(f"two columns are named {twice!r}")
    return Table(tuple(header), separator, separator == ";" and _grouped(text), rows)


def _grouped(text: str) -> bool:
    """Whether commas part decimals, and no number has a dot there."""
    cells = [cell.strip(' "\t') for cell in re.split(r"[;\r\n]", text)]
    return any(map(_COMMA.fullmatch, cells)) and not any(
        _POINT.fullmatch(cell) and not _GROUPS.fullmatch(cell) for cell in cells
    )


def decoded(data: bytes) -> tuple[str, str | None]:
    """Bytes of a table as text.

    Returns:
        The text, and the name of the encoding if it had to be guessed: without a
        byte order mark, what is no UTF-8 is taken for Windows's cp1252.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16"), None
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def plain_number(text: str, separator: str, grouped: bool = False) -> str:
    """``0,5`` as ``0.5``, and ``2.962,06 m`` as ``2962.06 m``.

    Between semicolons every comma is a decimal one; between tabs ``1,234`` may well be
    a thousand, and stays. So does ``12.000``, unless the table's numbers are grouped.
    """
    if grouped and _GROUPS.fullmatch(text):
        return text.replace(".", "")
    match = None if separator == "," else _COMMA.fullmatch(text)
    if not match or (separator != ";" and len(match[2]) == 3 and len(match[1]) < 4):
        return text
    return f"{match[1].replace('.', '')}.{match[2]}{match[3]}"
