"""A map of what covers a scene, and which head told which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.encoders.cover_head import CoverHead
from rsrag.errors import QueryError
from rsrag.imagery.places.georeference import Georeference
from rsrag.types import EncoderIdentity

Bytes = NDArray[np.uint8]
HeadChoice = Literal["auto", "cover", "text"]

NO_DATA, NO_CLASS = 0, 255
"""What cells without data, and cells of no class by a margin, are in a map."""


@dataclass(frozen=True, slots=True)
class Segmented:
    """What covers a scene.

    Attributes:
        source: of the scene.
        classes: in the order of the map's values, 1 the first.
        heads: that told each class, ``cover`` or ``text``.
        labels: ``(rows, columns)`` uint8: 0 no data, 255 no class by the margin, else
            the number of the class.
        sureness: ``(rows, columns)`` uint8, probability of what was said, percent.
        shares: ``(classes, rows, columns)`` uint8 percent, if they were asked for.
        cell_px: side of a cell, in pixels of the scene.
        identity: of the dense fields.
        size: width and height of the scene, pixels.
        place: of the scene, if it has one.
        gsd_m: metres a pixel, if known.
        nothing: why no cell has a class; empty where one has.
    """

    source: str
    classes: tuple[CoverClass, ...]
    heads: tuple[str, ...]
    labels: Bytes
    sureness: Bytes
    shares: Bytes | None
    cell_px: int
    identity: EncoderIdentity
    size: tuple[int, int]
    place: Georeference | None
    gsd_m: float | None
    nothing: str = ""


def heads_for(
    classes: Sequence[CoverClass], choice: HeadChoice, head: CoverHead | None
) -> tuple[str, ...]:
    """Which head tells each class.

    ``auto`` takes the cover head for the classes that it knows and that no other class
    shares a cover with.

    Raises:
        QueryError: ``cover``, and there is no such head or it does not know a class.
    """
    if choice == "text" or (choice == "auto" and head is None):
        return ("text",) * len(classes)
    if head is None:
        raise QueryError(
            "This encoder has no cover head.", hint="--head text, or --encoder mini"
        )
    names = [name for one in classes for name in one.covers]
    made = []
    for one in classes:
        known = bool(one.covers) and set(one.covers) <= set(head.covers)
        alone = all(names.count(name) == 1 for name in one.covers)
        if choice == "cover" and not (known and alone):
            why = (
                "shares a cover with another class" if known else "is no cover it knows"
            )
            raise QueryError(
                f"The cover head cannot tell {one.name}: it {why}.",
                hint=f"it tells {', '.join(head.covers)}; --head auto asks text for "
                "the rest",
            )
        made.append("cover" if known and alone else "text")
    return tuple(made)


def pixels_of_map(found: Segmented) -> NDArray[np.int16]:
    """Numbers of classes, from 0, of every pixel; -1 for none."""
    side, (width, height) = found.cell_px, found.size
    grown = found.labels.repeat(side, axis=0).repeat(side, axis=1)[:height, :width]
    told = (grown > 0) & (grown <= len(found.classes))
    return np.where(told, grown.astype(np.int16) - 1, -1).astype(np.int16)
