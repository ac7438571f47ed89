"""The pictures of hits, read again from their archives."""

import threading
from collections.abc import Callable

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.reading import SceneReading
from rsrag.imagery.scenes import reopen_scene, reread
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels


def chip_reader(options: ImageryOptions) -> Callable[[ChipHit], Pixels]:
    """A function that reads a hit's chip as it was embedded. Thread-safe.

    It keeps the scene that it read last open, and the chips that it has read: a contact
    sheet and a map of one search read everything once.
    """
    chips: dict[str, Pixels] = {}
    last: dict[str, SceneReading] = {}
    lock = threading.Lock()

    def read(hit: ChipHit) -> Pixels:
        with lock:
            if hit.id not in chips:
                chips[hit.id] = fresh(hit)
            return chips[hit.id]

    def fresh(hit: ChipHit) -> Pixels:
        source, window = hit.source, hit.window
        if window is None:
            raise ImageReadError(f"{hit.id} has no window: it is not a chip.")
        if not (window.width and window.height):
            raise ImageReadError(
                f"The pixels of {source} are not here: its vector was imported."
            )
        if source not in last:
            for scene in last.values():
                scene.close()
            last.clear()
            last[source] = reopen_scene(source, options)
        return reread(last[source], window)

    return read
