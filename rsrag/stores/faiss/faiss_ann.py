"""An approximate index of FAISS over the rows of a store: build, extend, ask, keep.

Row numbers are the ids. The index only names candidates; the store scores them again
from its own float32 vectors. Cells are made by spherical k-means and ranked by the
inner product: a text, which lies far from all pictures, then finds its neighbours in
fewer of them than by the L2 distance, which prefers loose cells. Graphs are built with
L2, which orders unit vectors as the cosine does and makes better graphs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import staged
from rsrag.errors import StoreError
from rsrag.stores.faiss import faiss_gpu
from rsrag.stores.faiss.ann_choice import AnnChoice
from rsrag.stores.faiss.faiss_gpu import load_faiss
from rsrag.stores.faiss.ivf_probing import GROWTH, Allowed, probe
from rsrag.stores.faiss.ivf_scan import IvfScan
from rsrag.stores.scan import Rows
from rsrag.types import Vectors

_BLOCK = 16_384
_TRAIN_BYTES = 512 << 20
_PQ_CENTROIDS = 256


def enough_to_train(choice: AnnChoice, rows: int) -> bool:
    """Whether an index can be trained; with fewer rows all are scanned."""
    return rows >= (_PQ_CENTROIDS if choice.name == "ivf-pq" else 1)


class AnnIndex:
    """A FAISS index of the first ``rows`` rows of a store."""

    def __init__(self, index: Any, choice: AnnChoice, settled: bool = False) -> None:
        self._index, self._choice = index, choice
        gpu = settled and faiss_gpu.count() > 0
        self._gpu = faiss_gpu.Copied(index) if gpu else None
        bytewise = settled and not gpu
        self._scan = IvfScan.of_bytes(index) if bytewise else IvfScan(index)

    @property
    def rows(self) -> int:
        """How many rows are in, from row 0."""
        return int(self._index.ntotal)

    @classmethod
    def build(
        cls, choice: AnnChoice, vectors: Vectors, read: Callable[[int], None]
    ) -> "AnnIndex":
        """Train on a sample and add all rows, a block at a time.

        Args:
            choice: with its parameters; not ``flat``.
            vectors: ``(n, dim)``, an array or a memory map.
            read: is told how many rows were read, after each block.
        """
        faiss = load_faiss()
        n, dim = vectors.shape
        parameters = choice.parameters
        if choice.name == "hnsw":
            index = faiss.IndexHNSWFlat(dim, parameters["M"])
            index.hnsw.efConstruction = parameters["efConstruction"]
        else:
            nlist = min(parameters["nlist"], n)
            cells, metric = faiss.IndexFlatIP(dim), faiss.METRIC_INNER_PRODUCT
            if choice.name == "ivf-sq8":
                kind = faiss.ScalarQuantizer.QT_8bit
                index = faiss.IndexIVFScalarQuantizer(cells, dim, nlist, kind, metric)
            else:
                m = parameters["m"]
                index = faiss.IndexIVFPQ(cells, dim, nlist, m, 8, metric)
                # A small training set is meant; FAISS would warn on stderr.
                index.pq.cp.min_points_per_centroid = 1
            index.cp.min_points_per_centroid = 1
            index.cp.spherical = True
            most = max(_TRAIN_BYTES // (4 * dim), 4096)
            wanted = min(n, most, max(64 * nlist, 64 * _PQ_CENTROIDS))
            sample = np.random.default_rng(0).choice(n, wanted, replace=False)
            learnt = vectors[np.sort(sample)]
            read(wanted)
            faiss_gpu.train(index, learnt)
        made = cls(index, choice)
        made.extend(vectors, read)
        return made

    def extend(self, vectors: Vectors, read: Callable[[int], None]) -> None:
        """Add the rows that are not in yet; arguments as in :meth:`build`."""
        for start in range(self.rows, len(vectors), _BLOCK):
            block = np.ascontiguousarray(vectors[start : start + _BLOCK])
            self._index.add(block)
            read(len(block))

    def search(
        self, queries: Vectors, width: int, k: int, allow: Rows | None
    ) -> NDArray[np.int64]:
        """Candidates of each query.

        Args:
            queries: ``(q, dim)``.
            width: how many candidates a query.
            k: how many of them the caller means to keep.
            allow: rows that may come back; ``None`` for all.

        Returns:
            ``(q, width)`` row numbers, -1 where there are no more.

        Raises:
            StoreError: the index names a row that it cannot hold: damaged.
        """
        width = min(width, self.rows)
        allowed = None if allow is None else Allowed(allow, self.rows)
        share = allowed.share if allowed else 1.0
        if self._choice.name == "hnsw":
            named = self._walk(queries, width, allowed)
        elif allowed is None and self._gpu:
            most = self._probes(width, share)[1]
            named = self._gpu.search(queries, width, most)
        else:
            probes = self._probes(width, share)
            named = probe(self._scan, queries, width, k, probes, allowed)
        if named.size and named.max() >= self.rows:
            raise StoreError(
                f"The index of {self.rows} rows names row {named.max()}: damaged."
            )
        return np.asarray(named)

    def _walk(
        self, queries: Vectors, width: int, allowed: Allowed | None
    ) -> NDArray[np.int64]:
        """Candidates of a graph.

        A walk passes through rows that are not allowed, so it has to see more; its
        bounded queue stays on, see faiss issue 5504.
        """
        faiss = load_faiss()
        reach = float(max(self._choice.parameters["efSearch"], 2 * width))
        options = faiss.SearchParametersHNSW()
        if allowed is not None:
            reach *= min(8.0, 1 / allowed.share)
            options.sel = allowed.asked()
        options.efSearch = min(int(reach), self.rows)
        return np.asarray(self._index.search(queries, width, params=options)[1])

    def _probes(self, width: int, share: float) -> tuple[int, int]:
        """Cells of the first stage and at most, where a share of rows is allowed."""
        nlist, parameters = int(self._index.nlist), self._choice.parameters
        least = 4 * width * nlist / max(self.rows, 1)
        first = max(parameters["nprobe"], least) / share
        most = max(parameters["nprobe_max"] / share, GROWTH * first)
        return min(nlist, int(np.ceil(first))), min(nlist, int(np.ceil(most)))

    def save(self, path: Path) -> int:
        """Write to ``path`` durably, and return the file's size in bytes."""
        faiss = load_faiss()
        try:
            with staged(path) as draft:
                faiss.write_index(self._index, str(draft))
            return path.stat().st_size
        except (OSError, RuntimeError) as exc:
            raise StoreError(
                f"Writing {path} failed: {exc}", hint="free some disk space"
            ) from exc

    @classmethod
    def load(
        cls, path: Path, choice: AnnChoice, dim: int, hint: str, mapped: bool
    ) -> "AnnIndex":
        """Read what :meth:`save` wrote.

        Args:
            path: the file.
            choice: that it was built by.
            dim: width of its vectors.
            hint: how to repair it, for the errors.
            mapped: leave codes and graph in the file and map it: opening takes
                milliseconds, memory follows what is searched, nothing can be added.

        Raises:
            StoreError: not a FAISS index, or one of another width.
        """
        faiss = load_faiss()
        try:
            flags = faiss.IO_FLAG_MMAP_IFC if mapped else 0
            index = faiss.read_index(str(path), flags)
            made = cls(index, choice, settled=mapped)
        except (RuntimeError, ValueError) as exc:
            raise StoreError(
                f"{path} is not a readable FAISS index: {str(exc).splitlines()[-1]}",
                hint=hint,
            ) from exc
        if hasattr(index, "nlist") != choice.name.startswith("ivf"):
            raise StoreError(f"{path} is no index of {choice.name}.", hint=hint)
        if index.d != dim:
            raise StoreError(
                f"{path} is of width {index.d}, the store of {dim}.", hint=hint
            )
        return made
