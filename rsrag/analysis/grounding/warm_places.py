"""Places of a scene that are like words: candidates for what has no head of its own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.dense_scan import ScanPlan
from rsrag.analysis.grounding.phrase_fit import Candidate
from rsrag.analysis.heat import peaks
from rsrag.analysis.localization import FLAT, HALF_DATA, background_of, plan_for
from rsrag.analysis.scene_similarities import similarities
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.imagery.reading import SceneReading

FINE_M = 1.0
"""Scenes of finer pixels, or of pixels of no known size, are seen at half size, too."""
STANDS_OUT = 0.9
"""Share of foreign pictures that must be less like the words than the best place is.

Lower than where a scene is searched for anything: a phrase is mostly said of a thing
that is there."""
LIFT = 0.15
"""How much more the best place must be like the words than like other words; lower for
the same reason."""
THRESHOLD, PEAKS = 0.6, 40


def warm_places(
    scene: SceneReading,
    encoder: DenseEncoder,
    noun: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Candidate], str]:
    """Places that are like some words, warmest first.

    Returns:
        Candidates, the best with a score of 1, and why the thing is not there, if it
        is not.

    Raises:
        ImageReadError: the scene cannot be decoded.
    """
    vector = encoder.encode_texts([noun, f"a {noun}"]).mean(axis=0, keepdims=True)
    vector /= np.linalg.norm(vector)
    plan = plan_for(encoder, scene.metadata.gsd_m)
    plans = [plan]
    if (scene.metadata.gsd_m or 0) < FINE_M and min(scene.width, scene.height) >= 256:
        plans.append(replace(plan, shrink=2 * plan.shrink))
    background = background_of(encoder)
    heats: list[NDArray[np.float32]] = []
    lifts: list[float] = []
    for step, one in enumerate(plans):

        def told(done: int, total: int, step: int = step) -> None:
            progress(step * total + done, len(plans) * total)

        cosines, data = similarities(scene, encoder, one, vector, told, background)
        enough = data >= min(HALF_DATA, float(data.max()))
        heats.append(np.where(enough, cosines[0], np.nan))
        if background is not None:
            at = int(np.nanargmax(heats[-1]))
            lifts.append(float((cosines[0] - cosines[1]).ravel()[at]))
    best = max(float(np.nanmax(heat)) for heat in heats)
    heat = _together(heats)
    size = scene.width, scene.height
    apart = max(plan.windows_px) * plan.shrink
    found = peaks(heat, plan.cell_px, apart, THRESHOLD, PEAKS, size)
    median = float(np.nanmedian(heat))
    highest = found[0].score - median if found else 1.0
    made = [
        Candidate(
            peak.area.bounds,
            max(0.0, peak.score - median) / max(highest, 1e-6),
            (f"like {noun!r}: {_place(plan, heats, peak.column, peak.row):.3f}",),
        )
        for peak in found
    ]
    if heats[0].size > 1 and np.nanmax(heats[0]) - np.nanmin(heats[0]) < FLAT:
        return made, "the scene looks the same everywhere"
    bank = encoder.dense_bank
    share = 1.0 if bank is None else float((bank @ vector[0] < best).mean())
    if share < STANDS_OUT:
        return made, (
            f"{1 - share:.0%} of pictures that were taken elsewhere look as much like "
            f"{noun!r} as the best place here"
        )
    if lifts and max(lifts) < LIFT:
        return made, f"the best place here is no more like {noun!r} than other words"
    return made, ""


def _together(heats: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of maps of a scene, each by its own spread, in cells of the first."""
    rows, columns = heats[0].shape
    whole = np.zeros((rows, columns), np.float64)
    for heat in heats:
        times = -(-rows // heat.shape[0])
        fine = np.repeat(np.repeat(heat, times, axis=0), times, axis=1)
        spread = max(float(np.nanstd(heat)), 1e-6)
        whole += (fine[:rows, :columns] - float(np.nanmean(heat))) / spread
    return np.asarray(whole / len(heats), np.float32)


def _place(
    plan: ScanPlan, heats: list[NDArray[np.float32]], column: float, row: float
) -> float:
    """Cosine of the cell that holds a pixel."""
    rows, columns = heats[0].shape
    at = (
        min(int(row / plan.cell_px), rows - 1),
        min(int(column / plan.cell_px), columns - 1),
    )
    return float(heats[0][at])
