"""A window of a scene as a scene of its own."""

from collections.abc import Iterator, Sequence

from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.places.georeference import shifted
from rsrag.imagery.reading import SceneReading
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
