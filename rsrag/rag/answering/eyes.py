"""Questions on a picture that must be seen in it: how many, what colour, is there."""

import re

from rsrag.answers import Evidence
from rsrag.errors import GeneratorError
from rsrag.rag.answering.ask_request import Run
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.wording import first_sentence
from rsrag.types import Message, Picture, Text

_HOW_MANY, _COLOUR = "how many there are", "what colour it is"
_SEEN = (
    (r"\bhow\s+many\b|\bnumber\s+of\b|\bcount\b", _HOW_MANY),
    (r"\bcolou?r(?:s|ed)?\b", _COLOUR),
    (
        r"\b(?:on|at|in|to)\s+the\s+(?:upper\s+|lower\s+|top\s+|bottom\s+|far\s+)?"
        r"(?:left|right|top|bottom|corner|middle|foreground|background)\b",
        "what is where in it",
    ),
    (
        r"^\s*(?:(?:is|are|was|were|does|do|did|has|have|can|could)\b|any\b)|"
        r"\b(?:is|are)\s+there\b|\bcan\s+(?:you|one|i|we)\s+see\b",
        "whether it is so",
    ),
    (
        r"\b(?:visible|seen|in\s+(?:the|this)\s+(?:picture|image|photo))\b",
        "what it shows",
    ),
)
_PATTERNS = [(re.compile(pattern, re.IGNORECASE), what) for pattern, what in _SEEN]
_TOKENS = 60
_SURE = 0.5
"""Confidence in what a model says that it sees: nothing here can check it."""


def needs_eyes(question: Question) -> str | None:
    """What must be seen in the picture to answer; ``None`` if nothing must."""
    for pattern, what in _PATTERNS:
        if pattern.search(question.masked):
            return what
    return None


def answer_by_eye(run: Run, what: str) -> Draft:
    """What a model that sees says of the picture, or a refusal in words.

    Raises:
        GeneratorError: the model failed for another reason than the picture.
    """
    generator, image = run.tools.generator, run.request.image
    assert image is not None
    draft = Draft("image")
    if _by_objects(draft, run, what):
        return draft
    if generator is not None and generator.sees:
        asked = Message(
            "user",
            [Picture(image), Text(f"{run.request.question} Answer in one sentence.")],
        )
        try:
            with run.timed("generate"):
                said = generator.generate([asked], max_tokens=_TOKENS)
        except GeneratorError:
            if generator.sees:
                raise
        else:
            words, broke_off = first_sentence(said)
            if words and broke_off is None:
                by = f"the picture seen by {generator.name}"
                # The evidence is the picture: its text does not hold the words up.
                shown = "The picture that came with the question."
                draft.say(words, Evidence("chip", "the picture", shown, by))
                draft.certainty = _SURE
                draft.notes.append(
                    f"{generator.name} says so from the picture; nothing here checks it"
                )
                return draft
    draft.refusal = (
        f"{what} must be seen in the picture, and no language model that sees is here"
    )
    return draft


def _by_objects(draft: Draft, run: Run, what: str) -> bool:
    """Answer by the objects that are surely seen; whether they do.

    What is not seen is not said not to be there: the head misses some.
    """
    from rsrag.analysis.grounding.object_sizes import objects_named
    from rsrag.analysis.grounding.thing_phrases import COLOURS, words_of

    words = words_of(run.request.question)
    kinds, _, _ = objects_named(words)
    if not kinds or what == _COLOUR or COLOURS & set(words):
        return False
    ends = tuple(f" {kind}" for kind in kinds)
    seen = [one for one in run.request.objects() if one.id.endswith(ends)]
    if not seen:
        return False
    for piece in seen:
        draft.quote(piece)
    count = sum(round(one.scores["objects"]) for one in seen)
    draft.value = str(count) if what == _HOW_MANY else None
    draft.certainty = round(min(_SURE, *(one.score for one in seen)), 3)
    draft.notes.append("objects are those that are surely seen; there may be more")
    return True
