"""Rasters of embeddings, a vector a pixel, with their values as their makers mean them.

What is quantised is only read by a law that is known: reading it as it stands gives
other directions, and nothing would tell.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.places.georeference import Georeference, crs_name
from rsrag.types import Vectors, Window

LAWS = "auto, alphaearth, plain or SCALE[,OFFSET]"
FEWEST = 8
"""Bands below which a raster is a picture."""

_ALPHAEARTH_BANDS = 64
_ALPHAEARTH_NAMES = tuple(f"A{number:02d}" for number in range(_ALPHAEARTH_BANDS))
_MASKED = -128
_NUMBERS = re.compile(r"[^,]+(?:,[^,]+)?")

Values = NDArray[Any]
Valid = NDArray[np.bool_]


class Cells(NamedTuple):
    """Part of a raster of embeddings.

    Attributes:
        vectors: ``(height, width, dim)`` float32, not scaled to length one.
        valid: ``(height, width)`` where there is a vector.
    """

    vectors: NDArray[np.float32]
    valid: Valid


@dataclass(frozen=True, slots=True)
class EmbeddingRaster:
    """A raster of embeddings, its first row the northern one.

    Attributes:
        name: as it was given.
        width, height: pixels.
        dim: width of the vectors.
        place: where it lies.
        law: what its values stand for, in words.
    """

    name: str
    width: int
    height: int
    dim: int
    place: Georeference
    law: str
    reads: Callable[[Window], Cells]
    closes: Callable[[], None]

    def read(self, window: Window) -> Cells:
        """The vectors of a window.

        Raises:
            ImageReadError: the file cannot be decoded.
        """
        return self.reads(window)

    def close(self) -> None:
        """Let go of the file."""
        self.closes()


def open_raster(path: Path, values: str) -> EmbeddingRaster:
    """Open a raster that GDAL reads; what values stand for is one of :data:`LAWS`.

    Raises:
        ImageReadError: no raster of embeddings, no place, or values of unknown meaning.
    """
    import rasterio
    from rasterio.errors import RasterioError

    try:
        file = rasterio.open(path)
    except RasterioError as exc:
        raise ImageReadError(f"{path} cannot be read as a raster: {exc}") from exc
    try:
        if file.count < FEWEST:
            raise ImageReadError(
                f"{path} has {file.count} bands; embeddings have at least {FEWEST}.",
                hint="rsrag index build embeds pictures",
            )
        place = place_of(path, file.crs, file.transform, file.height)
        law, decode = _law(path, file, values)
    except BaseException:
        file.close()
        raise
    upward = file.transform.e > 0

    def read(window: Window) -> Cells:
        x, y, width, height = window
        top = file.height - y - height if upward else y
        try:
            stored = file.read(window=((top, top + height), (x, x + width)))
        except RasterioError as exc:
            raise ImageReadError(f"{path} cannot be decoded: {exc}") from exc
        stored = np.moveaxis(stored[:, ::-1] if upward else stored, 0, 2)
        vectors, valid = decode(stored)
        if file.nodata is not None and not math.isnan(file.nodata):
            valid = valid & (stored != file.nodata).any(axis=2)
        return cells_of(vectors, valid)

    sizes = (file.width, file.height, file.count)
    return EmbeddingRaster(str(path), *sizes, place, law, read, file.close)


Decode = Callable[[Values], tuple[NDArray[np.float32], Valid]]


def _law(path: Path, file: Any, values: str) -> tuple[str, Decode]:
    """What values stand for, in words, and how they are read."""
    kind = np.dtype(file.dtypes[0])
    names = tuple(file.descriptions) == _ALPHAEARTH_NAMES
    if values == "alphaearth" or (
        values == "auto"
        and kind == np.int8
        and file.count == _ALPHAEARTH_BANDS
        and (names or file.nodata == _MASKED)
    ):
        if kind != np.int8 or file.count != _ALPHAEARTH_BANDS:
            raise ImageReadError(
                f"{path} has {file.count} bands of {kind}; AlphaEarth's have "
                f"{_ALPHAEARTH_BANDS} of int8.",
                hint="--values plain, if its values are as they are meant",
            )
        return "AlphaEarth: sign(v) (v / 127.5)^2, -128 masked", alphaearth
    if values not in ("auto", "plain"):
        scale, offset = _numbers(values)
        return f"v * {scale:g} + {offset:g}, as asked for", _linear(scale, offset)
    scales, offsets = np.array(file.scales), np.array(file.offsets)
    if values == "auto" and ((scales != 1).any() or offsets.any()):
        return "v * scale + offset, of the file's own tags", _linear(scales, offsets)
    if values == "auto" and kind.kind != "f":
        raise ImageReadError(
            f"{path} holds {file.count} bands of {kind} and does not say what they "
            "stand for.",
            hint=f"--values takes {LAWS}: as its maker says",
        )
    return "values as they are", _linear(1.0, 0.0)


def alphaearth(stored: Values) -> tuple[NDArray[np.float32], Valid]:
    """Vectors of AlphaEarth's signed bytes, ``(..., 64)``, and where there are any."""
    wide = stored.astype(np.float32) / np.float32(127.5)
    return np.copysign(wide * wide, wide), (stored != _MASKED).all(axis=-1)


def _linear(scale: Any, offset: Any) -> Decode:
    def decode(stored: Values) -> tuple[NDArray[np.float32], Valid]:
        found = (stored * scale + offset).astype(np.float32)
        return found, np.ones(found.shape[:2], bool)

    return decode


def cells_of(vectors: NDArray[np.float32], valid: Valid) -> Cells:
    """Vectors that are finite and have a direction."""
    valid = valid & np.isfinite(vectors).all(axis=2) & vectors.any(axis=2)
    return Cells(np.where(valid[..., None], vectors, np.float32(0)), valid)


def place_of(path: Path, crs: Any, transform: Any, height: int) -> Georeference:
    """The place of rows from north to south, however the file has them."""
    from rasterio import Affine

    if crs is None or transform.is_identity:
        raise ImageReadError(
            f"{path} has no place on the Earth.", hint="give it one: gdal_edit"
        )
    if transform.e > 0:
        transform = transform @ Affine.translation(0, height) @ Affine.scale(1, -1)
    return Georeference(crs_name(crs.to_wkt()), tuple(transform)[:6], from_file=True)


def _numbers(values: str) -> tuple[float, float]:
    try:
        if not _NUMBERS.fullmatch(values):
            raise ValueError
        scale, offset = (*map(float, values.split(",")), 0.0)[:2]
        if not (math.isfinite(scale) and math.isfinite(offset) and scale):
            raise ValueError
    except ValueError as exc:
        raise ImageReadError(
            f"--values {values!r} says nothing.", hint=f"it takes {LAWS}"
        ) from exc
    return scale, offset


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length one along the last axis; those of length zero stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
