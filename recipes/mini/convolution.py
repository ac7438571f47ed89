"""A convolution as EfficientNet-Lite0 has it."""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor


class Convolution(NamedTuple):
    """A convolution with its batch norm folded in.

    Attributes:
        weight: ``(out, in / groups, k, k)``.
        bias: ``(out,)``.
        stride: 1 or 2, both ways.
        groups: 1, or the number of channels for a depthwise one.
        bounded: whether ReLU6 follows.
    """

    weight: Tensor
    bias: Tensor
    stride: int
    groups: int
    bounded: bool

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to ``(n, in, h, w)``."""
        kernel = self.weight.shape[-1]
        if self.stride == 1:
            padding = kernel // 2
        else:
            padding = 0
            down, across = (same_padding(n, kernel, self.stride) for n in x.shape[2:])
            x = F.pad(x, [*across, *down])
        x = F.conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)
        return F.hardtanh(x, 0.0, 6.0, inplace=True) if self.bounded else x


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Padding before and after one side of a map, as TensorFlow's ``SAME`` has it.

    Args:
        size: of the side; the next map's is ``size / stride``, rounded up.
        kernel: width of the kernel.
        stride: 1 or 2.
    """
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
