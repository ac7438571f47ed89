"""One picture of the user's: its pixels, and its place if it has one."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.places.pixel_areas import area_on_earth
from rsrag.imagery.scenes import load_picture, open_scene, reopen_scene
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.metrics.box_overlap import Corners
from rsrag.types import BBox, Pixels, Window


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture to ask about.

    Attributes:
        pixels: ``(height, width, 3)`` uint8 RGB; a large raster is thinned out.
        footprint: outline in lon/lat degrees as WKB; ``None`` without a place.
        gsd_m: metres a pixel of the file, if known.
        place: of the file, if it has one.
        size: width and height of the file.
    """

    path: Path
    pixels: Pixels
    footprint: bytes | None
    bbox: BBox | None
    gsd_m: float | None
    place: Georeference | None = None
    size: tuple[int, int] | None = None

    def on_earth(self, boxes: Sequence[Corners]) -> bytes | None:
        """Boxes in ``pixels`` as one lon/lat WKB; ``None`` without a place."""
        if self.place is None or self.size is None or not boxes:
            return None
        from shapely import box, to_wkb, union_all

        height, width = self.pixels.shape[:2]
        across, down = self.size[0] / width, self.size[1] / height
        areas = [
            area_on_earth(self.place, box(x * across, y * down, r * across, b * down))
            for x, y, r, b in boxes
        ]
        return bytes(to_wkb(union_all(areas)))

    @property
    def shown_gsd_m(self) -> float | None:
        """Metres a pixel of ``pixels``, if known."""
        if self.gsd_m is None or self.size is None:
            return self.gsd_m
        return self.gsd_m * self.size[0] / int(self.pixels.shape[1])


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
        return OpenedPicture(
            path,
            pixels,
            footprint,
            bbox,
            scene.metadata.gsd_m,
            scene.place,
            (scene.width, scene.height),
        )


def chip_ids(path: Path, options: ImageryOptions) -> frozenset[str]:
    """Ids that the chips of a picture have in an index built with these options.

    Raises:
        SourceNotFoundError: no such file.
        ImageReadError: no picture, or a damaged one.
    """
    with closing(open_scene(find_item(str(path.absolute())), options)) as scene:
        return frozenset(scene.chip_id(window) for window in scene.grid.windows())
