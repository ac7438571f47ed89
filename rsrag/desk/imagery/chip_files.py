"""One chip as a file of its own, placed as its scene is."""

from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.places.georeference import shifted
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions

RASTERS, PICTURES = (".tif", ".tiff"), (".png", ".jpg", ".jpeg", ".webp")


def write_chip(hit: ChipHit, options: "ImageryOptions", path: Path) -> bool:
    """Write a chip as it was embedded, RGB of 8 bits.

    Args:
        options: of its index.
        path: a GeoTIFF (``.tif``, a Cloud Optimized one) that lies where the chip does,
            or a plain picture.

    Returns:
        Whether the file says where it lies.

    Raises:
        SourceNotFoundError, ImageReadError: its archive is gone, or no longer the same.
        ConfigError: another ending, or a file that cannot be written.
    """
    from rsrag.imagery.scenes import reopen_scene, reread

    ending = path.suffix.lower()
    if ending not in (*RASTERS, *PICTURES):
        raise ConfigError(
            f"{path} ends in {ending or 'nothing'}.",
            hint=f"FILE{', FILE'.join((*RASTERS[:1], *PICTURES))}",
        )
    window = hit.window
    if window is None or not (window.width and window.height):
        raise ImageReadError(
            f"The pixels of {hit.source} are not here: its vector was imported."
        )
    scene = reopen_scene(hit.source, options)
    try:
        pixels, place = reread(scene, window), scene.place
    finally:
        scene.close()
    if ending in PICTURES:
        from PIL.Image import fromarray

        try:
            fromarray(pixels).save(path)
        except OSError as exc:
            raise ConfigError(f"{path} cannot be written: {exc}") from exc
        return False
    from rsrag.analysis.placed_raster import write_raster

    names = ("red", "green", "blue")
    write_raster(
        path,
        {name: pixels[:, :, band] for band, name in enumerate(names)},
        None if place is None else shifted(place, window.col_off, window.row_off),
        1,
        tags={"RSRAG_CHIP": hit.id, "RSRAG_SOURCE": hit.source},
        nodata=None,
    )
    return place is not None
