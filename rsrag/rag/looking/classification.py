"""Labels of a picture, by its looks, its neighbours and its place."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rsrag.answers import Classified, Evidence, LabelScore
from rsrag.rag.answering.places import Neighbour, Whereabouts, place_evidence
from rsrag.rag.looking.scene import TWIN, label_key
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

KNOWN_ODDS = 10.0
"""How much likelier a label is when a landmark of that kind lies in the picture."""
UNSURE = 0.5
"""Below this probability the answer is *unsure*."""
LABEL_KEYS = ("label", "class", "category")
_TEMPERATURE = 0.05


def classify(
    name: str,
    looks: Sequence[LabelScore],
    *,
    hits: Sequence[Hit] = (),
    place: Whereabouts | None = None,
    around: Sequence[Neighbour] = (),
    geometry: bytes | None = None,
    unsure: float = UNSURE,
    odd: bool = False,
) -> Classified:
    """Put together what speaks for each label.

    Labels of the nearest labelled chips, each weighing ``exp(similarity / 0.05)``,
    count as much as the picture's own looks (of
    :func:`rsrag.rag.looking.scene.zero_shot`; what these lack of one is the probability
    that no label is right). A landmark in the picture whose category
    is a label makes that label :data:`KNOWN_ODDS` times as likely: ``around`` are those
    at the ``place`` of the picture. To an ``odd`` one only chips listen that are nearly
    the same, :data:`TWIN`.
    """
    if odd:
        hits = [hit for hit in hits if hit.score >= TWIN]
    weights = {score.label: score.probability for score in looks}
    none = max(0.0, 1 - sum(weights.values()))
    keys = {label_key(label): label for label in weights}
    evidence: list[Evidence] = []
    votes, voters = _votes(hits, keys)
    if votes:
        total = sum(votes.values())
        for label in weights:
            weights[label] = 0.5 * weights[label] + 0.5 * votes.get(label, 0.0) / total
        none *= 0.5
        evidence += voters
    for one in around:
        named = keys.get(label_key(one.landmark.category or ""))
        if one.distance_m == 0 and named is not None and place is not None:
            weights[named] *= KNOWN_ODDS
            evidence.append(place_evidence(place, one))
            break
    total = sum(weights.values()) + none
    cosine = {score.label: score.similarity for score in looks}
    scores = tuple(
        LabelScore(label, weight / total, cosine[label])
        for label, weight in sorted(
            weights.items(), key=lambda item: (-item[1], item[0])
        )
    )
    best = scores[0]
    return Classified(
        name,
        best.label,
        best.probability,
        best.probability < unsure,
        scores,
        tuple(evidence),
        geometry,
        none / total,
        odd,
    )


def label_of(properties: Mapping[str, Any]) -> str | None:
    """The ``label``, ``class`` or ``category`` that came with a chip, in this order."""
    given = (properties.get(key) for key in LABEL_KEYS)
    return next(
        (str(one) for one in given if one is not None and str(one).strip()), None
    )


def _votes(
    hits: Sequence[Hit], keys: dict[str, str]
) -> tuple[dict[str, float], list[Evidence]]:
    votes: dict[str, float] = defaultdict(float)
    voters: list[Evidence] = []
    best = max((hit.score for hit in hits), default=0.0)
    for hit in map(ChipHit.of, hits):
        given = label_of(hit.properties)
        label = None if given is None else keys.get(label_key(given))
        if label is None:
            continue
        votes[label] += float(np.exp((hit.score - best) / _TEMPERATURE))
        if len(voters) < 3:
            voters.append(
                Evidence(
                    "chip",
                    hit.id,
                    f"A picture like it (similarity {hit.score:.2f}) is "
                    f"labelled {given}.",
                    hit.source,
                    geometry=hit.wkb,
                    score=hit.score,
                )
            )
    return votes, voters
