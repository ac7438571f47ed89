"""The trunk of ``mini`` on ONNX Runtime.

``mini_trunk.onnx`` holds the network and the weights of its frozen blocks, and places
for the weights of its tail, which are those of the heads' file. The recipe writes it
(``python -m recipes.mini.trunk_onnx``). Sides are free: what is pooled over a picture
of 160 pixels is there as a map, too, for a larger one.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.durable import file_sha256
from rsrag.errors import CheckpointError

TRUNK = Path(__file__).with_name("mini_trunk.onnx")
TRUNK_SHA256 = "fc8d952c822c6d3da65ca82952470d24f106fd745ce12ebd6e25d4e6fa78ca29"
IMAGENET_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the checkpoint that ``TRUNK`` was made from: an encoder is told by it, for
another file that holds the same weights gives the same vectors."""

FRONT = 2 * (3 + 24 + 40 + 112)
"""Numbers that the tail has no part in; they stand first in a row."""
FEATURES = FRONT + 1280
"""All numbers in a row: mean and deviation of the colours (3) and of the maps of blocks
2 (24), 4 (40) and 10 (112), then the mean of the head's map (1280)."""
MAPS = ("block2", "block4", "block10", "head")
"""Outputs before pooling: ``(n, channels, height, width)``, the sides those of the
picture divided by 4, 8, 16 and 32, rounded up. Values of ``block10`` enter the tail."""

PASS = 4
"""Pictures a pass on a processor: more no longer fit its caches."""
GPU_PASS = 256

Tail = Sequence[tuple[NDArray[Any], NDArray[Any]]]
"""Weight and bias of each convolution of the tail, in their order."""


class Trunk:
    """The network, from pixels to rows of pooled features. Safe to share.

    Passes run side by side, each on one processor: none waits for another, and a
    picture's row does not depend on those beside it. ``onnxruntime-gpu``, installed in
    the place of ``onnxruntime``, runs it on a GPU, in float32 as well.

    Args:
        tail: weights of the last blocks.

    Raises:
        CheckpointError: the network's file is not the package's, or the tail does not
            fit it.
    """

    def __init__(self, tail: Tail) -> None:
        from concurrent.futures import ThreadPoolExecutor

        # Its wheels report their use to Microsoft, unless this stands here before.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime as ort

        if (found := file_sha256(TRUNK)) != TRUNK_SHA256:
            raise CheckpointError(
                f"{TRUNK} has sha256 {found}, expected {TRUNK_SHA256}.",
                hint="pip install --force-reinstall --no-deps rsrag",
            )
        weights = {
            f"tail.{number}.{part}": np.ascontiguousarray(tensor, dtype=np.float32)
            for number, convolution in enumerate(tail)
            for part, tensor in zip(("weight", "bias"), convolution, strict=True)
        }
        gpu = "CUDAExecutionProvider" in ort.get_available_providers()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        # Sides are free, so a plan of the memory seldom fits, and takes twice as much.
        options.enable_mem_pattern = False
        options.log_severity_level = 4  # what goes wrong is raised
        options.add_external_initializers(
            list(weights),
            [ort.OrtValue.ortvalue_from_numpy(w) for w in weights.values()],
        )
        providers = [("CUDAExecutionProvider", {"use_tf32": "0"})] if gpu else []
        try:
            self._session = ort.InferenceSession(
                str(TRUNK), options, providers=[*providers, "CPUExecutionProvider"]
            )
        except Exception as exc:  # ONNX Runtime has no error class of its own to name
            raise CheckpointError(
                f"mini's trunk cannot take a tail of {len(tail)} convolutions: {exc}"
            ) from exc
        self._step = GPU_PASS if gpu else PASS
        # No thread starts before there is work for two.
        self._pool = ThreadPoolExecutor(
            1 if gpu else available_processors(), "rsrag-trunk"
        )

    def features(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled features of pictures.

        Args:
            batch: ``(n, height, width, 3)`` uint8 RGB, ``n`` at least 1.

        Returns:
            ``(n, FEATURES)`` float32, in order.
        """
        return self.run(batch, ["features"])[0]

    def run(
        self, batch: NDArray[np.uint8], outputs: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """What the network gives for pictures.

        Args:
            batch: ``(n, height, width, 3)`` uint8 RGB, ``n`` at least 1.
            outputs: ``features`` and names in ``MAPS``.

        Returns:
            An array for each output, the pictures along its first axis, in order.
        """
        parts = [batch[i : i + self._step] for i in range(0, len(batch), self._step)]

        def run(part: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            made: list[NDArray[np.float32]] = self._session.run(
                list(outputs), {"pixels": part}
            )
            return made

        made = [run(parts[0])] if len(parts) == 1 else self._pool.map(run, parts)
        return [np.concatenate(rows) for rows in zip(*made, strict=True)]
