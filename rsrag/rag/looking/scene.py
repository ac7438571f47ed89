"""Kinds of scenes, by the texts that a picture is most like (zero-shot).

Each label is put into a few templates, the unit vectors of these texts are averaged,
and the cosines to the picture go through a softmax, as CLIP does (Radford et al. 2021).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rsrag.answers import LabelScore
from rsrag.errors import QueryError
from rsrag.interfaces import Encoder
from rsrag.packages import packaged_json
from rsrag.rag.looking.transduction import softmax
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

_SCENES = "rag/looking/scenes.json"
_ARTICLE = re.compile(r"(?:an?|the)\s", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_-]+|\s+")
TEMPERATURES = {"mini": 0.06}
"""Of the softmax, by encoder; ``docs/answers.md`` says how they were fitted."""
CLIP_TEMPERATURE = 0.01
"""What CLIP and its descendants were trained with, and what others get."""
FLOORS = {"mini": 0.7}
CLIP_FLOOR = 0.85
"""Cosine from which a picture is like another, by encoder as the temperatures are;
``docs/answers.md`` says what the nearest picture is worth above it."""
TWIN = 0.9
"""Likewise, of a picture that is like nothing that the encoder knows."""
OTHER_ODDS = 1 / 12
"""How likely each scene that no label stands for is, beside a label as much like it.

``docs/answers.md`` says how it was fitted."""


LEFT = 0.1
"""Probability of all labels together that is left to an odd picture."""


@cache
def scene_labels() -> tuple[str, ...]:
    """The scenes that a picture is compared with when no labels are given."""
    return tuple(packaged_json(_SCENES)["scenes"])


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that can be told of a picture besides its kind of scene.

    Attributes:
        sentence: with ``{}`` for the label.
        labels: of which one holds.
        told: those that are worth telling and are told rightly most of the time.
    """

    sentence: str
    labels: tuple[str, ...]
    told: tuple[str, ...]


@cache
def attributes() -> tuple[Attribute, ...]:
    """What captions tell of, in order."""
    return tuple(
        Attribute(one["sentence"], tuple(one["labels"]), tuple(one["told"]))
        for one in packaged_json(_SCENES)["attributes"]
    )


def label_texts(labels: Sequence[str]) -> list[list[str]]:
    """What is said for each label: as many sentences of each, in the same order.

    Raises:
        QueryError: no labels, a blank one, or one twice.
    """
    names = [readable(label) for label in labels]
    hint = "--labels airport,harbour,forest"
    if not names:
        raise QueryError("There are no labels to choose from.", hint=hint)
    if not all(names):
        raise QueryError("A label is blank.", hint=hint)
    first: dict[str, str] = {}
    for label in labels:
        key = label_key(label)
        if key in first:
            both = f"{first[key]!r} and {label!r}"
            raise QueryError(f"The labels {both} are the same.", hint=hint)
        first[key] = label
    templates = packaged_json(_SCENES)["templates"]
    return [[one.format(with_article(name)) for one in templates] for name in names]


def label_vectors(labels: Sequence[str], encoder: Encoder) -> Vectors:
    """``(n, dim)`` float32 unit rows, each the mean of :func:`label_texts`' sentences.

    Raises:
        QueryError: no labels, a blank one, or one twice.
    """
    texts = label_texts(labels)
    rows = encoder.encode_texts(list(chain.from_iterable(texts))).astype(np.float64)
    return unit_rows(rows.reshape(len(texts), len(texts[0]), -1).mean(axis=1))


def mean_vectors(labels: Sequence[Sequence[str]], encoder: Encoder) -> Vectors:
    """``(n, dim)`` float32 unit rows: of each label the mean of its words."""
    if not labels:
        return np.zeros((0, encoder.identity.dim), np.float32)
    means = [label_vectors(words, encoder).mean(axis=0) for words in labels]
    return unit_rows(np.stack(means).astype(np.float64))


def zero_shot(
    image: Vectors,
    labels: Sequence[str],
    vectors: Vectors,
    temperature: float,
    others: Vectors | None = None,
    odd: bool = False,
) -> list[LabelScore]:
    """Rank ``n`` labels for one ``(1, dim)`` picture; likeliest first, ties by label.

    ``vectors`` are ``(n, dim)``, of :func:`label_vectors`; ``others`` of
    :func:`unlike`: what the picture may be instead; ``None``: one label is right. An
    ``odd`` picture is like nothing that is known: see :func:`humbled`.
    """
    weights, similarity = label_shares(image, vectors, temperature, others)
    weights = humbled(weights, np.array([odd]), closed=others is None)
    return ranked(labels, weights[0], similarity[0])


def ranked(
    labels: Sequence[str],
    weights: NDArray[np.float64],
    similarity: NDArray[np.float64],
) -> list[LabelScore]:
    """Labels with their probabilities and cosines; likeliest first, ties by label."""
    scores = [
        LabelScore(label, float(weight), float(cosine))
        for label, weight, cosine in zip(labels, weights, similarity, strict=True)
    ]
    return sorted(scores, key=lambda score: (-score.probability, score.label))


def label_shares(
    images: Vectors,
    vectors: Vectors,
    temperature: float,
    others: Vectors | None = None,
    odds: float = OTHER_ODDS,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of each label, and cosine to it, for ``(m, dim)`` pictures.

    ``odds`` are those of each of ``others``.

    Returns:
        Twice ``(m, n)``. With ``others`` a row of probabilities adds up to less than
        one: what is missing is the probability that no label is right.
    """
    similarity = (images @ vectors.T).astype(np.float64)
    logits = similarity / temperature
    if others is not None and len(others):
        beside = (images @ others.T).astype(np.float64) / temperature
        logits = np.hstack([logits, beside + np.log(odds)])
    return softmax(logits)[:, : len(vectors)], similarity


def humbled(
    shares: NDArray[np.float64], odd: NDArray[np.bool_], *, closed: bool
) -> NDArray[np.float64]:
    """Probabilities of labels, of which :data:`LEFT` stays to odd pictures.

    Args:
        shares: ``(m, n)``, a row a picture.
        odd: ``(m,)``.
        closed: one of the labels is right, so that the rest is shared out evenly.
            Otherwise it is the probability that none is.
    """
    rest = (1 - LEFT) * closed / max(1, shares.shape[1])
    return np.where(odd[:, None], LEFT * shares + rest, shares)


def unlike(labels: Vectors, scenes: Vectors) -> Vectors:
    """The scenes that no label stands for, ``(k, dim)`` of ``(m, dim)``.

    A label stands for a scene if it is as much like it as the next scene is to the
    scenes in the middle.
    """
    among = scenes @ scenes.T
    np.fill_diagonal(among, -np.inf)
    kept = (scenes @ labels.T).max(axis=1) < np.median(among.max(axis=1))
    return np.asarray(scenes[kept])


def temperature_of(encoder: Encoder) -> float:
    """The softmax's temperature for an encoder; an adapter does not change it."""
    return TEMPERATURES.get(_base(encoder), CLIP_TEMPERATURE)


def likeness_floor(encoder: Encoder) -> float:
    """The cosine of two pictures from which one is told to be like the other."""
    return FLOORS.get(_base(encoder), CLIP_FLOOR)


def _base(encoder: Encoder) -> str:
    return encoder.identity.id.partition("+")[0]


def readable(label: str) -> str:
    """``BaseballField`` and ``baseball_field`` as ``baseball field``."""
    words = _CAMEL.sub(" ", label.strip()).split()
    return " ".join(word if word.isupper() else word.lower() for word in words)


def label_key(label: str) -> str:
    """What two spellings of a label have in common: ``Airports`` and ``airport``.

    A plural is all that is set aside: *park* and *parking* are two labels.
    """
    *words, last = readable(label).split() or [""]
    if last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("ches", "shes", "xes", "sses")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")):
        last = last[:-1]
    return " ".join([*words, last]).casefold()


def with_article(label: str) -> str:
    """``airport`` as ``an airport``; a plural or a label with an article stays."""
    if _ARTICLE.match(label) or label.endswith("s") or " and " in label:
        return label
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"
