"""The layers that the text towers in NumPy are built of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.tensor_file import TensorFile

Array = NDArray[np.float32]


def softmax(x: Array) -> Array:
    """Softmax over the last axis."""
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    x /= x.sum(axis=-1, keepdims=True)
    return x


@dataclass(frozen=True, slots=True)
class Linear:
    """``x @ weight.T + bias``.

    Attributes:
        weight: ``(out, into)`` float32, or float16, which is widened at each use.
        bias: ``(out,)``.
    """

    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """``(..., into)`` float32 to ``(..., out)``."""
        # One product of two matrices: over three axes NumPy makes one for each text.
        weight = self.weight.astype(np.float32, copy=False)
        rows: Array = x.reshape(-1, x.shape[-1]) @ weight.T
        rows += self.bias
        return rows.reshape(*x.shape[:-1], len(self.bias))


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation over the last axis.

    Attributes:
        gain: ``(width,)``.
        bias: ``(width,)``.
        eps: added to the variance.
    """

    gain: Array
    bias: Array
    eps: float

    def __call__(self, x: Array) -> Array:
        """``(..., width)`` float32, the same shape comes out."""
        x = x - np.mean(x, axis=-1, keepdims=True)
        variance = np.mean(x * x, axis=-1, keepdims=True)
        x /= np.sqrt(variance + np.float32(self.eps))
        return x * self.gain + self.bias


def take_linear(file: TensorFile, name: str, out: int, into: int) -> Linear:
    """The layer whose tensors are ``name.weight`` and ``name.bias``.

    Raises:
        CheckpointError: one is missing or of another shape.
    """
    return Linear(
        file.take(f"{name}.weight", (out, into)), file.take(f"{name}.bias", (out,))
    )


def take_norm(file: TensorFile, name: str, width: int, eps: float) -> Norm:
    """Likewise, a normalisation.

    Raises:
        CheckpointError: a tensor is missing or of another shape.
    """
    gain, bias = (
        file.take(f"{name}.{part}", (width,)).astype(np.float32)
        for part in ("weight", "bias")
    )
    return Norm(gain, bias, eps)
