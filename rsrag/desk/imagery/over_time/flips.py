"""Places of an index that turned towards some words, and when that was first seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rsrag.analysis.times.place_dates import Flip, Flips, TimelineDate
from rsrag.analysis.times.place_stacks import stacks
from rsrag.analysis.times.rising import Turn, turn_of
from rsrag.desk.imagery.generation import Generation
from rsrag.desk.imagery.over_time.chip_times import (
    LEAST_CHANCE,
    chip_times,
    liking,
    thing_and_way,
)
from rsrag.desk.imagery.over_time.timelines import dates_of
from rsrag.errors import QueryError
from rsrag.types import Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rsrag.config import Settings
    from rsrag.desk.imagery.over_time.chip_times import ChipTimes
    from rsrag.filters import Filter

LOOKED_AT = 3
"""So many times as many places as are asked for are looked at for clouds."""
_LEAST_VALUE = 1.0
"""Deviations above the middle that a place must reach where no probability is known."""


def flips_in(
    generation: Generation,
    settings: "Settings",
    words: str,
    where: "Filter | None",
    since: str | None,
    until: str | None,
    top_k: int,
) -> Flips:
    """Rank the places of an index whose chips turn towards some words, and stay there.

    Args:
        words: ``new buildings`` come, ``lost forest`` goes; a thing alone comes.
        since: earliest time that the turn was first seen; dates before it count as
            what was there before.
        until: later dates are not looked at.
        top_k: places at most.

    Raises:
        QueryError: words that name nothing or that nothing shows, times that cannot
            be, no chips with a place and a time, or no place with two dates.
    """
    thing, way = thing_and_way(words)
    start, end = _ends(since, until)
    known = chip_times(generation, where)
    places = [
        stack[known.moments[stack] <= end]
        for stack in stacks(known.boxes, known.moments, known.scenes)
    ]
    places = [stack for stack in places if len(stack) > 1]
    if not places:
        raise QueryError(
            f"No place of the index {generation.manifest.name!r} is shown at two times"
            + (f" up to {until}." if until else "."),
            hint="rsrag index update NAME PATH adds scenes of other dates",
        )
    every = np.unique(np.concatenate(places))
    liked = liking(generation, settings, thing, _vectors(generation, known, every))
    likeliest = None if liked.chances is None else float(liked.chances.max())
    if likeliest is not None and likeliest < LEAST_CHANCE:
        raise QueryError(
            f"Nothing here shows {thing!r}: the likeliest of {len(every)} chips does "
            f"by {likeliest:.4f}.",
            hint="other words for what it looks like from above",
        )
    least = _LEAST_VALUE if likeliest is None else float(np.log(LEAST_CHANCE))
    values = np.full(len(known.ids), np.nan)
    values[every] = liked.values
    turned = []
    for stack in places:
        turn = _turn(values[stack], way, least)
        if turn is not None and known.moments[stack[turn.at]] >= start:
            turned.append((-turn.rise, known.ids[stack[0]], stack))
    turned.sort(key=lambda one: one[:2])
    found = []
    for _, _, stack in turned[: LOOKED_AT * top_k]:
        ids = [known.ids[number] for number in stack]
        dates = dates_of(generation, settings, ids, known.boxes[stack], [thing])
        flip = _looked_at(thing, way, dates, values[stack], least)
        if flip is not None and known.moments[stack[flip.at]] >= start:
            found.append(flip)
    found.sort(key=lambda one: (-one.rise, one.after.chip.id))
    notes = []
    if known.undated:
        notes.append(f"{known.undated} chips of the index have no time")
    if lost := min(len(turned), LOOKED_AT * top_k) - len(found):
        notes.append(
            f"{lost} more turned in nothing but a cloud, or a picture told twice"
        )
    return Flips(tuple(found[:top_k]), len(places), tuple(notes))


def _turn(values: "NDArray[np.float64]", way: int, least: float) -> Turn | None:
    """Towards the words, or away from where they were likely."""
    if way > 0:
        return turn_of(values, least)
    turn = turn_of(-values)
    return turn if turn is not None and -turn.before >= least else None


def _looked_at(
    thing: str,
    way: int,
    dates: Sequence[TimelineDate],
    values: "NDArray[np.float64]",
    least: float,
) -> Flip | None:
    """The same of the dates that tell anything."""
    told = np.array([not one.hidden for one in dates])
    turn = _turn(np.where(told, values, np.nan), way, least)
    if turn is None:
        return None
    last = int(np.flatnonzero(told[: turn.at])[-1])
    return Flip(thing, way > 0, tuple(dates), turn.at, last, turn.rise)


def _vectors(
    generation: Generation, known: "ChipTimes", rows: "NDArray[np.int64]"
) -> Vectors:
    return generation.fetch([known.ids[number] for number in rows])


def _ends(since: str | None, until: str | None) -> tuple[int, int]:
    """First and last microsecond since 1970."""
    from rsrag.desk.filter_values import moments_of

    far = np.iinfo(np.int64)
    start = far.min if since is None else int(moments_of(since)[0])
    end = far.max if until is None else int(moments_of(until)[1])
    if start > end:
        raise QueryError(f"--since {since} comes after --until {until}.")
    return start, end
