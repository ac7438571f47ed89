"""How landmarks lie to a point, a box or a picture: worked by hand."""

import pytest
import shapely
from hypothesis import given, strategies as st
from places_of_test import FROM, open_records, place

from rsrag.geo import EARTH_RADIUS_M, haversine_m
from rsrag.knowledge.catalogue.catalogue_places import apart
from rsrag.knowledge.collection import Records
from rsrag.rag.answering.places import (
    Whereabouts,
    direction,
    neighbours,
    place_evidence,
    tell_place,
)
from rsrag.records import Landmark, landmark_id
from rsrag.types import BBox

DEGREE_M = EARTH_RADIUS_M * 3.141592653589793 / 180


def shaped(name, shape, category=None):
    wkb = shapely.to_wkb(shape)
    ident = landmark_id("test", name)
    return Landmark(ident, name, category=category, geometry=wkb, **FROM)


FIJI = shapely.MultiPolygon(
    [shapely.box(177, -19, 180, -16), shapely.box(-180, -19, -178, -16)]
)
WORLD = [
    place("Big Wood", "forest", box=(0, 0, 10, 10)),
    place("Small Wood", "forest", box=(4, 4, 6, 6)),
    place("Corner Park", "park", box=(9, 9, 11, 11)),
    place("Lone Tree", "tree", lon_lat=(5, 5)),
    place("Far House", "house", lon_lat=(13, 5)),
    shaped("Blue River", shapely.LineString([(-1, 2), (11, 2)]), "river"),
    shaped("Fiji", FIJI, "island group"),
    place("Nowhere Inn", "inn"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    opened = open_records(folder, Records(tuple(WORLD), (), ()))
    yield opened
    opened.close()


def around(world, place, radius_m=0.0, exclude=frozenset()):
    return neighbours(place, world, radius_m, exclude)


def names(found):
    return [one.landmark.name for one in found]


def footprint(*box):
    return Whereabouts.of(None, None, shapely.to_wkb(shapely.box(*box)))


def test_the_most_exact_place_counts():
    picture = shapely.to_wkb(shapely.box(0, 0, 2, 2))
    point = Whereabouts.of((5.0, 6.0), BBox(0, 0, 1, 1), picture)
    assert (point.words, point.area) == ("the point 6.00° N 5.00° E", None)
    box = Whereabouts.of(None, BBox(0, 0, 1, 1), picture)
    assert (box.words, box.lon, box.lat) == ("the box", 0.5, 0.5)
    assert Whereabouts.of(None, None, picture).words == "the picture"
    assert Whereabouts.of(None, None, None) is None


def test_the_smallest_outline_around_a_point_comes_first(world):
    found = around(world, Whereabouts.of((5.5, 5.5), None, None))
    assert names(found) == ["Small Wood", "Big Wood"]
    assert all(one.inside and one.distance_m == 0 for one in found)


@pytest.mark.parametrize(
    ("lon", "said"),
    [
        (13.000001, "The point 5.0000° N 13.0000° E lies on Far House."),
        (13.00001, "Far House lies 1 m to the west of the point 5.0000° N 13.0000° E."),
    ],
)
def test_no_distance_has_no_direction(world, lon, said):
    point = Whereabouts.of((lon, 5.0), None, None)
    (house,) = around(world, point, 1000.0)
    assert place_evidence(point, house).text == said


def test_areas_are_matched_by_how_much_they_share(world):
    # Small Wood fills 4 of 9 square degrees; Big Wood holds all 9, of its own 100.
    found = around(world, footprint(3.5, 3.5, 6.5, 6.5))
    assert names(found) == ["Small Wood", "Big Wood", "Lone Tree"]
    assert [one.inside for one in found] == [False, True, False]
    # A box like Big Wood itself is that, and not the wood or the tree in it.
    found = around(world, footprint(0, 0, 10, 10))
    assert names(found)[:3] == ["Big Wood", "Small Wood", "Corner Park"]


@pytest.mark.parametrize(
    ("box", "name", "words"),
    [
        ((4.5, 4.5, 4.9, 4.9), "Small Wood", "The picture lies within Small Wood."),
        ((3, 3, 7, 7), "Small Wood", "The picture shows Small Wood."),
        ((5, 3, 7, 7), "Small Wood", "The picture shows part of Small Wood."),
        (
            (4.5, 4.5, 7, 7),
            "Lone Tree",
            "The picture shows Lone Tree, at least in part.",
        ),
        ((5, 1, 6, 3), "Blue River", "The picture shows part of the Blue River."),
        ((-2, 1, 12, 3), "Blue River", "The picture shows the Blue River."),
    ],
)
def test_what_a_picture_shows(world, box, name, words):
    place = footprint(*box)
    (one,) = [one for one in around(world, place) if one.landmark.name == name]
    piece = place_evidence(place, one)
    assert piece.text == words
    assert piece.landmark == name
    assert piece.geometry == one.landmark.geometry


def test_a_box_contains_and_a_point_lies(world):
    box = Whereabouts.of(None, BBox(3, 3, 7, 7), None)
    small = next(one for one in around(world, box) if one.landmark.name == "Small Wood")
    assert place_evidence(box, small).text == "The box contains Small Wood."
    point = Whereabouts.of((2.0, 2.0), None, None)
    river = next(
        one for one in around(world, point) if one.landmark.name == "Blue River"
    )
    assert place_evidence(point, river).text == (
        "The point 2.00° N 2.00° E lies on the Blue River."
    )


def test_what_is_near_is_measured_from_the_outline(world):
    # Far House lies 3° east of Big Wood's edge, at 5° N, and 8° from its middle.
    wood = Whereabouts.at(WORLD[0])
    found = [one for one in around(world, wood, 400_000) if one.distance_m > 0]
    assert names(found) == ["Far House"]
    assert found[0].distance_m == pytest.approx(haversine_m(10, 5, 13, 5), rel=2e-4)
    assert place_evidence(wood, found[0]).text == (
        "Far House lies 332 km to the east of Big Wood."
    )
    assert "Far House" not in names(around(world, wood, 330_000))


def test_a_point_may_look_at_an_outline(world):
    point = Whereabouts.of((5.0, -1.0), None, None)
    (wood,) = [
        one for one in around(world, point, 200_000) if one.landmark.name == "Big Wood"
    ]
    assert wood.distance_m == pytest.approx(DEGREE_M, rel=1e-6)
    assert place_evidence(point, wood).text == (
        "Big Wood lies 111 km to the north of the point 1.00° S 5.00° E."
    )


@pytest.mark.parametrize("lon", [179.0, 180.0, -180.0, -179.0])
def test_both_sides_of_the_antimeridian_are_one_place(world, lon):
    (fiji,) = around(world, Whereabouts.of((lon, -17.0), None, None))
    assert fiji.landmark.name == "Fiji"
    assert fiji.inside


def test_a_box_across_the_antimeridian(world):
    inner = Whereabouts.of(None, BBox(179, -18, -179, -17), None)
    assert abs(inner.lon) == 180
    (fiji,) = around(world, inner)
    assert fiji.inside
    outer = Whereabouts.of(None, BBox(170, -25, -170, -10), None)
    (fiji,) = around(world, outer)
    assert place_evidence(outer, fiji).text == "The box contains Fiji."


def test_near_across_the_antimeridian(world):
    point = Whereabouts.of((-177.0, -17.0), None, None)
    (fiji,) = around(world, point, 150_000)
    assert fiji.distance_m == pytest.approx(haversine_m(-178, -17, -177, -17), rel=1e-4)
    assert direction(fiji.bearing) == "to the west"


def test_left_out_landmarks_are_not_there(world):
    point = Whereabouts.of((5.5, 5.5), None, None)
    small = frozenset([WORLD[1].id])
    assert names(around(world, point, 0.0, small)) == ["Big Wood"]
    wide = footprint(3, 3, 7, 7)
    assert "Small Wood" not in names(around(world, wide, 1_000_000, small))


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [
        (0, 1, "north"),
        (1, 1, "north-east"),
        (1, 0, "east"),
        (1, -1, "south-east"),
        (0, -1, "south"),
        (-1, -1, "south-west"),
        (-1, 0, "west"),
        (-1, 1, "north-west"),
    ],
)
def test_compass(lon, lat, words):
    _, bearing = apart(shapely.Point(0, 0), shapely.Point(lon, lat))
    assert direction(bearing) == f"to the {words}"


def test_one_sets_out_over_the_pole():
    # The shortest way from 80° N to the same latitude on the other side.
    metres, bearing = apart(shapely.Point(0, 80), shapely.Point(180, 80))
    assert metres == pytest.approx(20 * DEGREE_M)
    assert direction(bearing) == "to the north"


@given(
    *(st.floats(-180, 180), st.floats(-89, 89)) * 2,
)
def test_points_are_as_far_apart_as_on_the_sphere(lon_a, lat_a, lon_b, lat_b):
    far = haversine_m(lon_a, lat_a, lon_b, lat_b)
    metres, bearing = apart(shapely.Point(lon_a, lat_a), shapely.Point(lon_b, lat_b))
    assert metres == pytest.approx(far, rel=1e-6, abs=2)
    assert 0 <= bearing < 360


def test_nothing_there_is_said(world):
    point = Whereabouts.of((100.0, 50.0), None, None)
    far = tell_place(point, around(world, point, 100_000), 100_000)
    assert far.refusal == (
        "it holds no landmark within 100 km of the point 50.00° N 100.00° E"
    )
    near = tell_place(point, [], 1500)
    assert near.refusal.startswith("it holds no landmark within 1.5 km of the point")
    assert tell_place(point, [], 300).refusal.startswith(
        "it holds no landmark within 300 m of the point"
    )
    box = Whereabouts.of(None, BBox(99, 49, 101, 51), None)
    assert tell_place(box, [], 0).refusal == "it holds no landmark at the box"


def test_what_meets_a_place_hides_what_is_near_unless_that_is_asked(world):
    tree = Whereabouts.at(WORLD[3])
    mine = frozenset([WORLD[3].id])
    found = around(world, tree, 1_000_000, mine)
    assert [s for s, _ in tell_place(tree, found, 1_000_000).lines] == [
        "Lone Tree lies within Small Wood.",
        "Lone Tree lies within Big Wood.",
    ]
    told = tell_place(tree, found, 1_000_000, beside=True)
    assert told.lines[2][0] == "The Blue River lies 334 km to the south of Lone Tree."
    assert len(told.lines) == 5
    assert Whereabouts.at(WORLD[-1]) is None


def test_more_than_can_be_told_are_counted(tmp_path):
    crowd = [place(f"Stone {i}", "stone", lon_lat=(1 + i / 100, 1)) for i in range(7)]
    opened = open_records(tmp_path / "crowd", Records(tuple(crowd), (), ()))
    box = Whereabouts.of(None, BBox(0, 0, 2, 2), None)
    draft = tell_place(box, neighbours(box, opened, 0.0, frozenset()), 0.0)
    opened.close()
    assert len(draft.lines) == 5
    assert draft.notes == ["2 more landmarks lie there"]
