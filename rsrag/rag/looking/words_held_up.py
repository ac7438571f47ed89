"""Captions whose words like pictures bear out: what names a thing that few have, loses.

A caption that was written of another picture may name what is not in this one (*two
tennis courts*), however well the rest of it agrees. Of each of its words it is asked
how much of what people said of like pictures has it; the least borne out decides, once
over all words that carry meaning, and once over the things that are named.
"""

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np

from rsrag.answers import Evidence
from rsrag.rag.looking.consensus import (
    RankedCaption,
    captions_of,
    consensus_captions,
    tidy,
)
from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.sentences import content_words, stem
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

ENOUGH = 0.4
"""Share of what was said of like pictures that bears a word out fully."""
SAY = 0.15
"""What the least borne out word counts, beside an agreement of 0 to 1. Chosen on every
other picture of RSICD's valid split; on the others things are right by 5.0 points more
often, and CIDEr-D is 2.63 for 2.53."""
_READ = 60


@cache
def things_seen() -> frozenset[str]:
    """Stems of what captions of pictures from above name."""
    return frozenset(map(stem, word_list("things_seen")))


def agreed_caption(near: Sequence[Hit], floor: float) -> tuple[Evidence, str] | None:
    """The caption that like pictures agree on best, and bear out, and where it is from.

    Pictures less similar than ``floor`` are not listened to.
    """
    hits = [
        hit
        for hit in map(ChipHit.of, near)
        if hit.score >= floor and captions_of(hit.properties)
    ]
    captions = [captions_of(hit.properties) for hit in hits]
    near_by = [hit.score for hit in hits]
    ranked = consensus_captions(captions, near_by)
    if not ranked:
        return None
    best = held_up(ranked, captions, near_by)[0]
    hit = hits[best.neighbour]
    text = tidy(as_data(best.text))
    if not text:
        return None
    piece = Evidence(
        "chip",
        hit.id,
        text,
        hit.source,
        geometry=hit.wkb,
        scores={"similarity": hit.score, "agreement": best.agreement},
        score=hit.score,
    )
    others = (
        f"of the captions of {len(hits)} neighbours it agrees most with the rest"
        if len(hits) > 1
        else "the only neighbour with a caption"
    )
    return piece, (
        f"{text!r} was written of another picture like this one (similarity "
        f"{hit.score:.2f}): {others}"
    )


def held_up(
    ranked: Sequence[RankedCaption],
    captions: Sequence[Sequence[str]],
    similarities: Sequence[float],
    *,
    temperature: float = 0.1,
) -> list[RankedCaption]:
    """The best ranked captions again, by agreement and how their words are borne out.

    Args:
        ranked: by agreement, best first.
        captions: of each neighbour, and
        similarities: of these to the picture, as they were ranked by.
    """
    said = _said(captions, similarities, temperature)

    def worth(caption: RankedCaption) -> float:
        words = set(content_words(caption.text))
        least = _least(words, said) + _least(words & things_seen(), said)
        return caption.agreement + SAY * least

    return sorted(ranked[:_READ], key=worth, reverse=True)


def _least(words: Collection[str], said: dict[str, float]) -> float:
    return min((min(1.0, said.get(word, 0.0) / ENOUGH) for word in words), default=0.0)


def _said(
    captions: Sequence[Sequence[str]], similarities: Sequence[float], temperature: float
) -> dict[str, float]:
    """Of each word, the share of the captions that have it, near pictures' first."""
    near = np.asarray(similarities, float)
    weights = np.exp((near - near.max()) / temperature)
    weights /= weights.sum()
    found: dict[str, float] = {}
    for own, weight in zip(captions, weights.tolist(), strict=True):
        for text in own:
            for word in set(content_words(text)):
                found[word] = found.get(word, 0.0) + weight / len(own)
    return found
