"""A small head that says what covers the ground, on the frozen blocks of a trunk."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import gelu
from rsrag.errors import CheckpointError

Floats = NDArray[np.float32]
CLAMP = 5.0
"""Values so many deviations out are cut: unseen imagery must not run away."""


@dataclass(frozen=True, slots=True)
class CoverHead:
    """``softmax(B gelu(A x + a) + b)`` of a cell's values.

    Attributes:
        covers: names, in the order of what it gives.
        channels: which of a cell's values it reads, ``(read,)``.
        mean: of these, and ``deviation``, never 0.
        deviation: see above.
        inner: ``A`` ``(hidden, read)`` and ``inner_bias`` ``(hidden,)``.
        inner_bias: see above.
        outer: ``B`` ``(covers, hidden)`` and ``outer_bias`` ``(covers,)``.
        outer_bias: see above.
    """

    covers: tuple[str, ...]
    channels: NDArray[np.int64]
    mean: Floats
    deviation: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def __call__(self, values: Floats) -> Floats:
        """``(rows, columns, channels)`` of cells to ``(rows, columns, covers)``.

        Returns:
            Probabilities; those of a cell add up to 1.
        """
        x = values.reshape(-1, values.shape[-1])[:, self.channels]
        x -= self.mean
        x /= self.deviation
        np.clip(x, -CLAMP, CLAMP, out=x)
        made = gelu(x @ self.inner.T + self.inner_bias) @ self.outer.T + self.outer_bias
        made -= made.max(axis=1, keepdims=True)
        np.exp(made, out=made)
        made /= made.sum(axis=1, keepdims=True)
        return np.asarray(made, np.float32).reshape(*values.shape[:-1], -1)


def load_cover_head(path: Path) -> CoverHead:
    """Read what ``python -m recipes.mini.cover_head`` writes.

    Raises:
        CheckpointError: the file is damaged, or lacks a part.
    """
    file = map_tensors(path)
    channels, *rest = file.floats(CoverHead.__slots__[1:])
    covers = tuple(file.metadata.get("covers", "").split(","))
    if len(covers) != len(file.tensors["outer_bias"]):
        raise CheckpointError(f"{path} names {len(covers)} covers: {covers}.")
    return CoverHead(covers, channels.astype(np.int64), *rest)
