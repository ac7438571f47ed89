"""Hit rates, and the ceiling that repeated captions set on them.

Hit rate, not recall: a picture has five captions, and one of them among the first k is
enough. It is what clip_benchmark prints as ``recall_at_k > 0``.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors

RANKS = (1, 5, 10)
_BLOCK = 256
"""Queries scored at once: with 150,000 captions that is 150 MB."""

Chances = NDArray[np.float64]
"""``(queries, 3)``: chance of a hit at ranks 1, 5 and 10, 0 to 1."""


@dataclass(frozen=True, slots=True)
class HitRates:
    """Shares of queries, in percent, at ranks 1, 5 and 10.

    Attributes:
        t2i: caption to picture: its own picture is among the first k.
        i2t: picture to caption: any of its own captions is among the first k.
    """

    t2i: tuple[float, ...]
    i2t: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of the six, which papers call mR."""
        return float(np.mean(self.t2i + self.i2t))

    def __str__(self) -> str:
        t2i, i2t = (
            " ".join(f"{value:.1f}" for value in rates)
            for rates in (self.t2i, self.i2t)
        )
        return f"t2i R@1/5/10 {t2i}, i2t R@1/5/10 {i2t}, mR {self.mean:.2f}"


def hit_rates(images: Vectors, texts: Vectors, owner: Sequence[int]) -> HitRates:
    """Rank ``(t, dim)`` texts against ``(n, dim)`` images, both ways; all unit rows.

    ``owner``: for each text the row of its image.
    """
    return rates_of(*hit_chances(images, texts, owner))


def rates_of(t2i: Chances, i2t: Chances) -> HitRates:
    """Means over the queries, in percent."""
    means = (tuple(100.0 * float(v) for v in rows.mean(axis=0)) for rows in (t2i, i2t))
    return HitRates(*means)


def hit_chances(
    images: Vectors,
    texts: Vectors,
    owner: Sequence[int],
    sentence: Sequence[int] | None = None,
    *,
    copies_count: bool = False,
) -> tuple[Chances, Chances]:
    """Chance of a hit for every query, with what ties in a random order.

    Ties matter: the same sentence under two pictures has one vector, and a model that
    gives all pictures the same vector must not score 100 %. The chance over all orders
    of what ties is what a benchmark prints on average, whatever its sort does.

    Args:
        images: ``(n, dim)`` unit rows.
        texts: ``(u, dim)`` unit rows.
        owner: for each caption the row of its image.
        sentence: for each caption the row of its text; ``None``: caption i has row i.
            Scoring a repeated sentence once makes its copies tie exactly.
        copies_count: whether an image's own sentence counts for it under another image
            too. Code that counts only strictly better captions does so without saying
            it; on RSICD it is worth points.

    Returns:
        Chances of the captions (text to image) and of the images (image to text); an
        image without a caption never hits.
    """
    own = np.asarray(owner, dtype=np.intp)
    rows = np.arange(len(own)) if sentence is None else np.asarray(sentence, np.intp)
    t2i = np.empty((len(own), len(RANKS)))
    for start in range(0, len(own), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores = texts[rows[part]] @ images.T
        best = scores[np.arange(len(scores)), own[part]][:, None]
        better, equal = (scores > best).sum(axis=1), (scores == best).sum(axis=1)
        for column, k in enumerate(RANKS):
            t2i[part, column] = np.clip((k - better) / equal, 0.0, 1.0)
    return t2i, _image_chances(images, texts, own, rows, copies_count)


def _image_chances(
    images: Vectors,
    texts: Vectors,
    own: NDArray[np.intp],
    rows: NDArray[np.intp],
    copies_count: bool,
) -> Chances:
    by_image = np.argsort(own, kind="stable")
    bounds = np.searchsorted(own[by_image], np.arange(len(images) + 1))
    chances = np.zeros((len(images), len(RANKS)))
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK] @ texts.T
        for number, distinct in enumerate(block, start):
            captions = by_image[bounds[number] : bounds[number + 1]]
            if not len(captions):
                continue
            scores = distinct[rows]
            best = scores[captions].max()
            better = int((scores > best).sum())
            equal = int((scores == best).sum())
            mine = equal if copies_count else int((scores[captions] == best).sum())
            chances[number] = [
                chance_among(k - better, mine, equal - mine) for k in RANKS
            ]
    return chances


def chance_among(places: int, mine: int, others: int) -> float:
    """Chance that one of ``mine`` (at least 1) is among the first ``places``.

    The order of these and of the ``others`` is random; no place is no chance.
    """
    if places <= 0:
        return 0.0
    if places > others:
        return 1.0
    return 1.0 - comb(others, places) / comb(others + mine, places)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Repetition among captions, and what it takes away.

    Attributes:
        distinct: different sentences among the ``captions``.
        shared: captions whose sentence stands under more than one image.
        ceiling: hit rates of a perfect model, in percent. A sentence that describes m
            images can put only k of them among its first k; copies of a sentence under
            other images stand beside an image's own, in a random order.
    """

    captions: int
    distinct: int
    shared: int
    ceiling: HitRates


def duplicates(captions: Sequence[str], owner: Sequence[int]) -> Duplicates:
    """Count repeated captions and reckon the ceiling that they set, exactly.

    Equal strings are one sentence; ``owner`` is for each the number of its image.
    """
    copies: dict[str, Counter[int]] = defaultdict(Counter)
    for text, image in zip(captions, owner, strict=True):
        copies[text][image] += 1
    # A model ranks the images of a sentence once, for all its copies: at best those
    # first that have it most often.
    t2i = [
        sum(sum(sorted(c.values(), reverse=True)[:k]) for c in copies.values())
        for k in RANKS
    ]
    everywhere = Counter(captions)
    own: dict[int, Counter[str]] = defaultdict(Counter)
    for text, image in zip(captions, owner, strict=True):
        own[image][text] += 1
    # A perfect model puts one of the image's own sentences first; of the copies of
    # that sentence, those under other images are as good to it.
    i2t = [
        [
            max(chance_among(k, n, everywhere[text] - n) for text, n in texts.items())
            for k in RANKS
        ]
        for texts in own.values()
    ]
    ceiling = HitRates(
        tuple(100.0 * hits / len(captions) for hits in t2i),
        tuple(100.0 * float(share) for share in np.mean(i2t, axis=0)),
    )
    return Duplicates(
        captions=len(captions),
        distinct=len(copies),
        shared=sum(len(copies[text]) > 1 for text in captions),
        ceiling=ceiling,
    )
