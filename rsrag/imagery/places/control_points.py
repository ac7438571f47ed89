"""Places from ground control points and rational polynomials.

Points are laid out in metres on a plane that touches the Earth amid them (azimuthal
equidistant), where no longitude wraps and a pole is a place like any other. An affine
transform is fitted there; where points lie off it, the picture is bent (the swath of a
radar, an unrectified photograph), and a thin-plate spline through all points takes its
place, as GDAL's own transformer has it.
"""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.places.georeference import (
    Affine,
    Georeference,
    crs_name,
    in_degrees,
    to_lon_lat,
)

Floats = NDArray[np.float64]

STRAIGHT_PX = 0.5
"""Points that an affine transform misses by at most this are not bent."""

DOUBTFUL_PX = 32.0
"""Points that lie so far off an affine transform are worth a word to the user."""


class ControlPoint(NamedTuple):
    """A point of the picture whose place is known.

    Attributes:
        column: pixels from the left edge.
        row: pixels from the top edge.
        x: in the points' own system, longitude before latitude.
        y: in the points' own system.
    """

    column: float
    row: float
    x: float
    y: float


class Spline:
    """A thin-plate spline from pixels to metres (GDAL's); threads may share it.

    Args:
        pixels: ``(n, 2)`` columns and rows.
        places: ``(n, 2)`` metres.
    """

    def __init__(self, pixels: Floats, places: Floats) -> None:
        from rasterio.control import GroundControlPoint
        from rasterio.transform import GCPTransformer

        points = [
            GroundControlPoint(row=row, col=column, x=x, y=y)
            for (column, row), (x, y) in zip(pixels, places, strict=True)
        ]
        self._transformer: Any = GCPTransformer(points, tps=True)
        self._lock = threading.Lock()

    def at(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Metres of points in pixels, in the shape in which they are given."""
        shape = np.shape(columns)
        flat = np.ravel(rows), np.ravel(columns)
        with self._lock:
            x, y = self._transformer.xy(*flat, offset="ul")
        return np.reshape(x, shape), np.reshape(y, shape)


def from_control_points(
    points: Sequence[ControlPoint], crs: str
) -> tuple[Georeference, float]:
    """Place a picture by points of it.

    Args:
        points: at least three, not on one line.
        crs: of ``x`` and ``y``.

    Returns:
        The place, in metres around the points, and how far the points lie off its
        affine transform at most, in pixels.

    Raises:
        ImageReadError: too few points, on one line, or not on the Earth.
    """
    table = np.unique(np.array(points, np.float64).reshape(-1, 4), axis=0)
    pixels, places = table[:, :2], table[:, 2:]
    if len(pixels) < 3:
        raise ImageReadError(f"It has {len(pixels)} control points; a place takes 3.")
    system, around = _around(*to_lon_lat(crs).transform(*places.T))
    if in_degrees(crs):
        places = np.column_stack([_continuous(places[:, 0]), places[:, 1]])
    transform, off = _affine(pixels, around)
    try:
        own, own_off = _affine(pixels, places)
    except ImageReadError:  # Around a pole, a circle is a line of degrees.
        own, own_off = transform, float("inf")
    if own_off <= min(off, STRAIGHT_PX):
        return Georeference(crs_name(crs), own, from_file=True, stated_crs=crs), own_off
    bend = Spline(pixels, around) if off > STRAIGHT_PX and len(pixels) > 3 else None
    return Georeference(system, transform, True, bend, crs_name(crs)), off


def _affine(pixels: Floats, places: Floats) -> tuple[Affine, float]:
    """The best affine transform, and how far it misses points at most, in pixels."""
    centre = pixels.mean(axis=0)
    terms = np.column_stack([pixels - centre, np.ones(len(pixels))])
    line = ImageReadError("Its control points lie on one line.")
    if np.linalg.matrix_rank(terms, tol=1e-6 * np.abs(terms).max()) < 3:
        raise line
    fit = np.linalg.lstsq(terms, places, rcond=None)[0]
    (a, d), (b, e) = map(tuple, fit[:2].tolist())
    c, f = (fit[2] - centre @ fit[:2]).tolist()
    size = abs(a * e - b * d) ** 0.5
    if not size > 0:
        raise line
    off = np.hypot(*(terms @ fit - places).T).max() / size
    return (a, b, c, d, e, f), float(off)


def _continuous(lons: Floats) -> Floats:
    """Longitudes without a jump at ±180: cut where the widest gap is."""
    order = np.sort(np.mod(lons, 360.0))
    gaps = np.diff(order, append=order[0] + 360.0)
    start = order[(int(gaps.argmax()) + 1) % len(order)]
    turned: Floats = np.mod(lons - start, 360.0) + start
    return turned - 360.0 if start > 180.0 else turned


def _around(lons: Floats, lats: Floats) -> tuple[str, Floats]:
    """A plane amid points: its reference system, and ``(n, 2)`` metres on it."""
    on_earth = np.isfinite(lons) & np.isfinite(lats) & (np.abs(lats) <= 90)
    if not on_earth.all():
        bad = np.flatnonzero(~on_earth)[0]
        raise ImageReadError(
            f"A control point lies at longitude {lons[bad]:g}, latitude {lats[bad]:g}."
        )
    lon, lat = np.radians(lons), np.radians(lats)
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    middle = np.array([x.mean(), y.mean(), z.mean()])
    if np.linalg.norm(middle) < 1e-3:
        raise ImageReadError("Its control points lie all around the Earth.")
    lon_0 = round(float(np.degrees(np.arctan2(middle[1], middle[0]))), 4)
    lat_0 = round(float(np.degrees(np.arctan2(middle[2], np.hypot(*middle[:2])))), 4)
    system = f"+proj=aeqd +lat_0={lat_0} +lon_0={lon_0} +datum=WGS84 +units=m"
    east, north = to_lon_lat(system).transform(lons, lats, direction="INVERSE")
    return system, np.column_stack([east, north])
