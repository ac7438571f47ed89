"""Rings across ±180° and around poles, beside the library `antimeridian`."""

import antimeridian
import numpy as np
import pytest
import shapely
from hypothesis import example, given, strategies as st

from rsrag.imagery.places.antimeridian import close_over_pole, polygon_on_earth, unwrap


def ours(lon: np.ndarray, lat: np.ndarray) -> shapely.Geometry:
    """As a footprint is made of the projected border of a window."""
    lon, lat, turns = unwrap((lon + 180) % 360 - 180, lat)
    if turns:
        lon, lat = close_over_pole(lon, lat, 90.0 * np.sign(lat.mean()))
    return polygon_on_earth(lon, lat)


def theirs(lon: np.ndarray, lat: np.ndarray) -> shapely.Geometry:
    wrapped = (lon + 180) % 360 - 180
    ring = shapely.Polygon(np.column_stack([wrapped, lat]))
    return antimeridian.fix_polygon(ring, fix_winding=False, great_circle=False)


def agreement(a: shapely.Geometry, b: shapely.Geometry) -> float:
    """Area of what both hold over the area of what either holds."""
    return a.intersection(b).area / a.union(b).area


def ring(lon: float, lat: float, radii: list[float], squeeze: float) -> tuple:
    """Counter-clockwise around a point, one vertex for each radius, in degrees."""
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    x = lon + np.array(radii) * np.cos(turn)
    y = lat + squeeze * np.array(radii) * np.sin(turn)
    return np.append(x, x[0]), np.append(y, y[0])


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-55, 55),
    radii=st.lists(st.floats(1, 30), min_size=3, max_size=12),
    squeeze=st.floats(0.3, 1),
)
@example(lon=180.0, lat=0.0, radii=[5.0] * 8, squeeze=1.0)
@example(lon=-179.0, lat=40.0, radii=[1.0, 30.0, 2.0, 20.0], squeeze=0.5)
def test_rings_that_hold_no_pole(lon, lat, radii, squeeze):
    x, y = ring(lon, lat, radii, squeeze)
    made = ours(x, y)
    assert made.is_valid and made.bounds[0] >= -180 and made.bounds[2] <= 180
    assert agreement(made, theirs(x, y)) > 1 - 1e-6


@pytest.mark.parametrize("pole", [90.0, -90.0])
@given(lats=st.lists(st.floats(40, 80), min_size=4, max_size=24))
def test_rings_around_a_pole(pole, lats):
    sign = np.sign(pole)
    lon = np.linspace(-180, 180, len(lats), endpoint=False)[:: int(sign)] + 3.0
    lat = sign * np.array(lats)
    lon, lat = np.append(lon, lon[0]), np.append(lat, lat[0])
    made = ours(lon, lat)
    assert made.contains(shapely.Point(10.0, pole - sign * 1e-6))
    assert agreement(made, theirs(lon, lat)) > 1 - 1e-6
