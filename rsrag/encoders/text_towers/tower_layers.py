"""Layers of the text towers in NumPy, GELU and the error function among them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_tokenizer import TensorFile

Array = NDArray[np.float32]

TOKENS_PER_BATCH = 1024
"""Of a text tower: more of them take 1.4 times as long, for they leave the cache."""


def batches(lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Texts of like length together, so that little of a batch is for nothing.

    Args:
        lengths: of texts, in tokens.

    Yields:
        Places in ``lengths``, and the longest of them.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    while order:
        longest = lengths[order[-1]]
        rows = order[-max(TOKENS_PER_BATCH // longest, 1) :]
        del order[-len(rows) :]
        yield rows, longest


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


@dataclass(frozen=True, slots=True)
class TransformerLayer:
    """A layer of a transformer: attention and a perceptron, each with a short cut.

    Attributes:
        heads: of the attention.
        before: whether a half is normalised before it, as in CLIP, or after, as in
            BERT.
        into: to query, key and value: three of them, or one that gives all three.
        out: after the attention.
        attention_norm: of the first half.
        inner: first part of the perceptron.
        activation: between its parts.
        outer: second part.
        norm: of the second half.
    """

    heads: int
    before: bool
    into: tuple[Linear, ...]
    out: Linear
    attention_norm: Norm
    inner: Linear
    activation: Callable[[Array], Array]
    outer: Linear
    norm: Norm

    def __call__(self, x: Array, mask: Array) -> Array:
        """Apply it.

        Args:
            x: ``(n, length, width)``.
            mask: 0, or -inf where nothing may be seen; ``(n, 1, length, length)`` or
                what broadcasts to it.
        """
        if self.before:
            x = x + self._attention(self.attention_norm(x), mask)
            return x + self._perceptron(self.norm(x))
        x = self.attention_norm(x + self._attention(x, mask))
        return self.norm(x + self._perceptron(x))

    def _attention(self, x: Array, mask: Array) -> Array:
        n, length, width = x.shape
        parts = [part(x) for part in self.into]
        query, key, value = (
            part.reshape(n, length, self.heads, -1).transpose(0, 2, 1, 3)
            for part in (parts if len(parts) > 1 else np.split(parts[0], 3, axis=-1))
        )
        scores: Array = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32((width // self.heads) ** -0.5)
        scores += mask
        np.exp(scores - scores.max(axis=-1, keepdims=True), out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        seen: Array = (scores @ value).transpose(0, 2, 1, 3)
        return self.out(seen.reshape(n, length, width))

    def _perceptron(self, x: Array) -> Array:
        return self.outer(self.activation(self.inner(x)))


def in_columns(layer: TransformerLayer) -> TransformerLayer:
    """The same, whose weights are laid out for few rows: those take two thirds.

    It costs as much as embedding a few texts, and the memory of the weights.
    """

    def turned(part: Linear) -> Linear:
        return Linear(np.asfortranarray(part.weight), part.bias)

    return replace(
        layer,
        into=tuple(turned(part) for part in layer.into),
        out=turned(layer.out),
        inner=turned(layer.inner),
        outer=turned(layer.outer),
    )


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


GELU_BLOCK = 65_536
"""Numbers that GELU works on at once: 256 kB, and a few copies of them."""


def erf(x: Array) -> Array:
    """The error function, within 1e-6 in float32.

    Formula 7.1.26 of Abramowitz and Stegun (1964), whose own error is 1.5e-7.
    ``scipy.special`` has a better one but takes longer to import than to use.
    """
    size = np.abs(x)
    t = 1.0 / (1.0 + 0.3275911 * size)
    poly = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly *= t
        poly += coefficient
    poly *= t
    poly *= np.exp(-(size * size))
    return np.copysign(1.0 - poly, x)


def gelu(x: Array) -> Array:
    """GELU with the true error function, as BERT has it."""
    y = np.empty(x.shape, x.dtype)
    values, results = x.reshape(-1), y.reshape(-1)
    # The dozen steps of a block find it in the cache of the processor, and not,
    # each of them anew, in memory.
    for start in range(0, len(values), GELU_BLOCK):
        part = values[start : start + GELU_BLOCK]
        result = results[start : start + GELU_BLOCK]
        np.add(erf(part * np.float32(0.7071067811865476)), 1.0, out=result)
        result *= part
        result *= np.float32(0.5)
    return y


def quick_gelu(x: Array) -> Array:
    """``x * sigmoid(1.702 x)``, as OpenAI trained CLIP."""
    # Past the end of exp the quotient is the zero that it should be.
    with np.errstate(over="ignore"):
        y: Array = np.exp(x * np.float32(-1.702))
    y += np.float32(1.0)
    np.divide(x, y, out=y)
    return y
