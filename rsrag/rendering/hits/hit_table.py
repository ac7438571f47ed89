"""Hits as a table for people, and the words of its cells."""

import shutil
from collections.abc import Sequence
from typing import BinaryIO, TextIO

from rsrag.rendering.text_table import text_table
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.wording.english import coordinates
from rsrag.types import BBox


def coordinates_of(hit: ChipHit) -> str | None:
    """The centre of the footprint, ``23.42N 12.50E``."""
    if hit.centre is None:
        return None
    return coordinates(*hit.centre, unit="")


def resolution(gsd_m: float) -> str:
    """``10 m``, ``0.3 m`` or ``7.4 km`` a pixel."""
    if gsd_m >= 1000:
        return f"{gsd_m / 1000:.3g} km"
    return f"{gsd_m:.3g} m"


def bounds(boxes: Sequence[BBox | None]) -> BBox | None:
    """The smallest box around boxes, across the antimeridian where that is smaller."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    south, north = min(box.south for box in known), max(box.north for box in known)
    arcs = sorted((box.west, (box.east - box.west) % 360) for box in known)
    if any(box.east - box.west == 360 for box in known):
        return BBox(-180.0, south, 180.0, north)
    # Walk east; the widest gap between what is covered is what to leave out.
    reach = max(west + width for west, width in arcs) - 360
    gaps = []
    for west, width in arcs:
        gaps.append((west - reach, west))
        reach = max(reach, west + width)
    gap, west = max(gaps)
    if gap <= 0:
        return BBox(-180.0, south, 180.0, north)
    east = (west - gap + 180) % 360 - 180
    return BBox(west, south, 180.0 if east == -180.0 else east, north)


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
    # Chips that are listed and not searched have no score.
    searched = not hits or any(hit.score for hit in hits)
    columns = [
        ("RANK", [str(rank) for rank in range(1, len(hits) + 1)]),
        ("SCORE", [f"{hit.score:.3f}" for hit in hits] if searched else []),
        ("PROB", [_chance(hit) for hit in hits]),
        ("PLACE", [hit.place or "" for hit in hits]),
        ("LAT LON", [coordinates_of(hit) or "" for hit in hits]),
        ("FOUND AT", [_found_at(hit) for hit in hits]),
        ("DATE", [_date(hit) for hit in hits]),
        ("GSD", [_gsd(hit) for hit in hits]),
        ("SOURCE", [hit.source for hit in hits]),
        ("WINDOW", _windows(hits)),
    ]
    shown = [
        (title, cells)
        for title, cells in columns
        if any(cells) or title in ("RANK", "SOURCE") or (title == "SCORE" and searched)
    ]
    return text_table(
        [title for title, _ in shown],
        list(zip(*(cells for _, cells in shown), strict=True)),
        right=("RANK", "SCORE", "PROB", "GSD"),
        width=width,
        give_up=_GIVE_UP,
        paths=("SOURCE",),
        ascii_only=ascii_only,
    )


def _found_at(hit: ChipHit) -> str:
    """Where in the chip: its coordinates, or column and row of the scene."""
    found = hit.found_at or {}
    if found.get("peak"):
        lon, lat = found["peak"]
        return coordinates(lon, lat, unit="")
    if "peak_px" in found:
        column, row = found["peak_px"]
        return f"column {column:.0f}, row {row:.0f}"
    return "cannot be read" if found else ""


def nothing_like(title: str, nearest: ChipHit) -> str:
    """That no chip is likely enough to show a thing, and which comes nearest."""
    where = ", ".join(word for word in (nearest.place, coordinates_of(nearest)) if word)
    return (
        f"{title}: nothing in this index looks like that; nearest: "
        f"{nearest.file_name}{f' ({where})' if where else ''}, probability "
        f"{nearest.probability or 0.0:.2f}."
    )


def _chance(hit: ChipHit) -> str:
    return "" if hit.probability is None else f"{hit.probability:.2f}"


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
