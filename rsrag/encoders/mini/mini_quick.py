"""The tail of ``mini``'s trunk in whole numbers, for windows all over a scene.

Beyond block 10 weights and maps are rounded to 8 bits and less, which takes a third of
the time; what they sum up to is exact, so that processors of all kinds agree. The
blocks before it are too sensitive: still water would be taken for something else. The
recipe writes the file (``python -m recipes.mini.quick_trunk``). Chips are given the
trunk in float32.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.mini.mini_onnx import Part, open_part
from rsrag.encoders.mini.mini_trunk import PARTS

Floats = NDArray[np.float32]

QUICK = Part(
    Path(__file__).with_name("mini_quick_tail.onnx"),
    "296c2362f6a9b3c32137034a7da739830f3d6e0b63e976a364069c33fe9c162e",
    PARTS[2].source,
    PARTS[2].maps,
)
"""It holds the tail of the weights that ship."""


class QuickTail:
    """What follows block 10. Safe to share.

    Raises:
        CheckpointError: the file is not the package's.
    """

    def __init__(self) -> None:
        self._session = open_part(QUICK)

    def __call__(self, block10: Floats) -> Floats:
        """The head's map ``(n, 1280, height, width)`` of what the trunk gives."""
        made: Floats = self._session.run(QUICK.maps, {QUICK.source: block10})[0]
        return made
