"""Tables of plain text for a terminal, and text that is safe on one."""

import unicodedata
from collections.abc import Collection, Sequence

Row = Sequence[str]

_GAP = "  "


def text_table(
    head: Row,
    rows: Sequence[Row],
    *,
    right: Collection[str] | None = None,
    widest: int | None = None,
    width: int | None = None,
    give_up: Sequence[tuple[str, int]] = (),
    paths: Collection[str] = (),
    ascii_only: bool = False,
) -> str:
    """Aligned columns under a header, one line a row, two spaces between columns.

    Args:
        rows: their cells; what could drive a terminal is escaped.
        right: titles of columns of numbers, which are aligned at the right; by default
            all but the first.
        widest: columns of the terminal that a cell may take.
        width: columns of the terminal that a line may take; no limit by default.
        give_up: title and least width of a column that is narrowed where a line is
            wider than ``width``, in this order, as far as is needed. With the least
            width 0 the column is left out.
        paths: titles of columns whose cells lose their beginning when they are cut,
            because the end of a path says the most; the others lose their end.
        ascii_only: escape what is not ASCII.
    """
    mark = "..." if ascii_only else "…"
    right = head[1:] if right is None else right
    columns = [
        (title, [printable(cell, ascii_only=ascii_only) for cell in cells])
        for title, *cells in zip(head, *rows, strict=True)
    ]
    widths = [
        min(widest or 1 << 30, max(map(columns_wide, [title, *cells])))
        for title, cells in columns
    ]
    if width is not None:
        _give_up(head, widths, width, give_up)
    shown = []
    for (title, cells), wide in zip(columns, widths, strict=True):
        if wide:
            cut = cut_left if title in paths else cut_right
            fitted = [cut_right(title, wide, mark)]
            fitted += [cut(cell, wide, mark) for cell in cells]
            pads = [" " * (wide - columns_wide(cell)) for cell in fitted]
            shown.append(
                [
                    pad + cell if title in right else cell + pad
                    for cell, pad in zip(fitted, pads, strict=True)
                ]
            )
    lines = zip(*shown, strict=True)
    return "".join(f"{_GAP.join(line).rstrip()}\n" for line in lines)


def _give_up(
    head: Row, widths: list[int], width: int, steps: Sequence[tuple[str, int]]
) -> None:
    """Narrow columns, in place, until a line fits."""
    for title, least in steps:
        line = [wide + len(_GAP) for wide in widths if wide]
        excess = sum(line) - len(_GAP) - width
        if excess <= 0:
            return
        for place, wide in enumerate(widths):
            if head[place] == title and wide > least:
                widths[place] = max(least, wide - excess) if least else 0


def markdown_table(head: Row, rows: Sequence[Row]) -> str:
    """The same in Markdown; bars and line breaks in cells are escaped."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    lines = [[_cell(cell) for cell in row] for row in (head, marks, *rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(printable(text.replace("|", "\\|")).split())


def printable(text: str, *, ascii_only: bool = False) -> str:
    """The text on one line, with everything that could drive a terminal escaped.

    Args:
        text: any, a hostile file name for one.
        ascii_only: escape what is not ASCII, too.
    """
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )
    return safe.encode("ascii", "backslashreplace").decode() if ascii_only else safe


def columns_wide(text: str) -> int:
    """How many columns of a terminal the text takes; wide characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def cut_left(text: str, width: int, mark: str = "…") -> str:
    """Drop the beginning until the text fits."""
    if columns_wide(text) <= width:
        return text
    while text and columns_wide(mark) + columns_wide(text) > width:
        text = text[1:]
    return mark + text


def cut_right(text: str, width: int, mark: str = "…") -> str:
    """Drop the end until the text fits."""
    if columns_wide(text) <= width:
        return text
    while text and columns_wide(mark) + columns_wide(text) > width:
        text = text[:-1]
    return text.rstrip() + mark
