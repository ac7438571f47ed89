"""Maps of classes that somebody has made, read as numbers of classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    held = _pixels(path, any(one.mask_colours for one in classes))
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
    parts = held.astype(np.int32)
    packed = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    made = np.full(packed.shape, NOTHING, np.int16)
    red, green, blue = WHITE
    made[packed == (red << 16 | green << 8 | blue)] = SAME
    for number, one in enumerate(classes, start=1):
        for red, green, blue in one.mask_colours:
            made[packed == (red << 16 | green << 8 | blue)] = number
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


def _pixels(path: Path, coloured: bool) -> NDArray[Any]:
    """``(height, width, 3)`` of a picture in colours, else ``(height, width)``.

    Args:
        coloured: whether a palette's colours are meant, and not its values.
    """
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                bands = file.read([1, 2, 3] if file.count >= 3 else [1])
                shades = _palette(file) if coloured and len(bands) == 1 else None
    except (OSError, RasterioError) as exc:
        raise ConfigError(f"{path} cannot be read as a map: {exc}") from exc
    if len(bands) == 3:
        return np.asarray(np.moveaxis(bands, 0, 2))
    if shades is not None and not Path(f"{path}.aux.xml").is_file():
        return np.asarray(shades[bands[0]])
    return np.asarray(bands[0])


def _palette(file: Any) -> NDArray[np.uint8] | None:
    """Colours of a picture with a palette, ``(256, 3)``."""
    try:
        table = file.colormap(1)
    except ValueError:
        return None
    made = np.zeros((256, 3), np.uint8)
    for value, colour in table.items():
        made[value] = colour[:3]
    return made
