"""Small objects all over a picture, from the frozen blocks of ``mini``'s trunk.

A small network over cells of 8 pixels says for each cell how likely the middle of an
object of each class lies there, and how far its box reaches. It was fitted by ``python
-m recipes.mini.object_head``; what on, and how well it does, stands in
``mini_objects_card.md``, beside this file.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import gelu

Floats = NDArray[np.float32]

OBJECTS = (
    "plane",
    "ship",
    "small vehicle",
    "large vehicle",
    "storage tank",
    "court",
    "pool",
    "bridge",
)
OBJECT_CELL = 8
"""Pixels along the side of a cell."""
REACH = 3
"""Cells round a cell that it is judged by."""
UNIT_PX = 32.0
"""Boxes reach this far where the network says 0."""
HEAD = Path(__file__).with_name("mini_objects.safetensors")
CLAMP = 5.0


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """Taps of cells to chances and boxes.

    Attributes:
        mean: of the taps it was fitted on, ``(features,)``.
        deviation: of the same, never 0.
        inner: ``(hidden, features)`` and ``inner_bias`` ``(hidden,)``.
        inner_bias: see above.
        near: ``(hidden, hidden, 3, 3)``, over neighbours, and its bias.
        near_bias: see above.
        wide: the same over every second neighbour, and its bias.
        wide_bias: see above.
        outer: ``(classes + 4, hidden)`` and ``outer_bias``.
        outer_bias: see above.
    """

    mean: Floats
    deviation: Floats
    inner: Floats
    inner_bias: Floats
    near: Floats
    near_bias: Floats
    wide: Floats
    wide_bias: Floats
    outer: Floats
    outer_bias: Floats

    def __call__(self, taps: Floats) -> tuple[Floats, Floats]:
        """Judge cells.

        Args:
            taps: ``(rows + 2 * REACH, columns + 2 * REACH, features)`` float32.

        Returns:
            Chances ``(rows, columns, classes)``, 0 to 1, in the order of ``OBJECTS``;
            and how far the box of an object reaches to the left, top, right and bottom
            of the cell's middle, ``(rows, columns, 4)``, in pixels.
        """
        x = ((taps - self.mean) / self.deviation).clip(-CLAMP, CLAMP)
        x = gelu(x @ self.inner.T + self.inner_bias)
        x = gelu(_neighbours(x, self.near, 1) + self.near_bias)
        x = gelu(_neighbours(x, self.wide, 2) + self.wide_bias)
        made = x @ self.outer.T + self.outer_bias
        count = len(OBJECTS)
        chances = 1 / (1 + np.exp(-made[..., :count]))
        reach = UNIT_PX * np.exp(made[..., count:].clip(-4, 4))
        return chances.astype(np.float32), reach.astype(np.float32)


def _neighbours(x: Floats, weights: Floats, step: int) -> Floats:
    """A convolution with 3 x 3 weights ``step`` cells apart, without a rim."""
    rows, columns = x.shape[0] - 2 * step, x.shape[1] - 2 * step
    made = np.zeros((rows, columns, weights.shape[0]), np.float32)
    for down in range(3):
        for across in range(3):
            part = x[down * step :, across * step :][:rows, :columns]
            made += part @ weights[:, :, down, across].T
    return made


def load_object_head(path: Path = HEAD) -> ObjectHead:
    """Read the head that ships.

    Raises:
        CheckpointError: the package's file is damaged.
    """
    return ObjectHead(*map_tensors(path).floats(ObjectHead.__slots__))
