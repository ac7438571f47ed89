"""The trunk's last blocks as torch trains them.

On a processor, gradients of depthwise convolutions take most of the time; the maps
here are small (10 x 10 places and 5 x 5), so each is a product of matrices instead, of
places by places, one for each channel. Maps lie with the channels first,
``(channels, n, places)``, where both kinds of convolution are products without a copy.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from recipes.mini.convolution import Convolution, same_padding
from recipes.mini.lite0 import Block


class TrainableTail(nn.Module):
    """The trunk's last blocks, as torch trains them.

    Weights are float32 and are cast as they are used, so that small steps count.

    Args:
        blocks: to begin with.
        places: of the maps that come in; a square number.
        dtype: of maps and products.
    """

    def __init__(
        self, blocks: Sequence[Block], places: int, dtype: torch.dtype
    ) -> None:
        """Copy the weights."""
        super().__init__()
        side = math.isqrt(places)
        self._residual = [residual for _, residual in blocks]
        self._dtype = dtype
        self._blocks = nn.ModuleList()
        for steps, _ in blocks:
            convolutions = nn.ModuleList()
            for step in steps:
                convolutions.append(_Convolution(step, side))
                side = -(-side // step.stride)
            self._blocks.append(convolutions)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to the mean of the last block's.

        Args:
            maps: ``(n, places, channels)``, row by row, any float.

        Returns:
            ``(n, channels out)`` float32.
        """
        x = maps.permute(2, 0, 1).to(self._dtype).contiguous()
        for convolutions, residual in zip(self._blocks, self._residual, strict=True):
            entry = x
            assert isinstance(convolutions, nn.ModuleList)
            for convolution in convolutions:
                x = convolution(x)
            if residual:
                x = x + entry
        return x.float().mean(dim=2).T

    def tensors(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Weight and bias of each convolution, in order."""
        return [
            (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy())
            for layer in self.modules()
            if isinstance(layer, _Convolution)
        ]


class _Convolution(nn.Module):
    _taps: Tensor

    def __init__(self, like: Convolution, side: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(like.weight.detach().float().clone())
        self.bias = nn.Parameter(like.bias.detach().float().clone())
        self._bounded, self._depthwise = like.bounded, like.groups > 1
        if self._depthwise:
            taps = _taps(like.weight.shape[-1], like.stride, side)
            self.register_buffer("_taps", taps, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(channels, n, places)`` to the same of the next map."""
        channels, count, places = x.shape
        bias = self.bias.to(x.dtype)
        if self._depthwise:
            # One more tap, of weight 0, for places that do not touch.
            taps = F.pad(self.weight.flatten(1), (0, 1))[:, self._taps]
            products = taps.view(channels, places, -1).to(x.dtype)
            y = torch.baddbmm(bias[:, None, None], x, products)
        else:
            weight = self.weight[:, :, 0, 0].to(x.dtype)
            flat = x.reshape(channels, count * places)
            y = torch.addmm(bias[:, None], weight, flat).view(-1, count, places)
        return F.hardtanh(y, 0.0, 6.0, inplace=True) if self._bounded else y


def _taps(kernel: int, stride: int, side: int) -> Tensor:
    """Which weight of the kernel leads from a place to a place of the next map.

    Returns:
        ``(places in * places out,)``; ``kernel ** 2`` where none does.
    """
    out = -(-side // stride)
    before, _ = same_padding(side, kernel, stride)
    start = torch.arange(out) * stride - before
    tap = torch.arange(side)[:, None] - start
    inside = (tap >= 0) & (tap < kernel)
    down, across = tap[:, None, :, None], tap[None, :, None, :]
    both = inside[:, None, :, None] & inside[None, :, None, :]
    return torch.where(both, down * kernel + across, kernel**2).flatten()
