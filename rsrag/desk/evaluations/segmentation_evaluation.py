"""Evaluation of segmentation: how well classes are told apart in pictures."""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rsrag.config import Settings
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
    from rsrag.evaluation.compare_run import versions
    from rsrag.evaluation.segmentation_run import (
        paired,
        score_segmentation,
        scored_classes,
    )
    from rsrag.imagery.imagery_options import ImageryOptions

    started = time.perf_counter()
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
    last: list[tuple[str, ...]] = []

    def look(picture: Path) -> Any:
        found = segment_in(
            str(picture.absolute()), encoder, asked, options, ImageryOptions()
        )
        last[:] = [found.heads, (found.identity.id, found.identity.weights_sha256)]
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
    heads, (encoder_id, weights_sha256) = last
    return {
        "task": "segment",
        **result,
        "settings": {
            "encoder": {"id": encoder_id, "weights_sha256": weights_sha256},
            "heads": {one.name: told for one, told in zip(scored, heads, strict=True)},
            "window": window,
            "images": str(images),
            "masks": str(masks),
            "classes": classes or preset,
            "ignore": list(left_out),
            "seed": seed,
            "versions": versions(),
            "elapsed_s": round(time.perf_counter() - started, 1),
        },
    }
