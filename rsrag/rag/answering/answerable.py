"""Which sentence answers a question, and how likely any does.

Each candidate is compared with the question by sentence vectors, and word by word by
the vectors of its pieces, each as it is meant where it stands. A logistic model makes
a probability of both; a sentence without the kind of answer that is asked for has
none (:mod:`rsrag.rag.reading.answer_types`).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from rsrag.answers import Evidence
from rsrag.rag.reading.answer_types import AnswerType
from rsrag.rag.saying.sentences import content_tokens, stem

if TYPE_CHECKING:
    from rsrag.types import Vectors

READ_CLOSELY = 8
"""Candidates that are compared word by word."""
FEATURES = ("in_place", "alone", "words", "least", "pieces", "gap", "strict")
WEIGHTS = (-6.021, 2.863, 8.298, 2.200, 6.554, 18.377, -1.723)
"""Fitted, as ``BIAS`` is, by ``python -m bench.documents --fit``, which prints both."""
BIAS = -4.604
LIKELY = 0.5
"""So probable must the best sentence be, or there is no answer."""
_WORD = re.compile(r"[\w'’-]+")
_NO_WORDS = 0.7


class SentenceReader(Protocol):
    """Embeds sentences, and their pieces."""

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """``(n, dim)`` float32 unit rows."""

    def encode_pieces(
        self, texts: Sequence[str]
    ) -> list[tuple[list[tuple[int, int]], "Vectors"]]:
        """Of each text where its pieces begin and end, and their unit rows."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        text: the sentence.
        piece: the evidence that it stands in.
        place: which sentence of it, from 0.
        heading: over it: title or landmark.
        probability: that it answers, once it was rated.
    """

    text: str
    piece: Evidence
    place: int = 0
    heading: str = ""
    probability: float = 0.0

    @property
    def in_place(self) -> str:
        """With its heading, as it is embedded."""
        return f"{self.heading}. {self.text}" if self.heading else self.text


def rated(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> list[Candidate]:
    """The candidates nearest to a question, the likeliest answer first.

    None is read closely where not one has the kind of answer that is asked for.
    """
    asked = AnswerType.of(question)
    if not candidates:
        return []
    if asked.strict and not any(asked.fits(c.text, c.heading) for c in candidates):
        return list(candidates)
    near, rows = features(question, candidates, reader)
    found = []
    for candidate, row in zip(near, rows, strict=True):
        logit = BIAS + sum(w * x for w, x in zip(WEIGHTS, row, strict=True))
        fits = asked.fits(candidate.text, candidate.heading) or not asked.strict
        probability = 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
        found.append(replace(candidate, probability=probability if fits else 0.0))
    # Sorting is stable: what is equally likely stays nearest first.
    return sorted(found, key=lambda one: -one.probability)


def features(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> tuple[list[Candidate], list[list[float]]]:
    """The nearest candidates, and for each a row of :data:`FEATURES`."""
    vectors = reader.encode([question, *(one.in_place for one in candidates)])
    cosines = (vectors[1:] @ vectors[0]).tolist()
    order = sorted(range(len(candidates)), key=lambda i: -cosines[i])[:READ_CLOSELY]
    near = [candidates[i] for i in order]
    alone = (reader.encode([one.text for one in near]) @ vectors[0]).tolist()
    (spans, asked), *texts = reader.encode_pieces(
        [question, *(one.in_place for one in near)]
    )
    strict = float(AnswerType.of(question).strict)
    rows = []
    for place, (candidate, (_, pieces)) in enumerate(zip(near, texts, strict=True)):
        best = (asked @ pieces.T).max(axis=1).tolist()
        words = _by_word(question, candidate.heading, spans, best)
        mean = sum(words) / len(words) if words else _NO_WORDS
        least = min(words, default=_NO_WORDS)
        cosine = cosines[order[place]]
        row = [cosine, alone[place], mean, least, sum(best) / max(1, len(best))]
        rows.append([*row, cosine - cosines[order[0]], strict])
    return near, rows


def _by_word(
    question: str,
    heading: str,
    spans: Sequence[tuple[int, int]],
    best: Sequence[float],
) -> list[float]:
    """How near each word asked for comes to a piece of the sentence.

    Words of the heading are left out, and names: both say what it is about.
    """
    title = set(map(stem, content_tokens(heading)))
    found = []
    for match in _WORD.finditer(question):
        word = match.group()
        if word[0].isupper() and match.start() > 0:
            continue
        if not (tokens := content_tokens(word)) or stem(tokens[0]) in title:
            continue
        inside = [
            similarity
            for (start, end), similarity in zip(spans, best, strict=True)
            if match.start() <= start and end <= match.end()
        ]
        if inside:
            found.append(max(inside))
    return found
