"""Pictures as a person gives them: a file, an address, a Pillow picture, an array."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import QueryError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

    from rsrag.imagery.picture import OpenedPicture

    PictureLike = str | Path | Image | Pixels | ChipHit
    """A path, an ``https:`` address of a GeoTIFF, a picture of Pillow, an array of
    ``(height, width, 3)`` uint8 RGB, or a hit."""
else:
    PictureLike = Any


def pixels_of(given: "PictureLike") -> Pixels:
    """``(height, width, 3)`` uint8 RGB; a large raster is thinned out.

    Raises:
        QueryError: no picture at all.
        SourceNotFoundError: no such file.
        ImageReadError: a file or an address that cannot be read as a picture.
    """
    if isinstance(given, str | Path):
        from rsrag.imagery.scenes import item_pixels, load_picture
        from rsrag.imagery.sources.source_lookup import find_item
        from rsrag.imagery.sources.urls import as_url

        if as_url(str(given)):
            return item_pixels(find_item(str(given)))
        return load_picture(Path(given).expanduser())
    if isinstance(given, ChipHit):
        return given.pixels()
    import numpy as np

    if hasattr(given, "convert"):
        return np.asarray(given.convert("RGB"))
    if isinstance(given, np.ndarray) and given.dtype == np.uint8:
        if given.ndim == 2:
            given = np.stack([given] * 3, axis=2)
        if given.ndim == 3 and given.shape[2] == 3 and given.size:
            return given
        what = f"an array of shape {given.shape}"
    else:
        what = f"{type(given).__name__} {getattr(given, 'dtype', '')}".strip()
    raise QueryError(
        f"{what} is no picture.",
        hint="give a path, a Pillow picture, or (height, width, 3) uint8 RGB",
    )


def picture_of(given: "PictureLike") -> "OpenedPicture":
    """The same with its place, where the file or the hit has one."""
    from rsrag.imagery.picture import OpenedPicture, open_picture

    if isinstance(given, ChipHit):
        path = Path(given.source)
        return OpenedPicture(path, given.pixels(), given.wkb, given.bbox, given.gsd_m)
    if isinstance(given, str | Path) and Path(given).expanduser().is_file():
        return open_picture(Path(given).expanduser())
    name = given if isinstance(given, str | Path) else "the picture"
    return OpenedPicture(Path(name), pixels_of(given), None, None, None)
