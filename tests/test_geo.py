"""Boxes, the antimeridian, areas, distances: by hand and by law."""

import math

import pytest
import shapely
from hypothesis import given, strategies as st

from rsrag.columns.outlines import geometry_mapping
from rsrag.errors import GeometryError
from rsrag.geo import (
    bbox_centre,
    bbox_geometry,
    boxes_intersect,
    geometry_bbox,
    haversine_m,
    parse_bbox,
    spans,
)
from rsrag.types import BBox


def test_a_box_is_four_numbers():
    assert parse_bbox([-10, -20.5, 30, 40]) == BBox(-10, -20.5, 30, 40)
    assert parse_bbox([170, -5, -170, 5]) == BBox(170, -5, -170, 5)
    assert parse_bbox([-180, -90, 180, 90]) == BBox(-180, -90, 180, 90)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "four numbers"),
        ([1, 2, 3], "four numbers"),
        ([1, 2, 3, 4, 5], "four numbers"),
        ([math.nan, 0, 1, 1], "NaN"),
        ([0, 0, math.inf, 1], "infinity"),
        ([0, -91, 1, 1], "latitude"),
        ([0, 0, 1, 90.5], "latitude"),
        ([-181, 0, 1, 1], "longitude"),
        ([0, 0, 360, 1], "longitude"),
        ([0, 5, 1, 5], "south"),
        ([0, 5, 1, 4], "south"),
        ([7, 0, 7, 1], "no width"),
    ],
)
def test_boxes_that_cannot_be(values, words):
    with pytest.raises(GeometryError, match=words) as caught:
        parse_bbox(values)
    assert "lon/lat" in caught.value.hint


def test_a_box_across_the_antimeridian_is_two():
    made = bbox_geometry(BBox(170, -5, -160, 5))
    assert [part.bounds for part in made.geoms] == [
        (170, -5, 180, 5),
        (-180, -5, -160, 5),
    ]
    assert spans(BBox(170, -5, -160, 5)) == [(170, 180), (-180, -160)]
    assert spans(BBox(-1, -5, 1, 5)) == [(-1, 1)]


@pytest.mark.parametrize(
    ("geometry", "box"),
    [
        (shapely.box(1, 2, 3, 4), (1, 2, 3, 4)),
        (bbox_geometry(BBox(170, -5, -160, 5)), (170, -5, -160, 5)),
        # An island between the parts leaves no one gap: the whole way around.
        (
            shapely.MultiPolygon(
                [
                    shapely.box(170, 0, 180, 1),
                    shapely.box(-180, 0, -170, 1),
                    shapely.box(0, 0, 10, 1),
                ]
            ),
            (-180, 0, 180, 1),
        ),
        # One beside the crossing widens it.
        (
            shapely.MultiPolygon(
                [
                    shapely.box(170, 0, 180, 1),
                    shapely.box(-180, 0, -170, 1),
                    shapely.box(172, 2, 175, 3),
                ]
            ),
            (170, 0, -170, 3),
        ),
        # Parts that overlap around the globe leave no gap.
        (
            shapely.MultiPolygon(
                [shapely.box(-10, 0, 180, 1), shapely.box(-180, 2, 10, 3)]
            ),
            (-180, 0, 180, 3),
        ),
        # A polar cap.
        (
            shapely.MultiPolygon(
                [shapely.box(-180, 80, 180, 90), shapely.box(170, 0, 180, 1)]
            ),
            (-180, 0, 180, 90),
        ),
        (shapely.box(-180, -90, 180, 90), (-180, -90, 180, 90)),
    ],
)
def test_bounds_unroll_at_the_antimeridian(geometry, box):
    assert geometry_bbox(geometry) == box


def test_islands_beside_the_antimeridian_belong_to_the_box():
    # Fiji: one part ends at 180, one begins at -180, one lies west of both.
    spots = [(178.6, 180), (177.3, 178.7), (-180, -179.8)]
    islands = [shapely.box(west, -18, east, -16) for west, east in spots]
    assert geometry_bbox(shapely.MultiPolygon(islands)) == (177.3, -18, -179.8, -16)
    # So do those further off, while more than half of the globe is left out.
    islands.append(shapely.box(-70, -18, -60, -16))
    assert geometry_bbox(shapely.MultiPolygon(islands)) == (177.3, -18, -60, -16)


corner = st.integers(-18, 18).map(lambda n: n * 10.0)
height = st.integers(-9, 9).map(lambda n: n * 10.0)
boxes = (
    st.tuples(corner, height, corner, height)
    .filter(lambda b: b[0] != b[2] and b[1] < b[3])
    .map(lambda b: BBox(*b))
)


@given(boxes)
def test_a_box_is_the_bounds_of_its_geometry(box):
    # 180 to -170 is the strip from -180: its western part has no width.
    if box.west not in (180, -180) and box.east not in (180, -180):
        assert geometry_bbox(bbox_geometry(box)) == box


@given(boxes, boxes)
def test_boxes_intersect_as_their_geometries_do(a, b):
    expected = shapely.intersects(bbox_geometry(a), bbox_geometry(b))
    assert boxes_intersect(a, b) == boxes_intersect(b, a) == expected


@pytest.mark.parametrize(
    ("box", "centre"),
    [
        ((0, 0, 10, 20), (5, 10)),
        ((170, 0, -170, 10), (-180, 5)),
        ((170, 0, -160, 10), (-175, 5)),
        ((160, 0, -170, 10), (175, 5)),
        ((-180, -90, 180, 90), (0, 0)),
    ],
)
def test_centres(box, centre):
    assert bbox_centre(BBox(*box)) == centre


def test_distances_on_the_mean_sphere():
    degree = 2 * math.pi * 6_371_008.8 / 360
    assert haversine_m(0, 0, 0, 0) == 0
    assert haversine_m(0, 0, 1, 0) == pytest.approx(degree)
    assert haversine_m(179.5, 0, -179.5, 0) == pytest.approx(degree)
    assert haversine_m(77, 90, -3, -90) == pytest.approx(180 * degree)
    # Paris to New York, some 5,837 km on the ellipsoid.
    assert haversine_m(2.35, 48.86, -74.01, 40.71) == pytest.approx(5_837_000, rel=5e-3)


def test_geojson_of_an_outline():
    assert geometry_mapping(shapely.Point(1, 2).wkb) == {
        "type": "Point",
        "coordinates": [1.0, 2.0],
    }
