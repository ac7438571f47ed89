"""A question in, an answer with its evidence out."""

import math
import time
from dataclasses import replace

from rsrag.answers import Answer
from rsrag.errors import KnowledgeError, QueryError
from rsrag.rag.answering.ask_request import AskRequest, Run, Tools
from rsrag.rag.answering.following import (
    Context,
    context_of,
    follow,
    landmarks_of,
    of_the_same,
)
from rsrag.rag.answering.routing import route
from rsrag.rag.answering.second_reading import both, read_by_model
from rsrag.rag.executing.given import resolved
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.querying.understanding import understand
from rsrag.rag.reading.question import LOCATOR, Question, read_question
from rsrag.rag.reading.several import MOST, parts_of, points_back
from rsrag.rag.reading.tongues import foreign_language
from rsrag.rag.saying.draft import Draft, listed, merged, with_told
from rsrag.rag.saying.wording import word_fact

_LOOKED_UP = ("fact", "list", "place")
_SURE = 0.97
"""Share of right answers where each word of a question was taken by a slot, on half
of the questions of ``python -m bench.questions``."""
_UNTAKEN = 0.3
"""Of the confidence, lost where no word was taken."""
MAX_QUESTION = 10_000
"""Characters of a question at most."""
_FOREIGN = (
    "the question looks {}, and questions are read in English; ask in English, or name "
    "a multilingual sentence-transformers model by RSRAG_TEXT_ENCODER"
)


def ask(request: AskRequest, tools: Tools) -> Answer:
    """Answer a question from the knowledge, or say that it is not there.

    Returns:
        Every sentence cites evidence that holds it up; a refusal says why, and
        what was nearest.

    Raises:
        GeneratorError: the language model failed.
        QueryError: a blank question, one longer than :data:`MAX_QUESTION`, or a
            radius that is none.
    """
    _check(request)
    started = time.perf_counter()
    run = Run(request, tools)
    texts = parts_of(request.question)
    asked: list[tuple[str, Query | None]] = [(text, None) for text in texts[:MOST]]
    if request.queries:
        asked = [(request.question, query) for query in request.queries]
    drafts: list[Draft] = []
    queries: list[Query] = []
    before = _before(request, tools)
    for number, (text, query) in enumerate(asked):
        after = None if number else request.after
        run.request = replace(request, question=text, after=after)
        draft, before = _part(run, query, before)
        queries.append(before.query)
        drafts.append(draft)
    run.request = replace(request, after=None)
    draft = merged(drafts)
    if len(texts) > len(asked) >= MOST:
        draft.notes.append(f"{len(texts) - MOST} more questions were left aside")
    if draft.rewordable and tools.generator is not None and draft.refusal is None:
        with run.timed("generate"):
            _word(run, draft)
    answer = with_told(draft.answer(request.question), run.told, tools.generator)
    context = request.after or Context()
    if before is not None and not draft.asks_back:
        cited = (one.evidence.landmark_id for one in answer.citations)
        context = context_of(before, cited, tools.catalogue)
    run.seconds["total"] = time.perf_counter() - started
    seconds = {stage: round(took, 4) for stage, took in run.seconds.items()}
    understood = tuple(query.to_json() for query in queries)
    return replace(
        answer, seconds=seconds, understood=understood, context=context.to_json()
    )


def _before(request: AskRequest, tools: Tools) -> Understood | None:
    """What the first question of a text may point back to."""
    after = request.after
    if after is None:
        return None
    groups = landmarks_of(after, tools.catalogue)
    return Understood(after.query or Query("open"), groups)


def _part(
    run: Run, query: Query | None, before: Understood | None
) -> tuple[Draft, Understood]:
    """One question of those in a text; what it points back to is in ``before``.

    ``query``: what it asks, where that need not be read.
    """
    catalogue, given = run.tools.catalogue, run.request.landmark_ids
    with run.timed("read"):
        question = read_question(run.request.question, catalogue)
        if run.request.after is not None and not given and query is None:
            followed = follow(question, run.request.after)
            if followed.asks_back is not None:
                draft = Draft("open", refusal=followed.asks_back, asks_back=True)
                return draft, Understood(Query("open"))
            given, query = followed.given, followed.query
            if followed.text != question.text:
                run.request = replace(run.request, question=followed.text)
                question = read_question(followed.text, catalogue)
        pointing = points_back(question.text, after=before is not None)
        if before is not None and run.request.after is None and len(before.groups) == 1:
            # *When did it open, and when was the disaster?*: there, too.
            pointing = pointing or of_the_same(question, catalogue)
        pointing = None if question.places or given else pointing
        if pointing is not None and before is not None:
            given = tuple(one.id for group in before.groups for one in group)
            pointing = None if given else pointing
        if query is not None:
            understood = resolved(query, catalogue, run.request.exclude)
        else:
            understood = understand(
                question, catalogue, given, run.request.exclude, run.tools.link
            )
            understood.pointing = pointing
            if before is not None:
                understood.continue_from(before)
    language = None if run.tools.any_language else foreign_language(question.nameless)
    if language is not None and query is None:
        draft = Draft("passages", refusal=_FOREIGN.format(language))
    else:
        draft = route(run, question, understood)
        if query is None and not given:
            draft = _read_again(run, question, understood, draft)
    if understood.query.op == "rank" and draft.refusal is None:
        understood.groups = [[landmark] for _, landmark in draft.told]
    if draft.route in _LOOKED_UP:
        draft.certainty *= _SURE * (1 - _UNTAKEN * (1 - understood.cover))
    passed = [] if draft.refusal else passed_over(question, understood.query)
    draft.notes = list(dict.fromkeys([*question.notes, *draft.notes, *passed]))
    if question.notes:
        draft.certainty *= 0.8
    return draft, understood


def _read_again(
    run: Run, question: Question, understood: Understood, draft: Draft
) -> Draft:
    """The answer, beside that of a large model's reading of the question."""
    read, note = read_by_model(run)
    draft.notes += [note] if note else []
    if read is None or read == replace(understood.query, left_over=()):
        return draft
    assert run.tools.generator is not None
    try:
        other = resolved(read, run.tools.catalogue, run.request.exclude)
        second = route(run, question, other)
    except (QueryError, KnowledgeError) as exc:
        draft.notes.append(f"{run.tools.generator.name} read what cannot be: {exc}")
        return draft
    return both(draft, understood.query, second, read, run.tools.generator.name)


def check_question(question: str) -> None:
    """Refuse what is no question whatever is known: a blank, or a whole book.

    Raises:
        QueryError: it is.
    """
    if not question.strip():
        hint = 'rsrag ask "How deep is Lake Baikal?"'
        raise QueryError("The question is blank.", hint=hint)
    length = len(question)
    if length > MAX_QUESTION:
        raise QueryError(
            f"The question has {length:,} characters.",
            hint=f"ask in at most {MAX_QUESTION:,}",
        )


def _check(request: AskRequest) -> None:
    check_question(request.question)
    if not (math.isfinite(request.radius_m) and request.radius_m >= 0):
        raise QueryError(f"The radius is {request.radius_m:g} m.", hint="--radius 100")


def passed_over(question: Question, query: Query) -> list[str]:
    """A note on names that are not known and were left aside.

    Where a name only says where the known one lies (*Lake Baikal in Russia*), or is one
    that values hold, nothing was left aside.
    """
    if not question.places:
        return []
    alone = []
    heeded = {name for one in query.place for name in one.names}
    heeded |= {name for one in query.filters for name in one.names}
    for name in question.unknown:
        if name in heeded:
            continue
        before = question.text[: question.text.find(name)]
        place = next((one for one in question.surfaces if one in before), None)
        if place is None or not LOCATOR.fullmatch(before.rpartition(place)[2]):
            alone.append(name)
    return [f"it knows no landmark called {listed(alone)}"] if alone else []


def _word(run: Run, draft: Draft) -> None:
    """Give the one sentence to the model; its words stand only if they say the same."""
    assert run.tools.generator is not None
    sentence, evidence = draft.lines[0]
    text, run.told = word_fact(
        run.request.question,
        sentence,
        draft.value or "",
        evidence[0],
        run.tools.generator,
    )
    draft.lines[0] = (text, evidence)
