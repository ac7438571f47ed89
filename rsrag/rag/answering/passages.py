"""Open questions: from retrieved evidence, by a language model or by quoting.

Whether there is an answer at all is decided before a model is asked: some of what
the question asks for, beyond the name of the place, must stand in the evidence.
Afterwards each sentence of the model is held against what it cites
(:mod:`rsrag.rag.saying.grounding`). Without a model, or when none of its sentences may
stand, the sentences of the evidence that answer best are quoted.
"""

from collections.abc import Mapping, Sequence

from rsrag.answers import Evidence
from rsrag.interfaces import Generator
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.ask_request import AskRequest, Run
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft, Told
from rsrag.rag.saying.grounding import ground
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.prompt import build_prompt, load_template
from rsrag.rag.saying.sentences import content_tokens, content_words, sentences, stem

MIN_SUPPORT = 0.5
"""Share of what a question asks that one piece of evidence must speak of."""
MIN_COSINE = 0.6
"""Or so similar must question and passage be, by their sentence vectors."""
TEXT_COSINE = "text"
"""Key of ``Evidence.scores`` that holds that similarity."""
_QUOTED = 2


def asked_words(question: Question) -> list[str]:
    """Stems of what a question asks for, names of places left out."""
    return list(dict.fromkeys(content_words(question.nameless)))


def weights_of(question: Question, catalogue: Catalogue) -> dict[str, float]:
    """The stems asked for, each with how rare it is in the knowledge."""
    tokens = content_tokens(question.nameless)
    rarity = catalogue.rarity(tokens)
    return {stem(word): rare for word, rare in zip(tokens, rarity, strict=True)}


def relevance(weights: Mapping[str, float], evidence: Evidence) -> float:
    """How far a piece of evidence speaks of what is asked, 0 to 1.

    The larger of the share of the words asked that stand in it, each weighing as much
    as it is rare, and of how far its sentence vector's cosine is on the way from 0.3 to
    0.9.
    """
    there = set(content_words(f"{evidence.text} {evidence.landmark or ''}"))
    total = sum(weights.values())
    share = (
        sum(w for word, w in weights.items() if word in there) / total if total else 0
    )
    cosine = evidence.scores.get(TEXT_COSINE, 0.0)
    return max(share, min(1.0, max(0.0, (cosine - 0.3) / 0.6)))


def answer_open(run: Run, question: Question, evidence: Sequence[Evidence]) -> Draft:
    """Answer from evidence, best first, or refuse with what was nearest."""
    draft = Draft("passages")
    weights = weights_of(question, run.tools.catalogue)
    words = list(weights)
    rated = [
        (relevance(weights, piece), piece) for piece in evidence if as_data(piece.text)
    ]
    fit = [
        (score, piece)
        for score, piece in rated
        if score >= MIN_SUPPORT or piece.scores.get(TEXT_COSINE, 0.0) >= MIN_COSINE
        if words and _in_time(question, piece)
    ]
    if not fit:
        draft.refusal = "nothing in it answers this"
        draft.nearest = list(evidence[:3])
        return draft
    fit.sort(key=lambda pair: -pair[0])
    draft.certainty = round(0.9 * fit[0][0], 3)
    chosen = [piece for _, piece in fit]
    if run.tools.generator is not None:
        run.told = _worded(draft, question, chosen, run.request, run.tools.generator)
    if not draft.lines:
        _quoted(draft, words, chosen)
    return draft


def _in_time(question: Question, piece: Evidence) -> bool:
    """Whether evidence speaks of the years that a question names, if it names any."""
    years = {period[:4] for period in question.periods}
    return not years or any(year in piece.text for year in years)


def _worded(
    draft: Draft,
    question: Question,
    chosen: Sequence[Evidence],
    request: AskRequest,
    generator: Generator,
) -> Told:
    prompt = build_prompt(
        load_template(request.template),
        {"question": as_data(question.text)},
        chosen,
        generator,
        max_tokens=request.max_tokens,
        budget=request.budget,
    )
    said = generator.generate(
        prompt.messages, max_tokens=request.max_tokens, on_text=request.on_text
    )
    text = said.text
    if said.finish == "length":
        # The last sentence broke off: half a sentence is not to be judged.
        text = " ".join(sentences(text)[:-1])
    checked = ground(text, prompt.evidence)
    words = asked_words(question)
    by_number = {c.number: c.evidence for c in checked.citations}
    for sentence, numbers in checked.lines:
        if not words or set(words) & set(content_words(sentence)):
            draft.say(sentence, *(by_number[n] for n in numbers))
    if prompt.left_out:
        draft.notes.append(
            f"{prompt.left_out} pieces of evidence did not fit the prompt"
        )
    return Told(prompt.text, checked.removed, bool(draft.lines))


def _quoted(draft: Draft, words: Sequence[str], chosen: Sequence[Evidence]) -> None:
    """The sentences that hold most of what is asked, in the words of their source."""
    rated = []
    for rank, piece in enumerate(chosen):
        for place, part in enumerate(sentences(as_data(piece.text))):
            there = set(content_words(part))
            share = sum(word in there for word in words) / max(1, len(words))
            rated.append((-share, rank, place, part, piece))
    rated.sort(key=lambda item: item[:3])
    for share, _, _, part, piece in rated[:_QUOTED]:
        if not draft.lines or -share > -rated[0][0] / 2:
            draft.say(part, piece)
