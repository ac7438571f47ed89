"""What float16 does to a search: recall against float32, exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.clouds import Array, Clustered, Kind, blocks
from bench.options import Options
from bench.search.oracle import Best, recall

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


def measure_rounding(options: Options) -> list[dict[str, Any]]:
    """Recall@10 and the largest change of a score, for images and texts."""
    count, asked = COUNTS[options.mode]
    cloud = Clustered(count, DIM)
    queries = np.concatenate([cloud.queries(kind, asked) for kind in KINDS])
    exact = Best(len(queries), TOP)
    others = {name: Best(len(queries), TOP) for name in ROUNDINGS}
    worst = dict.fromkeys(ROUNDINGS, 0.0)
    start = 0
    for block in blocks(cloud):
        for low in range(0, len(block), 8_192):
            rows = block[low : low + 8_192]
            numbers = np.arange(start, start + len(rows))
            true = queries @ rows.T
            exact.show(true, numbers)
            for name, best in others.items():
                scores = queries @ ROUNDINGS[name](rows).T
                best.show(scores, numbers)
                change = np.abs(scores - true).max()
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
