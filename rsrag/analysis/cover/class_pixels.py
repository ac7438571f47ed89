"""Pixels of maps and masks of classes, in values or in colours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError

Codes = NDArray[np.int32]


def class_pixels(path: Path, what: str, *, shades: bool = False) -> NDArray[Any]:
    """A map or mask: ``(height, width, 3)`` in colours, else ``(height, width)``.

    Args:
        what: it is, for an error.
        shades: take the colours of a palette, where the file has one, and not its
            values.

    Raises:
        ConfigError: it cannot be read.
    """
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                bands = file.read([1, 2, 3] if file.count >= 3 else [1])
                palette = _palette(file) if shades and len(bands) == 1 else None
    except (OSError, RasterioError) as exc:
        raise ConfigError(f"{path} cannot be read as a {what}: {exc}") from exc
    if len(bands) == 3:
        return np.asarray(np.moveaxis(bands, 0, 2))
    return np.asarray(bands[0] if palette is None else palette[bands[0]])


def colour_codes(pixels: NDArray[Any]) -> Codes:
    """A number for each colour: ``(..., 3)`` of 0 to 255 to ``(...)``."""
    parts = np.asarray(pixels).astype(np.int32)
    codes: Codes = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return codes


def colour_code(colour: Sequence[int]) -> int:
    """The number of one colour; see :func:`colour_codes`."""
    return int(colour_codes(np.array(colour)))


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
