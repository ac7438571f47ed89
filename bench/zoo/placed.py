"""Recipes of places: systems, transforms, kinds of numbers, drivers, control points."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.zoo.animals import (
    HEIGHT,
    WIDTH,
    Animal,
    Floats,
    Grid,
    Transform,
    pixels,
    write_raster,
)
from bench.zoo.systems import SYSTEMS

UTM32 = "EPSG:32632"
NORTH_UP: Transform = (30, 0, 600000, 0, -30, 5400000)


def by_system(folder: Path) -> Iterator[Animal]:
    """A GeoTIFF in each reference system, around a point that lies in it."""
    from rasterio.warp import transform

    for seed, (name, crs, lon, lat, side) in enumerate(SYSTEMS):
        (x,), (y,) = transform("OGC:CRS84", crs, [lon], [lat])
        west, north = x - side * WIDTH / 2, y + side * HEIGHT / 2
        place = Grid(crs, (side, 0, west, 0, -side, north))
        path = f"systems/{name}.tif"
        # A PROJ string that no GeoTIFF key can hold lies beside it.
        write_raster(folder / path, pixels(seed), crs, place.transform)
        beside = [f for f in (f"{path}.aux.xml",) if (folder / f).exists()]
        yield Animal(path, (path, *beside), place, sidecars=len(beside))


def turned(degrees: float, side: float, x: float, y: float) -> Transform:
    """A square pixel's transform, turned counter-clockwise."""
    c, s = np.cos(np.radians(degrees)) * side, np.sin(np.radians(degrees)) * side
    return (float(c), float(s), x, float(s), float(-c), y)


_TRANSFORMS: dict[str, tuple[str, Transform]] = {
    "north-up": (UTM32, NORTH_UP),
    "south-up": (UTM32, (30, 0, 600000, 0, 30, 5300000)),
    "east-left": (UTM32, (-30, 0, 700000, 0, -30, 5400000)),
    "turned-30": (UTM32, turned(30, 30, 600000, 5400000)),
    "turned-137": (UTM32, turned(137, 30, 600000, 5400000)),
    "turned-270": (UTM32, turned(270, 30, 600000, 5400000)),
    "sheared": (UTM32, (30, 12, 600000, 5, -30, 5400000)),
    "mirrored": (UTM32, (0, 30, 600000, 30, 0, 5300000)),
    "flat-pixels": (UTM32, (300, 0, 500000, 0, -3, 5400000)),
    "turned-at-pole": ("EPSG:3413", turned(20, 4000, -60000, 40000)),
    "turned-at-180": ("EPSG:32660", turned(45, 500, 815000, 8100000)),
    "degrees-sheared": ("EPSG:4326", (0.01, 0.004, 20, 0.001, -0.01, 30)),
    "degrees-south-up": ("EPSG:4326", (0.01, 0, 20, 0, 0.01, 30)),
    "degrees-south-up-at-180": ("EPSG:4326", (0.01, 0, 179.9, 0, 0.01, -30)),
    "degrees-0-360": ("EPSG:4326", (0.1, 0, 200, 0, -0.1, 40)),
    "degrees-350-370": ("EPSG:4326", (20 / WIDTH, 0, 350, 0, -1, 40)),
    "degrees-over-180": ("EPSG:4326", (0.5, 0, 175, 0, -0.5, 4)),
    "degrees-below-180": ("EPSG:4326", (0.5, 0, -186, 0, -0.5, 4)),
    "degrees-to-180": ("EPSG:4326", (0.5, 0, 168, 0, -0.5, 4)),
    "degrees-from-180": ("EPSG:4326", (0.5, 0, -180, 0, -0.5, 4)),
    "degrees-to-pole": ("EPSG:4326", (2, 0, 10, 0, -2, 90)),
    "degrees-over-pole-half": ("EPSG:4326", (2, 0, 10, 0, -2, 91)),
    "nad83-at-180": ("EPSG:4269", (0.1, 0, 179, 0, -0.1, 52)),
    "nad27-350-370": ("EPSG:4267", (20 / WIDTH, 0, 350, 0, -1, 40)),
    "mercator-over-180": ("EPSG:3857", (3000, 0, 20000000, 0, -3000, 5000000)),
    "mercator-0-360": ("EPSG:3857", (3000, 0, 25000000, 0, -3000, 5000000)),
    "tiny-pixels": (UTM32, (0.02, 0, 600000, 0, -0.02, 5400000)),
    "half-a-world": ("EPSG:4326", (170 / WIDTH, 0, -85, 0, -100 / HEIGHT, 50)),
}


def by_transform(folder: Path) -> Iterator[Animal]:
    """GeoTIFFs in all turns, sheared, upside down, beyond ±180."""
    for seed, (name, (crs, transform)) in enumerate(_TRANSFORMS.items()):
        path = f"transforms/{name}.tif"
        write_raster(folder / path, pixels(seed), crs, transform)
        yield Animal(path, (path,), Grid(crs, transform))
    for crs, transform in ((UTM32, NORTH_UP), _TRANSFORMS["degrees-0-360"]):
        # GDAL gives the corner of the first pixel, whatever the tag says.
        path = f"transforms/point-{crs.rpartition(':')[2]}.tif"
        tags = {"AREA_OR_POINT": "Point"}
        write_raster(folder / path, pixels(5), crs, transform, tags=tags)
        yield Animal(path, (path,), Grid(crs, transform))


_NUMBERS = (
    *("int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float32", "float64"),
)
_LAYOUTS: dict[str, dict[str, Any]] = {
    "lzw": {"compress": "lzw", "predictor": 2},
    "deflate-planes": {"compress": "deflate", "interleave": "band"},
    "zstd": {"compress": "zstd"},
    "lerc": {"compress": "lerc"},
    "jpeg-ycbcr": {"compress": "jpeg", "photometric": "ycbcr"},
    "webp": {"compress": "webp"},
    "tiled": {"tiled": True, "blockxsize": 16, "blockysize": 16},
    "big": {"bigtiff": "yes"},
    "big-endian": {"endianness": "big"},
    "twelve-bits": {"nbits": 12, "dtype": "uint16"},
    "sparse": {"sparse_ok": True},
}


def by_number(folder: Path) -> Iterator[Animal]:
    """Every kind of number, one band and four, and ways of packing them."""
    place = Grid(UTM32, NORTH_UP)
    for seed, kind in enumerate(_NUMBERS):
        for bands in (1, 4):
            path = f"numbers/{kind}-{bands}.tif"
            data = pixels(seed, bands, kind)
            write_raster(folder / path, data, UTM32, NORTH_UP, photometric="minisblack")
            yield Animal(path, (path,), place)
    path = "numbers/complex64.tif"
    write_raster(folder / path, pixels(0, 1).astype("complex64"), UTM32, NORTH_UP)
    yield Animal(path, (path,), place, read=False)
    for seed, (name, options) in enumerate(_LAYOUTS.items()):
        path = f"numbers/{name}.tif"
        given = dict(options)
        data = pixels(seed, 3, str(given.pop("dtype", "uint8")))
        write_raster(folder / path, data, UTM32, NORTH_UP, **given)
        yield Animal(path, (path,), place)


class Swath:
    """Ground under a scanner that flies along a line of UTM32, by control points."""

    def __init__(self, crs: str, transform: Transform) -> None:
        self.size = (WIDTH, HEIGHT)
        self._grid = Grid(crs, transform)

    def lon_lat(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Degrees, longitudes from -180 to 180 as catalogues have them."""
        lon, lat = self._grid.lon_lat(columns, rows)
        return (lon + 180) % 360 - 180, lat


_SWATHS: dict[str, tuple[str, Transform]] = {
    "plain": (UTM32, turned(12, 400, 600000, 5400000)),
    "bering-at-180": ("EPSG:32601", turned(-13, 1000, 340000, 6990000)),
    "fiji-at-180": ("EPSG:32760", turned(13, 1000, 815000, 8100000)),
    "near-pole": ("EPSG:3413", turned(40, 1000, 100000, -200000)),
    "over-pole": ("EPSG:3413", turned(10, 3000, -40000, 20000)),
    "antarctic-at-180": ("EPSG:3031", turned(200, 1500, 10000, -1200000)),
}


def by_points(folder: Path, first: int = 0) -> Iterator[Animal]:
    """Control points in degrees, as radar scenes have them, and in metres."""
    from rasterio.control import GroundControlPoint

    columns, rows = np.meshgrid(np.linspace(0, WIDTH, 7), np.linspace(0, HEIGHT, 6))
    for seed, (name, (crs, transform)) in enumerate(_SWATHS.items(), first):
        place = Swath(crs, transform)
        lons, lats = place.lon_lat(columns.ravel(), rows.ravel())
        points = [
            GroundControlPoint(row=r, col=c, x=x, y=y)
            for c, r, x, y in zip(columns.flat, rows.flat, lons, lats, strict=True)
        ]
        path = f"points/{name}.tif"
        write_raster(folder / path, pixels(seed, 1, "uint16"), "EPSG:4326", gcps=points)
        yield Animal(path, (path,), place)
    a, b, c, d, e, f = NORTH_UP
    points = [
        GroundControlPoint(row=y, col=x, x=a * x + b * y + c, y=d * x + e * y + f)
        for x, y in ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
    ]
    path = "points/four-in-metres.tif"
    write_raster(folder / path, pixels(9), UTM32, gcps=points)
    yield Animal(path, (path,), Grid(UTM32, NORTH_UP))


_NOWHERE = {
    "mars": "+proj=longlat +R=3396190 +no_defs",
    "moon-equirectangular": "+proj=eqc +R=1737400 +units=m +no_defs",
    "workshop": 'LOCAL_CS["workshop",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]',
    "engineering": 'ENGCRS["site",EDATUM["gate"],CS[Cartesian,2],'
    'AXIS["x",east,LENGTHUNIT["metre",1]],AXIS["y",north,LENGTHUNIT["metre",1]]]',
}


def nowhere(folder: Path) -> Iterator[Animal]:
    """What GDAL gives coordinates to that are not on this planet, or not known."""
    for seed, (name, crs) in enumerate(_NOWHERE.items()):
        path = f"nowhere/{name}.tif"
        write_raster(folder / path, pixels(seed), crs, (1, 0, 10, 0, -1, 50))
        yield Animal(path, (path,))
    for name, transform in {
        "no-system": NORTH_UP,
        "no-place": None,
        "latitude-500": (1.0, 0.0, 10.0, 0.0, -1.0, 500.0),
    }.items():
        path = f"nowhere/{name}.tif"
        system = "EPSG:4326" if name == "latitude-500" else None
        write_raster(folder / path, pixels(7), system, transform)
        yield Animal(path, (path,))
