"""Boxes of objects in scenes of any size, at several scales, in bounded memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.dense_scan import ScanPlan, scan
from rsrag.analysis.grounding.object_sizes import OBJECT_SIZES
from rsrag.encoders.dense_port import DenseEncoder, Look, ObjectEncoder, TapField
from rsrag.errors import ImageReadError
from rsrag.imagery.reading import SceneReading
from rsrag.metrics.box_overlap import Corners
from rsrag.types import Pixels

Floats = NDArray[np.float32]

SHRINKS = (1, 2, 4, 8)
"""Pixels of the scene, along a side, to one that is looked at."""
SEEN_PX = (14.0, 110.0)
"""An object is seen where its longer side is of so many pixels."""
FLOOR = 0.05
"""Cells with a smaller chance hold nothing."""
OVERLAP = 0.45
"""Boxes that share more of their union are of one object."""
BLOCK_MOST = 400
"""Boxes of an object that a block of a scene may give, the likeliest."""
CELL_PX, MARGIN_STEP = 8, 32


@dataclass(frozen=True, slots=True)
class ObjectBox:
    """An object that was seen.

    Attributes:
        kind: its class.
        chance: 0 to 1.
        box: in pixels of the scene.
    """

    kind: str
    chance: float
    box: Corners


def shrinks_for(
    kinds: Sequence[str], size: tuple[int, int], gsd_m: float | None
) -> list[int]:
    """Scales at which objects of some kinds may be seen in a scene.

    Args:
        size: width and height of the scene, pixels.
        gsd_m: metres a pixel, if known.
    """
    found = [one for one in SHRINKS if one == 1 or max(size) / one >= SEEN_PX[1]]
    if gsd_m is None:
        return found
    sizes = [OBJECT_SIZES[kind] for kind in kinds]
    smallest = min(one.smallest_m for one in sizes) / gsd_m
    largest = max(one.largest_m for one in sizes) / gsd_m
    fit = [
        shrink
        for shrink in found
        if largest / shrink >= SEEN_PX[0] and smallest / shrink <= SEEN_PX[1]
    ]
    return fit or found[:1]


def objects_in(
    scene: SceneReading,
    encoder: ObjectEncoder,
    kinds: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[ObjectBox]:
    """Objects of some kinds, likeliest first, each once.

    Raises:
        ImageReadError: the scene has no data, or cannot be decoded.
    """
    columns = [encoder.object_classes.index(kind) for kind in kinds]
    size = scene.width, scene.height
    found: list[ObjectBox] = []
    most = 0.0
    shrinks = shrinks_for(kinds, size, scene.metadata.gsd_m)
    for step, shrink in enumerate(shrinks):
        plan = ScanPlan((), MARGIN_STEP, shrink, CELL_PX)

        def told(done: int, total: int, step: int = step) -> None:
            progress(step * total + done, len(shrinks) * total)

        looks = cast("DenseEncoder", _ObjectLooks(encoder, columns))
        for row, column, taken, data in scan(scene, looks, plan, _candidates, told):
            most = max(most, float(data.max(initial=0.0)))
            for down, across, number, chance, reach in taken or ():
                if data[down, across] < 0.5:
                    continue
                middle = column + across + 0.5, row + down + 0.5
                one = _boxed(middle, reach, shrink, size)
                if one is not None:
                    found.append(ObjectBox(kinds[number], chance, one))
    if most == 0:
        raise ImageReadError(f"{scene.source} holds no pixel with data.")
    return each_once(found)


def objects_in_picture(
    pixels: Pixels,
    encoder: ObjectEncoder,
    kinds: Sequence[str],
    gsd_m: float | None = None,
) -> list[ObjectBox]:
    """The same in a picture that is at hand, ``(height, width, 3)`` uint8 RGB."""
    from PIL import Image

    looks = _ObjectLooks(encoder, [encoder.object_classes.index(one) for one in kinds])
    size = pixels.shape[1], pixels.shape[0]
    found: list[ObjectBox] = []
    for shrink in shrinks_for(kinds, size, gsd_m):
        small = np.asarray(Image.fromarray(pixels).reduce(shrink))
        look = looks.encode_look(small, (), MARGIN_STEP, margin_px=0, tap_px=CELL_PX)
        for down, across, number, chance, reach in _candidates(look):
            one = _boxed((across + 0.5, down + 0.5), reach, shrink, size)
            if one is not None:
                found.append(ObjectBox(kinds[number], chance, one))
    return each_once(found)


def _boxed(
    middle: tuple[float, float],
    reach: Sequence[float],
    shrink: int,
    size: tuple[int, int],
) -> Corners | None:
    """A box round the middle of a cell, in pixels of the scene; none outside of it."""
    x, y = (at * CELL_PX * shrink for at in middle)
    left, top = max(0.0, x - reach[0] * shrink), max(0.0, y - reach[1] * shrink)
    right = min(float(size[0]), x + reach[2] * shrink)
    bottom = min(float(size[1]), y + reach[3] * shrink)
    return (left, top, right, bottom) if left < right and top < bottom else None


class _ObjectLooks:
    """Objects as a scan takes them: chances and reach as taps."""

    def __init__(self, encoder: ObjectEncoder, columns: Sequence[int]) -> None:
        self._encoder, self._columns = encoder, list(columns)

    def encode_look(
        self,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        *,
        margin_px: int,
        tap_px: int,
    ) -> Look:
        field = self._encoder.encode_objects(image, margin_px=margin_px)
        chances = field.chances[..., self._columns]
        values = np.concatenate([chances, field.reach], axis=2)
        return Look([], TapField(values, field.cell_px))


_Candidate = tuple[int, int, int, float, list[float]]
"""Row, column, number of the kind, chance, reach."""


def _candidates(look: Look) -> list[_Candidate]:
    """Cells of a block that are likelier than all round them."""
    assert look.taps is not None
    values = look.taps.values
    made: list[_Candidate] = []
    for number in range(values.shape[2] - 4):
        chances = values[..., number]
        grown = np.pad(chances, 1)
        rows, columns = chances.shape
        highest = np.maximum.reduce(
            [
                grown[down : down + rows, across : across + columns]
                for down in range(3)
                for across in range(3)
            ]
        )
        where = np.argwhere((chances == highest) & (chances >= FLOOR))
        likeliest = sorted(where.tolist(), key=lambda at: -chances[at[0], at[1]])
        for down, across in likeliest[:BLOCK_MOST]:
            reach = values[down, across, -4:].tolist()
            made.append((down, across, number, float(chances[down, across]), reach))
    return made


def each_once(found: Sequence[ObjectBox]) -> list[ObjectBox]:
    """Likeliest first; boxes that overlap a likelier one are left out."""
    order = sorted(found, key=lambda one: (-one.chance, one.box))
    boxes = np.array([one.box for one in order], np.float64).reshape(-1, 4)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.ones(len(order), bool)
    kept = []
    for at, one in enumerate(order):
        if not left[at]:
            continue
        kept.append(one)
        low = np.maximum(boxes[at, :2], boxes[at + 1 :, :2])
        high = np.minimum(boxes[at, 2:], boxes[at + 1 :, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        union = areas[at] + areas[at + 1 :] - shared
        left[at + 1 :] &= shared <= OVERLAP * union
    return kept
