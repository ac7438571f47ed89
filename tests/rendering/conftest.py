from datetime import UTC, datetime

import pytest
import shapely

from rsrag.retrieval.chip_hit import ChipHit


@pytest.fixture
def hits() -> list[ChipHit]:
    """A chip of the Sahara, one across the antimeridian, and a plain picture."""
    fiji = shapely.MultiPolygon(
        [shapely.box(176, -20, 180, -14), shapely.box(-180, -20, -177, -14)]
    )
    return [
        ChipHit(
            "a1",
            0.31234567,
            {
                "id": "a1",
                "source": "/data/earth.tif",
                "source_sha256": "00",
                "window": {"col_off": 180, "row_off": 20, "width": 60, "height": 60},
                "geometry": shapely.to_wkb(shapely.box(8, 23, 12, 27)),
                "bbox": {"xmin": 8.0, "ymin": 23.0, "xmax": 12.0, "ymax": 27.0},
                "crs": "EPSG:4326",
                "datetime": datetime(2020, 6, 1, 10, 30, tzinfo=UTC),
                "gsd_m": 7421.3,
                "sensor": "MODIS",
                "nodata_share": 0.10000000149011612,
                "properties": '{"cloud": NaN, "path": 4}',
            },
        ),
        ChipHit(
            "b2",
            0.3,
            {
                "id": "b2",
                "source": "/data/a.tar!/x/fiji.tif",
                "window": {"col_off": 0, "row_off": 0, "width": 60, "height": 60},
                "geometry": shapely.to_wkb(fiji),
                "bbox": {"xmin": 176.0, "ymin": -20.0, "xmax": -177.0, "ymax": -14.0},
                "datetime": None,
                "gsd_m": 10.0,
                "properties": None,
            },
        ),
        ChipHit(
            "c3",
            -0.05,
            {
                "id": "c3",
                "source": '/p/<script>alert("1")</script>\x1b[31m.jpg',
                "window": {"col_off": 0, "row_off": 0, "width": 9, "height": 5},
                "geometry": None,
                "bbox": None,
            },
        ),
    ]
