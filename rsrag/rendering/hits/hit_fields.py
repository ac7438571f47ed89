"""Short words for people: coordinates, resolutions, text that fits a terminal."""

import unicodedata
from collections.abc import Sequence

from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import BBox


def coordinates_of(hit: ChipHit) -> str | None:
    """The centre of the footprint, ``23.42N 12.50E``."""
    if hit.centre is None:
        return None
    lon, lat, digits = hit.centre
    ns, ew = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
    return f"{abs(lat):.{digits}f}{ns} {abs(lon):.{digits}f}{ew}"


def resolution(gsd_m: float) -> str:
    """``10 m``, ``0.3 m`` or ``7.4 km`` a pixel."""
    if gsd_m >= 1000:
        return f"{gsd_m / 1000:.3g} km"
    return f"{gsd_m:.3g} m"


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
    """Drop the beginning until the text fits: the end of a path says the most."""
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
