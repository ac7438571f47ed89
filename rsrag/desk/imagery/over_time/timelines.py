"""A place at all its times: its chips, how like some words they are, what hides it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.analysis.times.date_marks import CLOUDY, cloud_shares, told_before
from rsrag.analysis.times.place_dates import Timeline, TimelineDate
from rsrag.analysis.times.place_stacks import shared_ground, stack_at
from rsrag.desk.imagery.generation import Generation
from rsrag.desk.imagery.over_time.chip_times import chip_times, hits_of, liking
from rsrag.errors import QueryError, RsragError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.filters import Filter


def timeline_in(
    generation: Generation,
    settings: "Settings",
    point: tuple[float, float],
    words: Sequence[str],
    where: "Filter | None" = None,
) -> Timeline:
    """The chips of an index that show a point, the earliest first.

    Args:
        point: longitude and latitude, degrees.
        words: to compare them with.

    Raises:
        QueryError: no chip shows it.
    """
    known = chip_times(generation, where)
    stack, other = stack_at(known.boxes, known.moments, known.scenes, *point)
    if not len(stack):
        west, south = known.boxes[:, :2].min(axis=0)
        east, north = known.boxes[:, 2:].max(axis=0)
        raise QueryError(
            f"No chip with a time shows {point[0]:g}, {point[1]:g}; those of the index "
            f"lie between {west:.4f}, {south:.4f} and {east:.4f}, {north:.4f}.",
            hint="--at LON,LAT: longitude first",
        )
    notes = []
    if len(stack) == 1:
        notes.append("one chip alone shows this point: nothing can be compared")
    if other:
        notes.append(
            f"{other} more show the point and other ground, at another scale or beside"
        )
    if known.undated:
        notes.append(f"{known.undated} chips of the index have no time")
    ids = [known.ids[number] for number in stack]
    boxes = known.boxes[stack]
    dates = dates_of(generation, settings, ids, boxes, words)
    return Timeline(point, tuple(words), tuple(dates), tuple(notes))


def dates_of(
    generation: Generation,
    settings: "Settings",
    ids: list[str],
    boxes: "np.ndarray[Any, np.dtype[np.float64]]",
    words: Sequence[str],
) -> list[TimelineDate]:
    """Chips of one place as dates of it, each looked at for what hides it."""
    vectors = generation.fetch(ids)
    liked = [liking(generation, settings, one, vectors) for one in words]
    hits = hits_of(generation, ids)
    shares = shared_ground(boxes, boxes[0])
    return [
        TimelineDate(
            hit,
            tuple(float(one.scores[number]) for one in liked),
            tuple(
                None if one.chances is None else float(one.chances[number])
                for one in liked
            ),
            float(shares[number]),
            hidden,
        )
        for number, (hit, hidden) in enumerate(zip(hits, hidden_by(hits), strict=True))
    ]


def _without_padding(picture: Pixels, hit: ChipHit) -> Pixels:
    """What a chip at a scene's edge shows of it."""
    window = hit.window
    return picture if window is None else picture[: window.height, : window.width]


def hidden_by(
    hits: Sequence[ChipHit], read: Callable[[ChipHit], Pixels] = ChipHit.pixels
) -> list[str]:
    """Why each chip of one place tells nothing; empty where it does."""
    pictures: list[Pixels | None] = []
    said = []
    for hit in hits:
        try:
            pictures.append(_without_padding(read(hit), hit))
            said.append("")
        except RsragError as error:
            pictures.append(None)
            said.append(f"not looked at: {error}")
    clouds, before = cloud_shares(pictures), told_before(pictures)
    for number, (share, earlier) in enumerate(zip(clouds, before, strict=True)):
        if share >= CLOUDY:
            said[number] = f"{share:.0%} cloud or snow"
        elif earlier is not None:
            moment = hits[earlier].datetime
            day = "before" if moment is None else f"on {moment:%Y-%m-%d}"
            said[number] = f"the same as {day}"
    return said
