"""The strict protocol run: each set by each system, and what the figures are."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from rsrag.evaluation.qa_scores import QaOutcome, kind_report
from rsrag.evaluation.rswk.baselines import System
from rsrag.evaluation.rswk.expert_answers import (
    direction_right,
    expert_right,
    value_right,
)
from rsrag.evaluation.rswk.question_sets import Sets
from rsrag.metrics.rouge import contains, exact_match

ROOM = 40
"""Words that an answer may have besides the right ones: not the whole record."""
HEADLINE = (
    "world, held back",
    "monthly, held back",
    "expert",
    "no such field",
    "no such month",
    "no such name",
)
"""Sets whose mean is the headline, each counting alike."""


def run_sets(
    sets: Sets,
    systems: Mapping[str, System],
    progress: Callable[[str, int, int], None],
) -> tuple[dict[str, dict[str, Any]], dict[str, list[QaOutcome]]]:
    """Figures by system and set, and the outcomes of the first system by set."""
    figures: dict[str, dict[str, Any]] = {}
    kept: dict[str, list[QaOutcome]] = {}
    total = sum(map(len, sets.values()))
    for system, answer in systems.items():
        done = 0
        figures[system] = {}
        for name, questions in sets.items():
            outcomes = []
            for question in questions:
                outcomes.append(answer(question))
                done += 1
                progress(system, done, total)
            figures[system][name] = set_report(outcomes)
            if system == next(iter(systems)):
                kept[name] = outcomes
        figures[system]["headline"] = headline(figures[system])
    return figures, kept


def set_report(outcomes: Sequence[QaOutcome]) -> dict[str, Any]:
    """:func:`kind_report` with ``right``, and for experts what is right of it."""
    report: dict[str, Any] = {
        **kind_report(outcomes),
        "right": fmean(map(right, outcomes)),
    }
    answers = [("" if o.refused else o.plain, str(o.question.answer)) for o in outcomes]
    if all(o.question.kind == "expert" for o in outcomes):
        for name, judge in (("value", value_right), ("direction", direction_right)):
            judged = [judge(said, answer) for said, answer in answers]
            told = [one for one in judged if one is not None]
            report[f"{name}_right"] = fmean(told) if told else None
    return report


def right(outcome: QaOutcome) -> bool:
    """Whether a question was answered rightly, or refused where that is right."""
    answer = outcome.question.answer
    if answer is None or outcome.refused:
        return outcome.refused and answer is None
    if outcome.question.kind == "expert":
        return expert_right(outcome.plain, answer)
    if exact_match(outcome.scored, answer):
        return True
    room = len(answer.split()) + ROOM
    return any(
        contains(said, answer) and len(said.split()) <= room
        for said in (outcome.scored, outcome.plain)
    )


def headline(sets: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The mean of ``right`` over the sets of :data:`HEADLINE` that there are."""
    there = [sets[name]["right"] for name in HEADLINE if name in sets]
    return fmean(there) if there else None
