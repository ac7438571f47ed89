"""CLIP's text transformer in plain NumPy, so that a query need not wait for torch.

The tower of Radford et al. (2021): learnt positions, layers that normalise before
attention and perceptron, each token seeing itself and those before it, and the
embedding taken where the end of the text stands. Nothing after that place can have
any part in it, so a batch is only as long as its longest text, where open_clip
always computes the whole context.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.clip.architectures import architecture_config, context_length
from rsrag.encoders.text_towers.clip_tokenizer import ClipTokenizer, TensorFile
from rsrag.encoders.text_towers.tower_layers import (
    Array,
    Linear,
    Norm,
    TransformerLayer,
    batches,
    gelu,
    quick_gelu,
)

VOCABULARY = 49_408
NORM_EPS = 1e-5

_SIZES = ("context_length", "width", "heads", "layers", "mlp_ratio")

_NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "vocab_size": (VOCABULARY,),
    "pool_type": ("argmax",),
    "proj_type": ("linear",),
    "tokenizer_kwargs": (None, {}),
    "act_kwargs": (None, {}),
    "norm_kwargs": (None, {}),
}
"""Settings that may be written out, with the values that change nothing."""

_UNREAD = ("pad_id", "eos_id")
"""Settings that a tower without padding mask, pooled at its highest id, ignores."""


@dataclass(frozen=True, slots=True)
class TextShape:
    """What a CLIP text transformer is, apart from its weights.

    Attributes:
        context: tokens that it reads.
        width: of a token's vector.
        inner: width between the two halves of a layer's perceptron.
        dim: of the embedding that comes out.
        activation: ``quick_gelu``, or ``gelu`` with the true error function.
    """

    context: int
    width: int
    heads: int
    layers: int
    inner: int
    dim: int
    activation: Literal["gelu", "quick_gelu"]


def text_shape(architecture: str) -> TextShape | None:
    """The shape of an architecture's text tower, if it is CLIP's own.

    Args:
        architecture: open_clip's name.

    Returns:
        ``None`` for towers of the transformers library, for SigLIP, CoCa, and for
        whatever has a setting that is not known here.

    Raises:
        ModelNotFoundError: no such architecture.
    """
    config = architecture_config(architecture)
    text = config["text_cfg"]
    # open_clip chooses another tokenizer by that part of a name.
    if "multimodal_cfg" in config or "siglip" in architecture.lower():
        return None
    for name, value in text.items():
        # Every switch that open_clip has is off, none or empty unless it says more.
        neutral = _NEUTRAL.get(name, (False, None, ""))
        if name not in _SIZES and name not in _UNREAD and value not in neutral:
            return None
    width = int(text.get("width", 512))
    return TextShape(
        context=context_length(config),
        width=width,
        heads=int(text.get("heads", 8)),
        layers=int(text.get("layers", 12)),
        inner=int(width * text.get("mlp_ratio", 4.0)),
        dim=int(config["embed_dim"]),
        activation="quick_gelu" if config.get("quick_gelu") else "gelu",
    )


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
    parts = {
        "ln_1.": (width,),
        "attn.in_proj_": (3 * width, width),
        "attn.out_proj.": (width, width),
        "ln_2.": (width,),
        "mlp.c_fc.": (inner, width),
        "mlp.c_proj.": (width, inner),
    }
    for number in range(shape.layers):
        for part, size in parts.items():
            name = f"transformer.resblocks.{number}.{part}"
            tensors |= {f"{name}weight": size, f"{name}bias": size[:1]}
    return tensors


class ClipTextTower:
    """A CLIP's text side.

    Args:
        file: its tensors, float32 or float16, under the names of
            :func:`text_tensors`. They are read when they are used.

    Raises:
        CheckpointError: a tensor is missing or of another shape.
    """

    def __init__(
        self, shape: TextShape, file: TensorFile, tokenizer: ClipTokenizer
    ) -> None:
        tensors: dict[str, Array] = {
            name: file.take(name, size) for name, size in text_tensors(shape).items()
        }
        self.shape = shape
        self._tokenizer = tokenizer
        self._words = tensors["token_embedding.weight"]
        self._positions = tensors["positional_embedding"]
        self._projection = tensors["text_projection"]
        self._norm = _norm(tensors, "ln_final")
        self._layers = [_layer(tensors, shape, i) for i in range(shape.layers)]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts: ``(n, dim)`` float32, in order, not scaled to length one."""
        tokens = [self._tokenizer.tokens(text) for text in texts]
        # The mark at the end has the highest id; a text may hold one of its own.
        ends = [row.index(max(row)) for row in tokens]
        rows = np.empty((len(texts), self.shape.dim), dtype=np.float32)
        for some, length in batches([end + 1 for end in ends]):
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


def _norm(tensors: Mapping[str, Array], name: str) -> Norm:
    gain, bias = (
        tensors[f"{name}.{part}"].astype(np.float32) for part in ("weight", "bias")
    )
    return Norm(gain, bias, NORM_EPS)


def _layer(
    tensors: Mapping[str, Array], shape: TextShape, number: int
) -> TransformerLayer:
    name = f"transformer.resblocks.{number}."

    def linear(part: str) -> Linear:
        return Linear(tensors[f"{name}{part}weight"], tensors[f"{name}{part}bias"])

    return TransformerLayer(
        heads=shape.heads,
        before=True,
        into=(linear("attn.in_proj_"),),
        out=linear("attn.out_proj."),
        attention_norm=_norm(tensors, f"{name}ln_1"),
        inner=linear("mlp.c_fc."),
        activation=quick_gelu if shape.activation == "quick_gelu" else gelu,
        outer=linear("mlp.c_proj."),
        norm=_norm(tensors, f"{name}ln_2"),
    )
