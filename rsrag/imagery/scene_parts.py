"""A window of a scene, or pixels that lie in no file, as a scene of its own."""

from collections.abc import Iterator, Sequence

from rsrag.geo import parse_bbox
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.places.georeference import (
    LON_LAT,
    Georeference,
    ground_sampling_m,
    shifted,
)
from rsrag.imagery.reading import SceneReading
from rsrag.imagery.scaled_grid import plan_grids
from rsrag.types import Pixels, Window


def part_of(scene: SceneReading, window: Window, name: str) -> SceneReading:
    """A window of a scene, placed where it lies; closing it closes the scene.

    Args:
        name: that it is called by.
    """
    place = scene.place
    return SceneReading(
        source=name,
        source_sha256=scene.source_sha256,
        pixels=_Part(scene, window),
        grid=scene.grid,
        place=None if place is None else shifted(place, window.col_off, window.row_off),
        metadata=scene.metadata,
        max_nodata=1.0,
        notices=scene.notices,
        placed_by=scene.placed_by,
        bands=scene.bands,
    )


def scene_of_pixels(
    pixels: Pixels, name: str, bbox: Sequence[float] | None = None
) -> SceneReading:
    """A picture that lies in no file as a scene.

    Args:
        pixels: ``(height, width, 3)`` uint8 RGB.
        name: that it is called by.
        bbox: west, south, east and north of its outer edges in degrees, if it has a
            place; west above east across ±180.

    Raises:
        GeometryError: a box that cannot be.
    """
    height, width = pixels.shape[:2]
    place, options = None, ImageryOptions()
    if bbox is not None:
        west, south, east, north = parse_bbox(bbox)
        east += 360 if east < west else 0
        steps = (east - west) / width, (south - north) / height
        place = Georeference(LON_LAT, (steps[0], 0, west, 0, steps[1], north))
    gsd_m = None if place is None else ground_sampling_m(place, width, height)
    return SceneReading(
        source=name,
        source_sha256="",
        pixels=_InMemory(pixels),
        grid=plan_grids(width, height, options, gsd_m),
        place=place,
        metadata=SceneMetadata(gsd_m=gsd_m),
        max_nodata=1.0,
    )


class _InMemory:
    """Pixels that are there already."""

    windowed, sequential = True, False

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self.height, self.width = pixels.shape[:2]

    def read(self, windows: Sequence[Window]) -> Iterator[tuple[Pixels, Mask | None]]:
        for x, y, width, height in windows:
            yield self._pixels[y : y + height, x : x + width], None

    def close(self) -> None:
        """There is nothing to let go of."""


class _Part:
    """Pixels of a window, counted from its corner."""

    windowed = True

    def __init__(self, scene: SceneReading, window: Window) -> None:
        self._scene, self._window = scene, window
        self.width, self.height = window.width, window.height
        self.sequential = scene.sequential

    def read(self, windows: Sequence[Window]) -> Iterator[tuple[Pixels, Mask | None]]:
        left, top, *_ = self._window
        for x, y, width, height in windows:
            yield self._scene.read_with_mask(Window(left + x, top + y, width, height))

    def expect(self, reads: int) -> None:
        self._scene.expect(reads)

    def close(self) -> None:
        self._scene.close()
