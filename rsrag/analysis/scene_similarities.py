"""How much every cell of a scene is like some queries."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.dense_scan import ScanPlan, scan
from rsrag.encoders.dense_port import DenseEncoder, Look
from rsrag.imagery.reading import SceneReading
from rsrag.retrieval.relevance.relevance import level


def similarities(
    scene: SceneReading,
    encoder: DenseEncoder,
    plan: ScanPlan,
    queries: NDArray[np.float32],
    progress: Callable[[int, int], None] = lambda done, total: None,
    background: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosines of every cell to some queries, the mean over the windows.

    Args:
        queries: ``(q, dim)`` float32 unit rows.
        background: ``(n, dim)`` likewise; a plane more is given for them together:
            their :func:`rsrag.retrieval.relevance.relevance.level`.

    Returns:
        ``(q, rows, columns)`` float32, nan where there is no data far around, and the
        share of data in each cell, ``(rows, columns)``.
    """
    count = len(queries)
    every = queries if background is None else np.concatenate([queries, background])

    def cosines(look: Look) -> NDArray[np.float32]:
        mean = np.mean([field.vectors @ every.T for field in look.fields], axis=0)
        if background is not None:
            mean[..., count] = level(mean[..., count:])
            mean = mean[..., : count + 1]
        return np.moveaxis(np.asarray(mean, np.float32), 2, 0)

    shape = plan.cells(scene.width, scene.height)
    found = np.full((count + (background is not None), *shape), np.nan, np.float32)
    data = np.empty(shape, np.float32)
    for row, column, part, share in scan(scene, encoder, plan, cosines, progress):
        where = np.s_[row : row + share.shape[0], column : column + share.shape[1]]
        if part is not None:
            found[(slice(None), *where)] = part
        data[where] = share
    return found, data
