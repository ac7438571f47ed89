"""Which of some candidates a phrase means: scores and the reasons for them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rsrag.analysis.grounding.thing_phrases import Phrase
from rsrag.metrics.box_overlap import Corners
from rsrag.types import Pixels

LIKELY = 0.5
"""Things are compared by size and order that are this part as likely as the best."""
BEYOND = 0.15
"""What is left of a score where a size or an order is not met."""
COLOURS = {
    "white": (235, 235, 235),
    "black": (35, 35, 35),
    "dark": (50, 50, 50),
    "bright": (220, 220, 210),
    "grey": (135, 135, 135),
    "gray": (135, 135, 135),
    "red": (180, 50, 45),
    "blue": (50, 90, 170),
    "green": (70, 120, 60),
    "yellow": (215, 190, 60),
    "orange": (215, 125, 50),
    "brown": (120, 85, 60),
}
"""How colours look from above, in sRGB."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant.

    Attributes:
        box: left, top, right, bottom, in pixels of the scene.
        score: larger is better, 0 to 1.
        why: the reasons for it, in words.
    """

    box: Corners
    score: float
    why: tuple[str, ...]

    @property
    def middle(self) -> tuple[float, float]:
        """Across and down, pixels."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def area(self) -> float:
        """Square pixels."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    def times(self, factor: float, why: str) -> "Candidate":
        """The same, a factor more or less likely."""
        return replace(self, score=self.score * factor, why=(*self.why, why))


def ranked(
    candidates: Sequence[Candidate],
    phrase: Phrase,
    size: tuple[int, int],
    others: Sequence[Candidate] = (),
    pixels_of: Callable[[Corners], Pixels] | None = None,
) -> list[Candidate]:
    """Candidates by how well a phrase fits them, best first.

    Args:
        candidates: with the score of the thing alone.
        size: width and height of the scene, pixels.
        others: for the thing that the phrase relates to.
        pixels_of: pixels of a box, ``(height, width, 3)``; for colours.
    """
    made = list(candidates)
    if phrase.colours and pixels_of is not None:
        made = [_coloured(one, phrase.colours, pixels_of(one.box)) for one in made]
    if phrase.relation is not None:
        made = [_related(one, phrase, others) for one in made]
    if phrase.position:
        made = [
            one.times(
                _placed(one, phrase.position, size),
                "position: " + " ".join(phrase.position),
            )
            for one in made
        ]
    if phrase.order is not None:
        made = _ordered(made, *phrase.order)
    elif phrase.size is not None:
        made = _sized(made, phrase.size)
    return sorted(made, key=lambda one: (-one.score, one.box))


def _likely(candidates: Sequence[Candidate]) -> list[Candidate]:
    best = max((one.score for one in candidates), default=0.0)
    return [one for one in candidates if one.score >= LIKELY * best]


def _sized(candidates: Sequence[Candidate], size: str) -> list[Candidate]:
    """Each place in the order of sizes halves a score; soft where no superlative."""
    sign = 1 if size.startswith("small") else -1
    likely = sorted(_likely(candidates), key=lambda one: sign * one.area)
    areas = [one.area for one in likely]
    power = 1.0 if size.endswith("est") else 0.5
    made = []
    for one in candidates:
        if not areas:
            break
        ratio = (areas[0] / one.area) ** sign if one.area else 0.0
        factor = min(1.0, max(ratio, 0.0)) ** power
        # What is unlikely must not win by its size.
        if one not in likely:
            factor = min(factor, BEYOND)
        made.append(one.times(factor, f"{size}: {factor:.2f} of the extreme"))
    return made


def _ordered(
    candidates: Sequence[Candidate], number: int, side: str
) -> list[Candidate]:
    keys: dict[str, Callable[[Candidate], float]] = {
        "left": lambda one: one.middle[0],
        "right": lambda one: -one.middle[0],
        "top": lambda one: one.middle[1],
        "bottom": lambda one: -one.middle[1],
        "largest": lambda one: -one.area,
        "smallest": lambda one: one.area,
    }
    key = keys.get(side, keys["left"])
    likely = sorted(_likely(candidates), key=key)
    places = {one.box: place for place, one in enumerate(likely, start=1)}
    made = []
    for one in candidates:
        place = places.get(one.box)
        if place is None:
            made.append(one.times(BEYOND / 4, "too unlikely to be counted"))
            continue
        factor = BEYOND ** min(2.0, abs(place - number))
        # "left" is measured, "largest" is not: both are counted alike.
        word = f"number {place} of {len(likely)}, by {side}"
        made.append(one.times(factor, word))
    return made


def _placed(one: Candidate, position: Sequence[str], size: tuple[int, int]) -> float:
    """1 in the part of the picture that is meant, falling off softly."""
    x, y = one.middle[0] / size[0], one.middle[1] / size[1]
    factor = 1.0
    ramps = {"left": 1 - x, "right": x, "top": 1 - y, "bottom": y}
    for word in position:
        if word in ramps:
            # Half of the picture and more is "left"; a third and less surely is.
            factor *= 0.02 + 0.98 / (1 + math.exp(-14 * (ramps[word] - 0.55)))
        elif word == "middle":
            factor *= 0.02 + 0.98 * math.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.06)
        elif word == "corner":
            away = math.hypot(min(x, 1 - x), min(y, 1 - y))
            factor *= 0.05 + 0.95 * math.exp(-(away**2) / 0.1)
        elif word == "edge":
            factor *= 0.05 + 0.95 * math.exp(-min(x, 1 - x, y, 1 - y) / 0.15)
    return factor


def _related(one: Candidate, phrase: Phrase, others: Sequence[Candidate]) -> Candidate:
    """The best fit to any of the other things, each as far as it is likely."""
    name = phrase.other.noun if phrase.other else ""
    best = max(
        (_fit(one, other, phrase.relation or "") * other.score for other in others),
        default=0.0,
    )
    strongest = max((other.score for other in others), default=1.0)
    factor = BEYOND + (1 - BEYOND) * best / strongest
    return one.times(factor, f"{phrase.relation} {name}: {factor:.2f}")


def _fit(one: Candidate, other: Candidate, relation: str) -> float:
    if one.box == other.box:
        return 0.0
    gaps = [
        max(
            0.0,
            other.box[side] - one.box[side + 2],
            one.box[side] - other.box[side + 2],
        )
        for side in (0, 1)
    ]
    reach = math.sqrt(max(one.area, 1)) + math.sqrt(max(other.area, 1))
    near = math.exp(-math.hypot(*gaps) / reach)
    across = (one.middle[0] - other.middle[0]) / reach
    down = (one.middle[1] - other.middle[1]) / reach
    toward = {"left of": -across, "right of": across, "above": -down, "below": down}
    if relation in toward:
        aside = abs(down if relation.endswith("of") else across)
        far = toward[relation]
        side = 1 / (1 + math.exp(-10 * (far - 0.15)))
        return side * math.exp(-max(0.0, aside - far)) * (0.3 + 0.7 * near)
    if relation == "in":
        width = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
        height = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
        inside = max(0.0, width) * max(0.0, height) / max(one.area, 1)
        return max(inside, 0.3 * near)
    return near


def _coloured(one: Candidate, colours: Sequence[str], pixels: Pixels) -> Candidate:
    """How near the middle of the box comes to a colour, among all that have a name."""
    height, width = pixels.shape[:2]
    part = pixels[
        height // 4 : max(height - height // 4, 1),
        width // 4 : max(width - width // 4, 1),
    ]
    mean = np.median(part.reshape(-1, 3).astype(float), axis=0)
    away = {
        name: float(np.linalg.norm(mean - np.array(true)))
        for name, true in COLOURS.items()
    }
    nearest = min(away.values())
    factor = 1.0
    for colour in colours:
        factor *= 0.1 + 0.9 * math.exp(-(away[colour] - nearest) / 60)
    return one.times(factor, f"{' '.join(colours)}: {factor:.2f}")
