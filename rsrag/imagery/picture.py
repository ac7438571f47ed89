"""One picture of the user's: its pixels, and its place if it has one."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.reading import chip_id
from rsrag.imagery.scenes import load_picture, open_scene, reopen_scene
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.types import BBox, Pixels, Window


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture to ask about.

    Attributes:
        pixels: ``(height, width, 3)`` uint8 RGB; a large raster is thinned out.
        footprint: outline in lon/lat degrees as WKB; ``None`` without a place.
        gsd_m: metres a pixel of the file, if known.
    """

    path: Path
    pixels: Pixels
    footprint: bytes | None
    bbox: BBox | None
    gsd_m: float | None


def open_picture(path: Path) -> OpenedPicture:
    """Load a picture and place it by its own tags or the files beside it.

    Raises:
        SourceNotFoundError: no such file.
        ImageReadError: no picture, or a damaged one.
    """
    pixels = load_picture(path)
    with closing(reopen_scene(str(path.absolute()), ImageryOptions())) as scene:
        whole = Window(0, 0, scene.width, scene.height)
        footprint, bbox = scene.footprint(whole)
        return OpenedPicture(path, pixels, footprint, bbox, scene.metadata.gsd_m)


def chip_ids(path: Path, options: ImageryOptions) -> frozenset[str]:
    """Ids that the chips of a picture have in an index built with these options.

    Raises:
        SourceNotFoundError: no such file.
        ImageReadError: no picture, or a damaged one.
    """
    with closing(open_scene(find_item(str(path.absolute())), options)) as scene:
        return frozenset(
            chip_id(scene.source_sha256, scene.place, window)
            for window in scene.grid.windows()
        )
