"""What a recipe promises of a file: its place, its time, whether it must be read."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Transform = tuple[float, float, float, float, float, float]

WIDTH, HEIGHT = 24, 16


class Place(Protocol):
    """Where pixels lie."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def lon_lat(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Degrees of points in pixels, by GDAL; longitudes in any turn."""
        ...


@dataclass(frozen=True)
class Grid:
    """A place by a reference system and a transform.

    Attributes:
        crs: as GDAL takes it.
        transform: pixel corners to ``crs``, x before y.
        size: width and height in pixels.
    """

    crs: Any
    transform: Transform
    size: tuple[int, int] = (WIDTH, HEIGHT)

    def lon_lat(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Degrees of points in pixels, by GDAL."""
        from rasterio.warp import transform

        a, b, c, d, e, f = self.transform
        x, y = a * columns + b * rows + c, d * columns + e * rows + f
        lon, lat = transform(self.crs, "OGC:CRS84", x.tolist(), y.tolist())
        return np.array(lon), np.array(lat)


def box_grid(west: float, south: float, east: float, north: float) -> Grid:
    """A picture laid into a box of degrees; ``west > east`` crosses ±180."""
    width, height = (east - west) % 360, south - north
    return Grid("EPSG:4326", (width / WIDTH, 0, west, 0, height / HEIGHT, north))


@dataclass(frozen=True)
class Spot:
    """A camera's place: a picture must hold it, and reach no further.

    Attributes:
        lon, lat: degrees.
        within_m: how far the outline may reach from there.
    """

    lon: float
    lat: float
    within_m: float


@dataclass(frozen=True)
class Animal:
    """A scene of the zoo.

    Attributes:
        source: as the index must name it, below the zoo's folder; a product's folder
            stands for every scene in it.
        files: that it is made of, below the zoo's folder, sidecars among them.
        place: where it lies; ``None``: nowhere, and no outline is right.
        moment: when it was taken; ``None``: nobody says, and no time is right.
        day: only the day of ``moment`` is known.
        read: whether it must be in the index; else a report must mention it.
        sidecars: how many of ``files`` are no pictures of their own.
    """

    source: str
    files: tuple[str, ...]
    place: Place | Spot | None = None
    moment: dt.datetime | None = None
    day: bool = False
    read: bool = True
    sidecars: int = 0


def utc(*parts: int) -> dt.datetime:
    """A time in UTC."""
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


def pixels(
    seed: int, bands: int = 3, dtype: str = "uint8", size: Sequence[int] = ()
) -> NDArray[Any]:
    """``(bands, height, width)``: a slope with noise, without any zero."""
    width, height = size or (WIDTH, HEIGHT)
    rng = np.random.default_rng(seed)
    slope = np.linspace(40, 180, width * height).reshape(height, width)
    values = slope + rng.uniform(0, 60, (bands, height, width))
    if dtype == "int8":
        values = values / 2
    return values.astype(dtype)


def write_raster(
    path: Path,
    data: NDArray[Any],
    crs: Any = None,
    transform: Transform | None = None,
    driver: str = "GTiff",
    tags: dict[str, str] | None = None,
    **profile: Any,
) -> None:
    """Write a raster by GDAL."""
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    path.parent.mkdir(parents=True, exist_ok=True)
    if transform is not None:
        profile["transform"] = rasterio.Affine(*transform)
    if crs is not None:
        profile["crs"] = crs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path,
            "w",
            driver=driver,
            count=data.shape[0],
            height=data.shape[1],
            width=data.shape[2],
            dtype=data.dtype.name,
            **profile,
        ) as raster:
            raster.write(data)
            if tags:
                raster.update_tags(**tags)


def write_picture(path: Path, seed: int, **options: Any) -> None:
    """Write a picture by Pillow, in the format of its ending."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.moveaxis(pixels(seed), 0, 2)).save(path, **options)
