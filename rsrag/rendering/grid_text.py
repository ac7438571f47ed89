"""Rows of cells as text: for a terminal, or as a table of Markdown."""

from collections.abc import Sequence

Row = Sequence[str]


def aligned(rows: Sequence[Row]) -> str:
    """Columns under a header, the first at the left, the others at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def markdown_table(rows: Sequence[Row]) -> str:
    """The same as a table of Markdown; bars and line breaks in cells are escaped."""
    head, *body = [[_cell(cell) for cell in row] for row in rows]
    marks = ["---", *["---:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(row)} |" for row in (head, marks, *body)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
