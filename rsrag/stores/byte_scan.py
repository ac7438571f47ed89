"""All rows compared with a query by products of bytes, which name the candidates.

A byte a component, in steps of a dimension's own: what rounding takes from a product
is a thousandth where neighbours lie hundredths apart. ONNX Runtime multiplies bytes
some four times as fast as BLAS float32, so a scan is cheaper than its memory traffic.
"""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.config.freed_memory import give_back
from rsrag.stores.scan import Rows
from rsrag.types import Vectors

MOST_BYTES = 1 << 30
"""Rows whose codes take more are not scanned so."""

LEAST_ROWS = 30_000
"""Fewer are scanned in float32 as fast."""

ASKED = 64
"""Queries after which codes are made: they cost what some fifty scans do."""

REFINE = 4
"""Candidates to score exactly for each hit."""

_MOST_HITS = 1_000
_GROWN = 1 / 20
_BLOCK = 4_096
_RUN = 64
_TOGETHER = 32
_ZERO = 64
_LARGEST = 127
_ASKED_LARGEST = 63
"""A query has seven bits: processors without VNNI add two products in sixteen bits."""
_NEVER = np.iinfo(np.int32).min

Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""``map``, or that of a pool of threads."""


class ScanInUse:
    """The codes of a store that is asked often; none until then. Threads may share it.

    Appended rows are for the caller to scan; when they are many, codes are made anew.
    """

    def __init__(self) -> None:
        self._scan: ByteScan | None = None
        self._asked = 0
        self._making = threading.Lock()

    def over(self, vectors: Vectors, queries: int, k: int) -> "ByteScan | None":
        """The codes of the first of these rows, or all; ``None`` if there are none.

        Args:
            queries: how many are asked now.
            k: hits of each.
        """
        rows, dim = vectors.shape
        if rows < LEAST_ROWS or rows * dim > MOST_BYTES or k > _MOST_HITS:
            return None
        self._asked += queries
        scan = self._scan
        if scan is not None and rows - scan.rows <= _GROWN * rows:
            return scan
        # While one thread makes them, the others need not wait.
        if self._asked < ASKED or not self._making.acquire(blocking=False):
            return None
        try:
            self._scan = scan = ByteScan(vectors)
            give_back()
        finally:
            self._making.release()
        return scan


class ByteScan:
    """The codes of the first ``rows`` rows of a store. Threads may share it.

    Args:
        vectors: ``(n, dim)`` unit rows, an array or a memory map; ``n`` at least 1.

    Attributes:
        rows: how many.
    """

    def __init__(self, vectors: Vectors) -> None:
        # Its wheels report their use to Microsoft, unless this stands here before.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime as ort

        self.rows, dim = vectors.shape
        starts = range(0, self.rows, _BLOCK)
        largest = np.zeros(dim, np.float32)
        for at in starts:
            np.maximum(
                largest, np.abs(vectors[at : at + _BLOCK]).max(axis=0), out=largest
            )
        self._steps = np.where(largest > 0, largest / _LARGEST, 1).astype(np.float32)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised
        threads = available_processors()
        # Several, that one query may keep all processors busy.
        self._sessions = []
        for part in np.array_split(starts, min(threads, len(starts))):
            codes = (_codes(vectors[at : at + _BLOCK] / self._steps) for at in part)
            model = _network(dim, codes)
            self._sessions.append(
                ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            )
        self._pool = ThreadPoolExecutor(threads, "rsrag-scan")

    def search(
        self, queries: Vectors, width: int, k: int, allow: Rows | None
    ) -> NDArray[np.int64]:
        """Candidates of each query.

        Args:
            queries: ``(q, dim)``.
            width: how many candidates a query.
            k: how many of them the caller means to keep: it makes no difference.
            allow: rows that may come back, ascending; ``None`` for all.

        Returns:
            ``(q, width)`` row numbers in no order, -1 where there are no more.
        """
        del k
        shut = None
        if allow is not None:
            shut = np.ones(-(-self.rows // _RUN) * _RUN, bool)
            shut[allow[allow < self.rows]] = False
        starts = range(0, len(queries), _TOGETHER)
        parts = [queries[at : at + _TOGETHER] for at in starts]

        each: Spread = map if len(parts) > 1 else self._pool.map

        def one(part: Vectors) -> NDArray[np.int64]:
            return self._part(part, width, shut, each)

        found = map(one, parts) if len(parts) == 1 else self._pool.map(one, parts)
        return np.concatenate([*found, np.empty((0, width), np.int64)])

    def _part(
        self,
        queries: Vectors,
        width: int,
        shut: NDArray[np.bool_] | None,
        each: Spread,
    ) -> NDArray[np.int64]:
        scaled = queries * self._steps
        units = np.abs(scaled).max(axis=1, keepdims=True) / _ASKED_LARGEST
        asked = np.rint(scaled / np.where(units > 0, units, 1)) + _ZERO
        given = {"queries": asked.astype(np.uint8)}
        found = each(lambda session: session.run(None, given), self._sessions)
        blocks = [block for some in found for block in some]
        for number, block in enumerate(blocks):
            if shut is not None:
                here = shut[number * _BLOCK : number * _BLOCK + block.shape[1]]
                block[:, here] = _NEVER
        past = -self.rows % _RUN
        if past:
            blocks[-1][:, -past:] = _NEVER
        runs = [block.reshape(len(queries), -1, _RUN) for block in blocks]
        peaks = np.concatenate([run.max(axis=2) for run in runs], axis=1)
        # The best of all are no worse than the best of as many runs, quickly found.
        floors = np.full(len(queries), _NEVER, np.int32)
        if width < peaks.shape[1]:
            floors = np.partition(peaks, -width, axis=1)[:, -width]
        asking, which = np.nonzero(peaks >= floors[:, None])
        values = np.empty((len(asking), _RUN), np.int32)
        long = _BLOCK // _RUN
        for number, run in enumerate(runs):
            own = np.flatnonzero(which // long == number)
            values[own] = run[asking[own], which[own] % long]
        named = np.full((len(queries), width), -1, np.int64)
        ends = np.searchsorted(asking, np.arange(len(queries) + 1))
        for query, (low, high) in enumerate(pairwise(ends.tolist())):
            inside = values[low:high].ravel()
            kept = np.flatnonzero(inside >= max(floors[query], _NEVER + 1))
            if len(kept) > width:
                kept = kept[np.argpartition(inside[kept], -width)[-width:]]
            rows = which[low:high][kept // _RUN] * _RUN + kept % _RUN
            named[query, : len(rows)] = rows
        return named


def _codes(rows: Vectors) -> NDArray[np.int8]:
    """Bytes ``(dim, n)``; ``n`` is filled up to whole runs."""
    codes = np.rint(rows).astype(np.int8).T
    return np.pad(codes, ((0, 0), (0, -codes.shape[1] % _RUN)))


def _network(dim: int, codes: Iterable[NDArray[np.int8]]) -> bytes:
    """ONNX's own bytes of a product of ``queries`` with each block of codes.

    Field numbers are those of ``onnx.proto``.
    """
    uint8, int8, int32 = 2, 3, 6
    parts = [
        _field(5, _number(2, uint8) + _field(8, b"zero") + _field(9, bytes([_ZERO])))
    ]
    outputs = []
    for number, block in enumerate(codes):
        name, out = b"codes%d" % number, b"out%d" % number
        sides = b"".join(_number(1, side) for side in block.shape)
        data = _field(8, name) + _field(9, block.tobytes())
        parts.append(_field(5, sides + _number(2, int8) + data))
        ends = b"".join(_field(1, one) for one in (b"queries", name, b"zero"))
        parts.append(_field(1, ends + _field(2, out) + _field(4, b"MatMulInteger")))
        outputs.append(_field(12, _value(out, int32, block.shape[1])))
    given = _field(11, _value(b"queries", uint8, dim))
    graph = b"".join([*parts, _field(2, b"scan"), given, *outputs])
    return _number(1, 8) + _field(8, _number(2, 17)) + _field(7, graph)


def _value(name: bytes, kind: int, columns: int) -> bytes:
    """What goes in or comes out: ``(any, columns)``."""
    sides = _field(1, _field(2, b"q")) + _field(1, _number(1, columns))
    tensor = _number(1, kind) + _field(2, sides)
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
