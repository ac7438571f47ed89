"""Recipes of archives, and of notes that GDAL writes beside, in and out of them."""

import gzip
import io
import itertools
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bench.zoo.animals import (
    Animal,
    Grid,
    box_grid,
    pixels,
    utc,
    write_picture,
    write_raster,
)
from bench.zoo.beside import DEGREES, ROTATED, world_file
from bench.zoo.placed import UTM32


def by_notes(folder: Path) -> Iterator[Animal]:
    """GDAL's ``.aux.xml`` beside formats that hold no place, also in a zip."""
    polar = (100.0, 0.0, 1e6, 0.0, -100.0, 1e6)
    seeds = itertools.count(3400)
    members: dict[str, bytes] = {}
    for driver, ending in (
        *(("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("BMP", ".bmp")),
    ):
        for crs, transform in ((UTM32, ROTATED), ("EPSG:3031", polar)):
            place = Grid(crs, transform)
            name = f"notes/{ending[1:]}-{crs.rpartition(':')[2]}{ending}"
            files = _noted(folder, name, driver, place, next(seeds))
            yield Animal(name, files, place, sidecars=len(files) - 1)
            zipped = name.replace("notes/", "in/")
            for file in _noted(folder, zipped, driver, place, next(seeds)):
                members[file] = (folder / file).read_bytes()
            yield Animal(f"notes.zip!/{zipped}", ("notes.zip",), place)
    shutil.rmtree(folder / "in")
    zip_of(folder / "notes.zip", members)


def _noted(
    folder: Path, name: str, driver: str, place: Grid, seed: int
) -> tuple[str, ...]:
    """Write a picture by GDAL; its files."""
    from rasterio.shutil import copy

    master = folder / "master.tif"
    write_raster(master, pixels(seed), place.crs, place.transform)
    (folder / name).parent.mkdir(exist_ok=True)
    copy(master, folder / name, driver=driver)
    master.unlink()
    beside = (f"{name}.aux.xml", f"{name.rpartition('.')[0]}.wld")
    return (name, *(file for file in beside if (folder / file).exists()))


def zip_of(path: Path, members: dict[str, bytes]) -> None:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def _members(folder: Path, seed: int) -> dict[str, bytes]:
    """Files of an archive: a GeoTIFF, pictures with files beside, and a text."""
    source = folder / "members"
    polar = (1000.0, 0.0, -1e6, 0.0, -1000.0, 1e6)
    write_raster(source / "deep/2021-05-06_a.tif", pixels(seed), "EPSG:3413", polar)
    write_picture(source / "b.png", seed + 1)
    (source / "b.pgw").write_text(world_file(DEGREES))
    write_picture(source / "c.jpg", seed + 2)
    told = {"datetime": "2020-01-31T10:12:31+02:00", "bounds": [170, 10, -170, 20]}
    (source / "c.json").write_text(json.dumps(told))
    (source / "readme.txt").write_text("what is in here")
    files = sorted(p for p in source.rglob("*") if p.is_file())
    members = {p.relative_to(source).as_posix(): p.read_bytes() for p in files}
    shutil.rmtree(source)
    return members


def by_archive(folder: Path) -> Iterator[Animal]:
    """Such members in each kind of archive, and in one within another."""
    home = folder / "archives"
    home.mkdir()
    polar = Grid("EPSG:3413", (1000, 0, -1e6, 0, -1000, 1e6))
    degrees = Grid("EPSG:4326", DEGREES)
    told = {
        "deep/2021-05-06_a.tif": (polar, utc(2021, 5, 6)),
        "b.png": (degrees, None),
        "c.jpg": (
            box_grid(170, 10, -170, 20),
            utc(2020, 1, 31, 8, 12, 31),
        ),
    }
    modes = {
        "a.zip": "",
        "b.tar": "w",
        "c.tar.gz": "w:gz",
        "d.tgz": "w:gz",
        "e.tar.bz2": "w:bz2",
        "f.tar.xz": "w:xz",
    }
    for number, (name, mode) in enumerate(modes.items()):
        members = _members(folder, 3500 + 10 * number)
        if mode:
            tar_of(home / name, members, mode)
        else:
            zip_of(home / name, members)
        for member, (place, moment) in told.items():
            source = f"archives/{name}!/{member}"
            files = (f"archives/{name}",)
            yield Animal(source, files, place, moment)
    members = _members(folder, 3580)
    zip_of(home / "inner.zip", {"b.png": members["b.png"], "b.pgw": members["b.pgw"]})
    inner = (home / "inner.zip").read_bytes()
    (home / "inner.zip").unlink()
    zip_of(home / "g.zip", {"inner/h.zip": inner, "top.jpg": members["c.jpg"]})
    yield Animal("archives/g.zip!/top.jpg", ("archives/g.zip",))
    source = "archives/g.zip!/inner/h.zip!/b.png"
    yield Animal(source, ("archives/g.zip",), degrees)
    (home / "i.tif.gz").write_bytes(gzip.compress(members["deep/2021-05-06_a.tif"]))
    yield Animal("archives/i.tif.gz", ("archives/i.tif.gz",), polar, read=False)


def tar_of(path: Path, members: dict[str, bytes], mode: str) -> None:
    """Write a tar; ``mode`` as :func:`tarfile.open` takes it."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
