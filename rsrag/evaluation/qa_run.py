"""Runs of questions with known answers, under several conditions."""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from rsrag.answers import Answer
from rsrag.errors import GeneratorError
from rsrag.evaluation.data.rswk_questions import QaQuestion, put_landmark
from rsrag.evaluation.data.unanswerable import make_unanswerable
from rsrag.evaluation.qa_scores import QaOutcome
from rsrag.interfaces import Generator
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.periods import period_words
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest, Tools
from rsrag.types import Message

QaCondition = Literal["retrieval", "oracle", "none"]
CONDITIONS: tuple[QaCondition, ...] = ("retrieval", "oracle", "none")
"""The whole system; told which landmark it is; the language model by itself."""

Progress = Callable[[int, int], None]
NONE_TOKENS = 60


def run_questions(
    questions: Sequence[QaQuestion],
    tools: Tools,
    progress: Progress,
    *,
    condition: QaCondition = "retrieval",
    exclude_self: bool = False,
) -> list[QaOutcome]:
    """Answer questions one after another, as ``rsrag ask`` would.

    The landmark's name is put where a question points at a picture of it.
    ``exclude_self`` leaves out the landmark that a question is about, with all that is
    known of it: what remains is what other places let one guess.

    Raises:
        GeneratorError: condition ``none`` without a language model.
    """
    outcomes = []
    for number, question in enumerate(questions, 1):
        outcomes.append(_one(question, tools, condition, exclude_self))
        progress(number, len(questions))
    return outcomes


def unanswerable_questions(
    questions: Sequence[QaQuestion], catalogue: Catalogue, n: int, seed: int
) -> list[QaQuestion]:
    """Questions, worded as given ones, on what a catalogue does not hold."""
    names: dict[str, str] = {}
    known: list[str] = []
    for landmark in catalogue.all_landmarks():
        names[landmark.id] = landmark.name
        known += [landmark.name, *landmark.aliases]
    dated = [
        (names[fact.landmark_id], fact.period)
        for variable in catalogue.stats().by_variable
        for fact in catalogue.facts_of(variable)
        if fact.period is not None
    ]
    return make_unanswerable(questions, known, dated, n, seed)


def _one(
    question: QaQuestion, tools: Tools, condition: QaCondition, exclude_self: bool
) -> QaOutcome:
    text = put_landmark(question.question, question.landmark)
    started = time.perf_counter()
    if condition == "none":
        said = _unaided(text, tools.generator)
        took = time.perf_counter() - started
        return QaOutcome(question, said, evidence_texts=(), seconds=took)
    landmarks = tools.catalogue.named(question.landmark)
    true_ids = frozenset(landmark.id for landmark in landmarks)
    request = AskRequest(
        text,
        landmark_ids=tuple(sorted(true_ids)) if condition == "oracle" else (),
        exclude=true_ids if exclude_self else frozenset(),
    )
    answer = ask(request, tools)
    took = time.perf_counter() - started
    return _outcome(question, answer, true_ids, _truths(question, tools), took)


def answer_question(
    question: QaQuestion, tools: Tools, landmark: str | None = None
) -> QaOutcome:
    """Answer one question as it is worded.

    ``landmark`` is the name of the one that it is about, where it does not say so.
    """
    started = time.perf_counter()
    true_ids = frozenset(one.id for one in tools.catalogue.named(question.landmark))
    given = () if landmark is None else tools.catalogue.named(landmark)
    ids = tuple(sorted(one.id for one in given))
    answer = ask(AskRequest(question.question, landmark_ids=ids), tools)
    took = time.perf_counter() - started
    return _outcome(question, answer, true_ids, frozenset(), took)


def _outcome(
    question: QaQuestion,
    answer: Answer,
    landmarks: frozenset[str],
    facts: frozenset[str],
    seconds: float,
) -> QaOutcome:
    cited = [citation.evidence for citation in answer.citations]
    found = cited or list(answer.nearest)
    places = [piece.landmark_id for piece in found if piece.landmark_id]
    return QaOutcome(
        question,
        answer.text,
        value=answer.value,
        refused=answer.refused,
        landmark_ids=tuple(dict.fromkeys(places)),
        evidence_ids=tuple(piece.id for piece in found),
        evidence_texts=None if answer.refused else tuple(p.text for p in cited),
        true_landmark_ids=landmarks,
        true_evidence_ids=facts,
        seconds=seconds,
    )


def _truths(question: QaQuestion, tools: Tools) -> frozenset[str]:
    """Facts of the landmark that hold the answer word for word, at the time asked."""
    if question.answer is None:
        return frozenset()
    return frozenset(
        fact.id
        for landmark in tools.catalogue.named(question.landmark)
        for fact in tools.catalogue.facts(landmark.id)
        if fact.value.strip() == question.answer.strip()
        and (fact.period is None or period_words(fact.period) in question.question)
    )


def _unaided(text: str, generator: Generator | None) -> str:
    if generator is None:
        raise GeneratorError(
            "Without evidence there is only the language model to answer.",
            hint="--with-llm, or leave out --condition none",
        )
    said = generator.generate([Message("user", text)], max_tokens=NONE_TOKENS)
    return said.text
