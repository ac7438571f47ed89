"""The trunk of ``mini`` in whole numbers, for windows all over a scene.

From block 2 on its weights and maps are rounded to 8 bits and less, which takes a third
of the time; what they sum up to is exact, so that processors of all kinds agree. The
recipe writes the two files (``python -m recipes.mini.quick_trunk``). Chips, and the
heads that read single cells, are given the trunk in float32.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.mini.mini_onnx import Part, open_part
from rsrag.encoders.mini.mini_trunk import PARTS

Floats = NDArray[np.float32]


def _quick(part: Part, sha256: str) -> Part:
    name = part.path.name.replace("trunk", "quick")
    return Part(Path(__file__).with_name(name), sha256, part.source, part.maps)


QUICK = (
    _quick(
        PARTS[1], "a779f9f4f93bf6e4297e3df5bbfede98a89509f87a9eff786a93aa43ad1b0bd8"
    ),
    _quick(
        PARTS[2], "296c2362f6a9b3c32137034a7da739830f3d6e0b63e976a364069c33fe9c162e"
    ),
)
"""What follows block 2. The last holds the tail of the weights that ship."""


class QuickTrunk:
    """Maps of a picture beyond block 2. Safe to share.

    Raises:
        CheckpointError: a file is not the package's.
    """

    def __init__(self) -> None:
        self._sessions = [open_part(part) for part in QUICK]

    def beyond(self, block2: Floats) -> list[Floats]:
        """Maps of pictures, ``(n, channels, height, width)``.

        Args:
            block2: what the trunk gives under this name.

        Returns:
            What follows it in ``MAPS``, in order.
        """
        found = {"block2": block2}
        for part, session in zip(QUICK, self._sessions, strict=True):
            made = session.run(part.maps, {part.source: found[part.source]})
            found |= dict(zip(part.maps, made, strict=True))
        return list(found.values())[1:]
