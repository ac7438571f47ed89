"""Ceiling that repeated captions set: the best that any model could score."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rsrag.metrics.hit_rates import RANKS, HitRates, chance_among


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
