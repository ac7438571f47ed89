"""What float16 does to a search: recall against float32, exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.clouds import Array, Clustered, Kind, blocks
from bench.options import Options

DIM, TOP = 512, 10
COUNTS = {"quick": (50_000, 200), "full": (1_000_000, 500)}
KINDS: tuple[Kind, ...] = ("image", "text")

Rounding = Callable[[Array], Array]


def half(rows: Array) -> Array:
    """To float16 and back."""
    return rows.astype(np.float16).astype(np.float32)


def unit_half(rows: Array) -> Array:
    """To float16 and back, then to length one, as a store wants them."""
    back = half(rows)
    return np.asarray(back / np.linalg.norm(back, axis=1, keepdims=True))


def brain(rows: Array) -> Array:
    """To bfloat16, rounded to the nearest, and back: half the bytes, 8 bits of them."""
    bits = rows.view(np.uint32)
    rounded = bits + 0x7FFF + (bits >> 16 & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32)


ROUNDINGS: dict[str, Rounding] = {
    "float16": half,
    "float16, to length one again": unit_half,
    "bfloat16": brain,
}


class Best:
    """The best rows of each query so far, a block at a time."""

    def __init__(self, queries: Array) -> None:
        self._queries = queries
        self.scores = np.full((len(queries), TOP), -np.inf, np.float32)
        self.rows = np.zeros((len(queries), TOP), np.int64)

    def see(self, block: Array, start: int) -> NDArray[np.float32]:
        """Take in rows ``start`` and on; gives all their scores."""
        scores = self._queries @ block.T
        near = np.argpartition(-scores, min(TOP, scores.shape[1] - 1))[:, :TOP]
        both = np.hstack([self.scores, np.take_along_axis(scores, near, 1)])
        rows = np.hstack([self.rows, near + start])
        order = np.argsort(-both, axis=1, kind="stable")[:, :TOP]
        self.scores = np.take_along_axis(both, order, 1)
        self.rows = np.take_along_axis(rows, order, 1)
        return np.asarray(scores)


def recall(found: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    """Mean share of the true neighbours that were found."""
    pairs = zip(found, true, strict=True)
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in pairs]))


def measure_rounding(options: Options) -> list[dict[str, Any]]:
    """Recall@10 and the largest change of a score, for images and texts."""
    count, asked = COUNTS[options.mode]
    cloud = Clustered(count, DIM)
    queries = np.concatenate([cloud.queries(kind, asked) for kind in KINDS])
    exact = Best(queries)
    others = {name: Best(queries) for name in ROUNDINGS}
    worst = dict.fromkeys(ROUNDINGS, 0.0)
    start = 0
    for block in blocks(cloud):
        for low in range(0, len(block), 8_192):
            rows = block[low : low + 8_192]
            true = exact.see(rows, start)
            for name, best in others.items():
                change = np.abs(best.see(ROUNDINGS[name](rows), start) - true).max()
                worst[name] = max(worst[name], float(change))
            start += len(rows)
    return [
        {
            "name": name,
            "vectors": count,
            "queries": asked,
            **{
                kind: recall(best.rows[part], exact.rows[part])
                for kind, part in zip(
                    KINDS, (slice(asked), slice(asked, None)), strict=True
                )
            },
            "worst": worst[name],
        }
        for name, best in others.items()
    ]
