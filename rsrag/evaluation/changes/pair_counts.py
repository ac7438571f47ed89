"""What one way of finding changes got right in each pair, and figures of all pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.metrics.bootstrap import interval_mapping
from rsrag.metrics.detection_scores import (
    LEVELS,
    average_precision,
    best_f1,
    false_alarms,
    level_counts,
    overlap_counts,
    overlap_scores,
    rank_auc,
)

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]

QUARTERS, NINTHS = 2, 3
"""Parts along a side: a flag is asked of quarters, places of ninths."""
FLAGGED, PLACED = 0.02, 0.01
"""Shares of a quarter and of a ninth that must change for it to count as changed. A
quarter with less than that, but with some, is not asked."""
HIGH = 0.98
"""The quantile of a quarter's scores that stands for it."""
_DRAWS_AT_ONCE = 64


def parts(values: NDArray[Any], along: int) -> list[NDArray[Any]]:
    """Equal parts of a picture, row by row."""
    rows = np.array_split(values, along, axis=0)
    return [part for row in rows for part in np.array_split(row, along, axis=1)]


@dataclass
class PairCounts:
    """Counts of each pair, one entry a pair.

    Attributes:
        levels: of pixels, ``(2, LEVELS)`` each.
        overlap: of what is said to have changed, ``(3,)``.
        flags: levels of quarters.
        cells: overlap of ninths, ``(3,)``, and whether all nine are right.
        pieces: how many pieces were counted, and how many there are.
    """

    levels: list[NDArray[np.int64]] = field(default_factory=list)
    overlap: list[NDArray[np.int64]] = field(default_factory=list)
    flags: list[NDArray[np.int64]] = field(default_factory=list)
    cells: list[NDArray[np.int64]] = field(default_factory=list)
    pieces: list[tuple[int, int]] = field(default_factory=list)

    def add(
        self, scores: NDArray[np.floating], said: Cells, truth: Cells
    ) -> "PairCounts":
        """Count a pair: scores of pixels, 0 to 1, what is said, and what is true."""
        self.levels.append(level_counts(scores, truth))
        self.overlap.append(overlap_counts(said, truth))
        flags = np.zeros((2, LEVELS), np.int64)
        for score, true in zip(
            parts(scores, QUARTERS), parts(truth, QUARTERS), strict=True
        ):
            share = true.mean()
            if share == 0 or share >= FLAGGED:
                high = np.array([np.quantile(score, HIGH)])
                flags += level_counts(high, np.array([share > 0]))
        self.flags.append(flags)
        told, true = (
            np.array([part.mean() > PLACED for part in parts(one, NINTHS)])
            for one in (said, truth)
        )
        right = np.array([int((told == true).all())])
        self.cells.append(np.concatenate([overlap_counts(told, true), right]))
        return self

    def figures(self, draws: Floats) -> dict[str, Any]:
        """Values with intervals.

        Args:
            draws: ``(resamples, pairs)``, how often each pair counts.
        """
        stacks = {
            name: np.stack(getattr(self, name)).astype(np.float64)
            for name in ("levels", "overlap", "flags", "cells")
        }
        if self.pieces:
            said, true = np.array(self.pieces, np.float64).T
            middle = np.median(true)
            errors = [np.abs(said - true), (said - true) ** 2, np.abs(middle - true)]
            stacks["pieces"] = np.stack([*errors, np.ones(len(true))], axis=1)
        value = _reckoned({name: one.sum(axis=0) for name, one in stacks.items()})
        drawn: dict[str, list[Floats]] = {name: [] for name in value}
        for start in range(0, len(draws), _DRAWS_AT_ONCE):
            some = draws[start : start + _DRAWS_AT_ONCE]
            sums = {
                name: np.tensordot(some, one, axes=(1, 0))
                for name, one in stacks.items()
            }
            for name, one in _reckoned(sums).items():
                drawn[name].append(one)
        return {
            name: _interval(float(one), np.concatenate(drawn[name]))
            for name, one in value.items()
        }


def _interval(value: float, drawn: Floats) -> dict[str, float] | None:
    seen = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(seen):
        return None
    return interval_mapping(value, seen, 0.95)


def _reckoned(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Figures of sums with any leading axes."""
    cells = overlap_scores(sums["cells"][..., :3])
    pairs = sums["cells"][..., 3]
    found = {
        "ap": average_precision(sums["levels"]),
        **overlap_scores(sums["overlap"]),
        "oracle_f1": best_f1(sums["levels"]),
        "flag_auc": rank_auc(sums["flags"]),
        "flag_false_alarms": false_alarms(sums["flags"]),
        **{f"cells_{name}": cells[name] for name in ("f1", "precision", "recall")},
        "pairs_with_all_cells_right": pairs,
    }
    if "pieces" in sums:
        away, square, middle, count = np.moveaxis(sums["pieces"], -1, 0)
        count = np.maximum(count, 1)
        found["count_mae"] = away / count
        found["count_rmse"] = np.sqrt(square / count)
        found["count_mae_of_median"] = middle / count
    return found


def pair_draws(count: int, resamples: int, seed: int) -> Floats:
    """``(resamples, count)``: how often each pair is drawn."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return np.asarray(drawn, np.float64)


def listed(names: Sequence[str], known: Sequence[str], option: str) -> list[str]:
    """Names of an option, each once.

    Raises:
        QueryError: one that is not known.
    """
    from rsrag.errors import QueryError

    for name in names:
        if name not in known:
            raise QueryError(
                f"{option} cannot be {name!r}.", hint=f"any of {', '.join(known)}"
            )
    return list(dict.fromkeys(names))
