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
    refine: bool,
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
    options = SegmentOptions.of(head, 0.0, True, window, False, refine)
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
        refine=refine,
        images=str(images),
        masks=str(masks),
        classes=classes or preset,
        ignore=list(left_out),
        seed=seed,
    )


def evaluate_referring(
    settings: Settings,
    images: Path,
    annotations: Path,
    choice: EncoderChoice,
    *,
    refine: bool,
    window: str | None,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Overlap of masks of one thing with phrases' true masks, as plain JSON values."""
    from rsrag.analysis.exact_windows import dense
    from rsrag.evaluation.compare_run import file_mapping
    from rsrag.evaluation.data.referred_masks import read_referred_masks
    from rsrag.evaluation.referring_run import score_referring
    from rsrag.imagery.imagery_options import ImageryOptions

    stamp = Stamp()
    things = read_referred_masks(annotations)
    encoder = choice.load(settings)
    options = SegmentOptions.of("text", 0.0, False, window, False, refine)

    def look(picture: Path, text: str) -> Any:
        where = str(picture.absolute())
        return segment_in(where, encoder, text, options, ImageryOptions())

    result = score_referring(
        things, images, look, seed=seed, progress=functools.partial(progress, "looking")
    )
    return stamp.report(
        "refer",
        result,
        dense(encoder).dense_identity,
        window=window,
        refine=refine,
        annotations=file_mapping(annotations),
        images=str(images),
        seed=seed,
    )
