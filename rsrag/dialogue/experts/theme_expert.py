"""What kind of scene a picture shows, where what was found bears that out."""

from collections.abc import Mapping, Sequence

from rsrag.answers import LabelScore
from rsrag.dialogue.experts.expert_findings import Finding
from rsrag.dialogue.experts.ground_seen import Ground

TOLD = 0.2
"""A kind of scene less probable than this is not told of."""
MOST = 3
NEEDS: Mapping[str, tuple[tuple[str, ...], float]] = {
    **dict.fromkeys(
        (
            *("a bridge over water", "a harbour with boats", "a dam and a reservoir"),
            *("a river", "a river delta", "a lake"),
        ),
        (("water",), 0.02),
    ),
    **dict.fromkeys(("the open sea", "tropical islands and reefs"), (("water",), 0.4)),
    "a coast": (("water",), 0.1),
    "a forest": (("trees",), 0.2),
    "a sand desert": (("bare",), 0.4),
    "a rocky desert": (("bare",), 0.4),
    "bare ground": (("bare",), 0.2),
    "snow and ice": (("snow", "cloud"), 0.2),
    "snow-covered mountains": (("snow", "cloud"), 0.02),
    "clouds": (("cloud", "snow"), 0.1),
    **dict.fromkeys(
        ("a city centre", "a dense residential area", "an industrial area"),
        (("building", "road"), 0.05),
    ),
}
"""Covers of which a scene has some, and how much of the picture at least."""

DRY = (
    *("a sand desert", "a rocky desert", "bare ground", "mountains", "grassland"),
    *("farmland", "a forest", "snow-covered mountains"),
)
WET = 0.25
"""Share of water from which a scene is none of the dry ones."""


def find_theme(scores: Sequence[LabelScore], ground: Ground | None) -> list[Finding]:
    """The likeliest kinds of scene, of those that the ground does not contradict.

    Those that it does share their probability out among the others.

    Args:
        scores: with probabilities, likeliest first.
        ground: ``None`` if it is not known.
    """
    kept = [one for one in scores if ground is None or _borne_out(one.label, ground)]
    lost = sum(one.probability for one in scores) - sum(one.probability for one in kept)
    found = []
    for one in kept[:MOST]:
        probability = min(1.0, one.probability / max(1 - lost, 1e-9))
        if probability >= TOLD:
            claim = f"The picture looks like {one.label}."
            found.append(Finding("theme", claim, probability, (), (one.label,)))
    return found


def _borne_out(label: str, ground: Ground) -> bool:
    if label in DRY and ground.has("water") and ground.shares["water"] >= WET:
        return False
    covers, least = NEEDS.get(label, ((), 0.0))
    return not covers or sum(ground.shares.get(one, 0.0) for one in covers) >= least
