"""Tables of text as spreadsheets save them: CSV and its kin, read to the last cell."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SEPARATORS = ",;\t|"
_LONGEST_CELL = 2**24


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header.

    Attributes:
        header: names of the columns, stripped.
        decimal_comma: whether ``0,5`` is a number here: columns are parted by
            something else than commas.
    """

    header: tuple[str, ...]
    decimal_comma: bool
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
        comma = self.decimal_comma
        cells = (plain_number(cell, comma) for cell in row)
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
    return Table(tuple(header), separator != ",", rows)


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


def plain_number(text: str, decimal_comma: bool) -> str:
    """``0,5`` as ``0.5`` in a table whose numbers have decimal commas."""
    if not decimal_comma or text.count(",") != 1:
        return text
    whole, _, part = text.strip().partition(",")
    digits = whole.removeprefix("-").removeprefix("+").replace(".", "")
    if not (digits.isdecimal() and part.isdecimal()):
        return text
    return f"{whole.replace('.', '')}.{part}"
