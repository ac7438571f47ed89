"""The one truth about filters, on hand-worked rows."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from rsrag import filters
from rsrag.errors import QueryError
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import bbox_geometry, boxes_intersect, boxes_touch, geometry_bbox
from rsrag.plain_values import microseconds
from rsrag.types import BBox, Interval


def day(number):
    return datetime(2020, 1, number, tzinfo=UTC)


def placed(*outlines):
    """A table of footprints; ``None`` is a plain picture."""
    boxes = [
        None
        if outline is None
        else dict(
            zip(("xmin", "ymin", "xmax", "ymax"), geometry_bbox(outline), strict=True)
        )
        for outline in outlines
    ]
    struct = pa.struct([(n, pa.float64()) for n in ("xmin", "ymin", "xmax", "ymax")])
    return pa.table(
        {
            "id": [str(i) for i in range(len(outlines))],
            "geometry": pa.array(
                [None if o is None else o.wkb for o in outlines], pa.binary()
            ),
            "bbox": pa.array(boxes, struct),
        }
    )


TABLE = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "sensor": ["S2A", "S2B", None, "S2A"],
        "gsd_m": [10.0, 0.5, None, float("nan")],
        "bands": pa.array([3, None, 13, 4], pa.int16()),
        "datetime": pa.array([day(1), day(2), None, day(4)], pa.timestamp("us", "UTC")),
    }
)


def rows(where, table=TABLE):
    found = FilterColumns(table).rows(where)
    return None if found is None else found.tolist()


def test_no_condition_is_no_narrowing():
    assert rows(None) is None
    assert rows(Filter()) is None
    assert not Filter()
    assert all(
        [
            Filter(area=shapely.Point(0, 0)),
            Filter(datetime=Interval(None, None)),
            Filter(keywords={"sensor": frozenset()}),
            Filter(ranges={"gsd_m": (None, None)}),
            Filter(exclude=frozenset({"a"})),
        ]
    )


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (Filter(keywords={"sensor": frozenset({"S2A"})}), [0, 3]),
        (Filter(keywords={"sensor": frozenset({"S2A", "S2B", "x"})}), [0, 1, 3]),
        (Filter(keywords={"sensor": frozenset()}), []),
        (Filter(keywords={"colour": frozenset({"red"})}), []),
        (Filter(ranges={"gsd_m": (0.5, 10.0)}), [0, 1]),
        (Filter(ranges={"gsd_m": (0.6, None)}), [0]),
        (Filter(ranges={"gsd_m": (None, 9.9)}), [1]),
        (Filter(ranges={"gsd_m": (None, None)}), [0, 1]),
        (Filter(ranges={"gsd_m": (10.0, 0.5)}), []),
        (Filter(ranges={"bands": (4, 13)}), [2, 3]),
        (Filter(ranges={"cloud": (None, None)}), []),
        (Filter(datetime=Interval(day(1), day(2))), [0, 1]),
        (Filter(datetime=Interval(day(2), None)), [1, 3]),
        (Filter(datetime=Interval(None, day(2))), [0, 1]),
        (Filter(datetime=Interval(None, None)), [0, 1, 3]),
        (Filter(datetime=Interval(datetime(2020, 1, 2), None)), [1, 3]),
        (Filter(exclude=frozenset({"a", "c", "x"})), [1, 3]),
        (Filter(area=shapely.box(-180, -90, 180, 90)), []),
        (
            Filter(
                keywords={"sensor": frozenset({"S2A"})},
                datetime=Interval(day(2), None),
                exclude=frozenset({"b"}),
            ),
            [3],
        ),
    ],
)
def test_conditions(where, wanted):
    assert rows(where) == wanted


def test_a_column_of_nothing_matches_nothing():
    table = pa.table({"id": ["a"], "sensor": pa.nulls(1), "gsd_m": pa.nulls(1)})
    assert rows(Filter(keywords={"sensor": frozenset({"S2A"})}), table) == []
    assert rows(Filter(ranges={"gsd_m": (None, None)}), table) == []


def test_a_table_without_rows():
    where = Filter(area=shapely.box(0, 0, 1, 1), keywords={"id": frozenset({"a"})})
    assert rows(where, placed()) == []


@pytest.mark.parametrize(
    "where",
    [
        Filter(keywords={"gsd_m": frozenset({"10"})}),
        Filter(ranges={"sensor": (0, 1)}),
    ],
)
def test_a_column_of_the_wrong_kind_is_an_error(where):
    with pytest.raises(QueryError, match="Column"):
        rows(where)


@pytest.mark.parametrize(
    "kind",
    [pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC"), pa.timestamp("ms")],
    ids=str,
)
def test_times_of_any_unit_and_without_zone(kind):
    table = pa.table(
        {"id": ["a", "b"], "datetime": pa.array([day(1), day(3)]).cast(kind)}
    )
    assert rows(Filter(datetime=Interval(day(2), None)), table) == [1]
    assert rows(Filter(datetime=Interval(day(3), day(3))), table) == [1]


def test_times_finer_than_microseconds():
    nanoseconds = pa.array([1, 1001, None], pa.timestamp("ns", "UTC"))
    table = pa.table({"id": ["a", "b", "c"], "datetime": nanoseconds})
    start = datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert rows(Filter(datetime=Interval(start, None)), table) == [1]


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_words_of_any_kind(kind):
    words = pa.array(["S2A", None, "S2B"]).cast(kind)
    table = pa.table({"id": ["a", "b", "c"], "sensor": words})
    assert rows(Filter(keywords={"sensor": frozenset({"S2B"})}), table) == [2]


def test_columns_in_several_chunks():
    table = pa.concat_tables([TABLE, TABLE.slice(1, 2), TABLE])
    assert rows(Filter(keywords={"sensor": frozenset({"S2B"})}), table) == [1, 4, 7]
    assert rows(Filter(ranges={"gsd_m": (None, None)}), table) == [0, 1, 4, 6, 7]
    area = placed(shapely.box(0, 0, 1, 1), None, shapely.box(4, 4, 5, 5))
    twice = pa.concat_tables([area, area])
    where = Filter(area=shapely.Polygon([(0.5, 0.5), (9, 0), (0.5, 0.6)]))
    assert rows(where, twice) == [0, 3]


def test_microseconds_are_exact():
    time = datetime(2100, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert microseconds(time) == 4_102_444_800_000_001
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999999)) == -1
    assert microseconds(None) is None


# Footprints.

DIAMOND = shapely.Polygon([(0, 0), (10, -10), (20, 0), (10, 10)])
CROSSING = bbox_geometry(BBox(175, -5, -175, 5))


@pytest.mark.parametrize(
    ("area", "wanted"),
    [
        (shapely.box(-5, -5, 25, 15), [0]),
        (shapely.box(0, 7, 2, 9), []),
        (shapely.box(-5, -5, 0, 5), [0]),
        (shapely.Point(10, 0), [0]),
        (shapely.Point(1, 9), []),
        (shapely.LineString([(-1, 9), (9, -1)]), [0]),
        (shapely.box(170, 0, 176, 1), [1]),
        (shapely.box(-176, 0, -170, 1), [1]),
        (shapely.box(-174, -5, 174, 5), [0]),
        (bbox_geometry(BBox(179, 0, -179, 1)), [1]),
        (bbox_geometry(BBox(15, 0, -178, 1)), [0, 1]),
        (bbox_geometry(BBox(170, 6, -170, 8)), []),
        (shapely.box(-180, -90, 180, 90), [0, 1]),
        (shapely.Polygon(), []),
    ],
)
def test_outlines_decide(area, wanted):
    assert rows(Filter(area=area), placed(DIAMOND, CROSSING, None)) == wanted


def test_a_box_without_an_outline_is_no_footprint():
    table = placed(DIAMOND, DIAMOND)
    bare = table.set_column(1, "geometry", pa.array([None, DIAMOND.wkb], pa.binary()))
    assert rows(Filter(area=shapely.box(-50, -50, 50, 50)), bare) == [1]
    assert rows(Filter(area=shapely.box(5, 5, 50, 50)), bare) == [1]
    assert rows(Filter(area=shapely.box(-50, -50, 50, 50)), bare.drop("geometry")) == []
    assert rows(Filter(area=shapely.box(-50, -50, 50, 50)), bare.drop("bbox")) == []


corner = st.integers(-18, 18).map(lambda n: n * 10)
height = st.integers(-9, 9).map(lambda n: n * 10)
boxes = st.tuples(corner, height, corner, height).filter(
    lambda b: b[0] != b[2] and b[1] < b[3]
)


@settings(max_examples=200)
@given(footprints=st.lists(boxes, min_size=1, max_size=6), area=boxes)
def test_boxes_match_as_their_geometries_do(footprints, area):
    outlines = [bbox_geometry(BBox(*box)) for box in footprints]
    wanted = bbox_geometry(BBox(*area))
    expected = [i for i, o in enumerate(outlines) if shapely.intersects(o, wanted)]
    assert rows(Filter(area=wanted), placed(*outlines)) == expected
    touch = boxes_touch(np.array(footprints, float), BBox(*area)).tolist()
    assert touch == [boxes_intersect(BBox(*box), BBox(*area)) for box in footprints]


def test_outlines_are_parsed_once_and_only_so_many_kept(monkeypatch):
    table = placed(*[shapely.box(i, 0, i + 2, 2) for i in range(50)])
    columns = FilterColumns(table)
    parsed = []
    from_wkb = shapely.from_wkb
    monkeypatch.setattr(
        shapely, "from_wkb", lambda w: parsed.append(len(w)) or from_wkb(w)
    )
    where = Filter(area=shapely.Polygon([(0, 1), (60, 0.9), (60, 1.1)]))
    assert len(columns.rows(where)) == 50
    assert len(columns.rows(where)) == 50
    assert parsed == [50]
    monkeypatch.setattr(filters, "_GEOMETRIES_KEPT", 20)
    columns = FilterColumns(table)
    for _ in range(2):
        assert len(columns.rows(where)) == 50
    assert sum(g is not None for g in columns._geometries) <= 20
