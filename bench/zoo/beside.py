"""Recipes of files beside pictures: world files, systems, notes of GDAL, archives."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.zoo.animals import (
    Animal,
    Grid,
    Spot,
    box_grid,
    pixels,
    utc,
    write_picture,
    write_raster,
)
from bench.zoo.placed import NORTH_UP, UTM32

_WORLD = {
    ".png": ".pgw",
    ".jpg": ".jgw",
    ".jpeg": ".jpegw",
    ".webp": ".wld",
    ".bmp": ".bpw",
    ".gif": ".gfw",
    ".tif": ".tfw",
    ".jp2": ".j2w",
}
DEGREES = (0.01, 0.0, 20.0, 0.0, -0.01, 50.0)
ROTATED = (29.0, 7.0, 600000.0, 7.0, -29.0, 5400000.0)


def world_file(transform: tuple[float, ...], comma: bool = False) -> str:
    """Six lines about the centre of the first pixel."""
    a, b, c, d, e, f = transform
    lines = (a, d, b, e, c + (a + b) / 2, f + (d + e) / 2)
    text = "".join(f"{value:.12f}\n" for value in lines)
    return text.replace(".", ",") if comma else text


def _bare(path: Path, seed: int) -> None:
    """A picture without any place, in the format of its ending."""
    ending = path.suffix
    path.parent.mkdir(parents=True, exist_ok=True)
    if ending in (".tif", ".jp2"):
        driver = {".tif": "GTiff", ".jp2": "JP2OpenJPEG"}[ending]
        write_raster(path, pixels(seed), driver=driver)
    else:
        write_picture(path, seed)


def by_world_file(folder: Path) -> Iterator[Animal]:
    """Each format with a world file: degrees, or metres with a ``.prj``."""
    from rasterio.crs import CRS

    wkt = CRS.from_string(UTM32).to_wkt(version="WKT1_ESRI")
    for seed, (ending, world) in enumerate(_WORLD.items()):
        stem = f"world/degrees-{ending[1:]}"
        _bare(folder / (stem + ending), 3000 + seed)
        (folder / (stem + world)).write_text(world_file(DEGREES))
        place = Grid("EPSG:4326", DEGREES)
        yield Animal(stem + ending, (stem + ending, stem + world), place, sidecars=1)
        stem = f"world/metres-{ending[1:]}"
        _bare(folder / (stem + ending), 3100 + seed)
        (folder / (stem + world)).write_text(world_file(ROTATED, seed % 2 == 1))
        (folder / (stem + ".prj")).write_text(wkt)
        files = (stem + ending, stem + world, stem + ".prj")
        yield Animal(files[0], files, Grid(UTM32, ROTATED), sidecars=2)
    for seed, (name, system) in enumerate(
        {"proj": "EPSG:2056", "capital": UTM32, "south-west": "EPSG:5513"}.items()
    ):
        from rasterio.warp import transform

        lon, lat = {"EPSG:2056": (8, 47), "EPSG:5513": (16, 49.5)}.get(system, (9, 48))
        (x,), (y,) = transform("OGC:CRS84", system, [lon], [lat])
        grid = (10.0, 0.0, round(x), 0.0, -10.0, round(y))
        stem = f"world/{name}"
        endings = (
            (".JPG", ".JGW", ".PRJ") if name == "capital" else (".jpg", ".jgw", ".prj")
        )
        write_picture(folder / f"{stem}{endings[0]}", 3200 + seed)
        (folder / f"{stem}{endings[1]}").write_text(world_file(grid))
        (folder / f"{stem}{endings[2]}").write_text(CRS.from_string(system).to_wkt())
        written = tuple(stem + ending for ending in endings)
        yield Animal(written[0], written, Grid(system, grid), sidecars=2)
    stem = "world/metres-of-nowhere"
    write_picture(folder / f"{stem}.png", 3300)
    (folder / f"{stem}.pgw").write_text(world_file(NORTH_UP))
    yield Animal(f"{stem}.png", (f"{stem}.png", f"{stem}.pgw"), sidecars=1)


def by_camera(folder: Path) -> Iterator[Animal]:
    """Photographs with a GPS: where the camera was, in all four quarters."""
    from PIL import Image

    spots = {
        "north-east": (7.25, 46.51),
        "south-west": (-70.5, -33.25),
        "south-east": (178.125, -38.75),
        "date-line": (179.9999, 16.5),
    }
    for seed, (name, (lon, lat)) in enumerate(spots.items()):
        exif = Image.Exif()
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "S" if lat < 0 else "N", _sexagesimal(abs(lat))
        gps[3], gps[4] = "W" if lon < 0 else "E", _sexagesimal(abs(lon))
        path = f"camera/{name}.jpg"
        write_picture(folder / path, 3600 + seed, exif=exif)
        yield Animal(path, (path,), Spot(lon, lat, 200))


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(degrees * 3600, 6), 60)
    whole, minutes = divmod(minutes, 60)
    return float(whole), float(minutes), float(np.round(seconds, 6))


_TABLE = (
    ("eins.png", "31.01.2020 22:12", "0,5", (10, 50, 11, 51), utc(2020, 1, 31, 22, 12)),
    (
        "zwei.png",
        "2020-01-31T10:12:31+02:00",
        "1,25",
        (179, -10, -179, -9),
        utc(2020, 1, 31, 8, 12, 31),
    ),
    ("drei.png", "", "", None, None),
    ("Straße.png", "5.6.2019", "30", (-180, 60, -170, 70), utc(2019, 6, 5)),
)


def by_table(folder: Path) -> tuple[Path, list[Animal]]:
    """Rows of one table as a European Excel saves it, and the pictures they tell of.

    Returns:
        The table, which lies outside of the folder, and the pictures.
    """
    lines = ["file;date;gsd;west;south;east;north"]
    animals = []
    for seed, (name, moment, gsd, box, truth) in enumerate(_TABLE):
        path = f"table/{name}"
        write_picture(folder / path, 3700 + seed)
        cells = ["" if box is None else f"{v},0" for v in (box or (None,) * 4)]
        lines.append(";".join((name, moment, gsd, *cells)))
        place = None if box is None else box_grid(*box)
        animals.append(Animal(path, (path,), place, truth))
    lines.append(";;;;;;")
    table = folder.parent / "table.csv"
    table.write_bytes(("sep=;\r\n" + "\r\n".join(lines) + "\r\n").encode("cp1252"))
    return table, animals
