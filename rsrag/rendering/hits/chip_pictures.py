"""The pictures of hits, read again from their archives."""

from collections.abc import Callable

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.reading import SceneReading
from rsrag.imagery.scenes import reopen_scene, reread
from rsrag.rendering.hits import hit_fields as fields
from rsrag.types import Hit, Pixels


def chip_reader(options: ImageryOptions) -> Callable[[Hit], Pixels]:
    """A function that reads a hit's chip as it was embedded.

    It keeps the scene that it read last open, and the chips that it has read: a contact
    sheet and a map of one search read everything once.

    Args:
        options: of the index's manifest.
    """
    chips: dict[str, Pixels] = {}
    last: dict[str, SceneReading] = {}

    def read(hit: Hit) -> Pixels:
        if hit.id in chips:
            return chips[hit.id]
        source, window = fields.source_of(hit), fields.window_of(hit)
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
        chips[hit.id] = reread(last[source], window)
        return chips[hit.id]

    return read
