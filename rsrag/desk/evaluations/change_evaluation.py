"""Evaluation of changes: what is found between pictures of known pairs."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rsrag.config import Settings
from rsrag.desk.evaluations.stamping import Stamp
from rsrag.factory import EncoderChoice

Progress = Callable[[str, int, int], None]
FORMS = ("pairs", "levir-cd")


def evaluate_pairs(
    settings: Settings,
    form: str,
    folder: Path,
    choice: EncoderChoice,
    *,
    head: str,
    split: str | None,
    limit: int | None,
    floors: Sequence[str],
    nuisances: Sequence[str],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Figures of a head on pairs with masks, beside floors, as plain JSON values.

    Raises:
        QueryError: a form, a floor or a nuisance that is not known.
    """
    from rsrag.analysis.change.change_heads import head_for, tap_encoder
    from rsrag.analysis.change.nuisances import NAMED_NUISANCES
    from rsrag.evaluation.changes.change_folders import masked_pairs
    from rsrag.evaluation.changes.pair_counts import listed
    from rsrag.evaluation.changes.pair_floors import PAIR_FLOORS
    from rsrag.evaluation.changes.pairs_run import score_pairs

    stamp = Stamp()
    listed([form], FORMS, "--format")
    floors = listed(floors, (*PAIR_FLOORS, "no"), "--floors")
    nuisances = listed(nuisances, tuple(NAMED_NUISANCES), "--nuisance")
    pairs = masked_pairs(folder, split, limit)
    encoder = tap_encoder(choice.load(settings))
    chosen = head_for(encoder, head)
    result = score_pairs(
        pairs,
        encoder,
        chosen,
        floors=[one for one in floors if one != "no"],
        nuisances=nuisances,
        seed=seed,
        progress=functools.partial(progress, "comparing"),
    )
    return stamp.report(
        "change",
        result,
        encoder.dense_identity,
        format=form,
        folder=str(folder),
        split=split,
        limit=limit,
        head=chosen.name,
        calibrated_on=chosen.calibrated_on,
        seed=seed,
    )
