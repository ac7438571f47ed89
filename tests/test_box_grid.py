"""Boxes by degree: what is found is what comparing with all finds."""

import numpy as np
from hypothesis import given, settings, strategies as st

from rsrag.columns.box_grid import ASKED, BoxGrid, NearBoxes
from rsrag.geo import BBox, boxes_touch

EDGES = st.sampled_from(
    [-180.0, -179.5, -1.0, -1e-9, 0.0, 1.0, 44.999999, 179.5, 180.0]
)
WEST = EDGES | st.floats(-180, 180)
SOUTH = st.sampled_from([-90.0, -89.0, 0.0, 1.0, 89.0, 90.0]) | st.floats(-90, 90)
SIZE = st.sampled_from([0.0, 0.02, 1.0, 1.0000001, 5.0]) | st.floats(0, 60)


@st.composite
def boxes(draw):
    west, south = draw(WEST), draw(SOUTH)
    east = west + draw(SIZE)
    north = min(90.0, south + draw(SIZE))
    return [west, south, east if east <= 180 else east - 360, north]


@given(st.lists(boxes(), min_size=1, max_size=20), boxes())
@settings(max_examples=300, deadline=None)
def test_near_boxes_are_those_that_touch(rows, area):
    found, box = np.array([*rows, [np.nan] * 4], float), BBox(*area)
    touching = np.flatnonzero(boxes_touch(found, box)).tolist()
    assert set(touching) <= set(BoxGrid(found).near(box).tolist())
    near = NearBoxes(found)
    for _ in range(ASKED + 1):
        those, edges = near.touching(box)
        assert those.tolist() == touching
        assert edges.tolist() == found[touching].tolist()


def test_a_grid_looks_at_few():
    west, south = (side.ravel() for side in np.mgrid[-180:180, -90:90].astype(float))
    found = np.stack([west, south, west + 0.5, south + 0.5]).T
    near = BoxGrid(found).near(BBox(10, 10, 12, 12))
    assert len(near) == 25  # Three degrees, and two before them, each way.
    round_it = BoxGrid(found).near(BBox(179, 0, -179, 0))
    assert {(west[at], south[at]) for at in round_it} >= {(179, 0), (-180, 0)}
    assert len(round_it) < 30
