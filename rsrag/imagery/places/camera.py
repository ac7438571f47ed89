"""Places of photographs by drones and phones, from their EXIF notes.

A camera that looks straight down from a known height above ground, with a known field
of view, sees a rectangle that can be laid on the map. Of any other photograph only the
place of the camera is known: a small square around it lets searches by place find it,
and says nothing of the size of its pixels.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from rsrag.imagery.places.georeference import LON_LAT, Georeference

SQUARE_M = 50.0
"""Side of the square around a camera of which no more is known."""

_STRAIGHT_DOWN = 80.0
"""Degrees below the horizon from which a camera counts as looking straight down."""

_FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
_XMP = {
    "height_m": r"RelativeAltitude",
    "pitch": r"(?:GimbalPitchDegree|Camera:Pitch)",
    "yaw": r"(?:GimbalYawDegree|Camera:Yaw|FlightYawDegree)",
}


class CameraPlace(NamedTuple):
    """Where a photograph lies.

    Attributes:
        place: of its pixels; of a square around the camera if ``measured`` is false.
        measured: whether it is the ground that is seen.
        rule: how it was found, for reports.
    """

    place: Georeference
    measured: bool
    rule: str


def camera_notes(
    exif: Mapping[int, Any], gps: Mapping[int, Any], xmp: str
) -> dict[str, float]:
    """Numbers of the notes that tell a place.

    Args:
        exif: tags of the picture and its camera by number.
        gps: tags of the GPS part by number.
        xmp: text of the XMP packet, empty if there is none.

    Returns:
        ``lon`` and ``lat`` in degrees, and of ``focal_35mm``, ``height_m`` above
        ground, ``pitch`` (-90 is straight down) and ``yaw`` (clockwise from north)
        those that are there; empty without a place.
    """
    lat, lon = _position(gps)
    if lat is None or lon is None or position_doubt(gps):
        return {}
    notes = {"lon": lon, "lat": lat}
    if (focal := _number(exif.get(0xA405))) and focal > 0:
        notes["focal_35mm"] = focal
    for name, key in _XMP.items():
        if match := re.search(key + r"\s*(?:=\s*[\"']|>)\s*([+-]?\d+(?:\.\d+)?)", xmp):
            notes[name] = float(match[1])
    return notes


def position_doubt(gps: Mapping[int, Any]) -> str | None:
    """Why a position that was written places nothing, if one was written.

    Args:
        gps: tags of the GPS part by number.
    """
    if 2 not in gps and 4 not in gps:
        return None
    lat, lon = _position(gps)
    if lat is None or lon is None:
        return "its GPS position cannot be read"
    if abs(lat) > 90 or abs(lon) > 180:
        return f"its GPS position, latitude {lat:g}, longitude {lon:g}, cannot be"
    if lat == 0 and lon == 0:
        return "its GPS position is 0, 0: what cameras without reception write"
    return None


def camera_place(
    notes: Mapping[str, float], width: int, height: int
) -> CameraPlace | None:
    """Lay a photograph on the map.

    Args:
        notes: of :func:`camera_notes`.
        width: of the picture as it is shown, pixels.
        height: of the picture as it is shown, pixels.
    """
    if "lon" not in notes:
        return None
    above, focal = notes.get("height_m", 0.0), notes.get("focal_35mm", 0.0)
    down = notes.get("pitch", 0.0) <= -_STRAIGHT_DOWN
    measured = down and above > 1 and focal > 0 and "yaw" in notes
    if measured:
        diagonal_m = above * _FILM_DIAGONAL_MM / focal
        gsd = diagonal_m / math.hypot(width, height)
        rule = "exif, ground"
    else:
        gsd = SQUARE_M / max(width, height)
        rule = "exif, square"
    wide, high = (gsd * width, gsd * height) if measured else (SQUARE_M, SQUARE_M)
    turn = math.radians(notes["yaw"]) if measured else 0.0
    east, north = math.cos(turn), -math.sin(turn)  # One step along a row of pixels.
    a, d = east * wide / width, north * wide / width
    b, e = north * high / height, -east * high / height
    c = -(a * width + b * height) / 2
    f = -(d * width + e * height) / 2
    system = (
        f"+proj=aeqd +lat_0={notes['lat']:.8f} +lon_0={notes['lon']:.8f} "
        "+datum=WGS84 +units=m"
    )
    place = Georeference(system, (a, b, c, d, e, f), True, None, LON_LAT)
    return CameraPlace(place, measured, rule)


def _position(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees, as far as they can be read."""
    return _degrees(gps.get(2), gps.get(1), "S"), _degrees(gps.get(4), gps.get(3), "W")


def _degrees(parts: Any, half: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if str(half).strip("\0 ").upper() == negative else value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
