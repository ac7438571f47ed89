"""Which columns tell of clouds, and areas round a point."""

import pyarrow as pa
import pytest
import shapely

from rsrag.desk.areas import circle
from rsrag.desk.filtering import filter_of
from rsrag.desk.imagery.columns_there import MOST_COLUMNS, columns_there, resolved
from rsrag.errors import QueryError
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import haversine_m

ROWS = [
    '{"eo:cloud_cover": 10, "cloud_percent": 90}',
    '{"cloud_percent": 15.5}',
    '{"cloud_percent": 20, "eo:cloud_cover": 30}',
    '{"CLOUD_PERCENT": 1, "eo:cloud_cover": null}',
    None,
]


def table(properties):
    ids = [str(number) for number in range(len(properties))]
    return pa.table({"id": ids, "properties": pa.array(properties, pa.string())})


def chosen(where, properties):
    there = columns_there(iter([table(properties)]))
    expression = resolved(where.expression, lambda: there, dict)
    rows = FilterColumns(table(properties)).rows(Filter(expression=expression))
    return rows.tolist()


def test_the_first_column_of_clouds_that_a_chip_has_decides() -> None:
    assert chosen(filter_of(max_cloud=20), ROWS[:3]) == [0, 1]
    assert chosen(filter_of(max_cloud=10), ROWS[:3]) == [0]


def test_a_name_without_its_prefix_will_do() -> None:
    rows = ['{"view:off_nadir": 3}', '{"view:off_nadir": 9}']
    assert chosen(filter_of(filter="off_nadir < 5"), rows) == [0]
    assert chosen(filter_of(filter="OffNadir < 5"), rows) == [0]


def test_a_name_of_two_columns_is_asked_back() -> None:
    rows = ['{"a:level": 3, "b:level": 3}']
    with pytest.raises(QueryError, match="a:level or b:level"):
        chosen(filter_of(filter="level < 5"), rows)


def test_columns_are_bounded() -> None:
    rows = [f'{{"p{number}": 1, "all": 1}}' for number in range(400)]
    there = columns_there(iter([table(rows)]))
    assert len(there) == MOST_COLUMNS
    assert next(iter(there)) == "all"


@pytest.mark.parametrize("at", [(0, 0), (179.9, 10), (30, 89.9), (-120, -85), (5, 60)])
@pytest.mark.parametrize("radius_m", [5_000, 1_500_000])
def test_a_circle_has_its_radius(at, radius_m) -> None:
    area = circle(*at, radius_m)
    assert area.is_valid
    for lon in range(-180, 180, 7):
        for lat in range(-89, 90, 7):
            way = haversine_m(*at, lon, lat)
            # Sphere and ellipsoid differ by half a percent, a polygon by less.
            if abs(way - radius_m) > 0.01 * radius_m:
                inside = shapely.intersects(area, shapely.Point(lon, lat))
                assert inside == (way < radius_m), (lon, lat, way)
