"""Score the codes in given cells of an IVF index.

Of ``ivf-sq8``, a component of a code is a byte ``c`` that stands for
``least + (c + 1/2) * step``, with a least value and a step for each dimension. FAISS
works that out for every component of every code it meets. In an inner product it can be
worked into the query instead, once: apart from a constant, which changes no order, the
score of a code is the product of the bytes ``c - 128`` and of ``query * step``. Rounded
to bytes too, queries are compared with codes in less than half the time; what is lost
is less than what the codes have lost already, and the store scores candidates again.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.faiss.faiss_gpu import load_faiss
from rsrag.types import Vectors

_ON_ONE_THREAD, _OVER_CELLS, _OVER_QUERIES = 0, 1, 3
_MANY_CELLS = 64
_LARGEST_BYTE = 127


class IvfScan:
    """Searches some cells of an index for each query.

    Attributes:
        index: an ``IndexIVF``, inner product or L2.
    """

    def __init__(self, index: Any) -> None:
        self.index = index
        self._steps: NDArray[np.float32] | None = None

    @classmethod
    def of_bytes(cls, index: Any) -> "IvfScan":
        """Scan by products of bytes where the index allows it.

        Such an index takes no more vectors and must not be written afterwards: it no
        longer says what its bytes stand for.

        Raises:
            ValueError: its steps do not fit its width.
        """
        faiss = load_faiss()
        scan, codes = cls(index), getattr(index, "sq", None)
        inner_product = index.metric_type == faiss.METRIC_INNER_PRODUCT
        if codes and codes.qtype == faiss.ScalarQuantizer.QT_8bit and inner_product:
            trained = faiss.vector_to_array(codes.trained).reshape(2, index.d)
            scan._steps = trained[1] / np.float32(255)
            codes.qtype = faiss.ScalarQuantizer.QT_8bit_direct_signed
        return scan

    def search(
        self,
        queries: Vectors,
        width: int,
        cells: tuple[NDArray[np.int64], NDArray[np.float32]],
        selector: Any = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best ``width`` codes in the given cells of each query.

        Args:
            queries: ``(q, dim)``.
            width: how many to find a query.
            cells: ``(q, c)`` numbers of cells, and the query's score or distance to
                each, as the index's quantizer gives both.
            selector: FAISS's, of rows that may come back.

        Returns:
            ``(q, width)`` scores, larger is better, known but for a constant a query;
            and row numbers, -1 where there are no more.
        """
        faiss = load_faiss()
        numbers = np.ascontiguousarray(cells[0])
        to_cells = np.ascontiguousarray(cells[1], np.float32)
        count = len(queries)
        units = np.ones((count, 1), np.float32)
        if self._steps is None:
            queries = np.ascontiguousarray(queries)
        else:
            queries, units = _as_bytes(queries * self._steps)
            to_cells = to_cells / units
        found = np.empty((count, width), np.float32)
        rows = np.empty((count, width), np.int64)
        # A query alone keeps several threads busy over its cells, if they are many.
        alone = _OVER_CELLS if numbers.shape[1] >= _MANY_CELLS else _ON_ONE_THREAD
        self.index.parallel_mode = alone if count == 1 else _OVER_QUERIES
        # FAISS's Python wrapper takes no parameters here, so its C entry is called.
        self.index.search_preassigned_c(
            count,
            faiss.swig_ptr(queries),
            width,
            faiss.swig_ptr(numbers),
            faiss.swig_ptr(to_cells),
            faiss.swig_ptr(found),
            faiss.swig_ptr(rows),
            False,
            faiss.SearchParametersIVF(nprobe=numbers.shape[1], sel=selector),
        )
        if self.index.metric_type != faiss.METRIC_INNER_PRODUCT:
            return -found, rows
        return found * units, rows


def _as_bytes(queries: Vectors) -> tuple[Vectors, NDArray[np.float32]]:
    """Whole numbers from -127 to 127 in proportion to each query, and their units."""
    largest = np.abs(queries).max(axis=1, keepdims=True)
    units = np.where(largest > 0, largest / _LARGEST_BYTE, 1).astype(np.float32)
    return np.rint(queries / units), units
