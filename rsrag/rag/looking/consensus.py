"""One caption out of those of the nearest captioned pictures.

The caption that agrees best with what people said of the other neighbours (Devlin et
al., "Exploring nearest neighbor approaches for image captioning", 2015): its CIDEr-D
similarity to their captions, each weighed by how near its picture is. Nothing is made
up: the caption is, word for word, a neighbour's. ``bench/bench_captions.py`` measures
it, also with an encoder asked how well a caption fits the picture, which does not help.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.metrics.ngrams import Matrix, ngram_similarities

CAPTION_KEYS = ("captions", "sentences", "caption")
SENTENCE_KEYS = ("raw", "caption", "sentence", "text")
MAX_CAPTIONS = 200

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class RankedCaption:
    """A caption of the ``neighbour`` of that number, counted from 0 in the order given.

    ``agreement`` is the weighted mean similarity to the captions of the other
    neighbours, or, with a single neighbour, to its other captions; 0 to 1.
    """

    text: str
    neighbour: int
    agreement: float


def consensus_captions(
    captions: Sequence[Sequence[str]],
    similarities: Sequence[float],
    *,
    temperature: float = 0.1,
) -> list[RankedCaption]:
    """Rank the captions of the neighbours, nearest first; the first is the consensus.

    At most 200 captions are read, of the nearest. A neighbour weighs ``exp((similarity
    - best) / temperature)``: the smaller, the more the nearest decides.

    Returns:
        Each wording once, best first; of equals, the nearer neighbour's. Empty if there
        is no caption with a word in it.

    Raises:
        QueryError: not one similarity per neighbour, or no positive temperature.
    """
    if not temperature > 0:
        raise QueryError(f"temperature is {temperature}; it must be positive.")
    if len(similarities) != len(captions):
        raise QueryError(
            f"{len(captions)} neighbours came with {len(similarities)} similarities."
        )
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
        ngram_similarities(words),
        np.asarray(similarities, float)[places],
        places,
        temperature,
    )
    ranked: dict[tuple[str, ...], RankedCaption] = {}
    # Stable, so that of equals the nearer neighbour's comes first.
    for row in np.argsort(-agreement, kind="stable").tolist():
        caption = RankedCaption(pairs[row][1], pairs[row][0], float(agreement[row]))
        ranked.setdefault(tuple(words[row]), caption)
    return list(ranked.values())


def caption_words(text: str) -> list[str]:
    """Lower-case words, without punctuation: what captions are compared by."""
    return _WORD.findall(text.lower())


def tidy(text: str) -> str:
    """A caption as a sentence: a capital, single blanks, a full stop."""
    words = " ".join(text.split()).rstrip(" .!")
    if not words:
        return ""
    return f"{words[:1].upper()}{words[1:]}{'' if words[-1] in '?…' else '.'}"


def captions_of(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Captions with a word in them that came with a chip's picture, in order.

    They stand under ``captions`` (a list of sentences, or such a list as JSON text),
    ``sentences`` (a list of ``{"raw": …}``, as Karpathy's files have it) or
    ``caption``.
    """
    for key in CAPTION_KEYS:
        if found := tuple(_sentences(properties.get(key))):
            return found
    return ()


def _sentences(value: object) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        # A text may only look like JSON.
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
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
