"""Encoders as torch learns an adapter on them: ``mini`` on its heads, a CLIP whole."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from rsrag.encoders.adapters.low_rank import attach
from rsrag.encoders.clip.clip_device import torch_device
from rsrag.encoders.clip.clip_model import filled, tokenizer_of
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_adapter import WEIGHTS, heads_by_name
from rsrag.encoders.mini.mini_heads import CLAMP, Head
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.errors import EncoderError
from rsrag.interfaces import Encoder

if TYPE_CHECKING:
    from rsrag.encoders.adapters.low_rank import Learnt

Rows = NDArray[Any]

MINI_TEMPERATURE = 0.07
"""Of the loss; near the one under which its labels are as likely as it says."""
DROPOUT = (0.25, 0.45)
"""Of ``mini``'s features and of its inner layers, as it was trained."""
LARGEST_SCALE = 100.0
"""Where CLIP cuts one over its temperature."""


class Learner(Protocol):
    """An encoder with a change that is learnt.

    Attributes:
        learnt: the parameters, by the name of the weight.
        scale: one over the temperature of the loss.
        learning_rate: that serves it.
    """

    learnt: "Learnt"
    scale: float
    learning_rate: float

    def picture_rows(self, prepared: NDArray[np.uint8]) -> Rows:
        """What is kept of prepared pictures, ``(n, …)``."""

    def text_rows(self, texts: Sequence[str]) -> Rows:
        """What is kept of texts, ``(n, …)``."""

    def images(self, rows: Rows, training: bool) -> Tensor:
        """Unit vectors of pictures, ``(n, dim)``."""

    def texts(self, rows: Rows, training: bool) -> Tensor:
        """Unit vectors of texts, ``(n, dim)``."""


def learner_of(encoder: Encoder, rank: int, seed: int) -> Learner:
    """What learns an adapter on an encoder.

    Raises:
        EncoderError: an encoder of another kind, or one that has an adapter already.
        CheckpointError: its weights cannot be read or do not fit.
    """
    if "+" in encoder.identity.id:
        raise EncoderError(
            f"{encoder.identity.id} has an adapter already.",
            hint="learn on its base; several sets of pairs are learnt together",
        )
    if isinstance(encoder, MiniEncoder):
        return MiniLearner(encoder, rank, seed)
    if isinstance(encoder, OpenClipEncoder):
        return ClipLearner(encoder, rank, seed)
    raise EncoderError(
        f"{encoder.identity.id} is neither mini nor a CLIP of open_clip: no adapter is "
        "learnt on it."
    )


class _TorchHead(nn.Module):
    """The torch twin of a head of ``mini``."""

    mean: Tensor
    deviation: Tensor
    inner: Tensor
    inner_bias: Tensor
    outer: Tensor
    outer_bias: Tensor
    skip: Tensor

    def __init__(self, head: Head) -> None:
        super().__init__()
        for name in Head.__slots__:
            tensor = nn.Parameter(torch.from_numpy(np.array(getattr(head, name))))
            self.register_parameter(name, tensor)

    def forward(self, features: Tensor, training: bool) -> Tensor:
        """``(n, features)`` to ``(n, dim)`` unit rows."""
        x = ((features - self.mean) / self.deviation).clamp(-CLAMP, CLAMP)
        x = F.dropout(x, DROPOUT[0], training)
        hidden = F.gelu(x @ self.inner.T + self.inner_bias)
        hidden = F.dropout(hidden, DROPOUT[1], training)
        y = hidden @ self.outer.T + self.outer_bias + x @ self.skip.T
        return F.normalize(y, dim=1)


class MiniLearner:
    """``mini``: what its trunks make of pictures and texts is kept; heads change."""

    scale = 1 / MINI_TEMPERATURE
    learning_rate = 3e-3

    def __init__(self, encoder: MiniEncoder, rank: int, seed: int) -> None:
        self._encoder = encoder
        heads = heads_by_name(encoder.weights)
        self._heads = nn.ModuleDict({n: _TorchHead(head) for n, head in heads.items()})
        names = [f"{tower}.{part}" for tower in heads for part in WEIGHTS]
        self.learnt = attach(self._heads, names, rank, seed)

    def picture_rows(self, prepared: NDArray[np.uint8]) -> Rows:
        """The trunk's features, ``(n, FEATURES)`` float32."""
        return self._encoder.features(prepared)

    def text_rows(self, texts: Sequence[str]) -> Rows:
        """MiniLM's vectors, ``(n, 384)`` float32."""
        return shared_minilm().encode(texts)

    def images(self, rows: Rows, training: bool) -> Tensor:
        """As ``PictureHead`` reads them."""
        features = torch.from_numpy(np.ascontiguousarray(rows))
        vectors: Tensor = self._heads["image"](features, training)
        share = torch.from_numpy(self._encoder.weights.image.share(rows))[:, None]
        if not share.any():
            return vectors
        far = self._heads["far"](features, training)
        return F.normalize((1 - share) * vectors + share * far, dim=1)

    def texts(self, rows: Rows, training: bool) -> Tensor:
        """As the text head reads them."""
        vectors: Tensor = self._heads["text"](torch.from_numpy(rows), training)
        return vectors


class ClipLearner:
    """A CLIP of open_clip: projections of attention and perceptrons change."""

    learning_rate = 5e-4

    def __init__(self, encoder: OpenClipEncoder, rank: int, seed: int) -> None:
        self._device = torch_device("auto")
        model: Any = filled(encoder.architecture, encoder.checkpoint, encoder.seed)
        self._model = model.float().to(self._device)
        names = [
            f"{owner}.{leaf}"
            for owner, module in model.named_modules()
            for leaf in _projections(module)
        ]
        if not names:
            raise EncoderError(
                f"{encoder.architecture} has no transformer of open_clip's own, the "
                "only kind that an adapter is learnt on."
            )
        self.learnt = attach(model, names, rank, seed)
        self.scale = min(float(model.logit_scale.detach().exp()), LARGEST_SCALE)
        transform = encoder.transform
        self._mean, self._std = (
            torch.tensor(levels, device=self._device).view(1, 3, 1, 1)
            for levels in (transform.mean, transform.std)
        )
        self._tokenizer = tokenizer_of(encoder.architecture)

    def picture_rows(self, prepared: NDArray[np.uint8]) -> Rows:
        """The pixels themselves: the whole tower changes."""
        return prepared

    def text_rows(self, texts: Sequence[str]) -> Rows:
        """Token ids, ``(n, context)``."""
        ids: Rows = self._tokenizer(list(texts)).numpy()
        return ids

    def images(self, rows: Rows, training: bool) -> Tensor:
        """As the picture tower reads them, in float32."""
        pixels = torch.from_numpy(np.ascontiguousarray(rows)).to(self._device)
        planes = pixels.permute(0, 3, 1, 2).float() / 255
        planes = (planes - self._mean) / self._std
        return F.normalize(self._model.encode_image(planes), dim=1)

    def texts(self, rows: Rows, training: bool) -> Tensor:
        """As the text tower reads them, in float32."""
        ids = torch.from_numpy(rows).to(self._device)
        return F.normalize(self._model.encode_text(ids), dim=1)


def _projections(module: nn.Module) -> list[str]:
    """Weights of attention or of a perceptron, below a module that is one of these."""
    if isinstance(module, nn.MultiheadAttention):
        return (
            ["in_proj_weight", "out_proj.weight"] if module._qkv_same_embed_dim else []
        )
    children = dict(module.named_children())
    if {"c_fc", "c_proj"} <= children.keys():
        return ["c_fc.weight", "c_proj.weight"]
    return []
