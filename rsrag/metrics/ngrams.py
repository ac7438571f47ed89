"""n-grams, and the words that captions are cut into.

COCO's own scorer runs the Java Penn Treebank tokeniser. This one follows its
rules for plain English by regular expressions and is **not** the same program: on
captions the two agree but for abbreviations with dots (``u.s.`` is one token
there, two here) and brackets, which are dropped here. Scores made with it say so.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[str]
Gram = tuple[str, ...]
Matrix = NDArray[np.float64]

ORDER = 4
SIGMA = 6.0


def ngram_counts(tokens: Tokens, order: int = ORDER) -> "Counter[Gram]":
    """How often each run of 1 to ``order`` tokens occurs."""
    counts: Counter[Gram] = Counter()
    for n in range(1, order + 1):
        counts.update(zip(*(tokens[i:] for i in range(n)), strict=False))
    return counts


@dataclass(frozen=True, slots=True)
class DocumentFrequencies:
    """Number of ``documents`` that hold each n-gram; one picture's captions are one."""

    counts: Mapping[Gram, int]
    documents: int

    @classmethod
    def of(cls, documents: Iterable[Iterable[Tokens]]) -> "DocumentFrequencies":
        """Count n-grams of at most four tokens; a document is some sentences."""
        counts: Counter[Gram] = Counter()
        number = 0
        for sentences in documents:
            number += 1
            seen: set[Gram] = set()
            for tokens in sentences:
                seen.update(ngram_counts(tokens))
            counts.update(seen)
        return cls(counts, number)

    def idf(self, gram: Gram) -> float:
        """``log(documents / count)``; an n-gram never seen counts as seen once."""
        return math.log(max(1, self.documents)) - math.log(
            max(1, self.counts.get(gram, 0))
        )


def ngram_similarities(
    hypotheses: Sequence[Tokens],
    references: Sequence[Tokens] | None = None,
    frequencies: DocumentFrequencies | None = None,
) -> Matrix:
    """CIDEr-D's similarity of every hypothesis to every reference.

    For each n the cosine of the tf-idf vectors, the hypothesis' counts clipped to the
    reference's; the mean over n; times ``exp(-d^2 / (2 sigma^2))`` where ``d`` is the
    difference in length.

    Args:
        hypotheses: ``h`` sentences as tokens.
        references: ``r`` sentences; ``None`` compares the hypotheses with each other.
        frequencies: where the idf is from; ``None`` weighs all n-grams alike.
        sigma: of the length penalty, in tokens.

    Returns:
        ``(h, r)`` float64, 0 to 1. Not symmetric where an n-gram repeats.
    """
    own = references is None
    sentences = list(hypotheses) if own else [*hypotheses, *(references or ())]
    first = 0 if own else len(hypotheses)
    counted = [ngram_counts(tokens) for tokens in sentences]
    # Bigrams are what the reference implementation measures length by: sentences of
    # no word and of one word are equally long.
    lengths = np.array([max(0, len(tokens) - 1) for tokens in sentences], float)
    total: Matrix = np.zeros((len(hypotheses), len(sentences) - first))
    for n in range(1, ORDER + 1):
        total += _cosines(counted, len(hypotheses), first, n, frequencies)
    gap = lengths[: len(hypotheses), None] - lengths[None, first:]
    penalty: Matrix = np.exp(-(gap**2) / (2 * SIGMA**2))
    return total / ORDER * penalty


def _cosines(
    counted: "Sequence[Counter[Gram]]",
    hypotheses: int,
    first: int,
    n: int,
    frequencies: DocumentFrequencies | None,
) -> Matrix:
    """Clipped cosines over n-grams of one length, ``(h, r)``."""
    columns: dict[Gram, int] = {}
    rows, places, values = [], [], []
    for row, counts in enumerate(counted):
        for gram, count in counts.items():
            if len(gram) == n:
                rows.append(row)
                places.append(columns.setdefault(gram, len(columns)))
                values.append(count)
    shared: Matrix = np.zeros((hypotheses, len(counted) - first))
    if not columns:
        return shared
    counts_ = np.zeros((len(counted), len(columns)))
    counts_[rows, places] = values
    idf = np.array(
        [1.0 if frequencies is None else frequencies.idf(g) for g in columns]
    )
    weighted = counts_ * idf
    norms = np.sqrt((weighted**2).sum(axis=1))
    # min(a, b) is the number of levels t that both reach, so the clipped product
    # is a sum of plain matrix products, one a level; few n-grams reach the second.
    level = 1
    while (held := (counts_ >= level).any(axis=0)).any():
        reached = (counts_[:, held] >= level) * idf[held]
        both = (counts_[first:, held] >= level) * weighted[first:, held]
        shared += reached[:hypotheses] @ both.T
        level += 1
    scale = norms[:hypotheses, None] * norms[None, first:]
    np.divide(shared, scale, out=shared, where=scale > 0)
    return shared


NAME = "regex after Penn Treebank, lower case, no punctuation"

_CONTRACTED = re.compile(r"(?<=[a-z])(?=n't\b)|(?<=\w)(?='(?:s|re|ve|ll|d|m)\b)")
_TOKEN = re.compile(
    r"n't\b"
    r"|'(?:s|re|ve|ll|d|m)\b"
    r"|\d+(?:[.,:/]\d+)*[^\W_]*(?:-[^\W_]+)*"
    r"|[^\W_]+(?:[-'][^\W_]+)*"
    r"|[%$&+=#@°€£]"
)


def coco_tokens(text: str) -> list[str]:
    """Lower-case words and numbers without punctuation.

    ``isn't`` gives ``is n't``, ``river's`` gives ``river 's``; words joined by a hyphen
    and numbers with a point or comma stay whole.
    """
    lower = text.lower().replace("\u2019", "'")
    return _TOKEN.findall(_CONTRACTED.sub(" ", lower))


def blank_tokens(text: str) -> list[str]:
    """What stands between blanks, case and punctuation kept: RS-RAG's tokens."""
    return text.split()
