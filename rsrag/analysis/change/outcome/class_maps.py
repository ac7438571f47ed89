"""Maps of classes that somebody has made, read as numbers of classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.class_pixels import class_pixels, colour_code, colour_codes
from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.errors import ConfigError

Labels = NDArray[np.int16]

SAME, NOTHING = 0, -1
"""Labels of pixels that a map calls unchanged (white), and of what it leaves out."""
WHITE = (255, 255, 255)
_NO_CLASS = 255


@dataclass(frozen=True, slots=True)
class ClassMap:
    """A map of classes.

    Attributes:
        labels: ``(height, width)``: the number of a class from 1, :data:`SAME` or
            :data:`NOTHING`.
        classes: in the order of their numbers.
    """

    labels: Labels
    classes: tuple[CoverClass, ...]


def read_map(path: Path, classes: Sequence[CoverClass]) -> ClassMap:
    """Read a map: colours of classes, their values, or values that are named beside it.

    A map of one band whose ``.aux.xml`` names its values is read by these, as
    ``rsrag segment --out`` writes it; 255 is no class there.

    Args:
        classes: with ``mask_colours`` for pictures in colours, ``values`` for others.

    Raises:
        ConfigError: it cannot be read, or holds no class.
    """
    shades = any(one.mask_colours for one in classes)
    # What GDAL's notes name are values, whatever colours they are shown in.
    shades = shades and not Path(f"{path}.aux.xml").is_file()
    held = class_pixels(path, "map", shades=shades)
    if held.ndim == 2 and (named := _named_beside(path)):
        return ClassMap(_by_value(held, named), named)
    known = tuple(classes)
    labels = _by_colour(held, known) if held.ndim == 3 else _by_value(held, known)
    if (labels <= 0).all() and not (labels == SAME).any():
        what = "colours" if held.ndim == 3 else "values"
        raise ConfigError(
            f"{path} holds no {what} of the classes "
            f"{', '.join(one.name for one in known)}.",
            hint="--classes FILE.yaml gives each class its values or mask_colours",
        )
    return ClassMap(labels, known)


def _by_colour(held: NDArray[Any], classes: Sequence[CoverClass]) -> Labels:
    codes = colour_codes(held)
    made = np.full(codes.shape, NOTHING, np.int16)
    made[codes == colour_code(WHITE)] = SAME
    for number, one in enumerate(classes, start=1):
        for colour in one.mask_colours:
            made[codes == colour_code(colour)] = number
    return made


def _by_value(held: NDArray[Any], classes: Sequence[CoverClass]) -> Labels:
    made = np.full(held.shape, NOTHING, np.int16)
    for number, one in enumerate(classes, start=1):
        for value in one.values:
            made[held == value] = number
    return made


def _named_beside(path: Path) -> tuple[CoverClass, ...]:
    """Values that GDAL's notes beside a raster name, as classes."""
    from xml.etree import ElementTree

    notes = Path(f"{path}.aux.xml")
    try:
        rows = ElementTree.parse(notes).iterfind(".//PAMRasterBand[1]//Category")
        names = [(one.text or "").strip() for one in rows]
    except (OSError, ElementTree.ParseError):
        return ()
    return tuple(
        CoverClass(name, (name,), (name,), (120, 120, 120), (value,))
        for value, name in enumerate(names)
        if name and value != _NO_CLASS
    )
