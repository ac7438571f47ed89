"""The pictures of hits, read again from their archives."""

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from rsrag.errors import ImageReadError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.reading import SceneReading


def chip_reader(
    options: "Callable[[], ImageryOptions]",
) -> Callable[[ChipHit], Pixels]:
    """A function that reads a hit's chip as it was embedded. Threads take turns.

    It keeps the scene that it read last open, and the chips that it has read: a contact
    sheet and a map of one search read everything once.

    Args:
        options: gives those of the index's manifest, when they are first needed.
    """
    return _ChipReader(options)


class _ChipReader:
    def __init__(self, options: "Callable[[], ImageryOptions]") -> None:
        self._options = options
        self._chips: dict[str, Pixels] = {}
        self._last: dict[str, SceneReading] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._last)

    def __call__(self, hit: ChipHit) -> Pixels:
        with self._lock:
            if hit.id not in self._chips:
                self._chips[hit.id] = self._fresh(hit)
            return self._chips[hit.id]

    def _fresh(self, hit: ChipHit) -> Pixels:
        # What decodes pictures is loaded for the first one, not for a list of hits.
        from rsrag.imagery.scenes import reopen_scene, reread

        source, window = hit.source, hit.window
        if window is None:
            raise ImageReadError(f"{hit.id} has no window: it is not a chip.")
        if not (window.width and window.height):
            raise ImageReadError(
                f"The pixels of {source} are not here: its vector was imported."
            )
        if source not in self._last:
            _close_all(self._last)
            self._last[source] = reopen_scene(source, self._options())
        return reread(self._last[source], window)


def _close_all(scenes: "dict[str, SceneReading]") -> None:
    for scene in scenes.values():
        scene.close()
    scenes.clear()
