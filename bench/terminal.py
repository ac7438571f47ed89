"""A result on a terminal of 100 columns."""

import textwrap

from bench.cells import cell, duration, is_numeric, setting
from bench.result import Goal, Result, Table

WIDTH = 100
GAP = "  "


def shown(result: Result) -> str:
    """Tables, goals, and what was tried."""
    parts = [f"{result.title} ({result.mode}, {duration(result.elapsed_s)})"]
    parts[0] += "\n" + "=" * min(WIDTH, len(parts[0]))
    parts.append(textwrap.fill(result.text, WIDTH))
    if result.settings:
        settings = ", ".join(
            f"{key} {setting(value)}" for key, value in result.settings.items()
        )
        parts.append(textwrap.fill(settings, WIDTH))
    parts += [table(one) for one in result.tables]
    if result.goals:
        parts.append("Goals\n" + "\n".join(map(_goal, result.goals)))
    if result.tried:
        parts.append("Tried\n" + "\n".join(map(_tried, result.tried)))
    return "\n\n".join(parts) + "\n"


def table(one: Table, width: int = WIDTH) -> str:
    """A table with its title and note; long cells are wrapped.

    One too wide even so is set row by row, a line for each cell.
    """
    note = [textwrap.fill(one.note, width)] if one.note else []
    rows = [[cell(value) for value in row] for row in one.rows]
    widths = _widths([list(one.columns), *rows], width)
    if widths is None:
        body = _records(one.columns, rows, width)
    else:
        right = [
            is_numeric([row[number] for row in one.rows])
            for number in range(len(one.columns))
        ]
        lines = [_row(list(one.columns), widths, right)]
        lines.append(GAP.join("-" * each for each in widths))
        lines += [_row(row, widths, right) for row in rows]
        body = "\n".join(lines)
    return "\n".join([textwrap.fill(one.title, width), "", body, *note])


def _widths(rows: list[list[str]], width: int) -> list[int] | None:
    """Of columns: the widest are narrowed, word by word, until all fit."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    least = [
        max(len(word) for text in column for word in (text.split() or [""]))
        for column in columns
    ]
    room = width - len(GAP) * (len(widths) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(
            (number for number in range(len(widths)) if widths[number] > least[number]),
            key=lambda number: widths[number],
        )
        widths[widest] -= 1
    return widths


def _row(texts: list[str], widths: list[int], right: list[bool]) -> str:
    cells = [
        textwrap.wrap(text, width, break_on_hyphens=False) or [""]
        for text, width in zip(texts, widths, strict=True)
    ]
    lines = []
    for number in range(max(map(len, cells))):
        pieces = [each[number] if number < len(each) else "" for each in cells]
        aligned = [
            piece.rjust(width) if to_right else piece.ljust(width)
            for piece, width, to_right in zip(pieces, widths, right, strict=True)
        ]
        lines.append(GAP.join(aligned).rstrip())
    return "\n".join(lines)


def _records(columns: tuple[str, ...], rows: list[list[str]], width: int) -> str:
    return "\n\n".join(
        "\n".join(
            textwrap.fill(f"{head}: {text}", width, subsequent_indent="    ")
            for head, text in zip(columns, row, strict=True)
        )
        for row in rows
    )


def _goal(goal: Goal) -> str:
    mark = "met   " if goal.met else "MISSED"
    text = f"{mark}  {goal.text}: wanted {goal.wanted}, measured {goal.measured}"
    if goal.why:
        text += f" ({goal.why})"
    return textwrap.fill(text, WIDTH, subsequent_indent=" " * 8)


def _tried(tried: tuple[str, str]) -> str:
    return textwrap.fill(": ".join(tried), WIDTH, subsequent_indent="    ")
