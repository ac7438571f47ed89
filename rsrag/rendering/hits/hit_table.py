"""Hits as a table of plain text that a person reads in ten seconds."""

import shutil
from collections.abc import Sequence
from typing import BinaryIO, TextIO

from rsrag.rendering.hits import hit_fields as fields
from rsrag.retrieval.chip_hit import ChipHit

_GAP = "  "
_PLACE_WIDTH = 34
_SOURCE_WIDTH = 18
"""Narrower than this, a source says nothing: other columns go before that."""


def table_width(stream: TextIO | BinaryIO) -> int | None:
    """Columns of the terminal; ``None`` for a pipe, which has no width."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def hits_table(
    hits: Sequence[ChipHit], *, width: int | None = None, ascii_only: bool = False
) -> str:
    """Aligned columns under a header, one line a hit.

    A column that no hit has a value for is left out, so plain pictures give
    rank, score and source. Text columns are cut to fit: places at the right,
    sources at the left, where a path says the least. If that is not enough,
    window, GSD, date and coordinates go, in this order.

    Args:
        hits: best first.
        width: columns that a line may take, ``None`` for no limit.
        ascii_only: escape what is not ASCII.
    """
    mark = "..." if ascii_only else "…"
    columns = [
        ("RANK", [str(rank) for rank in range(1, len(hits) + 1)]),
        ("SCORE", [f"{hit.score:.3f}" for hit in hits]),
        ("PLACE", [hit.place or "" for hit in hits]),
        ("LAT LON", [fields.coordinates_of(hit) or "" for hit in hits]),
        ("DATE", [_date(hit) for hit in hits]),
        ("GSD", [_gsd(hit) for hit in hits]),
        ("SOURCE", [hit.source for hit in hits]),
        ("WINDOW", _windows(hits)),
    ]
    columns = [
        (title, [fields.printable(cell, ascii_only=ascii_only) for cell in cells])
        for title, cells in columns
        if any(cells) or title in ("RANK", "SCORE", "SOURCE")
    ]
    widths = {
        title: max(map(fields.columns_wide, [title, *cells]))
        for title, cells in columns
    }
    if width is not None:
        _fit(widths, width)
        columns = [column for column in columns if column[0] in widths]
    lines = []
    for number in range(-1, len(hits)):
        cells = []
        for title, column in columns:
            cell = title if number < 0 else column[number]
            cut = fields.cut_left if title == "SOURCE" else fields.cut_right
            cell = cut(cell, widths[title], mark)
            pad = " " * (widths[title] - fields.columns_wide(cell))
            cells.append(
                pad + cell if title in ("RANK", "SCORE", "GSD") else cell + pad
            )
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _fit(widths: dict[str, int], width: int) -> None:
    """Shorten texts, then leave out what a reader misses least, until a line fits."""

    def excess() -> int:
        return sum(widths.values()) + len(_GAP) * (len(widths) - 1) - width

    for title, least in (("PLACE", _PLACE_WIDTH), ("SOURCE", _SOURCE_WIDTH)):
        if title in widths:
            kept = max(least, widths[title] - max(0, excess()))
            widths[title] = min(widths[title], kept)
    for title in ("WINDOW", "GSD", "DATE", "LAT LON"):
        if title in widths and excess() > 0:
            del widths[title]
    if "PLACE" in widths:
        widths["PLACE"] = max(8, widths["PLACE"] - max(0, excess()))


def _date(hit: ChipHit) -> str:
    time = hit.datetime
    return "" if time is None else time.date().isoformat()


def _gsd(hit: ChipHit) -> str:
    gsd_m = hit.gsd_m
    return "" if gsd_m is None else fields.resolution(gsd_m)


def _windows(hits: Sequence[ChipHit]) -> list[str]:
    """``col,row wxh`` for each hit; nothing if all start in the upper left corner."""
    windows = [hit.window for hit in hits]
    if not any(window and (window.col_off or window.row_off) for window in windows):
        return [""] * len(hits)
    return [
        f"{w.col_off},{w.row_off} {w.width}x{w.height}" if w else "" for w in windows
    ]
