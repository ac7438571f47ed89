"""Open questions routed to passages, and what is said where none answers."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from rsrag.answers import Evidence
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.answering.ask_request import Run
from rsrag.rag.answering.passages import answer_open, asked_words, speaking_of
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft, listed
from rsrag.rag.saying.instructions import data_sentences
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import (
    fact_evidence,
    landmark_evidence,
    passage_evidence,
)

_NOTHING_ASKED = "it names no place, no thing and no measure that could be looked for"
UNSAID = "it is not said which place is meant; name it, or give a point or a picture"
_POINTS = re.compile(r"\bth(?:is|ese)\s+[^\W\d_]", re.IGNORECASE)
"""*This lake*."""
_BY_WORDS, _NEAREST = 12, 16
_ALIKE = 0.6
"""So like the name asked for must one be to be offered in its place."""
_RECORD = frozenset({"name", "category"})
_PLACES = ("location", "country", "region", "city", "area", "address", "continent")


def says_of(
    question: Question,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft:
    """*Is X in Y*, where Y is no landmark: what is held of X that names Y."""
    draft = Draft("passages", certainty=0.7)
    names = [f" {fold(name)} " for name in question.unknown]
    for landmark in chain.from_iterable(groups):
        facts = catalogue.facts(landmark.id, exclude=exclude)
        for fact in facts:
            if any(name in f" {fold(fact.value)} " for name in names):
                draft.quote(fact_evidence(fact, landmark))
        for passage in catalogue.passages_of(landmark.id):
            for said in data_sentences(passage.text):
                if any(name in f" {fold(said)} " for name in names):
                    draft.say(said, passage_evidence(passage, landmark))
        places = [fact for fact in facts if fact.variable in _PLACES]
        draft.nearest = [fact_evidence(fact, landmark) for fact in places[:3]]
    if not draft.lines:
        named = listed(question.unknown)
        draft.refusal = f"it holds nothing on {_either(groups)} that names {named}"
    return draft


def _either(groups: Sequence[Sequence[Landmark]]) -> str:
    return " or ".join(dict.fromkeys(group[0].name for group in groups))


def ask_passages(
    run: Run,
    question: Question,
    groups: Sequence[Sequence[Landmark]],
    *,
    texts: bool = False,
) -> Draft:
    """Answer from passages, of the landmarks named if any are, or refuse.

    ``texts``: no fact of these landmarks answers, only what is written of them.
    """
    points = question.here or _POINTS.search(question.masked)
    if points and not groups and not question.unknown:
        return Draft("passages", refusal=UNSAID)
    if not (groups or question.unknown or asked_words(question)):
        return Draft("open", refusal=_NOTHING_ASKED)
    with run.timed("retrieve"):
        found = {one.id: one for one in run.retrieved(question)}
        if groups:
            marks = {one.id: one for one in chain.from_iterable(groups)}
            of_them = _all_of(marks, run, question, texts)
            found = {one: piece for one, piece in found.items() if one in of_them}
            found = of_them | found
        else:
            found = _looked_for(run, question) | found
        evidence = list(found.values())
    with run.timed("generate"):
        draft = answer_open(run, question, evidence)
    if draft.refusal is not None and groups:
        draft.refusal = f"it holds nothing on {_either(groups)} that answers this"
        if not draft.nearest:
            draft.nearest = [landmark_evidence(group[0]) for group in groups]
    elif draft.refusal is not None and question.unknown:
        if not speaking_of(question, evidence):
            return _unknown(question, run.tools.catalogue)
        named = listed(question.unknown)
        draft.refusal = f"it holds nothing on {named} that answers this"
    return draft


def _all_of(
    landmarks: Mapping[str, Landmark], run: Run, question: Question, texts: bool
) -> dict[str, Evidence]:
    """What is held of landmarks, and the texts that name one, by id.

    A landmark's name answers nothing, and a value of some month only what names a time.
    """
    catalogue = run.tools.catalogue
    pieces: list[Evidence] = []
    for landmark in landmarks.values():
        passages = catalogue.passages_of(landmark.id)
        pieces += [passage_evidence(passage, landmark) for passage in passages]
        pieces += [passage_evidence(one) for one in catalogue.naming(landmark.id)]
        if texts:
            continue
        pieces += [
            fact_evidence(fact, landmark)
            for fact in catalogue.facts(landmark.id)
            if fact.variable not in _RECORD
            and (fact.period is None or question.periods)
        ]
    return {one.id: one for one in pieces if one.id not in run.request.exclude}


def _looked_for(run: Run, question: Question) -> dict[str, Evidence]:
    """Passages that share most words with a question, or are nearest to it, by id.

    Those with most of the names that it asks about are among them.
    """
    catalogue, tools = run.tools.catalogue, run.tools
    vector = tools.reader().encode([question.text])[0]
    near = catalogue.there(tools.nearest(vector, _NEAREST))
    texts = (question.text, " ".join(question.unknown))
    by_words = (one for text in texts for one, _ in catalogue.bm25(text, _BY_WORDS))
    ids = dict.fromkeys([*near, *by_words])
    passages = catalogue.passages(list(ids))
    owners = sorted({one.landmark_id for one in passages if one.landmark_id})
    marks = {landmark.id: landmark for landmark in catalogue.landmarks(owners)}
    pieces = [
        passage_evidence(one, marks.get(one.landmark_id or "")) for one in passages
    ]
    out = run.request.exclude
    return {p.id: p for p in pieces if not {p.id, p.landmark_id} & out}


def _unknown(question: Question, catalogue: Catalogue) -> Draft:
    names = listed(question.unknown)
    near = [
        landmark
        for name in question.unknown
        for landmark, alike in catalogue.similar(name, limit=3)
        if alike >= _ALIKE
    ]
    return Draft(
        "fact" if question.variables else "passages",
        refusal=f"it knows no landmark called {names}",
        nearest=[landmark_evidence(landmark) for landmark in near[:3]],
    )
