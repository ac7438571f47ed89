"""Evaluation of grounding: which thing in a picture phrases are found to mean."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.factory import EncoderChoice


def evaluate_grounding(
    settings: Settings,
    form: str,
    annotations: Path,
    images: Path,
    choice: EncoderChoice,
    *,
    box_scale: str | None,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Figures of an encoder's boxes beside floors, as plain JSON values."""
    from rsrag.analysis.exact_windows import dense
    from rsrag.evaluation.compare_run import file_mapping
    from rsrag.evaluation.data.referred_things import read_referred
    from rsrag.evaluation.grounding_run import score_grounding

    stamp = Stamp()
    referred = read_referred(annotations, form, box_scale)
    encoder = dense(choice.load(settings))
    result = score_grounding(
        referred,
        images,
        encoder,
        seed=seed,
        progress=functools.partial(progress, "looking"),
    )
    named = file_mapping(annotations) if annotations.is_file() else str(annotations)
    return stamp.report(
        "ground",
        result,
        encoder.dense_identity,
        format=form,
        box_scale=box_scale,
        annotations=named,
        images=str(images),
        seed=seed,
    )
