"""Pictures and archives for the tests, drawn in code."""

import io
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import SceneReading, open_scene
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Chip, Skip


def colours(height: int = 40, width: int = 60, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 255, (height, width, 3), np.uint8)


def encoded(pixels: np.ndarray | Image.Image, format: str = "JPEG", **options) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def write_raster(path: Path, bands: np.ndarray, *, driver="GTiff", **profile) -> Path:
    """``bands`` is (count, height, width); keywords as rasterio takes them."""
    tags = profile.pop("tags", {})
    names = profile.pop("descriptions", None)
    mask = profile.pop("mask", None)
    colormap = profile.pop("colormap", None)
    colorinterp = profile.pop("colorinterp", None)
    count, height, width = bands.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(
                path,
                "w",
                driver=driver,
                count=count,
                height=height,
                width=width,
                dtype=bands.dtype.name,
                **profile,
            ) as raster,
        ):
            raster.write(bands)
            raster.update_tags(**tags)
            if names:
                raster.descriptions = names
            if mask is not None:
                raster.write_mask(mask)
            if colormap:
                raster.write_colormap(1, colormap)
            if colorinterp:
                raster.colorinterp = colorinterp
    return path


def tar_of(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def zip_of(path: Path, members: dict[str, bytes], method: int = 8) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def only(paths: Path | list[Path]) -> SourceItem:
    listed = [paths] if isinstance(paths, Path) else paths
    (item,) = iter_sources(listed)
    assert isinstance(item, SourceItem), item
    return item


def scene_of(path: Path, metadata=None, **options) -> SceneReading:
    return open_scene(only(path), ImageryOptions(**options), metadata)


def read_all(path: Path, metadata=None, **options) -> list[Chip | Skip]:
    scene = scene_of(path, metadata, **options)
    try:
        return list(scene.chips())
    finally:
        scene.close()


def chips_of(path: Path, metadata=None, **options) -> list[Chip]:
    results = read_all(path, metadata, **options)
    assert all(isinstance(result, Chip) for result in results), results
    return results
