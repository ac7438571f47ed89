"""One caption out of those of the nearest captioned pictures.

The caption that agrees best with what people said of the other neighbours (Devlin et
al., "Exploring nearest neighbor approaches for image captioning", 2015): its CIDEr-D
similarity to their captions, each weighed by how near its picture is. An encoder may
be asked, too, how well a caption fits the picture; ``mini`` is not strong enough for
that to help. Nothing is made up: the caption is, word for word, a neighbour's.
``bench/bench_captions.py`` measures it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.metrics.ngrams import DocumentFrequencies, Matrix, ngram_similarities
from rsrag.types import Vectors

CAPTION_KEYS = ("captions", "sentences", "caption")
SENTENCE_KEYS = ("raw", "caption", "sentence", "text")
MAX_CAPTIONS = 200

NEIGHBOURS = 20
"""How many captioned pictures to ask for: more still helps a little, and costs."""

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class ConsensusOptions:
    """How captions are weighed.

    Attributes:
        temperature: a neighbour weighs ``exp((similarity - best) / temperature)``;
            the smaller, the more the nearest decides.
        fit: how much agreement one standard deviation of the candidates' cosines to
            the picture is worth, if the encoder is asked; standard deviations, since
            encoders differ in how widely their cosines lie.
        shortlist: the encoder is asked about so many captions, those agreed on best:
            a small one takes some 5 ms for each.
    """

    temperature: float = 0.1
    fit: float = 0.05
    shortlist: int = 40

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise QueryError(f"temperature is {self.temperature}; it must be positive.")
        if not self.fit >= 0:
            raise QueryError(f"fit is {self.fit}; it must not be negative.")
        if self.shortlist < 1:
            raise QueryError(f"shortlist is {self.shortlist}; it must be at least 1.")


@dataclass(frozen=True, slots=True)
class RankedCaption:
    """A candidate and what speaks for it.

    Attributes:
        text: as the neighbour has it, blanks tidied.
        neighbour: the neighbour that it was taken from, counted from 0 in the order
            given; of several with one wording, the one whose score is best.
        agreement: weighted mean similarity to the captions of the other neighbours,
            or, with a single neighbour, to its other captions; 0 to 1.
        fits: cosine between picture and caption; ``None`` if the encoder was not
            asked.
    """

    text: str
    neighbour: int
    agreement: float
    fits: float | None = None


def consensus_captions(
    captions: Sequence[Sequence[str]],
    similarities: Sequence[float],
    *,
    image_vector: Vectors | None = None,
    encode_texts: Callable[[Sequence[str]], Vectors] | None = None,
    frequencies: DocumentFrequencies | None = None,
    options: ConsensusOptions | None = None,
) -> list[RankedCaption]:
    """Rank the captions of the neighbours; the first is the consensus.

    Args:
        captions: of each neighbour, nearest first. At most 200 in all are read, of
            the nearest.
        similarities: of each neighbour to the picture, larger is nearer.
        image_vector: ``(dim,)`` or ``(1, dim)`` unit vector of the picture.
        encode_texts: the encoder's, to see which captions fit the picture.
        frequencies: of n-grams in the captioned archive; without, all n-grams
            weigh alike.

    Returns:
        Each wording once, best first, the shortlist before the rest; of equals, the
        nearer neighbour's. Empty if there is no caption with a word in it.

    Raises:
        QueryError: not one similarity a neighbour, or only one of ``image_vector``
            and ``encode_texts``.
    """
    options = options or ConsensusOptions()
    if len(similarities) != len(captions):
        raise QueryError(
            f"{len(captions)} neighbours came with {len(similarities)} similarities."
        )
    if (image_vector is None) != (encode_texts is None):
        raise QueryError("To see what fits takes the picture's vector and an encoder.")
    pairs = [
        (place, " ".join(text.split()))
        for place, own in enumerate(captions)
        for text in own
        if _WORD.search(text)
    ][:MAX_CAPTIONS]
    if not pairs:
        return []
    places = np.array([place for place, _ in pairs])
    words = [caption_words(text) for _, text in pairs]
    agreement = _agreement(
        ngram_similarities(words, None, frequencies),
        np.asarray(similarities, float)[places],
        places,
        options.temperature,
    )
    ranked: dict[tuple[str, ...], RankedCaption] = {}
    # Stable, so that of equals the nearer neighbour's comes first.
    for row in np.argsort(-agreement, kind="stable").tolist():
        caption = RankedCaption(pairs[row][1], pairs[row][0], float(agreement[row]))
        ranked.setdefault(tuple(words[row]), caption)
    best = list(ranked.values())
    if image_vector is None or encode_texts is None:
        return best
    head, tail = best[: options.shortlist], best[options.shortlist :]
    vectors = encode_texts([caption.text for caption in head])
    return _fitting(head, vectors @ np.ravel(image_vector), options.fit) + tail


def _fitting(
    captions: Sequence[RankedCaption], cosines: Vectors, weight: float
) -> list[RankedCaption]:
    """Order by agreement and fit together."""
    fits = cosines.astype(float)
    spread = fits.std() or 1.0
    scores = np.array([caption.agreement for caption in captions])
    scores += weight * (fits - fits.mean()) / spread
    return [
        replace(captions[row], fits=float(fits[row]))
        for row in np.argsort(-scores, kind="stable").tolist()
    ]


def caption_words(text: str) -> list[str]:
    """Lower-case words, without punctuation: what captions are compared by."""
    return _WORD.findall(text.lower())


def captions_of(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Captions that came with a hit's picture when the index was built.

    Args:
        properties: of a chip: ``captions`` (a list of sentences, or such a list as JSON
            text), ``sentences`` (a list of ``{"raw": …}``, as Karpathy's files have
            it) or ``caption`` (one sentence).

    Returns:
        Those with a word in them, in order; empty if the picture carries none.
    """
    for key in CAPTION_KEYS:
        if found := tuple(_sentences(properties.get(key))):
            return found
    return ()


def _sentences(value: object) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        read = _json(value)
        value = value if read is None else read
    if isinstance(value, str):
        return [value.strip()] if _WORD.search(value) else []
    if isinstance(value, Mapping):
        named = (value.get(key) for key in SENTENCE_KEYS)
        return next(([t.strip()] for t in named if isinstance(t, str)), [])
    if isinstance(value, Sequence):
        return [
            text
            for item in value
            if isinstance(item, str | Mapping)
            for text in _sentences(item)
        ]
    return []


def _json(text: str) -> Any:
    """The value, or ``None`` for text that only looks like JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _agreement(
    matrix: Matrix, nearness: Matrix, places: NDArray[np.intp], temperature: float
) -> Matrix:
    """Weighted mean similarity of each caption to those of other neighbours."""
    weights = np.exp((nearness - nearness.max()) / temperature)
    others = np.tile(weights, (len(weights), 1))
    np.fill_diagonal(others, 0.0)
    # Those who wrote of one picture repeat each other, which tells nothing of this one.
    if len(set(places.tolist())) > 1:
        others[places[:, None] == places[None, :]] = 0.0
    total = others.sum(axis=1)
    agreement: Matrix = np.zeros(len(weights))
    np.divide((matrix * others).sum(axis=1), total, out=agreement, where=total > 0)
    return agreement
