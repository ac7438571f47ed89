"""The cells of a raster of embeddings: of so many pixels a side, block by block."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.imagery.embeddings.embedding_raster import EmbeddingRaster, unit
from rsrag.types import Window

TILE = 512
"""Side of what is read at once, pixels."""


class Block(NamedTuple):
    """Neighbouring cells of a raster.

    Attributes:
        top, left: pixels of the raster above and beside the first.
        vectors: ``(rows, columns, dim)`` float32 of length one.
        valid: ``(rows, columns)`` where there is a vector.
    """

    top: int
    left: int
    vectors: NDArray[np.float32]
    valid: NDArray[np.bool_]


def blocks(raster: EmbeddingRaster, stride: int) -> Iterator[Block]:
    """All cells of ``stride`` pixels a side, each the mean direction of its vectors."""
    step = max(stride, TILE // stride * stride)
    for top in range(0, raster.height, step):
        for left in range(0, raster.width, step):
            width = min(step, raster.width - left)
            height = min(step, raster.height - top)
            cells = raster.read(Window(left, top, width, height))
            vectors, valid = unit(cells.vectors), cells.valid
            if stride > 1:
                vectors, valid = _means(vectors, valid, stride)
            yield Block(top, left, vectors, valid)


def _means(
    vectors: NDArray[np.float32], valid: NDArray[np.bool_], stride: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Directions of the means of cells of ``stride`` pixels; half must be valid."""
    below, right = -vectors.shape[0] % stride, -vectors.shape[1] % stride
    vectors = np.pad(vectors * valid[..., None], ((0, below), (0, right), (0, 0)))
    inside = np.pad(np.ones(valid.shape, bool), ((0, below), (0, right)))
    valid = np.pad(valid, ((0, below), (0, right)))
    rows, columns = valid.shape[0] // stride, valid.shape[1] // stride

    def summed(values: NDArray[np.generic]) -> NDArray[np.float64]:
        shape = (rows, stride, columns, stride, *values.shape[2:])
        return np.asarray(values.reshape(shape).sum(axis=(1, 3), dtype=np.float64))

    enough = 2 * summed(valid) >= summed(inside)
    return unit(summed(vectors).astype(np.float32)), enough
