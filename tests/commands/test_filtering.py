"""What may be typed for times, ranges and places."""

import datetime as dt

import pytest

from rsrag.commands.options.arguments import normalise
from rsrag.desk.filter_values import parse_interval, parse_range
from rsrag.desk.filtering import filter_of
from rsrag.errors import GeometryError, QueryError


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


LAST_OF_2020 = utc(2020, 12, 31, 23, 59, 59, 999999)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2020", utc(2020, 1, 1), LAST_OF_2020),
        ("2020-02", utc(2020, 2, 1), utc(2020, 2, 29, 23, 59, 59, 999999)),
        ("2020-01-01/..", utc(2020, 1, 1), None),
        ("../2020", None, LAST_OF_2020),
        ("/2020-12-31", None, LAST_OF_2020),
        ("2019/2020", utc(2019, 1, 1), LAST_OF_2020),
        ("2020-06-01T10:30:00Z", utc(2020, 6, 1, 10, 30), utc(2020, 6, 1, 10, 30)),
        ("2020-06-01T10:30:00+02:00/..", utc(2020, 6, 1, 8, 30), None),
        ("2020-06-01T10:30:00/..", utc(2020, 6, 1, 10, 30), None),
    ],
)
def test_intervals(text, start, end) -> None:
    assert parse_interval(text) == (start, end)


@pytest.mark.parametrize(
    "text", ["", "..", "../..", "/", "yesterday", "2020-13", "2021/2020", "2020-02-30"]
)
def test_intervals_that_are_none(text) -> None:
    with pytest.raises(QueryError):
        parse_interval(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.5..10", (0.5, 10)), ("..30", (None, 30)), ("10..", (10, None)), ("3", (3, 3))],
)
def test_ranges(text, expected) -> None:
    assert parse_range(text, "gsd") == expected


@pytest.mark.parametrize("text", ["", "..", "10..1", "a..b", "nan", "..inf", "1..2..3"])
def test_ranges_that_are_none(text) -> None:
    with pytest.raises(QueryError, match="gsd"):
        parse_range(text, "gsd")


def test_nothing_typed_is_no_filter() -> None:
    assert not filter_of()


def test_all_options_meet_in_one_filter() -> None:
    where = filter_of((-10, 36, 3, 44), None, "2020", ["S2A", "S2B"], "..10", 0.1)
    assert where.area.bounds == (-10, 36, 3, 44)
    assert where.keywords == {"sensor": {"S2A", "S2B"}}
    assert where.ranges == {"gsd_m": (None, 10), "nodata_share": (None, 0.1)}
    assert where.datetime == (utc(2020, 1, 1), LAST_OF_2020)


def test_a_box_and_an_area_are_one_too_many() -> None:
    with pytest.raises(QueryError, match="bbox and intersects"):
        filter_of((0, 0, 1, 1), "POINT(0 0)")


def test_a_box_is_checked() -> None:
    with pytest.raises(GeometryError, match="NaN"):
        filter_of((float("nan"), 0, 1, 1))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--bbox -10 36 3 44", "--bbox -10 36 3 44"),
        ("--bbox=-10,36,3,44", "--bbox -10 36 3 44"),
        ("--bbox -10,36,3,44 x", "--bbox -10 36 3 44 x"),
        ("--bounds=-180,-90,180,90", "--bounds -180 -90 180 90"),
        ("a,b,c,d --top-k 3", "a,b,c,d --top-k 3"),
        ("--datetime=2020/..", "--datetime=2020/.."),
    ],
)
def test_boxes_may_have_commas(typed, words) -> None:
    assert normalise(typed.split()) == words.split()
