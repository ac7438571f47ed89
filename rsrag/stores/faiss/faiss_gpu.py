"""FAISS on a GPU, where ``faiss-gpu`` is installed and finds one.

This project's own tests run on ``faiss-cpu``: they hold the guard, not the GPU's
results. Only searches without a filter go to the GPU; its indexes take no selector.
"""

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors

MOST = 2048
"""A selection on the GPU holds at most so many candidates a query."""

_BLOCK_BYTES = 1 << 30

_DEVICES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""What Linux shows of NVIDIA's driver, of one behind Windows, and of AMD's."""


def load_faiss() -> Any:
    """The FAISS module, imported when first needed; its stubs lag behind it."""
    import faiss

    return faiss


def count() -> int:
    """How many GPUs FAISS can use; 0 with ``faiss-cpu``.

    FAISS is not imported where the kernel shows no GPU: a scan goes without it.
    """
    if sys.platform == "linux" and not any(map(os.path.exists, _DEVICES)):
        return 0
    faiss = load_faiss()
    return int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0


def train(index: Any, sample: Vectors) -> None:
    """Train an IVF index, its cells on the GPU if there is one."""
    faiss = load_faiss()
    if count():
        index.clustering_index = faiss.index_cpu_to_all_gpus(faiss.IndexFlatL2(index.d))
    index.train(sample)
    if count():
        index.clustering_index = None


class Copied:
    """A copy of an IVF index on the GPU, made when first searched."""

    def __init__(self, index: Any) -> None:
        self._index, self._held = index, None

    def search(self, queries: Vectors, width: int, nprobe: int) -> NDArray[np.int64]:
        """Candidates of each query, ``(q, width)``, -1 where there are no more."""
        faiss = load_faiss()
        if self._held is None:
            resources = faiss.StandardGpuResources()
            self._held = faiss.index_cpu_to_gpu(resources, 0, self._index)
        held: Any = self._held
        held.nprobe = min(nprobe, MOST)
        return np.asarray(held.search(queries, min(width, MOST))[1])


def nearest(queries: Vectors, vectors: Vectors, width: int) -> list[NDArray[np.int64]]:
    """Candidate rows of each query by brute force, a block of vectors at a time.

    Args:
        queries: ``(q, dim)``.
        vectors: ``(n, dim)``, an array or a memory map.
        width: candidates a query and block, at most :data:`MOST`.
    """
    faiss = load_faiss()
    resources = faiss.StandardGpuResources()
    step = max(_BLOCK_BYTES // (4 * vectors.shape[1]), width)
    found: list[list[NDArray[np.int64]]] = [[] for _ in queries]
    for start in range(0, len(vectors), step):
        block = np.ascontiguousarray(vectors[start : start + step])
        rows = faiss.knn_gpu(
            resources,
            queries,
            block,
            min(width, len(block)),
            metric=faiss.METRIC_INNER_PRODUCT,
        )[1]
        for kept, part in zip(found, rows, strict=True):
            kept.append(part.astype(np.int64) + start)
    return [np.concatenate(kept) for kept in found]
