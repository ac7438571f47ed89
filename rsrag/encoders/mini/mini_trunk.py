"""The trunk of ``mini`` on ONNX Runtime.

It stands in three files, since ONNX Runtime runs the whole of a file whatever is asked
of it: blocks 0 to 2, 3 to 10, and the tail with the head. The first two hold their
weights, which are frozen; the last holds places for them, and they are those of the
heads' file. The recipe writes them (``python -m recipes.mini.trunk_onnx``). Sides are
free: what is pooled over a picture of 160 pixels is there as a map, too, for a larger
one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.encoders.mini.mini_onnx import Part, open_part, providers
from rsrag.errors import CheckpointError


def _part(name: str, sha256: str, source: str, *maps: str) -> Part:
    path = Path(__file__).with_name(f"mini_trunk_{name}.onnx")
    return Part(path, sha256, source, maps)


PARTS = (
    _part(
        "front",
        "48f5283deaa8c9e0af64179196dc9d85decfed6a44094abae39bb2054f6cd3ec",
        "pixels",
        "block2",
    ),
    _part(
        "middle",
        "c44c4b08330527d2b25321a9cbecb6b0dcf7474a9725fe5872ba557aaedd8c4e",
        "block2",
        "block4",
        "block10",
    ),
    _part(
        "tail",
        "437c9f4d648cebd42fdc32f9cc49b37025af7dd41014276a7131a18a243d8623",
        "block10",
        "head",
    ),
)
IMAGENET_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the checkpoint that ``PARTS`` were made from: an encoder is told by it, for
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
STRIP, HALO = 256, 12
"""Rows of pixels that blocks 0 to 2 take at once, and what they see beyond."""

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

        weights = {
            f"tail.{number}.{part}": np.ascontiguousarray(tensor, dtype=np.float32)
            for number, convolution in enumerate(tail)
            for part, tensor in zip(("weight", "bias"), convolution, strict=True)
        }
        try:
            *frozen, last = PARTS
            self._sessions = [open_part(part) for part in frozen]
            self._sessions.append(open_part(last, weights))
        except CheckpointError:
            raise
        except Exception as exc:  # ONNX Runtime has no error class of its own to name
            raise CheckpointError(
                f"mini's trunk cannot take a tail of {len(tail)} convolutions: {exc}"
            ) from exc
        gpu = bool(providers()[:-1])
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
            found = self._pass(part, outputs)
            return [found[name] for name in outputs]

        made = [run(parts[0])] if len(parts) == 1 else self._pool.map(run, parts)
        return [np.concatenate(rows) for rows in zip(*made, strict=True)]

    def _pass(
        self, pixels: NDArray[np.uint8], outputs: Sequence[str]
    ) -> dict[str, NDArray[Any]]:
        """What is asked for, and what lies on the way; nothing beyond it is run."""
        found: dict[str, NDArray[Any]] = {"pixels": pixels}
        pooled = ["pooled"] if "features" in outputs else []
        rows = []
        for part, session in zip(PARTS, self._sessions, strict=True):
            if part is PARTS[0] and not pooled and _in_strips(pixels):
                found |= {"block2": self._front(pixels)}
            else:
                made = session.run(
                    [*part.maps, *pooled], {part.source: found[part.source]}
                )
                found |= dict(zip(part.maps, made, strict=False))
                rows += made[len(part.maps) :]
            if found.keys() >= set(outputs):
                break
        if pooled:
            found["features"] = np.concatenate(rows, axis=1)
        return found

    def _front(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Block 2 of large pictures in strips, whose maps before it need no memory."""
        count, height, width, _ = pixels.shape
        cells = np.empty((count, 24, height // 4, -(-width // 4)), np.float32)
        for top in range(0, height, STRIP):
            low, high = max(0, top - HALO), min(height, top + STRIP + HALO)
            (part,) = self._sessions[0].run(["block2"], {"pixels": pixels[:, low:high]})
            end = min(height, top + STRIP)
            kept = slice((top - low) // 4, (end - low) // 4)
            cells[:, :, top // 4 : end // 4] = part[:, :, kept]
        return cells


def _in_strips(pixels: NDArray[np.uint8]) -> bool:
    """Whether strips lie on the same cells as the whole, and there are several."""
    height = int(pixels.shape[1])
    return height % 4 == 0 and height > STRIP + HALO
