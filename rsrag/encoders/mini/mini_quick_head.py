"""The head of ``mini`` for windows, its large products in whole numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.mini.mini_dense import DenseHead
from rsrag.encoders.mini.mini_heads import CLAMP, Head
from rsrag.encoders.mini.mini_onnx import Part, open_part
from rsrag.encoders.mini.mini_trunk import FRONT
from rsrag.encoders.text_towers.tower_layers import gelu
from rsrag.vectors import unit_length

Floats = NDArray[np.float32]

ZERO, WEIGHT_STEPS = 128, 63
"""What stands for nothing among features in 8 bits; weights have 7 bits, so that sums
of two products do not overflow on processors without VNNI."""
PRODUCT = Part(
    Path(__file__).with_name("mini_quick_product.onnx"),
    "34f44e999e89029d5da49e00c3294958e409857604efc585f19017a78f8edcf5",
    "features",
    ("sums",),
)
"""``features (n, k) uint8, weights (k, m) int8`` to ``sums (n, m) int32``."""


@dataclass(frozen=True, slots=True)
class _Rounded:
    """Weights ``(k, m)`` int8, and what a step of each row of theirs is worth."""

    weights: NDArray[np.int8]
    step: Floats


def _rounded(weights: Floats) -> _Rounded:
    step = np.maximum(np.abs(weights).max(axis=1), 1e-12) / WEIGHT_STEPS
    whole = np.rint(weights / step[:, None]).astype(np.int8)
    one = CLAMP / (ZERO - 1)  # of a feature
    return _Rounded(np.ascontiguousarray(whole.T), (step * one).astype(np.float32))


class QuickHead:
    """:class:`DenseHead`, whose vectors it gives to a cosine of 0.999.

    Raises:
        CheckpointError: the file of the product is not the package's.
    """

    def __init__(self, dense: DenseHead) -> None:
        self._dense = dense
        self._session: Any = open_part(PRODUCT)
        heads = [one for one in (dense.head.near, dense.head.far) if one is not None]
        self._heads = [
            (one, _rounded(np.concatenate([one.inner, one.skip]))) for one in heads
        ]
        self._inner = _rounded(dense.inner)

    def __call__(self, features: Floats) -> Floats:
        """``(n, features)`` float32 to ``(n, dim)`` float32 unit rows."""
        dense, picture = self._dense, self._dense.head
        near = picture.near
        front = (features[:, :FRONT] - near.mean[:FRONT]) / near.deviation[:FRONT]
        share = picture.share(front.clip(-CLAMP, CLAMP))[:, None]
        whole = _in_steps(near, features)
        hidden = self._product(whole, self._inner)
        hidden = gelu(hidden + dense.inner_bias)
        made = hidden @ dense.outer.T + dense.outer_bias
        vectors = np.zeros_like(made)
        for (head, weights), part in zip(self._heads, (1 - share, share), strict=False):
            if not len(rows := np.flatnonzero(part)):
                continue
            own = whole if head is near else _in_steps(head, features)
            sums = self._product(own if len(rows) == len(own) else own[rows], weights)
            inner = gelu(sums[:, : len(head.inner)] + head.inner_bias)
            found = inner @ head.outer.T + head.outer_bias + sums[:, len(head.inner) :]
            vectors[rows] += part[rows] * unit_length(found)
        return unit_length(unit_length(vectors) + made)

    def _product(self, whole: NDArray[np.uint8], by: _Rounded) -> Floats:
        given = {"features": whole, "weights": by.weights}
        (sums,) = self._session.run(PRODUCT.maps, given)
        made: Floats = np.multiply(sums, by.step, dtype=np.float32)
        return made


def _in_steps(head: Head, features: Floats) -> NDArray[np.uint8]:
    """Standardised features in ``ZERO - 1`` steps to each side of ``ZERO``."""
    times = (ZERO - 1) / (CLAMP * head.deviation)
    steps = features * times
    steps += ZERO - head.mean * times
    np.rint(steps, out=steps)
    np.clip(steps, 1, 2 * ZERO - 1, out=steps)
    return steps.astype(np.uint8)
