"""Vectors of the patches of any open_clip vision transformer.

A CLIP is trained to say what a whole picture shows, by its class token; what its patch
tokens say of their own place is washed out by the attention of the last block. So that
block can be run otherwise: each patch attends to those that are like it, by queries,
keys or values alone, without the residual and the feed-forward part. Weights stay as
they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.dense_port import DenseField, OneWindowSize, check_windows
from rsrag.interfaces import Encoder
from rsrag.types import EncoderIdentity, Pixels

if TYPE_CHECKING:
    from torch import Tensor, nn

    from rsrag.encoders.clip.clip_model import ClipModel

Variant = Literal["vanilla", "maskclip", "sclip", "qqkkvv", "kk", "naclip"]
"""How the last block attends."""

BATCH = 32
"""Crops a pass."""
NEAR_PATCHES = 5.0
"""Deviation of NACLIP's preference for near patches, in patches."""
BIAS_REMOVAL = 0.3
"""Part of the crop's own vector that is taken from those of its patches."""


def patch_tokens(visual: "nn.Module", planes: "Tensor", variant: Variant) -> "Tensor":
    """Every token of the last block, in the space that texts share.

    Args:
        visual: open_clip's ``VisionTransformer``, one that
            :func:`rsrag.encoders.clip.vision_tower.is_plain` accepts.
        planes: ``(n, 3, side, side)``, normalised.
        variant: how the last block attends; ``vanilla`` is the block as it was trained,
            so its first token is what ``encode_image`` gives.

    Returns:
        ``(n, 1 + patches, dim)``, the class token first; not normalised.
    """
    from torch.nn import functional as F

    v: Any = visual
    x = v._embeds(planes)
    *blocks, last = v.transformer.resblocks
    # Blocks of another layout would take the pictures of a batch for one sequence.
    first = v.transformer.batch_first
    x = x if first else x.transpose(0, 1)
    for block in blocks:
        x = block(x)
    x = x if first else x.transpose(0, 1)
    n, count, width = x.shape
    heads = last.attn.num_heads
    joint = F.linear(last.ln_1(x), last.attn.in_proj_weight, last.attn.in_proj_bias)
    parts = joint.view(n, count, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    query, key, value = parts.unbind(0)
    weights = _attention(query, key, value, variant)
    mixed = (weights @ value).transpose(1, 2).reshape(n, count, width)
    mixed = last.attn.out_proj(mixed)
    if variant == "vanilla":
        mixed = x + mixed
        mixed = mixed + last.mlp(last.ln_2(mixed))
    made: Tensor = v.ln_post(mixed) @ v.proj
    return made


def _attention(q: "Tensor", k: "Tensor", v: "Tensor", variant: Variant) -> "Tensor":
    """``(n, heads, tokens, tokens)`` weights of the last block."""
    import torch

    def like(a: "Tensor", b: "Tensor", bias: "Tensor | float" = 0.0) -> "Tensor":
        scores = a @ b.transpose(-1, -2) * a.shape[-1] ** -0.5
        return torch.softmax(scores + bias, dim=-1)

    if variant == "vanilla":
        return like(q, k)
    if variant == "maskclip":
        return torch.eye(q.shape[2], dtype=q.dtype, device=q.device)
    if variant == "sclip":
        return like(q, q) + like(k, k)
    if variant == "qqkkvv":
        return like(q, q) + like(k, k) + like(v, v)
    return like(k, k, _nearness(k) if variant == "naclip" else 0.0)


def _nearness(like: "Tensor") -> "Tensor":
    """``(tokens, tokens)``: a Gaussian of the distance of patches; 0 for the class."""
    import torch

    count = like.shape[2]
    side = round((count - 1) ** 0.5)
    steps = torch.arange(side, dtype=torch.float32)
    places = torch.cartesian_prod(steps, steps)
    apart = torch.cdist(places, places)
    bias = torch.zeros(count, count)
    bias[1:, 1:] = torch.exp(-(apart**2) / (2 * NEAR_PATCHES**2))
    return bias.to(like)


class ClipTokens(OneWindowSize):
    """An open_clip vision transformer as a dense encoder.

    A window of ``n`` pixels is a crop that the model sees at its own side. Crops lie
    half a window apart, and where they overlap their patches' vectors are averaged.

    Args:
        encoder: of pictures and texts, from the same weights.
        model: with its vision tower in float32.
        variant: see :func:`patch_tokens`.
    """

    def __init__(self, encoder: Encoder, model: "ClipModel", variant: Variant) -> None:
        super().__init__(encoder)
        self._model, self._variant = model, variant
        visual: Any = model.visual
        self._grid = int(visual.grid_size[0])
        side = int(visual.image_size[0])
        self.dense_windows_px = (side,)
        self.dense_stride_px = side // self._grid

    @property
    def dense_identity(self) -> EncoderIdentity:
        """The encoder's own, with the variant in id and preprocessing."""
        own = self._encoder.identity
        words = f"patches by {self._variant}, less {BIAS_REMOVAL} x the crop's vector"
        return replace(
            own,
            id=f"{own.id}-{self._variant}",
            preprocessing=f"{own.preprocessing}; {words}",
        )

    def encode_dense(
        self, image: Pixels, window_px: int, stride_px: int, *, margin_px: int = 0
    ) -> DenseField:
        """See :meth:`rsrag.encoders.dense_port.DenseEncoder.encode_dense`."""
        check_windows(image, [window_px], stride_px, margin_px)
        sides = [side - 2 * margin_px for side in image.shape[:2]]
        counts = [-(-side // stride_px) for side in sides]
        step = max(1, window_px // 2)
        corners = [range(-step, count * stride_px, step) for count in counts]
        before = max(margin_px, step)
        after = [
            max(0, edges[-1] + window_px - side - margin_px)
            for edges, side in zip(corners, sides, strict=True)
        ]
        rims = [(before - margin_px, beyond) for beyond in after]
        padded = np.pad(image, (*rims, (0, 0)), mode="symmetric")
        places = [(top, left) for top in corners[0] for left in corners[1]]
        field = np.zeros((*counts, self._encoder.identity.dim), np.float32)
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            crops = [
                padded[y : y + window_px, x : x + window_px]
                for y, x in ((top + before, left + before) for top, left in part)
            ]
            for place, patches in zip(part, self._patches(crops), strict=True):
                down, across = (
                    self._overlap(count, stride_px, corner, window_px)
                    for count, corner in zip(counts, place, strict=True)
                )
                rows, columns = (_touched(one) for one in (down, across))
                near = across[columns] @ patches
                flat = down[rows] @ near.reshape(self._grid, -1)
                field[rows, columns] += flat.reshape(-1, *near.shape[1:])
        return DenseField(_unit(field), window_px, stride_px, self.dense_identity)

    def _patches(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """``(n, grid, grid, dim)`` unit vectors, less a part of the crop's own."""
        import torch

        batch = np.stack([self._encoder.prepare_image(crop) for crop in crops])
        with torch.inference_mode():
            planes = self._model.planes(torch.from_numpy(batch))
            tokens = patch_tokens(self._model.visual, planes, self._variant)
        vectors = _unit(tokens.float().cpu().numpy())
        patches = vectors[:, 1:] - BIAS_REMOVAL * vectors[:, :1]
        return patches.reshape(len(crops), self._grid, self._grid, -1)

    def _overlap(
        self, count: int, stride: int, corner: int, window: int
    ) -> NDArray[np.float32]:
        """``(count, grid)``: how much of each cell lies in each patch of a crop."""
        cells = stride * np.arange(count)[:, None]
        patches = corner + window / self._grid * np.arange(self._grid)[None]
        ends = np.minimum(cells + stride, patches + window / self._grid)
        shared = np.clip(ends - np.maximum(cells, patches), 0, None) / stride
        return np.asarray(shared, np.float32)


def _touched(weights: NDArray[np.float32]) -> slice:
    rows = np.flatnonzero(weights.any(axis=1))
    return slice(rows[0], rows[-1] + 1) if len(rows) else slice(0)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
