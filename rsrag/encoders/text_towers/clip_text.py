"""CLIP's text transformer in plain NumPy, so that a query need not wait for torch.

The tower of Radford et al. (2021): learnt positions, layers that normalise before
attention and perceptron, each token seeing itself and those before it, and the
embedding taken where the end of the text stands. Nothing after that place can have
any part in it, so a batch is only as long as its longest text, where open_clip
always computes the whole context.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_text_shape import VOCABULARY, TextShape
from rsrag.encoders.text_towers.clip_tokenizer import ClipTokenizer
from rsrag.encoders.text_towers.gelu import gelu, quick_gelu
from rsrag.encoders.text_towers.tensor_file import TensorFile
from rsrag.encoders.text_towers.tower_layers import (
    Array,
    Linear,
    Norm,
    softmax,
    take_linear,
    take_norm,
)

NORM_EPS = 1e-5
TOKENS_PER_BATCH = 4096


def text_tensors(shape: TextShape) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tower's tensors, as CLIP's own checkpoints have them."""
    width, inner = shape.width, shape.inner
    tensors: dict[str, tuple[int, ...]] = {
        "token_embedding.weight": (VOCABULARY, width),
        "positional_embedding": (shape.context, width),
        "ln_final.weight": (width,),
        "ln_final.bias": (width,),
        "text_projection": (width, shape.dim),
    }
    for number in range(shape.layers):
        name = f"transformer.resblocks.{number}."
        tensors |= {
            f"{name}ln_1.weight": (width,),
            f"{name}ln_1.bias": (width,),
            f"{name}attn.in_proj_weight": (3 * width, width),
            f"{name}attn.in_proj_bias": (3 * width,),
            f"{name}attn.out_proj.weight": (width, width),
            f"{name}attn.out_proj.bias": (width,),
            f"{name}ln_2.weight": (width,),
            f"{name}ln_2.bias": (width,),
            f"{name}mlp.c_fc.weight": (inner, width),
            f"{name}mlp.c_fc.bias": (inner,),
            f"{name}mlp.c_proj.weight": (width, inner),
            f"{name}mlp.c_proj.bias": (width,),
        }
    return tensors


@dataclass(frozen=True, slots=True)
class _Layer:
    heads: int
    quick: bool
    attention_norm: Norm
    into: Linear
    out: Linear
    norm: Norm
    inner: Linear
    outer: Linear

    def __call__(self, x: Array, mask: Array) -> Array:
        """``x``: ``(n, length, width)``; ``mask``: 0 or -inf, ``(length, length)``."""
        n, length, width = x.shape
        parts = self.into(self.attention_norm(x))
        parts = parts.reshape(n, length, 3, self.heads, width // self.heads)
        query, key, value = parts.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32((width // self.heads) ** -0.5)
        seen = softmax(scores + mask) @ value
        x = x + self.out(seen.transpose(0, 2, 1, 3).reshape(n, length, width))
        activation = quick_gelu if self.quick else gelu
        return x + self.outer(activation(self.inner(self.norm(x))))


class ClipTextTower:
    """A CLIP's text side.

    Args:
        file: its tensors, float32 or float16, under the names of
            :func:`text_tensors`.

    Raises:
        CheckpointError: a tensor is missing or of another shape.
    """

    def __init__(
        self, shape: TextShape, file: TensorFile, tokenizer: ClipTokenizer
    ) -> None:
        take: Any = {
            name: file.take(name, size) for name, size in text_tensors(shape).items()
        }
        self.shape = shape
        self._tokenizer = tokenizer
        self._words: Array = take["token_embedding.weight"]
        self._positions: Array = take["positional_embedding"]
        self._projection: Array = take["text_projection"]
        self._norm = take_norm(file, "ln_final", shape.width, NORM_EPS)
        self._layers = [_layer(file, shape, i) for i in range(shape.layers)]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts: ``(n, dim)`` float32, in order, not scaled to length one."""
        tokens = [self._tokenizer.tokens(text) for text in texts]
        # The mark at the end has the highest id; a text may hold one of its own.
        ends = [row.index(max(row)) for row in tokens]
        rows = np.empty((len(texts), self.shape.dim), dtype=np.float32)
        # Texts of like length share a batch, so that little of it is for nothing.
        order = sorted(range(len(texts)), key=ends.__getitem__)
        while order:
            length = ends[order[-1]] + 1
            some = order[-max(TOKENS_PER_BATCH // length, 1) :]
            del order[-len(some) :]
            rows[some] = self._forward(
                [tokens[i][:length] for i in some], [ends[i] for i in some], length
            )
        return rows

    def count_tokens(self, text: str) -> int:
        """Tokens of the whole text, both marks included."""
        return self._tokenizer.count(text)

    def _forward(self, tokens: list[list[int]], ends: list[int], length: int) -> Array:
        ids = np.zeros((len(tokens), length), dtype=np.intp)
        for row, some in zip(ids, tokens, strict=True):
            row[: len(some)] = some
        mask = np.triu(np.full((length, length), -np.inf, dtype=np.float32), 1)
        x: Array = self._words[ids].astype(np.float32)
        x += self._positions[:length]
        for layer in self._layers:
            x = layer(x, mask)
        pooled = self._norm(x[np.arange(len(tokens)), ends])
        rows: Array = pooled @ self._projection.astype(np.float32, copy=False)
        return rows


def _layer(file: TensorFile, shape: TextShape, number: int) -> _Layer:
    name, width = f"transformer.resblocks.{number}.", shape.width
    return _Layer(
        heads=shape.heads,
        quick=shape.activation == "quick_gelu",
        attention_norm=take_norm(file, f"{name}ln_1", width, NORM_EPS),
        into=Linear(
            file.take(f"{name}attn.in_proj_weight", (3 * width, width)),
            file.take(f"{name}attn.in_proj_bias", (3 * width,)),
        ),
        out=take_linear(file, f"{name}attn.out_proj", width, width),
        norm=take_norm(file, f"{name}ln_2", width, NORM_EPS),
        inner=take_linear(file, f"{name}mlp.c_fc", shape.inner, width),
        outer=take_linear(file, f"{name}mlp.c_proj", width, shape.inner),
    )
