"""Scores of answers to questions about landmarks, by kind of question."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from rsrag.evaluation.data.rswk_questions import KINDS, UNANSWERABLE, QaQuestion
from rsrag.evaluation.predictions import caption_scores
from rsrag.metrics.rouge import (
    Stem,
    contains,
    exact_match,
    numbers_in,
    squad_exact_match,
    token_f1,
)

SHORT_WORDS = 8
DEPTHS = (1, 3, 5, 10)

_CITATION = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class QaOutcome:
    """A question, what was answered, and what should have been found.

    Attributes:
        question: with its answer; ``None`` there means that it cannot be answered.
        text: the answer as a person reads it; its ``[n]`` are taken out.
        value: the bare value, if the system names one: it is scored in place of the
            text. ``contains`` looks in both.
        refused: the system says that it does not know. Its words then score nothing.
        landmark_ids: landmarks found, best first, as ``evidence_ids`` retrieved.
        evidence_texts: of the evidence that the answer cites, to check its numbers
            against; ``None`` leaves that check out.
        true_landmark_ids: any of them is right; empty leaves the question out of
            ``landmark_hit@k``; likewise ``true_evidence_ids`` for ``evidence_hit@k``.
    """

    question: QaQuestion
    text: str
    value: str | None = None
    refused: bool = False
    landmark_ids: tuple[str, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    evidence_texts: tuple[str, ...] | None = None
    true_landmark_ids: frozenset[str] = frozenset()
    true_evidence_ids: frozenset[str] = frozenset()
    seconds: float | None = None

    @property
    def plain(self) -> str:
        """The text without citations."""
        return _CITATION.sub("", self.text).strip()

    @property
    def scored(self) -> str:
        """What is compared with the answer: value or text, nothing if refused."""
        if self.refused:
            return ""
        return self.plain if self.value is None else self.value

    @property
    def answerable(self) -> bool:
        """Whether there is an answer to be had."""
        return self.question.answer is not None


def qa_report(
    outcomes: Sequence[QaOutcome], *, stem: Stem | None = None
) -> dict[str, Any]:
    """All figures of a run, over questions in any order.

    Returns:
        ``world``, ``monthly``, ``expert``, ``overall`` (all answerable ones),
        ``world_short`` (answers of at most 8 words) and ``unanswerable``, each what
        :func:`kind_report` gives; and ``refusal`` of :func:`refusal_report`, without
        the ``expert`` questions, which no record of RSWK answers. A group without
        questions is ``{"n": 0}``.
    """
    answerable = [o for o in outcomes if o.answerable]
    world = [o for o in answerable if o.question.kind == "world"]
    # A kind of which no question has an answer is told by its refusals alone.
    groups: dict[str, list[QaOutcome]] = {
        kind: [o for o in answerable if o.question.kind == kind]
        or [o for o in outcomes if o.question.kind == kind]
        for kind in KINDS
    }
    groups["overall"] = answerable or list(outcomes)
    groups["world_short"] = [
        o for o in world if len(str(o.question.answer).split()) <= SHORT_WORDS
    ]
    report: dict[str, Any] = {
        name: kind_report(group, stem=stem) for name, group in groups.items()
    }
    report[UNANSWERABLE] = kind_report([o for o in outcomes if not o.answerable])
    # Nothing is on record that could answer the experts' questions.
    report["refusal"] = refusal_report(
        [o for o in outcomes if o.question.kind != "expert"]
    )
    return report


def kind_report(
    outcomes: Sequence[QaOutcome], *, stem: Stem | None = None
) -> dict[str, float | int | None]:
    """Figures of questions all of which, or none of which, can be answered.

    A refused question counts as answered with nothing: 0 for every measure of the
    answer. All are shares or means, 0 to 1, but for ``cider_d`` (0 to 10).

    Returns:
        ``n``; ``exact_match`` (SQuAD's, and all numbers equal), ``squad_exact_match``,
        ``contains``, ``exact_or_contains``, ``token_f1``; ``bleu_1`` to ``bleu_4``,
        ``rouge_l`` (``rouge_l_unstemmed`` without ``stem``) and ``cider_d`` in RS-RAG's
        style; ``refusals``; ``unsupported_numbers``, the share of answers checked that
        hold a number that is neither in the evidence nor in the question;
        ``landmark_hit@1`` and ``evidence_hit@1`` to ``@10`` over those whose truth is
        known; ``seconds_median``. What nothing was measured for is ``None``. Of
        unanswerable questions only what needs no answer.
    """
    if not outcomes:
        return {"n": 0}
    report: dict[str, float | int | None] = {"n": len(outcomes)}
    if all(o.answerable for o in outcomes):
        report |= _answer_scores(outcomes, stem)
    report["refusals"] = fmean(o.refused for o in outcomes)
    report["unsupported_numbers"] = _share(
        bool(unsupported_numbers(o))
        for o in outcomes
        if o.evidence_texts is not None and not o.refused
    )
    report["landmark_hit@1"] = _hit_rate(
        outcomes, 1, lambda o: (o.landmark_ids, o.true_landmark_ids)
    )
    for depth in DEPTHS:
        report[f"evidence_hit@{depth}"] = _hit_rate(
            outcomes, depth, lambda o: (o.evidence_ids, o.true_evidence_ids)
        )
    times = sorted(o.seconds for o in outcomes if o.seconds is not None)
    report["seconds_median"] = times[len(times) // 2] if times else None
    return report


def refusal_report(outcomes: Sequence[QaOutcome]) -> dict[str, float | int | None]:
    """How well refusals fall on questions that cannot be answered.

    Returns:
        ``n_unanswerable``, ``n_answerable``, ``precision`` (share of refused ones that
        cannot be answered), ``recall`` (share of the unanswerable that were refused),
        ``answerable_refused`` (share of the answerable that were). ``None`` where there
        is nothing to divide by.
    """
    refused = [o for o in outcomes if o.refused]
    answerable = [o for o in outcomes if o.answerable]
    rest = [o for o in outcomes if not o.answerable]
    return {
        "n_unanswerable": len(rest),
        "n_answerable": len(answerable),
        "precision": _share(not o.answerable for o in refused),
        "recall": _share(o.refused for o in rest),
        "answerable_refused": _share(o.refused for o in answerable),
    }


def unsupported_numbers(outcome: QaOutcome) -> list[float]:
    """Numbers of the answer that neither its evidence nor the question holds.

    Without ``evidence_texts`` there is nothing to say, and the list is empty.
    """
    if outcome.refused or outcome.evidence_texts is None:
        return []
    held = set(numbers_in(outcome.question.question))
    for text in outcome.evidence_texts:
        held.update(numbers_in(text))
    said = f"{outcome.plain} {outcome.value or ''}"
    return [number for number in numbers_in(said) if number not in held]


def _answer_scores(
    outcomes: Sequence[QaOutcome], stem: Stem | None
) -> dict[str, float]:
    pairs = [(o.scored, str(o.question.answer)) for o in outcomes]
    exact = [exact_match(said, answer) for said, answer in pairs]
    within = [
        not o.refused
        and any(contains(said, answer) for said in (o.scored, o.plain) if said)
        for o, (_, answer) in zip(outcomes, pairs, strict=True)
    ]
    wording = caption_scores(
        [said for said, _ in pairs],
        [[answer] for _, answer in pairs],
        "rs-rag",
        stem=stem,
    )
    return {
        "exact_match": fmean(exact),
        "squad_exact_match": fmean(squad_exact_match(*pair) for pair in pairs),
        "contains": fmean(within),
        "exact_or_contains": fmean(a or b for a, b in zip(exact, within, strict=True)),
        "token_f1": fmean(token_f1(*pair) for pair in pairs),
        **wording,
    }


def _hit_rate(
    outcomes: Sequence[QaOutcome],
    depth: int,
    ids: Callable[[QaOutcome], tuple[tuple[str, ...], frozenset[str]]],
) -> float | None:
    """Share with a true id among the first ``depth``, over those with a truth."""
    pairs = [ids(o) for o in outcomes]
    return _share(not true.isdisjoint(found[:depth]) for found, true in pairs if true)


def _share(hits: Iterable[bool]) -> float | None:
    counted = list(hits)
    return fmean(counted) if counted else None
