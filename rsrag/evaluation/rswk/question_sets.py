"""The sets of questions of the strict protocol."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

from rsrag.evaluation.data.rswk_questions import (
    UNANSWERABLE,
    QaQuestion,
    put_landmark,
)
from rsrag.evaluation.rswk.full_records import FullRecords
from rsrag.evaluation.rswk.wordings import (
    HALVES,
    WORLD_FIELDS,
    Wordings,
    monthly_question,
    world_wordings,
)

T = TypeVar("T")
Sets = dict[str, list[QaQuestion]]


def drawn(
    questions: Sequence[QaQuestion], limit: int | None, seed: int
) -> list[QaQuestion]:
    """At most ``limit`` questions of each kind, and of names apart."""
    groups: dict[tuple[str, bool], list[QaQuestion]] = {}
    for one in questions:
        groups.setdefault((one.kind, one.field == "Name"), []).append(one)
    rng = random.Random(seed)
    return [one for group in groups.values() for one in _some(group, limit, rng)]


def question_sets(
    asked: Sequence[QaQuestion],
    records: FullRecords,
    given: Wordings | None,
    limit: int | None,
    seed: int,
) -> Sets:
    """Questions that name their landmark, by set; those without answer have ``None``.

    ``given`` wordings are a set of their own; of those without answer, at most
    ``limit`` are drawn a set.
    """
    rng = random.Random(seed)
    world = [q for q in asked if q.kind == "world" and q.field in WORLD_FIELDS]
    monthly = [q for q in asked if q.kind == "monthly" and q.field]
    sets: Sets = {
        "world, RSWK's words": [_named(q, q.question) for q in world],
    }
    worded: dict[str, Wordings] = {half: world_wordings(half) for half in HALVES}
    if given is not None:
        worded["given words"] = given
    for what, wordings in worded.items():
        sets[f"world, {what}"] = [
            _asked(q, wordings[q.field], rng)
            for q in world
            if q.field is not None and q.field in wordings
        ]
    sets["monthly, RSWK's words"] = [_named(q, q.question) for q in monthly]
    for half in HALVES:
        sets[f"monthly, {half}"] = [_month(q, half, rng) for q in monthly]
    sets["expert"] = [_named(q, q.question) for q in asked if q.kind == "expert"]
    held_back: Mapping[str, Sequence[str]] = worded[HALVES[1]]
    sets["no such field"] = [
        _unanswerable(name, field, rng.choice(held_back[field]).replace("{}", name))
        for name, field in _some(records.no_field, limit, rng)
    ]
    sets["no such month"] = [
        _unanswerable(
            name,
            f"{variable} {period}",
            monthly_question(name, variable, period, HALVES[1], rng),
        )
        for name, variable, period in _some(records.no_month, limit, rng)
    ]
    by_name = {q.landmark: q for q in [*world, *monthly]}
    sets["no such name"] = [
        _unanswerable(
            near,
            by_name[name].field or "",
            put_landmark(by_name[name].question.replace(name, near), near),
        )
        for name, near in _some(records.no_such_name, limit, rng)
        if name in by_name
    ]
    return {what: questions for what, questions in sets.items() if questions}


def _some(items: Sequence[T], limit: int | None, rng: random.Random) -> Sequence[T]:
    """All of them, or as many as the limit, drawn."""
    return items if limit is None or limit >= len(items) else rng.sample(items, limit)


def _named(question: QaQuestion, text: str) -> QaQuestion:
    return QaQuestion(
        question.landmark,
        question.kind,
        question.field,
        put_landmark(text, question.landmark),
        question.answer,
    )


def _asked(
    question: QaQuestion, wordings: Sequence[str], rng: random.Random
) -> QaQuestion:
    return _named(question, rng.choice(wordings).replace("{}", question.landmark))


def _month(question: QaQuestion, half: str, rng: random.Random) -> QaQuestion:
    variable, _, period = (question.field or "").partition(" ")
    text = monthly_question(question.landmark, variable, period, half, rng)
    return _named(question, text)


def _unanswerable(name: str, field: str, text: str) -> QaQuestion:
    return QaQuestion(name, UNANSWERABLE, field, text, None)
