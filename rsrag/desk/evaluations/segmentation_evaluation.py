"""Evaluation of segmentation: how well classes are told apart in pictures."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.desk.segmenting import SegmentOptions, classes_of, segment_in
from rsrag.errors import QueryError
from rsrag.factory import EncoderChoice


def evaluate_segmentation(
    settings: Settings,
    images: Path,
    masks: Path,
    classes: str | None,
    preset: str | None,
    ignore: Sequence[int],
    choice: EncoderChoice,
    *,
    head: str,
    window: str | None,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Scores of maps of classes beside a floor, as plain JSON values.

    Raises:
        QueryError: neither classes nor a preset, or both.
    """
    from rsrag.analysis.cover.cover_classes import ClassList
    from rsrag.evaluation.segmentation_run import (
        paired,
        score_segmentation,
        scored_classes,
    )
    from rsrag.imagery.imagery_options import ImageryOptions

    stamp = Stamp()
    if (classes is None) == (preset is None):
        raise QueryError(
            "Say which classes the masks hold: a file of them, or a preset.",
            hint="--classes FILE.yaml, or --preset loveda",
        )
    listed = classes_of(classes, preset)
    scored, left_out = scored_classes(listed, ignore)
    pairs = paired(images, masks, listed.endings)
    encoder = choice.load(settings)
    asked = ClassList(scored)
    options = SegmentOptions.of(head, 0.0, True, window, False)
    last: list[Any] = []

    def look(picture: Path) -> Any:
        found = segment_in(
            str(picture.absolute()), encoder, asked, options, ImageryOptions()
        )
        last[:] = [found.heads, found.identity]
        return found

    result = score_segmentation(
        pairs,
        listed,
        scored,
        left_out,
        look,
        seed=seed,
        progress=functools.partial(progress, "looking"),
    )
    heads, identity = last
    return stamp.report(
        "segment",
        result,
        identity,
        heads={one.name: told for one, told in zip(scored, heads, strict=True)},
        window=window,
        images=str(images),
        masks=str(masks),
        classes=classes or preset,
        ignore=list(left_out),
        seed=seed,
    )
