"""Evaluation of maps of change: pairs, beside floors and under nuisances."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.judged_pair import judge_arrays
from rsrag.analysis.change.nuisances import NAMED_NUISANCES
from rsrag.analysis.change.outcome.components import Found, find_components
from rsrag.analysis.change.pair_port import ChangeHead
from rsrag.encoders.dense_port import TapEncoder
from rsrag.errors import ChangeError
from rsrag.evaluation.changes.change_folders import MaskedPair
from rsrag.evaluation.changes.pair_counts import PairCounts, pair_draws
from rsrag.evaluation.changes.pair_floors import PAIR_FLOORS
from rsrag.metrics.bootstrap import mean_interval
from rsrag.types import Pixels


@dataclass(frozen=True, slots=True)
class Look:
    """What ``rsrag change`` says of a pair.

    Attributes:
        scores: probability of each pixel, 0 where it is unknown.
        said: pixels that it calls changed.
        pieces: that it counts.
        smallest: pixels of the smallest piece that it counts.
        unknown: share of pixels that it could not compare.
        refused: why it would not compare the two at all, or nothing.
    """

    scores: NDArray[np.floating]
    said: NDArray[np.bool_]
    pieces: int
    smallest: int
    unknown: float
    refused: str = ""


def look_at(
    before: Pixels, after: Pixels, encoder: TapEncoder, head: ChangeHead
) -> Look:
    """Run what ``rsrag change`` runs, and take what it says of every pixel."""
    shape = before.shape[:2]
    try:
        judged = judge_arrays(before, after, encoder, head)
    except ChangeError as error:
        nothing = np.zeros(shape, bool)
        return Look(nothing.astype(np.float32), nothing, 0, 1, 1.0, str(error))
    found = find_components(judged, None, judged.threshold, None, (), "the pair")
    return Look(
        np.nan_to_num(judged.pixels()),
        _pixels_said(found, judged.cell_px, shape),
        len(found.components),
        16 * judged.cell_px**2,
        1 - judged.compared,
    )


def _pixels_said(found: Found, cell: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    said = found.numbers > 0
    grown = said.repeat(cell, axis=0).repeat(cell, axis=1)
    return grown[: shape[0], : shape[1]]


def pieces_of(mask: NDArray[np.bool_], smallest: int) -> int:
    """Connected pieces of at least so many pixels."""
    from rasterio.features import shapes
    from shapely.geometry import shape

    drawn = shapes(mask.astype(np.uint8), mask=mask)
    return sum(shape(one).area >= smallest for one, _ in drawn)


def score_pairs(
    pairs: Sequence[MaskedPair],
    encoder: TapEncoder,
    head: ChangeHead,
    *,
    floors: Sequence[str] = (),
    nuisances: Sequence[str] = (),
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Figures of a head through all that ``rsrag change`` does, with intervals.

    Args:
        floors: names in :data:`PAIR_FLOORS`.
        nuisances: names in :data:`NAMED_NUISANCES`.
        resamples: of the bootstrap over pairs.

    Returns:
        ``ways`` (the head, and each floor), ``nuisances`` (of the later picture, and
        of the earlier beside itself), and what the pairs are like.
    """
    counts = {name: PairCounts() for name in ("head", *floors)}
    under = {name: PairCounts() for name in nuisances}
    still: dict[str, list[float]] = {name: [] for name in nuisances}
    refused, unknown, changed = [], [], []
    for number, pair in enumerate(pairs, start=1):
        before, after, truth = pair.read()
        look = look_at(before, after, encoder, head)
        counts["head"].add(look.scores, look.said, truth)
        counts["head"].pieces.append((look.pieces, pieces_of(truth, look.smallest)))
        unknown.append(look.unknown)
        changed.append((truth.mean(), look.said.any()))
        if look.refused:
            refused.append({"source": pair.name, "reason": look.refused})
        for name in floors:
            counts[name].add(*PAIR_FLOORS[name](before, after), truth)
        for name in nuisances:
            other = NAMED_NUISANCES[name]
            bad = look_at(before, other(after, 1), encoder, head)
            under[name].add(bad.scores, bad.said, truth)
            same = look_at(before, other(before, 1), encoder, head)
            still[name].append(float(same.said.mean()))
        progress(number, len(pairs))
    draws = pair_draws(len(pairs), resamples, seed)
    ways = {name: one.figures(draws) for name, one in counts.items()}
    shares = np.array([share for share, _ in changed])
    flagged = np.array([flag for _, flag in changed])
    return {
        "ways": ways,
        "nuisances": {
            name: _under(one, still[name], ways["head"], draws)
            for name, one in under.items()
        },
        "pairs": len(pairs),
        "changed": round(float(shares.mean()), 6),
        "unknown": round(float(np.mean(unknown)), 6),
        "changed_pairs": int((shares > 0).sum()),
        "changed_pairs_flagged": int((flagged & (shares > 0)).sum()),
        "unchanged_pairs_flagged": int((flagged & (shares == 0)).sum()),
        "left_out": {"refused": refused},
    }


def _under(
    counts: PairCounts, still: Sequence[float], clean: Any, draws: NDArray[np.float64]
) -> dict[str, Any]:
    figures = counts.figures(draws)
    loss = 1 - figures["ap"]["value"] / max(clean["ap"]["value"], 1e-9)
    return {
        "ap": figures["ap"],
        "f1": figures["f1"],
        "ap_lost": round(loss, 4),
        "flagged_when_identical": mean_interval(np.array(still), draws),
    }
