"""A place at its times, and places that turned towards some words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rsrag.geo import bbox_centre
from rsrag.retrieval.chip_hit import ChipHit


@dataclass(frozen=True, slots=True)
class TimelineDate:
    """A place at one time.

    Attributes:
        chip: that shows it.
        scores: cosine of the chip with each of the words.
        chances: probability that it shows each of them; ``None`` where it is not known.
        shared: part of the first chip's and this one's ground that both show, 0 to 1.
        hidden: why it tells nothing: under cloud, or a picture told before; empty where
            it tells something.
    """

    chip: ChipHit
    scores: tuple[float, ...]
    chances: tuple[float | None, ...]
    shared: float
    hidden: str = ""

    @property
    def day(self) -> str:
        """When it was taken, ``2019-06-01``."""
        moment = self.chip.datetime
        return "" if moment is None else f"{moment:%Y-%m-%d}"

    def to_json(self, words: Sequence[str]) -> dict[str, Any]:
        """Plain values."""
        several = zip(words, self.scores, self.chances, strict=True)
        return {
            "date": self.day,
            "chip": self.chip.id,
            "source": self.chip.source,
            "gsd_m": self.chip.gsd_m,
            "shared": round(self.shared, 4),
            "hidden": self.hidden,
            "scores": {
                word: {
                    "score": round(score, 6),
                    "probability": None if chance is None else round(chance, 6),
                }
                for word, score, chance in several
            },
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """A place at all its times.

    Attributes:
        point: longitude and latitude.
        words: that it is compared with.
        dates: the earliest first.
        notes: for people: what was left out.
    """

    point: tuple[float, float]
    words: tuple[str, ...]
    dates: tuple[TimelineDate, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "point": list(self.point),
            "words": list(self.words),
            "dates": [one.to_json(self.words) for one in self.dates],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Flip:
    """A place that turned.

    Attributes:
        words: the thing that came, or went.
        came: whether it came.
        dates: of the place, the earliest first.
        at: number of the first of them after the turn.
        last: number of the last one before it that tells anything.
        rise: by how much the mean log-odds rose (fell, for what went).
    """

    words: str
    came: bool
    dates: tuple[TimelineDate, ...]
    at: int
    last: int
    rise: float

    @property
    def point(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the later chip."""
        box = self.after.chip.bbox
        assert box is not None
        return bbox_centre(box)

    @property
    def before(self) -> TimelineDate:
        """The last date before the turn."""
        return self.dates[self.last]

    @property
    def after(self) -> TimelineDate:
        """The first date after it."""
        return self.dates[self.at]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "point": [round(value, 6) for value in self.point],
            "bbox": self.after.chip.bbox and list(self.after.chip.bbox),
            "words": self.words,
            "came": self.came,
            "first_seen": self.after.day,
            "last_before": self.before.day,
            "rise": round(self.rise, 4),
            "before": self.before.to_json([self.words]),
            "after": self.after.to_json([self.words]),
            "dates": [one.to_json([self.words]) for one in self.dates],
        }


@dataclass(frozen=True, slots=True)
class Flips:
    """What was found.

    Attributes:
        found: the clearest first.
        places: how many were followed.
        notes: for people.
    """

    found: tuple[Flip, ...]
    places: int
    notes: tuple[str, ...] = ()
