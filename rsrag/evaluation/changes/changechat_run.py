"""Evaluation of answers about pairs, in the kinds of ChangeChat's questions.

Published are three kinds with one right answer: whether anything changed, how many
things of a class did, and which of the nine cells of a 3 x 3 grid hold changes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.change.fact_sheet import CELLS
from rsrag.errors import ConfigError
from rsrag.evaluation.changes.pair_counts import pair_draws
from rsrag.evaluation.data.prediction_files import records
from rsrag.metrics.bootstrap import interval_mapping, mean_interval
from rsrag.metrics.detection_scores import Floats, overlap_scores
from rsrag.rag.reading.words import word_table

KINDS = ("changed", "count", "cells")
_HINT = (
    'jsonl of {"id", "kind": "changed", "count" or "cells", "answer", "prediction"}: '
    "yes or no, a number, and places such as top-left"
)
NUMBERS = word_table("numbers")
_CELL = re.compile(
    r"\b(?:(top|upper|bottom|lower)[- ]?(left|right)|(top|upper|bottom|lower)"
    r"|(left|right)|(middle|center|centre))\b"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of one kind, its right answer, and what was said.

    Attributes:
        group: whose median is the floor of counts: the thing that is counted.
    """

    kind: str
    answer: Any
    prediction: Any
    group: str = ""


def read_answered(path: Path) -> list[Answered]:
    """Read questions, what is right and what was said.

    Raises:
        ConfigError: a line of another form; names it.
    """
    found = []
    for where, row in records(path):
        kind = row.get("kind")
        if kind not in KINDS or "answer" not in row or "prediction" not in row:
            raise ConfigError(f"{where} is no answered question.", hint=_HINT)
        read = {"changed": yes_or_no, "count": number_in, "cells": cells_in}[kind]
        right = read(row["answer"])
        if right is None:
            raise ConfigError(
                f"{where}: {row['answer']!r} answers no question of the kind {kind}.",
                hint=_HINT,
            )
        said = read(row["prediction"])
        found.append(Answered(kind, right, said, str(row.get("object", ""))))
    if not found:
        raise ConfigError(f"{path} holds no questions.", hint=_HINT)
    return found


def yes_or_no(value: Any) -> bool | None:
    """What a text says first; ``None`` where it says neither."""
    if isinstance(value, bool):
        return value
    said = re.search(r"\b(yes|no|not|unchanged|changed)\b", str(value).lower())
    return None if said is None else said[0] in ("yes", "changed")


def number_in(value: Any) -> float | None:
    """The first number of a text, in digits or in words."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = str(value).lower()
    for word in re.findall(r"\d+|[a-z]+", text):
        if word.isdecimal():
            return float(word)
        if word in ("no", "none", "zero"):
            return 0.0
        if word in NUMBERS:
            return float(NUMBERS[word])
    return None


def cells_in(value: Any) -> frozenset[str] | None:
    """Cells of a list or a text; none of them where it says so."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    found = set()
    for one in _CELL.finditer(text.lower()):
        row, side, alone, across, middle = one.groups()
        down = {"upper": "top", "lower": "bottom"}.get(row or alone, row or alone)
        if middle:
            found.add("middle")
        elif side:
            found.add(f"{down}-{side}")
        else:
            found.add(down or across)
    return frozenset(found)


def score_answered(
    answered: Sequence[Answered], *, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Figures of each kind that is asked, with intervals, beside constants.

    What cannot be read counts as wrong: *no* where yes is right, a count of nothing, no
    cell.
    """
    found: dict[str, Any] = {}
    groups = {kind: [one for one in answered if one.kind == kind] for kind in KINDS}
    for kind, rows in groups.items():
        if rows:
            score = {"changed": _changed, "count": _count, "cells": _cells}[kind]
            draws = pair_draws(len(rows), resamples, seed)
            unread = sum(one.prediction is None for one in rows)
            found[kind] = {**score(rows, draws), "n": len(rows), "unread": unread}
    return {"kinds": found}


def _changed(rows: Sequence[Answered], draws: Floats) -> dict[str, Any]:
    true = np.array([bool(one.answer) for one in rows])
    # An answer that cannot be read is the wrong one.
    said = np.array(
        [
            not one.answer if one.prediction is None else bool(one.prediction)
            for one in rows
        ]
    )
    counts = np.stack([said & true, said & ~true, ~said & true], axis=1).astype(float)
    hits = (said == true).astype(float)
    scores = overlap_scores(counts.sum(axis=0))
    drawn = overlap_scores(draws @ counts)
    return {
        "accuracy": mean_interval(hits, draws),
        **{
            name: interval_mapping(float(scores[name]), drawn[name], 0.95)
            for name in ("f1", "precision", "recall")
        },
        "accuracy_of_the_commonest": round(float(max(true.mean(), 1 - true.mean())), 4),
    }


def _count(rows: Sequence[Answered], draws: Floats) -> dict[str, Any]:
    true = np.array([one.answer for one in rows])
    said = np.array([one.prediction or 0.0 for one in rows])
    names = [one.group for one in rows]
    middles = {
        name: np.median([one.answer for one in rows if one.group == name])
        for name in set(names)
    }
    middle = np.array([middles[name] for name in names])
    away, floor = np.abs(said - true), np.abs(middle - true)
    squares = draws @ away**2 / np.maximum(draws.sum(axis=1), 1)
    return {
        "mae": mean_interval(away, draws),
        "rmse": interval_mapping(
            float(np.sqrt((away**2).mean())), np.sqrt(squares), 0.95
        ),
        "mae_of_the_median": round(float(floor.mean()), 4),
        "rmse_of_the_median": round(float(np.sqrt((floor**2).mean())), 4),
    }


def _grid(cells: Iterable[str] | None) -> Floats:
    held = set(cells or ())
    return np.array([float(one in held) for one in CELLS])


def _cells(rows: Sequence[Answered], draws: Floats) -> dict[str, Any]:
    true = np.stack([_grid(one.answer) for one in rows])
    said = np.stack([_grid(one.prediction) for one in rows])
    both, either = (true * said).sum(axis=1), np.maximum(true, said).sum(axis=1)
    counts = np.stack([both, said.sum(axis=1) - both, true.sum(axis=1) - both], axis=1)
    # A pair in which nothing changed and nothing is said is right.
    each = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    scores, drawn = overlap_scores(counts.sum(axis=0)), overlap_scores(draws @ counts)
    everywhere = overlap_scores(np.array([true.sum(), (1 - true).sum(), 0.0]))
    return {
        **{
            name: interval_mapping(float(scores[name]), drawn[name], 0.95)
            for name in ("f1", "precision", "recall")
        },
        "jaccard_of_all": interval_mapping(float(scores["iou"]), drawn["iou"], 0.95),
        "jaccard_of_each": mean_interval(each, draws),
        "all_nine_right": mean_interval(
            (true == said).all(axis=1).astype(float), draws
        ),
        "f1_of_all_cells": round(float(everywhere["f1"]), 4),
    }
