"""Open questions: from retrieved evidence, by a language model or by quoting.

Whether there is an answer at all is decided before a model is asked: one sentence of
the evidence must be a likely answer (:mod:`rsrag.rag.rating.answerable`) and must
speak of the names and years in the question. Without a model, or when none of its
sentences may stand (:mod:`rsrag.rag.saying.grounding`), that sentence is quoted.
"""

import re
from collections.abc import Iterable, Sequence

from rsrag.answers import Evidence
from rsrag.rag.answering.ask_request import AskRequest, Run, Tools
from rsrag.rag.rating.answerable import LIKELY, rated
from rsrag.rag.rating.candidates import Candidate
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft, Told
from rsrag.rag.saying.grounding import ground
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.placed_sentences import placed_sentences
from rsrag.rag.saying.prompt import build_prompt, load_template
from rsrag.rag.saying.sentences import content_tokens, content_words, sentences, stem

_ASKS_WHAT = re.compile(r"\W*(?:wh|how\b)", re.IGNORECASE)
_MEANS_BEFORE = re.compile(r"(?:it|its|they|their|he|his|she|her|these|this)\b", re.I)
_NUMBER = re.compile(r"\d+")
_EMBEDDED = 40
"""Sentences that are embedded at most; those with most words asked come first."""
_BESIDE = 0.5
"""So likely as the best must another sentence of its text be, to be quoted as well."""


def asked_words(question: Question) -> list[str]:
    """Stems of what a question asks for, names of places left out."""
    return list(dict.fromkeys(content_words(question.nameless)))


def answer_open(run: Run, question: Question, evidence: Sequence[Evidence]) -> Draft:
    """Answer from evidence, best first, or refuse with what was nearest."""
    draft = Draft("passages")
    words = asked_words(question)
    fit = speaking_of(question, evidence) if words else []
    candidates = _candidates(words, fit, run.tools)
    if _ASKS_WHAT.match(question.text):
        # A heading, or a sentence that only says what the question takes for granted.
        asked = set(_words_and_numbers(question.text))
        candidates = [
            c for c in candidates if not asked.issuperset(_words_and_numbers(c.text))
        ]
    best = rated(question.text, candidates, run.tools.reader()) if candidates else []
    if not best or best[0].probability < LIKELY:
        draft.refusal = "nothing in it answers this"
        near = dict.fromkeys(one.piece.id for one in best)
        by_id = {one.id: one for one in evidence}
        draft.nearest = [by_id[one] for one in near][:3] or list(evidence[:3])
        return draft
    first = best[0]
    draft.certainty = round(0.9 * first.probability, 3)
    if run.tools.generator is not None:
        chosen = {one.piece.id: one.piece for one in best if one.probability >= LIKELY}
        pieces = list(chosen.values())
        run.told = _worded(draft, question, pieces, run.request, run.tools)
    if not draft.lines:
        least = _BESIDE * first.probability
        same = [one for one in best[1:] if one.piece.id == first.piece.id]
        beside = [one for one in same if one.probability >= least][:1]
        for one in sorted([first, *beside], key=lambda one: one.place):
            if _MEANS_BEFORE.match(one.text) and one.before:
                # *Its shell is round*: the sentence before says whose.
                draft.say(one.before, one.piece)
            draft.say(one.text, one.piece)
    return draft


def _words_and_numbers(text: str) -> list[str]:
    return content_words(text) + _NUMBER.findall(text)


def of_no_landmark(draft: Draft) -> bool:
    """Whether texts alone are quoted that are of no landmark: imported documents."""
    return bool(draft.pieces) and all(
        piece.kind == "passage" and piece.landmark_id is None for piece in draft.pieces
    )


def speaking_of(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that has the names and the years of a question, if it has any.

    A name may stand elsewhere in the same document: what is found of that counts.
    """
    years = {period[:4] for period in question.periods}
    names = {stem(word) for name in question.unknown for word in content_tokens(name)}
    around: dict[tuple[str, str], set[str]] = {}
    for piece in evidence if names else ():
        around.setdefault(_document(piece), set()).update(_about(piece))
    return [
        piece
        for piece in evidence
        if (not years or any(year in f"{piece.title} {piece.text}" for year in years))
        and (not names or names <= around[_document(piece)])
    ]


def _document(piece: Evidence) -> tuple[str, str]:
    """What tells the document of a text from others: its source and first heading."""
    if piece.kind != "passage" or piece.title is None:
        return "", piece.id
    return piece.source, piece.title.split(" > ")[0]


def _about(piece: Evidence) -> list[str]:
    return content_words(f"{piece.title or ''} {piece.landmark or ''} {piece.text}")


def _candidates(
    words: Sequence[str], evidence: Iterable[Evidence], tools: Tools
) -> list[Candidate]:
    """Sentences that share most words, with the vectors of those that have some."""
    found: list[tuple[int, Candidate]] = []
    for piece in evidence:
        heading = piece.title or piece.landmark or ""
        # A fact's sentence names its landmark.
        heading = "" if piece.kind in ("fact", "landmark") else heading
        said = list(placed_sentences(piece.text))
        kept = tools.kept(piece.id, heading, piece.text)
        rows = [None] * len(said) if kept is None or len(kept) != len(said) else kept
        for place, (one, row) in enumerate(zip(said, rows, strict=True)):
            there = set(content_words(f"{one.label} {one.text}"))
            shared = sum(word in there for word in words)
            candidate = Candidate(
                one.text, piece, place, heading, one.before, one.label, vector=row
            )
            found.append((-shared, candidate))
    found.sort(key=lambda one: one[0])
    return [candidate for _, candidate in found[:_EMBEDDED]]


def _worded(
    draft: Draft,
    question: Question,
    chosen: Sequence[Evidence],
    request: AskRequest,
    tools: Tools,
) -> Told:
    generator = tools.generator
    assert generator is not None
    prompt = build_prompt(
        load_template(request.template),
        {"question": as_data(question.text)},
        chosen,
        generator,
        max_tokens=request.max_tokens,
        budget=request.budget,
        history=request.history,
    )
    said = generator.generate(
        prompt.messages, max_tokens=request.max_tokens, on_text=request.on_text
    )
    text = said.text
    if said.finish == "length":
        # The last sentence broke off: half a sentence is not to be judged.
        text = " ".join(sentences(text)[:-1])
    checked = ground(text, prompt.evidence, tools.nli)
    words = asked_words(question)
    by_number = {c.number: c.evidence for c in checked.citations}
    for sentence, numbers in checked.lines:
        if not words or set(words) & set(content_words(sentence)):
            draft.say(sentence, *(by_number[n] for n in numbers))
            draft.checked.add(sentence)
    if prompt.left_out:
        draft.notes.append(
            f"{prompt.left_out} pieces of evidence did not fit the prompt"
        )
    return Told(prompt.text, checked.removed, bool(draft.lines))
