"""The picture of the whole Earth that lies under a map."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError
from rsrag.rendering.hits.hit_pictures import jpeg

if TYPE_CHECKING:
    pass

WORLD = (-180.0, -90.0, 180.0, 90.0)
"""West, south, east, north of what the picture shows, degrees."""

_PACKAGED = Path(__file__).with_name("earth.jpg")
_HINT = "a picture of the whole Earth, plate carrée, or: --base none"


def map_ground(given: str | None, max_width: int = 2700) -> bytes | None:
    """The ground of a map as JPEG: plate carrée, a pixel is as many degrees anywhere.

    Args:
        given: path of a picture of the whole Earth, ``none`` for no ground, and
            ``None`` for the one that comes with rsrag.
        max_width: pixels; a wider picture is shrunk, as it makes a heavier file.

    Raises:
        ConfigError: the file is no picture, not twice as wide as high, or says itself
            that it shows another place.
    """
    if given is None:
        return _PACKAGED.read_bytes()
    if given == "none":
        return None
    from PIL import Image

    path = Path(given)
    try:
        with Image.open(path) as opened:
            size = opened.size
            # JPEG decoders can halve a picture on the way, at a quarter the cost.
            opened.draft("RGB", (max_width, max_width))
            picture = opened.convert("RGB")
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} is no picture for a map: {exc}", hint=_HINT) from exc
    _check(path, size)
    if picture.width > max_width:
        shape = (max_width, max_width // 2)
        picture = picture.resize(shape, Image.Resampling.BOX)
    return jpeg(picture, 80)


def _check(path: Path, size: tuple[int, int]) -> None:
    """Refuse what cannot be the whole Earth, or says that it is another place."""
    width, height = size
    if abs(width / height - 2) > 0.01:
        raise ConfigError(
            f"{path} has {width:,} x {height:,} pixels; the whole Earth is twice as "
            "wide as high.",
            hint=_HINT,
        )
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path) as dataset:
                crs, bounds = dataset.crs, tuple(dataset.bounds)
                placed = crs is not None or not dataset.transform.is_identity
        except RasterioIOError:  # Pillow could read it; it carries no place
            return
    pixel = 360 / width
    shown = all(abs(a - b) <= pixel for a, b in zip(bounds, WORLD, strict=True))
    if placed and (not shown or (crs is not None and not crs.is_geographic)):
        west, south, east, north = bounds
        raise ConfigError(
            f"{path} shows {west:,.6g} to {east:,.6g}, {south:,.6g} to {north:,.6g}"
            f"{f' in {crs}' if crs else ''}, not the whole Earth in degrees.",
            hint=_HINT,
        )
