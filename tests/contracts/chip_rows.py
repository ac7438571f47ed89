"""Chips drawn in code for the tests of stores: footprints of every kind, gaps, ties."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import shapely

from rsrag.geo import bbox_geometry, geometry_bbox
from rsrag.types import BBox
from rsrag.vectors import unit_rows

DIM = 16
START = datetime(2020, 1, 1, tzinfo=UTC)
SENSORS = ("S2A", "S2B", "LC08", None)

SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "source": pa.string(),
        "window": pa.struct({"col_off": pa.int32(), "row_off": pa.int32()}),
        "geometry": pa.binary(),
        "bbox": pa.struct(
            {name: pa.float64() for name in ("xmin", "ymin", "xmax", "ymax")}
        ),
        "datetime": pa.timestamp("us", tz="UTC"),
        "gsd_m": pa.float64(),
        "sensor": pa.string(),
        "nodata_share": pa.float64(),
        "cloud_share": pa.float64(),
        "properties": pa.string(),
    }
)


def chip_id(number):
    return f"{number:032x}"


def footprint(number, rng):
    """A box, a diamond, a box across the antimeridian, or none, by turns."""
    lon, lat = rng.uniform(-175, 175), rng.uniform(-80, 80)
    kind = number % 5
    if kind == 4:
        return None
    if kind == 3:
        return bbox_geometry(BBox(178 + lon / 180, lat - 2, -178 + lon / 180, lat + 2))
    if kind == 2:
        around = [(lon - 3, lat), (lon, lat - 3), (lon + 3, lat), (lon, lat + 3)]
        return shapely.Polygon(around)
    return shapely.box(lon - 3, lat - 3, lon + 3, lat + 3)


def properties_of(number):
    """A number, a text, a truth, a time, a list, an object, nothing, or no JSON."""
    if number % 8 == 7:
        return (None, "", "no JSON", "[1]")[number // 8 % 4]
    values = {
        "eo:cloud_cover": number % 13 * 7.5 if number % 3 else None,
        "platform": ("Landsat-8", "LANDSAT_9", "sentinel-2a", "Ålesund")[number % 4],
        "tiled": number % 2 == 0,
        "created": (START + timedelta(days=number)).isoformat(),
        "labels": ["Airport", "runway"][: number % 3],
        "view": {"off_nadir": number % 30},
        "mixed": (5, "five", True, "2020-03-01")[number % 4],
    }
    return json.dumps({n: v for n, v in values.items() if (number + len(n)) % 5})


def chip_row(number, outline, **values):
    bbox = None
    if outline is not None:
        bbox = dict(
            zip(("xmin", "ymin", "xmax", "ymax"), geometry_bbox(outline), strict=True)
        )
    return {
        "id": chip_id(number),
        "source": f"scene-{number // 10}.tif",
        "window": {"col_off": number % 10 * 64, "row_off": 0},
        "geometry": None if outline is None else shapely.to_wkb(outline),
        "bbox": bbox,
        "datetime": START + timedelta(hours=7 * number) if number % 6 else None,
        "gsd_m": (None, float("nan"), 10.0, 0.5, 30.0)[number % 5],
        "sensor": SENSORS[number % 4],
        "nodata_share": number % 11 / 10,
        "cloud_share": np.random.default_rng(number).uniform(),
        "properties": properties_of(number),
        **values,
    }


def chip_table(rows):
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def chips(count, dim=DIM, seed=0):
    """``count`` chips in ten clusters; every seventh vector is that of chip 0."""
    rng = np.random.default_rng(seed)
    vectors = clustered(count, dim, rng)
    vectors[::7] = vectors[0]
    rows = [chip_row(i, footprint(i, rng)) for i in range(count)]
    return vectors, chip_table(rows)


def clustered(count, dim, rng, centres=10, spread=0.5):
    middle = np.random.default_rng(99).standard_normal((centres, dim))
    noise = spread * rng.standard_normal((count, dim))
    return unit_rows(middle[rng.integers(0, centres, count)] + noise)
