"""Objects that an encoder's head sees in a picture, as evidence by part of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from rsrag.analysis.grounding.object_boxes import ObjectBox, objects_in_picture
from rsrag.analysis.grounding.object_sizes import too_small
from rsrag.answers import Evidence
from rsrag.encoders.dense_port import ObjectEncoder
from rsrag.interfaces import Encoder
from rsrag.metrics.box_overlap import Corners
from rsrag.types import Pixels

KINDS = ("plane", "ship", "small vehicle", "large vehicle")
"""What was measured on scenes; the head's other objects are not told of."""
FINE_M = 0.5
"""Metres a pixel up to which they were measured."""
TOLD = 0.6
"""Objects with a smaller chance are not told of, nor is a kind with none above it."""
_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")


def objects_seen(
    name: str,
    pixels: Pixels,
    encoder: Encoder,
    gsd_m: float | None = None,
    on_earth: Callable[[Sequence[Corners]], bytes | None] = lambda boxes: None,
) -> list[Evidence]:
    """A piece of evidence for each kind of object that is surely seen.

    Args:
        name: of the picture.
        pixels: ``(height, width, 3)`` uint8 RGB.
        encoder: one without a head for objects sees none.
        gsd_m: metres a pixel of ``pixels``, if known.
        on_earth: boxes in pixels as one geometry, lon/lat WKB.
    """
    classes = getattr(encoder, "object_classes", ())
    kinds = [one for one in KINDS if one in classes and not too_small([one], gsd_m)]
    if not kinds:
        return []
    found = objects_in_picture(pixels, cast("ObjectEncoder", encoder), kinds, gsd_m)
    size = pixels.shape[1], pixels.shape[0]
    made = []
    for kind in kinds:
        sure = [one for one in found if one.kind == kind and one.chance >= TOLD]
        if sure:
            text = _sentence(kind, sure, size)
            geometry = on_earth([one.box for one in sure])
            scores = {"chance": round(sure[0].chance, 3), "objects": float(len(sure))}
            made.append(
                Evidence(
                    "chip",
                    f"{name} {kind}",
                    text,
                    name,
                    geometry=geometry,
                    scores=scores,
                    score=sure[0].chance,
                )
            )
    return made


def _sentence(kind: str, sure: Sequence[ObjectBox], size: tuple[int, int]) -> str:
    parts = Counter(_part(one.box, size) for one in sure)
    if len(sure) == 1:
        return f"One {kind} is seen, {next(iter(parts))}."
    where = ", ".join(f"{count} {part}" for part, count in parts.most_common())
    return f"{len(sure)} {kind}s are seen: {where}."


def _part(box: Corners, size: tuple[int, int]) -> str:
    """The ninth of a picture that a box lies in: ``at the top left``."""
    row = _ROWS[min(2, int(3 * (box[1] + box[3]) / 2 / size[1]))]
    column = _COLUMNS[min(2, int(3 * (box[0] + box[2]) / 2 / size[0]))]
    words = f"{row} {column}".strip()
    return f"at the {words}" if words else "in the middle"
