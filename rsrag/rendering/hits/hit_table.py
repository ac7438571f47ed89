"""Hits as a table of plain text that a person reads in ten seconds."""

import shutil
from collections.abc import Sequence
from typing import BinaryIO, TextIO

from rsrag.rendering.hits.hit_fields import coordinates_of, resolution
from rsrag.rendering.text_table import text_table
from rsrag.retrieval.chip_hit import ChipHit

_GIVE_UP = (
    ("PLACE", 34),
    # Narrower than this, a source says nothing: other columns go before that.
    ("SOURCE", 18),
    *((title, 0) for title in ("WINDOW", "GSD", "DATE", "LAT LON")),
    ("PLACE", 8),
)


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
    columns = [
        ("RANK", [str(rank) for rank in range(1, len(hits) + 1)]),
        ("SCORE", [f"{hit.score:.3f}" for hit in hits]),
        ("PLACE", [hit.place or "" for hit in hits]),
        ("LAT LON", [coordinates_of(hit) or "" for hit in hits]),
        ("DATE", [_date(hit) for hit in hits]),
        ("GSD", [_gsd(hit) for hit in hits]),
        ("SOURCE", [hit.source for hit in hits]),
        ("WINDOW", _windows(hits)),
    ]
    shown = [
        (title, cells)
        for title, cells in columns
        if any(cells) or title in ("RANK", "SCORE", "SOURCE")
    ]
    return text_table(
        [title for title, _ in shown],
        list(zip(*(cells for _, cells in shown), strict=True)),
        right=("RANK", "SCORE", "GSD"),
        width=width,
        give_up=_GIVE_UP,
        paths=("SOURCE",),
        ascii_only=ascii_only,
    )


def _date(hit: ChipHit) -> str:
    time = hit.datetime
    return "" if time is None else time.date().isoformat()


def _gsd(hit: ChipHit) -> str:
    gsd_m = hit.gsd_m
    return "" if gsd_m is None else resolution(gsd_m)


def _windows(hits: Sequence[ChipHit]) -> list[str]:
    """``col,row wxh`` for each hit; nothing if all start in the upper left corner."""
    windows = [hit.window for hit in hits]
    if not any(window and (window.col_off or window.row_off) for window in windows):
        return [""] * len(hits)
    return [
        f"{w.col_off},{w.row_off} {w.width}x{w.height}" if w else "" for w in windows
    ]
