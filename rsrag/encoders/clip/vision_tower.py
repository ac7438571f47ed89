"""CLIP's vision transformer for CPUs with bfloat16, arranged to waste nothing.

Same function as open_clip's ``VisionTransformer``, from the same weights:

- the scaling and normalising of pixels is folded into the patch projection, whose
  input is the pixel less 128: a whole number that bfloat16 holds exactly;
- weights are packed once into oneDNN's own layout instead of at each product, and
  the activation is computed while the product is still in cache; QuickGELU is
  ``silu(1.702 x) / 1.702``, its factors folded into the weights on either side;
- in the last block only the class token goes on, for nothing else is read after it.

Towers of another build (timm, ResNet, attention pooling) go through open_clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

QUICK_GELU = 1.702
"""Slope of OpenAI's approximation of GELU: x * sigmoid(1.702 x)."""

CENTRE = 128.0
"""Taken from every pixel value before the patch projection."""


@dataclass(frozen=True, slots=True)
class _Block:
    norm_1: "tuple[Tensor, Tensor]"
    query_key_value: "_Linear"
    out: "_Linear"
    norm_2: "tuple[Tensor, Tensor]"
    expand: "_Linear"
    contract: "_Linear"


class _Linear:
    """A bfloat16 linear layer, its weight packed where torch can."""

    def __init__(
        self, weight: "Tensor", bias: "Tensor", activation: str = "none"
    ) -> None:
        import torch

        self._ops: Any = torch.ops.mkldnn
        self._activation = activation
        self._algorithm = "none" if activation == "gelu" else ""  # not tanh
        self._bias = bias.to(torch.bfloat16)
        self._weight = weight.to(torch.bfloat16).contiguous()
        packs = ("_linear_pointwise", "_reorder_linear_weight")
        # Without AVX-512 it refuses to pack, and multiplies slowly all the same.
        self._packed = all(hasattr(self._ops, one) for one in packs) and bool(
            self._ops._is_mkldnn_bf16_supported()
        )
        if self._packed:
            self._weight = self._ops._reorder_linear_weight(self._weight, None)

    def __call__(self, rows: "Tensor") -> "Tensor":
        from torch.nn import functional as F

        if self._packed:
            product: Tensor = self._ops._linear_pointwise(
                rows, self._weight, self._bias, self._activation, [], self._algorithm
            )
            return product
        product = F.linear(rows, self._weight, self._bias)
        if self._activation == "swish":
            return F.silu(product, inplace=True)
        return F.gelu(product) if self._activation == "gelu" else product


class Bfloat16Tower:
    """A vision transformer that reads uint8 pictures.

    Args:
        visual: open_clip's ``VisionTransformer`` in float32, one that
            :func:`is_plain` accepts. It is not kept.
        mean: of the pixel values, 0 to 1, for each of R, G, B.
    """

    def __init__(
        self, visual: "nn.Module", mean: Sequence[float], std: Sequence[float]
    ) -> None:
        import torch

        v: Any = visual
        kernel = v.conv1.weight.float() / (255 * torch.tensor(std).view(1, 3, 1, 1))
        shift = CENTRE - 255 * torch.tensor(mean).view(1, 3, 1, 1)
        position = v.positional_embedding.float()
        self._width, self._patch, self._grid = (
            len(kernel),
            v.patch_size[0],
            v.grid_size[0],
        )
        # Patches are cut from (row, column, channel) pictures in that order.
        self._project = kernel.permute(0, 2, 3, 1).reshape(self._width, -1).bfloat16()
        self._position = (position[1:] + (kernel * shift).sum((1, 2, 3))).bfloat16()
        self._class = (v.class_embedding.float() + position[0]).bfloat16()
        self._norm_pre = None
        if not isinstance(v.ln_pre, torch.nn.Identity):
            self._norm_pre = _norm(v.ln_pre)
        self._heads = v.transformer.resblocks[0].attn.num_heads
        self._blocks = [_block(block) for block in v.transformer.resblocks]
        self._norm_post = _norm(v.ln_post)
        self._head = v.proj.float()

    def __call__(self, pictures: "Tensor") -> "Tensor":
        """Embed ``(n, side, side, 3)`` uint8: ``(n, dim)`` float32, not normalised."""
        import torch
        from torch.nn import functional as F

        n, grid, patch, width = len(pictures), self._grid, self._patch, self._width
        cut = pictures.reshape(n, grid, patch, grid, patch, 3).transpose(2, 3)
        rows = cut.reshape(n, grid * grid, -1).to(torch.bfloat16) - CENTRE
        tokens = F.linear(rows, self._project) + self._position
        tokens = torch.cat([self._class.expand(n, 1, -1), tokens], dim=1)
        if self._norm_pre is not None:
            tokens = F.layer_norm(tokens, (width,), *self._norm_pre)
        for block in self._blocks[:-1]:
            tokens = self._run(block, tokens, tokens.shape[1])
        tokens = self._run(self._blocks[-1], tokens, 1)
        pooled = F.layer_norm(tokens[:, 0], (width,), *self._norm_post)
        embedded: Tensor = pooled.float() @ self._head
        return embedded

    def _run(self, block: _Block, tokens: "Tensor", keep: int) -> "Tensor":
        """One block, of which the first ``keep`` tokens are carried on."""
        from torch.nn import functional as F

        n, count, width = tokens.shape
        shape = (width,)
        qkv = block.query_key_value(F.layer_norm(tokens, shape, *block.norm_1))
        qkv = qkv.view(n, count, 3, self._heads, width // self._heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query[:, :, :keep], key, value)
        mixed = mixed.transpose(1, 2).reshape(n, keep, width)
        tokens = tokens[:, :keep] + block.out(mixed)
        hidden = block.expand(F.layer_norm(tokens, shape, *block.norm_2))
        return tokens + block.contract(hidden)


def is_plain(visual: "nn.Module") -> bool:
    """Whether :class:`Bfloat16Tower` knows every part of a vision tower."""
    from open_clip.transformer import (
        QuickGELU,
        ResidualAttentionBlock,
        VisionTransformer,
    )
    from torch import nn

    if type(visual) is not VisionTransformer:
        return False
    v: Any = visual
    square = v.patch_size[0] == v.patch_size[1] and v.grid_size[0] == v.grid_size[1]
    pooling = v.attn_pool is None and v.pool_type == "tok" and v.proj is not None
    return (
        square
        and pooling
        and all(
            type(block) is ResidualAttentionBlock
            and isinstance(block.ls_1, nn.Identity)
            and isinstance(block.ls_2, nn.Identity)
            and block.attn.in_proj_weight is not None
            and block.attn.in_proj_bias is not None
            and (type(block.mlp.gelu) is QuickGELU or _is_exact_gelu(block.mlp.gelu))
            for block in v.transformer.resblocks
        )
    )


def _is_exact_gelu(module: "nn.Module") -> bool:
    from torch import nn

    return type(module) is nn.GELU and module.approximate == "none"


def _norm(layer: Any) -> "tuple[torch.Tensor, torch.Tensor]":
    return layer.weight.bfloat16(), layer.bias.bfloat16()


def _block(block: Any) -> _Block:
    attention, expand, contract = block.attn, block.mlp.c_fc, block.mlp.c_proj
    exact = _is_exact_gelu(block.mlp.gelu)
    slope = 1.0 if exact else QUICK_GELU
    return _Block(
        norm_1=_norm(block.ln_1),
        query_key_value=_Linear(attention.in_proj_weight, attention.in_proj_bias),
        out=_Linear(attention.out_proj.weight, attention.out_proj.bias),
        norm_2=_norm(block.ln_2),
        expand=_Linear(
            expand.weight * slope, expand.bias * slope, "gelu" if exact else "swish"
        ),
        contract=_Linear(contract.weight / slope, contract.bias),
    )
