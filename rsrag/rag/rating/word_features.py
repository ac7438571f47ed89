"""How near the words of a question come to a sentence, and to the answer in it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.rag.rating.answer_spans import answer_spans, around
from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.candidates import Candidate
from rsrag.rag.saying.sentences import content_tokens, content_words, stem

if TYPE_CHECKING:
    from rsrag.types import Vectors

Spans = Sequence[tuple[int, int]]
_WORD = re.compile(r"[\w'’-]+")
_NO_WORDS = 0.7
_NO_NOUN = 0.8
_MANY = 8


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of the question that carries meaning.

    Attributes:
        stem: of it, folded.
        pieces: numbers of its word pieces.
        named: it is a name.
        weight: larger where few candidates have it.
        noun: what is to be counted or chosen of: *which bird*.
    """

    stem: str
    pieces: list[int]
    named: bool
    weight: float
    noun: bool


@dataclass(frozen=True, slots=True)
class InContext:
    """A sentence with what stands around it, as its pieces.

    Attributes:
        spans: where its pieces begin and end in :attr:`Candidate.in_context`.
        rows: ``(n, dim)`` float32 unit rows of them.
        alike: ``(m, n)`` cosines of the question's pieces and them.
    """

    spans: Spans
    rows: "Vectors"
    alike: "Vectors"

    def within(self, first: int, last: int | None = None) -> list[int]:
        """Numbers of the pieces that lie there; all, where none does.

        None does where the context was so long that it was cut.
        """
        found = [
            number
            for number, (start, end) in enumerate(self.spans)
            if start >= first and (last is None or end <= last)
        ]
        return found or list(range(len(self.spans)))

    def near(self, word: AskedWord, columns: Sequence[int]) -> float:
        """How near a word comes to some of the pieces."""
        return float(self.alike[word.pieces][:, list(columns)].max())


def asked_words(
    question: str, kind: AnswerType, spans: Spans, candidates: Sequence[Candidate]
) -> list[AskedWord]:
    """The words of a question, whose pieces lie at ``spans``."""
    stems = [set(content_words(one.text)) for one in candidates]
    chosen = kind.counted[-1:] if kind.kind in ("which", "count") else ()
    nouns = {stem(word) for word in chosen}
    found = []
    for match in _WORD.finditer(question):
        tokens = content_tokens(match.group())
        inside = [
            number
            for number, (start, end) in enumerate(spans)
            if match.start() <= start and end <= match.end()
        ]
        if not tokens or not inside:
            continue
        word = stem(tokens[0])
        weight = 1 / math.log(2 + sum(word in there for there in stems))
        named = match.group()[0].isupper() and match.start() > 0
        found.append(AskedWord(word, inside, named, weight, word in nouns))
    return found


def by_words(
    kind: AnswerType,
    candidate: Candidate,
    words: Sequence[AskedWord],
    pieces: "Vectors",
    there: InContext,
) -> dict[str, float]:
    """What tells of a sentence by the question's words, whose pieces are ``pieces``.

    Words of the heading are left out, and names: both say what it is about.
    """
    title = set(content_words(candidate.heading))
    left = [word for word in words if word.stem not in title]
    plain = [word for word in left if not word.named]
    own = there.within(len(candidate.in_context) - len(candidate.told))
    every = there.within(0)
    nears = [there.near(word, every) for word in left]
    nouns = [there.near(word, own) for word in plain if word.noun]
    noun = nouns[0] if nouns else _NO_NOUN
    beside, least = _beside_answer(kind, candidate, plain, there)
    here, wide = _whole(candidate, words, title, pieces, there, own)
    return {
        "rare_around": _mean(nears, [word.weight for word in left]),
        "least_around": min((there.near(w, every) for w in plain), default=_NO_WORDS),
        "asked": min(len(plain), _MANY) / _MANY,
        "noun": noun if kind.kind == "which" else _NO_NOUN,
        "noun_count": noun if kind.kind == "count" else _NO_NOUN,
        "beside_answer": beside,
        "least_beside": least,
        "bare": here,
        "bare_around": wide,
    }


def _beside_answer(
    kind: AnswerType, one: Candidate, plain: Sequence[AskedWord], there: InContext
) -> tuple[float, float]:
    """How near the words come to what stands beside the answer, and the least near.

    Where no number, date or name is asked for, the whole sentence is meant.
    """
    text = len(one.in_context) - len(one.text)
    spans = answer_spans(kind, one.text, one.heading)
    parts = [around(span, one.text) for span in spans] or [(0, len(one.text))]
    weights = [word.weight for word in plain]
    found = []
    for first, last in parts:
        columns = there.within(text + first, text + last)
        nears = [there.near(word, columns) for word in plain]
        found.append((_mean(nears, weights), min(nears, default=_NO_WORDS)))
    return max(found)


def _whole(
    one: Candidate,
    words: Sequence[AskedWord],
    title: set[str],
    pieces: "Vectors",
    there: InContext,
    own: Sequence[int],
) -> tuple[float, float]:
    """Cosines of a question without words of the heading: sentence, with that before.

    A vector is the mean of those of the pieces.
    """
    named = {n for word in words if word.stem in title for n in word.pieces}
    kept = [n for n in range(len(pieces)) if n not in named]
    asked = pieces[kept or slice(None)].mean(0)
    over = len(one.heading) + len(". ") if one.heading else 0
    means = (there.rows[list(own)].mean(0), there.rows[there.within(over)].mean(0))
    here, wide = (_cosine(asked, mean) for mean in means)
    return here, wide


def _cosine(one: "Vectors", other: "Vectors") -> float:
    size = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / size if size else 0.0


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    if not values:
        return _NO_WORDS
    total = sum(v * w for v, w in zip(values, weights, strict=True))
    return total / sum(weights)
