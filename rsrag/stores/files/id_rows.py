"""Rows by id, in 16 bytes an item.

Sorted arrays of hashes, merged as they grow (a log-structured merge), in place of a
dictionary of strings, which would take some 200 bytes an item.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class IdRows:
    """Hashes of ids, and the rows that they may stand in."""

    def __init__(self) -> None:
        self._levels: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, ids: Sequence[str], first_row: int) -> None:
        """Note that ``ids`` stand in consecutive rows from ``first_row``."""
        if not ids:
            return
        hashes = _hashes(ids)
        order = np.argsort(hashes, kind="stable")
        self._levels.append((hashes[order], order.astype(np.int64) + first_row))
        # Each level is at least twice as long as the next: few levels to look
        # in, and every item is merged only some log2(n) times.
        while len(self._levels) > 1 and len(self._levels[-2][0]) < 2 * len(
            self._levels[-1][0]
        ):
            (h1, r1), (h0, r0) = self._levels.pop(), self._levels.pop()
            hashes, rows = np.concatenate([h0, h1]), np.concatenate([r0, r1])
            order = np.argsort(hashes, kind="stable")
            self._levels.append((hashes[order], rows[order]))

    def candidates(self, ids: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs of position in ``ids`` and a row whose id has the same hash.

        A row that comes back may hold another id, or one that was replaced: the
        caller compares.
        """
        wanted = _hashes(ids)
        pairs: list[tuple[int, int]] = []
        for hashes, rows in self._levels:
            low = np.searchsorted(hashes, wanted, side="left")
            high = np.searchsorted(hashes, wanted, side="right")
            for position in np.flatnonzero(high > low).tolist():
                found = rows[low[position] : high[position]].tolist()
                pairs.extend((position, row) for row in found)
        return pairs


def _hashes(ids: Sequence[str]) -> NDArray[np.int64]:
    """Python's own string hash: it differs between processes, and is never stored."""
    return np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
