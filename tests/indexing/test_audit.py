"""What an audit finds, against answers that are known."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from rsrag.indexing.checks.coverage import COLUMNS, ROWS, Coverage
from rsrag.indexing.checks.scene_places import ScenePlaces
from rsrag.indexing.checks.twins import near_twins
from rsrag.indexing.format.chip_schema import chip_table
from rsrag.indexing.format.parts import PartWriter
from rsrag.types import BBox, ChipRecord, EncoderIdentity, Window
from rsrag.vectors import unit_rows

WORLD = BBox(-180, -90, 180, 90)


def cells(boxes) -> np.ndarray:
    """The oracle: cells of 1.5 degrees that share ground with each box."""
    counts = np.zeros((ROWS, COLUMNS), int)
    lefts = -180 + 1.5 * np.arange(COLUMNS)
    tops = 90 - 1.5 * np.arange(ROWS)
    for west, south, east, north in boxes:
        parts = [(west, east)] if west <= east else [(west, 180), (-180, east)]
        for a, b in parts:
            x = (lefts < b) & (lefts + 1.5 > a)
            y = (tops > south) & (tops - 1.5 < north)
            counts += y[:, None] & x[None, :]
    return counts


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            *(st.integers(-17_990, 17_990), st.integers(-8_990, 8_900)),
            *(st.integers(1, 5_000), st.integers(1, 3_000)),
        ),
        max_size=8,
    )
)
def test_coverage_counts_chips_in_cells(drawn) -> None:
    boxes = []
    for x, y, wide, high in drawn:
        # A hundredth of a degree, and never upon a line between cells.
        west, south = x / 100 + 0.0031, y / 100 + 0.0031
        east = west + wide / 100
        boxes.append(
            (west, south, east - 360 * (east > 180), min(south + high / 100, 90))
        )
    coverage = Coverage(WORLD)
    coverage.add(np.array(boxes, float).reshape(-1, 4))
    assert (coverage.counts == cells(boxes)).all()


def test_a_hole_is_closed_in_and_a_bay_is_not() -> None:
    ring = [(x, y, x + 10, y + 10) for x in range(0, 50, 10) for y in range(0, 50, 10)]
    hole, bay = (10, 20, 20, 30), (40, 20, 50, 30)
    coverage = Coverage(BBox(0, 0, 50, 50))
    coverage.add(np.array([box for box in ring if box not in (hole, bay)], float))
    (found,) = coverage.holes()
    assert found == pytest.approx(hole, abs=1.1)
    assert coverage.share == pytest.approx(23 / 25, abs=0.02)


def test_a_place_without_width_is_counted() -> None:
    coverage = Coverage(BBox(7, 46, 7, 46))
    coverage.add(np.array([[7.0, 46.0, 7.0, 46.0]]))
    assert coverage.counts.sum() >= 1 and coverage.holes() == []


def record(number: int, source: str, **values) -> ChipRecord:
    return ChipRecord(
        f"{number:032x}", source, "0" * 64, Window(0, 0, 64, 64), **values
    )


def table(records) -> pa.Table:
    return chip_table(records, np.zeros((len(records), 4), np.float32))


def at(lon: float, lat: float) -> BBox:
    return BBox(lon, lat, lon + 0.1, lat + 0.1)


def test_scenes_far_from_their_folder_also_across_the_antimeridian() -> None:
    near = [179.8, 179.9, -180.0, -179.9, -179.8]
    records = [record(n, f"/fiji/{n}.tif", bbox=at(x, -17)) for n, x in enumerate(near)]
    records += [record(9, "/fiji/far.tif", bbox=at(0, -17))]
    # Spread over the world: nothing is far from what is everywhere.
    records += [
        record(20 + n, f"/world/{n}.tif", bbox=at(40 * n - 170, 0)) for n in range(8)
    ]
    records += [record(40, "/few/a.tif", bbox=at(0, 0))]
    records += [record(41, "/few/b.tif", bbox=at(90, 0))]
    places = ScenePlaces()
    numbers = places.add(table(records[:3]))
    numbers = np.append(numbers, places.add(table(records[3:])))
    places.settle()
    assert numbers.tolist() == list(range(16)) and len(places) == 16
    assert places.far().tolist() == [5]


def test_metres_a_pixel_unlike_those_of_the_folder() -> None:
    metres = [10, 10, 10, 30, 41, 2.4, None]
    records = [record(n, f"/a/{n}.tif", gsd_m=gsd) for n, gsd in enumerate(metres)]
    places = ScenePlaces()
    places.add(table(records))
    places.settle()
    assert places.odd_gsd().tolist() == [4, 5]


def test_chips_of_a_scene_are_one_scene_across_blocks() -> None:
    records = [record(n, f"/a/{n // 3}.tif") for n in range(9)]
    places = ScenePlaces()
    found = [places.add(table(records[a:b])).tolist() for a, b in ((0, 4), (4, 9))]
    assert found == [[0, 0, 0, 1], [1, 1, 2, 2, 2]]


def test_twins_of_other_scenes_count(tmp_path) -> None:
    """Rows 0 and 5 are one picture; 1 and 2 too, but of one scene; 3 and 4 are flat."""
    vectors = unit_rows(np.random.default_rng(0).normal(size=(6, 32)))
    vectors[5] = unit_rows(vectors[:1] + 0.001)[0]
    vectors[2], vectors[4] = vectors[1], vectors[3]
    contrasts = [9.0, 9.0, 9.0, 0.0, 0.0, None]
    records = [record(n, f"/{n}.tif", contrast=c) for n, c in enumerate(contrasts)]
    path = tmp_path / "part.parquet"
    writer = PartWriter(path, EncoderIdentity("toy", "ab" * 32, "none", 32))
    writer.write(chip_table(records, vectors))
    writer.close()
    told = []
    found = near_twins([path], np.array([0, 1, 1, 3, 4, 5]), told.append)
    assert (found.compared, found.pairs, sum(told)) == (4, [(0, 5)], 12)
