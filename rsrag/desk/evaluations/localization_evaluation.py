"""Evaluation of localisation: where in pictures sentences are found."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.errors import ConfigError
from rsrag.factory import EncoderChoice


def evaluate_localization(
    settings: Settings,
    annotations: Path,
    images: Path,
    choice: EncoderChoice,
    *,
    window: str | None,
    exact: bool,
    metric_scale: str,
    sharpen: float | None,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Scores of an encoder's heat maps beside floors, as plain JSON values."""
    from rsrag.analysis.exact_windows import dense
    from rsrag.analysis.localization import plan_for
    from rsrag.evaluation.compare_run import file_mapping
    from rsrag.evaluation.localization_run import (
        by_fields,
        read_sought,
        score_localization,
    )
    from rsrag.imagery.imagery_options import Size

    stamp = Stamp()
    sought = read_sought(annotations)
    encoder = dense(choice.load(settings), exact=exact)
    plan = plan_for(encoder, None, Size.parse(window) if window else None)
    result = score_localization(
        sought,
        images,
        by_fields(encoder, plan),
        scale=_scale(metric_scale),
        sharpen=sharpen,
        seed=seed,
        progress=functools.partial(progress, "looking"),
    )
    return stamp.report(
        "localize",
        result,
        encoder.dense_identity,
        windows_px=list(plan.windows_px),
        stride_px=plan.stride_px,
        annotations=file_mapping(annotations),
        images=str(images),
        metric_scale=metric_scale,
        seed=seed,
    )


def _scale(text: str) -> float | None:
    """``auto``, or a number: 1 for filters as they were published."""
    if text == "auto":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ConfigError(
            f"--metric-scale is {text!r}.",
            hint="auto fits the published filters to each picture; 1 leaves them",
        )
    return value
