"""Alpha bands: whether one says where data are.

Writers of GeoTIFF call the fourth band of four alpha unless they are told otherwise, so
in many aerial pictures that band is near infrared, and water, which is dark in it,
would pass for missing data (NAIP: microsoft/PlanetaryComputer issue 82).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

SIDE = 64
"""Pixels of the samples' sides."""

_GRID = 4
_BETWEEN = 0.1
"""Masks are 0 or full but for soft edges; a larger share in between is a picture."""


def alpha_band(
    raster: Any, colours: Sequence[str], wanted: Sequence[str] | None
) -> tuple[int | None, str | None]:
    """The band that says where data are.

    Args:
        raster: an open rasterio dataset.
        wanted: bands that the user asked for by name or number; then nothing is
            taken for alpha but a band that has this name of its own.

    Returns:
        Its 1-based number or ``None``, and a word for the user where a band called
        alpha holds a picture.
    """
    if "alpha" not in colours:
        return None, None
    band = list(colours).index("alpha") + 1
    own_name = (raster.descriptions[band - 1] or "").strip().lower()
    if own_name in ("alpha", "mask"):
        return band, None
    if wanted is not None and raster.count > len(wanted):
        return None, None
    infrared = "nir" in own_name or "infra" in own_name
    if infrared or _holds_a_picture(raster, band, colours):
        reason = (
            f"band {band} is called alpha and holds a picture (near infrared, most "
            "likely): it masks nothing"
        )
        return None, reason
    return band, None


def _holds_a_picture(raster: Any, band: int, colours: Sequence[str]) -> bool:
    from rasterio.windows import Window

    seen = [number for number, name in enumerate(colours, 1) if name != "alpha"][:3]
    if len(seen) < 3:
        return False  # Grey with alpha: nobody writes grey with infrared so.
    values, lit = [], []
    width, height = min(SIDE, raster.width), min(SIDE, raster.height)
    for row in np.linspace(0, raster.height - height, _GRID, dtype=int):
        for column in np.linspace(0, raster.width - width, _GRID, dtype=int):
            window = Window(int(column), int(row), width, height)
            alpha, *rest = raster.read([band, *seen], window=window)
            values.append(alpha.ravel())
            lit.append(np.any(rest, axis=0).ravel())
    alpha, colour = np.concatenate(values), np.concatenate(lit)
    full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1
    between = (alpha > 0) & (alpha < full) & (alpha != 1)
    if between.mean() > _BETWEEN:
        return True
    # All invisible, and there is a picture: as an infrared picture of a lake is.
    return bool(not alpha.any() and colour.mean() > 0.5)
