"""The thing in a scene that a phrase means."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.desk.argument_check import Progress, quiet, told
from rsrag.errors import QueryError
from rsrag.factory import named_encoder
from rsrag.imagery.sources.urls import whereabouts

if TYPE_CHECKING:
    from rsrag.analysis.grounding.grounded import Grounded
    from rsrag.imagery.reading import SceneReading
    from rsrag.interfaces import Encoder


@told
def ground(
    scene: str | Path,
    phrase: str,
    *,
    top_k: int = 1,
    encoder: str | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = quiet,
) -> "Grounded":
    """The thing in a scene that a phrase means, as boxes with scores and reasons.

    Args:
        scene: path, ``ARCHIVE!/MEMBER``, or the address of a GeoTIFF.
        phrase: "the largest plane at the top right".
        top_k: most boxes to give.
        encoder: ``mini``, a model, or ``open_clip:ARCHITECTURE``.
        checkpoint: its weights.
        progress: told how many cells of how many are done.

    Raises:
        QueryError: the phrase names no thing.
        ImageryError: the scene cannot be read, or holds no data.
    """
    model = named_encoder(encoder, checkpoint)
    return ground_in(str(scene), model, phrase, top_k, progress)


def ground_in(
    source: str,
    encoder: "Encoder",
    phrase: str,
    top_k: int = 1,
    progress: Progress = quiet,
) -> "Grounded":
    """As :func:`ground`, with an encoder that is there."""
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.scenes import reopen_scene

    with closing(reopen_scene(whereabouts(source), ImageryOptions())) as scene:
        return ground_over(scene, encoder, phrase, top_k, progress)


def ground_over(
    scene: "SceneReading",
    encoder: "Encoder",
    phrase: str,
    top_k: int = 1,
    progress: Progress = quiet,
) -> "Grounded":
    """As :func:`ground`, over a scene that is open."""
    from rsrag.analysis.exact_windows import dense
    from rsrag.analysis.grounding.grounded import ground as ground_scene

    if top_k < 1:
        raise QueryError(f"--top-k is {top_k}; it must be at least 1.")
    return ground_scene(scene, dense(encoder), phrase, top_k=top_k, progress=progress)
