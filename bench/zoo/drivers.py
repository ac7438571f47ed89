"""Recipes of formats: one picture by each of GDAL's drivers that writes."""

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

from bench.zoo.animals import Animal, Grid, pixels, write_raster
from bench.zoo.placed import NORTH_UP, UTM32

_DRIVERS = {
    # GDAL's name: ending, number of bands, number type.
    "COG": (".tif", 3, "uint8"),
    "JP2OpenJPEG": (".jp2", 3, "uint16"),
    "PNG": (".png", 3, "uint8"),
    "JPEG": (".jpg", 3, "uint8"),
    "WEBP": (".webp", 3, "uint8"),
    "GIF": (".gif", 1, "uint8"),
    "BMP": (".bmp", 3, "uint8"),
    "NITF": (".ntf", 3, "uint8"),
    "HFA": (".img", 3, "uint16"),
    "ENVI": (".dat", 3, "int16"),
    "EHdr": (".bil", 3, "uint8"),
    "ERS": (".ers", 3, "uint8"),
    "PCIDSK": (".pix", 3, "uint8"),
    "netCDF": (".nc", 1, "float32"),
    "AAIGrid": (".asc", 1, "int32"),
    "GSBG": (".grd", 1, "float32"),
    "SAGA": (".sdat", 1, "float32"),
    "RST": (".rst", 1, "int16"),
    "MRF": (".mrf", 3, "uint8"),
    "KRO": (".kro", 3, "uint8"),
    "RMF": (".rsw", 3, "uint8"),
    "PNM": (".ppm", 3, "uint8"),
    "SGI": (".rgb", 3, "uint8"),
    "PDF": (".pdf", 3, "uint8"),
    "GPKG": (".gpkg", 3, "uint8"),
    "MBTiles": (".mbtiles", 3, "uint8"),
    "XYZ": (".xyz", 1, "float32"),
    "Zarr": (".zarr", 1, "uint16"),
    "VICAR": (".vic", 1, "uint8"),
    "ISIS3": (".cub", 1, "uint8"),
    "NGSGEOID": (".bin", 1, "float32"),
}
_READ = {
    *("COG", "JP2OpenJPEG", "PNG", "JPEG", "WEBP", "GIF", "BMP"),
    *("NITF", "HFA", "ENVI", "netCDF"),
}


def by_driver(folder: Path) -> Iterator[Animal]:
    """The same picture by each driver of GDAL that writes, with what it puts beside."""
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError
    from rasterio.shutil import copy

    master = folder / "drivers/source.tif"
    master.parent.mkdir(parents=True, exist_ok=True)
    for seed, (driver, (ending, bands, kind)) in enumerate(_DRIVERS.items()):
        write_raster(master, pixels(seed, bands, kind), UTM32, NORTH_UP)
        home = folder / "drivers" / driver.lower()
        home.mkdir()
        path = home / f"picture{ending}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                copy(master, path, driver=driver)
            except (RasterioError, CPLE_BaseError):
                shutil.rmtree(home)  # This GDAL was built without it.
                continue
        found = sorted(p for p in home.rglob("*") if p.is_file())
        if path.is_file():
            found.remove(path)
            found.insert(0, path)
        files = tuple(p.relative_to(folder).as_posix() for p in found)
        source = path.relative_to(folder).as_posix()
        yield Animal(
            source,
            files,
            Grid(UTM32, NORTH_UP),
            read=driver in _READ,
            sidecars=len(files) - 1,
        )
    master.unlink()
    yield from _by_vrt(folder)


def _by_vrt(folder: Path) -> Iterator[Animal]:
    """A VRT above the file that it is made of, which is a picture of its own."""
    from rasterio.shutil import copy

    tile, whole = "drivers/vrt/tiles/tile.tif", "drivers/vrt/whole.vrt"
    write_raster(folder / tile, pixels(900), UTM32, NORTH_UP)
    copy(folder / tile, folder / whole, driver="VRT")
    place = Grid(UTM32, NORTH_UP)
    yield Animal(tile, (tile,), place)
    yield Animal(whole, (whole,), place)
