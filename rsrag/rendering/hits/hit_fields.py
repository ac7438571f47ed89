"""What a payload says, as values and as short words for people.

Payload columns are those of :class:`rsrag.types.ChipRecord`, as a store gives
them back: ``window`` and ``bbox`` are mappings, ``geometry`` is WKB,
``properties`` is JSON text. Any of them may be missing.
"""

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from rsrag.geo import bbox_centre
from rsrag.types import BBox, Hit, Window

ARCHIVE_MARK = "!/"
"""Stands between an archive's path and the name of its member."""


def source_of(hit: Hit) -> str:
    """Path of the scene, ``ARCHIVE!/MEMBER``, or the id when there is none."""
    return str(hit.payload.get("source") or hit.id)


def window_of(hit: Hit) -> Window | None:
    """Pixels of the scene that the chip covers."""
    value = hit.payload.get("window")
    if value is None:
        return None
    if isinstance(value, Mapping):
        return Window(*(int(value[name]) for name in Window._fields))
    return Window(*(int(number) for number in value))


def bbox_of(hit: Hit) -> BBox | None:
    """Bounds of the footprint, ``west > east`` across the antimeridian."""
    value = hit.payload.get("bbox")
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = [value[name] for name in ("xmin", "ymin", "xmax", "ymax")]
    if any(number is None or math.isnan(number) for number in value):
        return None
    return BBox(*(float(number) for number in value))


def number_of(hit: Hit, name: str) -> float | None:
    """A column of numbers; NaN counts as missing."""
    value = hit.payload.get(name)
    return None if value is None or math.isnan(value) else float(value)


def datetime_of(hit: Hit) -> datetime | None:
    """Acquisition time in UTC; a time without zone is taken as UTC."""
    value = hit.payload.get("datetime")
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value is None:
        return None
    time = cast("datetime", value)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def properties_of(hit: Hit) -> dict[str, Any]:
    """What a sidecar said of the scene; numbers that JSON has no word for are null."""
    value = hit.payload.get("properties")
    if isinstance(value, str):
        value = json.loads(value, parse_constant=lambda _: None)
    return dict(value or {})


def place_of(hit: Hit) -> str | None:
    """What lies at the centre of the footprint, as the gazetteer calls it."""
    box = bbox_of(hit)
    if box is None:
        return None
    from rsrag.knowledge.gazetteer import Gazetteer

    return Gazetteer.load().name_of(box)


def coordinates_of(hit: Hit) -> str | None:
    """The centre of the footprint, ``23.42N 12.50E``."""
    box = bbox_of(hit)
    if box is None:
        return None
    # Two decimals are a kilometre; a chip smaller than that needs more.
    digits = 2 if box.north - box.south > 0.05 else 4
    lon, lat = bbox_centre(box)
    ns, ew = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
    return f"{abs(lat):.{digits}f}{ns} {abs(lon):.{digits}f}{ew}"


def resolution(gsd_m: float) -> str:
    """``10 m``, ``0.3 m`` or ``7.4 km`` a pixel."""
    if gsd_m >= 1000:
        return f"{gsd_m / 1000:.3g} km"
    return f"{gsd_m:.3g} m"


def file_name(source: str) -> str:
    """Last part of a path, of the member if the source lies in an archive."""
    return source.replace("\\", "/").rstrip("/").rpartition("/")[2] or source


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
