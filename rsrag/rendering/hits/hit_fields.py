"""Coordinates, resolutions and bounds of hits, for people."""

from collections.abc import Sequence

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
