"""The zoo: hundreds of small pictures as one index, no outline and no time wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely

from bench.zoo.animals import HEIGHT, WIDTH, Grid, Spot
from bench.zoo.judging import Verdict, build, draw, judge
from bench.zoo.outlines import fault_of
from rsrag.imagery.places.footprint import outline
from rsrag.imagery.places.georeference import Georeference
from rsrag.types import Window

WINDOW = Window(0, 0, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("zoo")
    zoo = draw(root)
    return zoo, *build(zoo, root / "indexes")


def test_nothing_lost_misplaced_or_misdated(built):
    verdict = judge(*built)
    assert not verdict.faults, "\n".join(verdict.faults)
    assert verdict.files > 450 and verdict.scenes > 370
    assert len(built[0].animals) > 390


def judged(built, change) -> Verdict:
    zoo, rows, report = built
    return judge(zoo, [change(row) for row in rows[::5]], report)


def test_the_judge_sees_what_is_wrong(built):
    """Each time off by a day, each scene nowhere, one row gone, an empty report."""

    def misdated(row):
        return row | {"datetime": row["datetime"] and row["datetime"] + timedelta(1)}

    some = built[1][::5]
    dated = sum(row["datetime"] is not None for row in some)
    assert len(judged(built, misdated).times) == dated > 10
    placed = sum(row["geometry"] is not None for row in some)
    assert len(judged(built, lambda row: row | {"geometry": None}).outlines) == placed
    zoo, rows, report = built
    unread = judge(zoo, some, report).unread
    assert not any(row["source"] in unread for row in some)
    assert rows[1]["source"] in unread
    nothing = judge(zoo, [], replace(report, skipped=(), notices=()))
    assert len(nothing.unreported) == len(zoo.animals)


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32632", (30, 0, 600000, 0, -30, 5400000)),
        ("EPSG:32660", (500, 0, 812000, 0, -500, 8100000)),
        ("EPSG:3413", (4000, 0, -40000, 0, -4000, 30000)),
        ("EPSG:4326", (0.5, 0, 175, 0, -0.5, 4)),
    ],
)
def test_an_outline_that_is_off_is_told(crs, transform):
    true = Grid(crs, transform)

    def drawn(columns: float, rows: float):
        a, b, c, d, e, f = transform
        moved = (a, b, c + a * columns + b * rows, d, e, f + d * columns + e * rows)
        return outline(Georeference(crs, moved), WINDOW)

    assert fault_of(drawn(0, 0), true) is None
    assert fault_of(drawn(0.1, -0.1), true) is None
    for columns, rows in ((1.6, 0), (0, -1.6), (300, 40)):
        assert "pixels off" in fault_of(drawn(columns, rows), true)
    assert fault_of(None, true) == "not placed"
    assert "placed at" in fault_of(drawn(0, 0), None)


def test_an_outline_round_the_wrong_way_is_told():
    """All corners are right, and the rest of the Earth is inside."""
    true = Grid("EPSG:4326", (0.5, 0, 175, 0, -0.5, 4))
    wrong = shapely.box(-173, -4, 175, 4)
    assert "area" in fault_of(wrong, true)


def test_a_camera_is_held_closely():
    spot = Spot(10.0, 50.0, 200.0)
    assert fault_of(shapely.Point(10, 50).buffer(0.0005), spot) is None
    assert "not hold" in fault_of(shapely.Point(10.01, 50).buffer(0.0005), spot)
    assert "reaches" in fault_of(shapely.Point(10, 50).buffer(0.1), spot)
