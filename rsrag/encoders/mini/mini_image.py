"""The picture half of ``mini``: EfficientNet-Lite0, pooled at several depths.

Importing this module imports torch, so it is imported where the first picture is
embedded and nowhere else.
"""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rsrag.encoders.mini.lite0 import Block, Tuned, build, retuned
from rsrag.encoders.mini.streams import streams_for
from rsrag.errors import CheckpointError

PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""The network was trained on ``(pixel - 127) / 128``."""

TAPS = {2: 24, 4: 40, 10: 112}
"""Blocks whose maps are pooled (mean and deviation), and their channels; all lie
before the tail."""

TAIL_FROM = 11
"""The first block that training may change; what comes before stays ImageNet's."""
FRONT_DIM = 2 * 3 + 2 * sum(TAPS.values())
"""Pooled features that the tail has no part in; they stand first in a row."""

GPU_BATCH = 512
"""Pictures a pass; on a processor ``Streams`` decides."""

FEATURE_DIM = FRONT_DIM + 1280


class Trunk:
    """The network, from pixels to one row of pooled features.

    Args:
        state: the checkpoint's tensors by name. Every one must be used.
        device: where to run.
        dtype: of weights and maps; pooling is always float32.
        tuned: of the tail, from ``TAIL_FROM`` on, the batch norm folded in; empty
            keeps the checkpoint's.

    Raises:
        CheckpointError: tensors that are missing, left over or of a wrong shape.
    """

    def __init__(
        self,
        state: Mapping[str, Tensor],
        device: torch.device,
        dtype: torch.dtype,
        tuned: Tuned = (),
    ) -> None:
        """Fold and place the weights."""
        self.device, self.dtype = device, dtype
        self._streams = streams_for(device)
        self._stem, self._blocks = build(state, device, dtype)
        if tuned:
            self._blocks[TAIL_FROM:] = retuned(self.tail, tuned)

    @property
    def tail(self) -> list[Block]:
        """The blocks that training may change, the head last."""
        return self._blocks[TAIL_FROM:]

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

    def features_and_maps(self, batch: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Pooled features, and the maps that the tail starts from.

        Args:
            batch: ``(n, side, side, 3)`` uint8 RGB, ``n`` at least 1.

        Returns:
            As :meth:`features`; and ``(n, places, 112)`` float16, row by row.
        """
        parts = self._streams.run(self._forward_with_maps, batch, GPU_BATCH)
        features, maps = zip(*parts, strict=True)
        with torch.inference_mode():
            return torch.cat(features), torch.cat(maps)

    @torch.inference_mode()
    def _forward(self, batch: NDArray[np.uint8]) -> Tensor:
        return self._back(*self._front(batch))

    @torch.inference_mode()
    def _forward_with_maps(self, batch: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        pooled, x = self._front(batch)
        maps = x.permute(0, 2, 3, 1).flatten(1, 2).half()
        return self._back(pooled, x), maps

    def _front(self, batch: NDArray[np.uint8]) -> tuple[list[Tensor], Tensor]:
        """What is pooled before the tail, and the map that the tail starts from."""
        # (n, h, w, c) seen as (n, c, h, w) is channels-last already.
        pixels = torch.from_numpy(np.ascontiguousarray(batch))
        x = pixels.to(self.device).permute(0, 3, 1, 2).to(self.dtype)
        x = (x - PIXEL_MEAN) / PIXEL_SCALE
        pooled = _mean_and_deviation(x)
        x = self._stem(x)
        for number, block in enumerate(self._blocks[:TAIL_FROM]):
            x = block(x)
            if number in TAPS:
                pooled += _mean_and_deviation(x)
        return pooled, x

    def _back(self, pooled: list[Tensor], x: Tensor) -> Tensor:
        for block in self.tail:
            x = block(x)
        return torch.cat([*pooled, x.float().mean(dim=(2, 3))], dim=1)


def _mean_and_deviation(x: Tensor) -> list[Tensor]:
    # In float32, for sums of squares in bf16 lose all digits; and over the middle of
    # (n, pixels, channels), which is how the map lies in memory, so that it is quick.
    flat = x.permute(0, 2, 3, 1).flatten(1, 2).float()
    mean = flat.mean(dim=1, keepdim=True)
    deviation = (flat - mean).square_().mean(dim=1).sqrt_()
    return [mean[:, 0], deviation]


def load_trunk(
    path: Path, device: torch.device, dtype: torch.dtype, tuned: Tuned = ()
) -> Trunk:
    """Read the ImageNet checkpoint and build the network.

    Args:
        path: the ``.pth`` file; its hash has been checked by the caller.
        device: where to run.
        dtype: float32, or bfloat16 where the device computes in it.
        tuned: of the tail; see :class:`Trunk`.

    Raises:
        CheckpointError: not a checkpoint of EfficientNet-Lite0, or a tail that is
            not its.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, UnpicklingError) as exc:
        raise CheckpointError(f"{path} cannot be read as a checkpoint: {exc}") from exc
    return Trunk(state, device, dtype, tuned)


def best_device() -> tuple[torch.device, torch.dtype]:
    """The GPU in bfloat16 if there is one, else the CPU in what it is fast in."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    fast = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.device("cpu"), torch.bfloat16 if fast else torch.float32
