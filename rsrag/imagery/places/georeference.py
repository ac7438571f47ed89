"""Georeferences: reference system and affine transform of a scene."""

import math
import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rsrag.errors import ConfigError, ImageReadError

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

Affine = tuple[float, float, float, float, float, float]
"""``(a, b, c, d, e, f)``: ``x = a*column + b*row + c``, ``y = d*column + e*row + f``,
where whole columns and rows are the upper left corners of pixels."""

LON_LAT = "EPSG:4326"

Floats = Any
"""A number, or an array of float64."""


class Bend(Protocol):
    """From pixels to coordinates, where no affine transform will do."""

    def at(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Coordinates of points in pixels."""
        ...


@dataclass(frozen=True, slots=True)
class Georeference:
    """A scene's place on the Earth.

    Attributes:
        crs: ``AUTHORITY:CODE``, or WKT where there is none.
        transform: pixel corners to ``crs``, x before y whatever the CRS says.
        from_file: whether the picture itself says so; else something beside it.
        bend: pixels to ``crs`` where no affine transform is true enough.
        stated_crs: that the picture names, where ``crs`` was made for it.
    """

    crs: str
    transform: Affine
    from_file: bool = False
    bend: Bend | None = None
    stated_crs: str | None = None

    def at(self, column: Floats, row: Floats) -> tuple[Floats, Floats]:
        """Coordinates of points in pixels, numbers or arrays."""
        if self.bend is not None:
            return self.bend.at(column, row)
        a, b, c, d, e, f = self.transform
        return a * column + b * row + c, d * column + e * row + f


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A bend whose first pixel is another one."""

    bend: Bend
    column: int
    row: int

    def at(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return self.bend.at(columns + self.column, rows + self.row)


def shifted(place: Georeference, column: int, row: int) -> Georeference:
    """The place of what begins at a pixel of a scene."""
    a, b, _, d, e, _ = place.transform
    x, y = place.transform[2], place.transform[5]
    origin = a * column + b * row + x, d * column + e * row + y
    bend = place.bend and _Shifted(place.bend, column, row)
    return replace(place, transform=(a, b, origin[0], d, e, origin[1]), bend=bend)


@lru_cache(maxsize=256)
def read_crs(text: str) -> "CRS":
    """A reference system from ``EPSG:32633``, WKT, PROJJSON or PROJ text.

    Raises:
        ConfigError: not one.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as exc:
        # PROJ's own words repeat the text, which may be a page of WKT.
        shown = repr(text) if len(text) <= 60 else f"A text of {len(text)} characters"
        raise ConfigError(
            f"{shown} is not a reference system.", hint="e.g. EPSG:32633"
        ) from exc


@lru_cache(maxsize=256)
def crs_name(text: str) -> str:
    """``AUTHORITY:CODE`` if the system has one, else its WKT."""
    crs = read_crs(text)
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())


@lru_cache(maxsize=256)
def to_lon_lat(crs: str) -> "Transformer":
    """Transformer from a reference system to degrees, longitude first.

    Raises:
        ImageReadError: the system has no place on the Earth.
    """
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    try:
        return Transformer.from_crs(read_crs(crs), LON_LAT, always_xy=True)
    except ProjError as exc:
        raise ImageReadError(f"{crs[:80]} leads to no longitudes: {exc}") from exc


@lru_cache(maxsize=256)
def in_degrees(crs: str) -> bool:
    """Whether coordinates are longitudes from Greenwich and latitudes, in degrees."""
    system = read_crs(crs)
    if not system.is_geographic:
        return False
    meridian = system.prime_meridian
    return all(axis.unit_name == "degree" for axis in system.axis_info[:2]) and (
        meridian is None or meridian.longitude == 0
    )


def short_crs(crs: str) -> str:
    """A reference system in few words: its own name, or PROJ text, instead of WKT."""
    if len(crs) <= 80:
        return crs
    system = read_crs(crs)
    if system.name not in ("unknown", "unnamed", ""):
        return system.name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Of what PROJ text cannot say.
        return system.to_proj4() or system.name


@lru_cache(maxsize=256)
def has_curved_edge(crs: str) -> bool:
    """Whether formulas go on beyond the edge of the map, where they mean nothing.

    Measured: the area that the system is meant for (else the Earth) is laid on the
    map, and points of the box around it are taken to the Earth and back.
    """
    to_earth = to_lon_lat(crs)
    area = read_crs(crs).area_of_use
    west, south, east, north = (-180, -90, 180, 90) if area is None else area.bounds
    east += 360 if east < west else 0
    lons, lats = np.meshgrid(np.linspace(west, east, 37), np.linspace(south, north, 37))
    x, y = to_earth.transform(lons.ravel(), lats.ravel(), direction="INVERSE")
    there = np.isfinite(x) & np.isfinite(y)
    if not there.any():
        return False
    left, right = x[there].min(), x[there].max()
    bottom, top = y[there].min(), y[there].max()
    xs, ys = np.meshgrid(np.linspace(left, right, 41), np.linspace(bottom, top, 41))
    back_x, back_y = to_earth.transform(
        *to_earth.transform(xs.ravel(), ys.ravel()), direction="INVERSE"
    )
    with np.errstate(invalid="ignore"):
        off = np.hypot(back_x - xs.ravel(), back_y - ys.ravel())
    return bool((off[np.isfinite(off)] > 1e-4 * (right - left + top - bottom)).any())


@lru_cache(maxsize=256)
def is_on_earth(crs: str) -> bool:
    """Whether a system has a plane on the Earth.

    A drawing board ("engineering") has none, and axes through the Earth's centre
    ("geocentric") cross its surface.
    """
    return read_crs(crs).type_name not in ("Engineering CRS", "Geocentric CRS")


def check_place(place: Georeference, width: int, height: int) -> None:
    """Refuse a georeference that no scene can have.

    Raises:
        ImageReadError: singular or not finite, or degrees beyond the Earth (by
            more than the one pixel that grids of cell centres need).
    """
    a, b, _, d, e, _ = place.transform
    if not all(math.isfinite(value) for value in place.transform):
        raise ImageReadError(f"The transform {place.transform} is not finite.")
    scale = max(abs(value) for value in (a, b, d, e))
    if scale == 0 or abs(a * e - b * d) <= 1e-12 * scale * scale:
        raise ImageReadError(f"The transform {place.transform} is singular.")
    to_lon_lat(place.crs)
    if not in_degrees(place.crs):
        return
    corners = [place.at(x, y) for x in (0, width) for y in (0, height)]
    lons, lats = zip(*corners, strict=True)
    slack_lon, slack_lat = abs(a) + abs(b) + 1e-9, abs(d) + abs(e) + 1e-9
    shown = f"{min(lons):g} {min(lats):g} {max(lons):g} {max(lats):g}"
    if max(abs(lat) for lat in lats) > 90 + min(slack_lat, 1.0):
        raise ImageReadError(
            f"The scene reaches {shown}: latitude beyond the poles.",
            hint="its coordinates may be metres: give --crs",
        )
    if max(abs(lon) for lon in lons) > 540 or max(lons) - min(lons) > 360 + slack_lon:
        raise ImageReadError(f"The scene reaches {shown}: longitude beyond the Earth.")


def ground_sampling_m(place: Georeference, width: int, height: int) -> float | None:
    """Metres a pixel at the centre of a scene.

    The nominal size of a pixel where the map's scale there is true within 1 %
    (10 for a UTM grid of 10 m), else as measured on the ellipsoid.

    Returns:
        The geometric mean of both directions; ``None`` if the centre lies off the
        Earth.
    """
    from pyproj import Geod

    x, y = width / 2, height / 2
    # The middle pixel's own sides; half a pixel is lost nowhere.
    points = [place.at(*p) for p in ((x, y), (x + 1, y), (x, y + 1))]
    xs, ys = zip(*points, strict=True)
    lons, lats = to_lon_lat(place.crs).transform(xs, ys)
    if not all(math.isfinite(value) for value in (*lons, *lats)):
        return None
    geod = Geod(ellps="WGS84")
    sides = [geod.inv(lons[0], lats[0], lons[i], lats[i])[2] for i in (1, 2)]
    measured = math.sqrt(sides[0] * sides[1])
    system = read_crs(place.crs)
    if system.is_projected:
        a, b, _, d, e, _ = place.transform
        unit = system.axis_info[0].unit_conversion_factor
        nominal = math.sqrt(abs(a * e - b * d)) * unit
        if abs(nominal - measured) <= 0.01 * measured:
            return nominal
    return measured or None
