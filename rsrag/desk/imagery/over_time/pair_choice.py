"""Pairs that are not named by their files: chips of an index, dates of an archive."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from rsrag.desk.imagery.over_time.pairs import Pair, PairSource
from rsrag.errors import ChangeError, GeometryError, ImageReadError, QueryError
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rsrag.filters import Filter
    from rsrag.imagery.imagery_options import ImageryOptions


class ChipPairs(Protocol):
    """An index whose chips are compared."""

    def pair(self, before: str, after: str) -> Pair:
        """Two of its chips."""
        ...


def check_from(index: str | None, archive: str | None) -> None:
    """Refuse a pair that is to come from two places; a ``QueryError``."""
    if index is not None and archive is not None:
        raise QueryError("--index and --archive: give one of them.")


def named_pair(
    before: str | None,
    after: str | None,
    index: "ChipPairs | None",
    archive: str | None,
    where: "Filter",
) -> tuple[Pair, str]:
    """The pair that a person names, and how it was chosen, in words.

    Args:
        before: a path; with ``index`` a chip's id, with ``archive`` a time.
        after: likewise.
        where: of it, only a box of the ground, for an archive.

    Raises:
        QueryError: what does not go together.
    """
    if before is None or after is None:
        raise QueryError(
            "Two pictures are compared; name both.", hint="rsrag change BEFORE AFTER"
        )
    more = where.datetime or where.keywords or where.ranges or where.expression
    if more or (where and archive is None):
        raise QueryError(
            f"{where.words!r} does not go with two pictures that are named.",
            hint="leave it out; --bbox W S E N goes with --archive",
        )
    if index is not None:
        return index.pair(before, after), ""
    if archive is not None:
        box = None if where.area is None else where.area.bounds
        return dated_pair(archive, (before, after), box)
    return Pair.named(before, after), ""


def chip_source(hit: ChipHit, options: "ImageryOptions") -> PairSource:
    """A chip as one of two pictures.

    Args:
        options: how its index was read.

    Raises:
        ImageReadError: its pixels are not here.
    """
    window = hit.window
    if window is None or not (window.width and window.height):
        raise ImageReadError(
            f"The pixels of {hit.source} are not here: its vector was imported."
        )
    name = f"{hit.source} at {window.col_off}, {window.row_off}"
    return PairSource(hit.source, window, options, name)


def chip_pair(hits: "Sequence[ChipHit]", options: "ImageryOptions") -> Pair:
    """Two chips of an index, the earlier one first.

    Raises:
        QueryError: one chip twice.
        ImageReadError: the pixels of one are not here.
    """
    before, after = hits
    if before.id == after.id:
        raise QueryError(
            f"The chip {before.id} is named twice.",
            hint="rsrag timeline --at LON,LAT lists the chips of one place",
        )
    return Pair(chip_source(before, options), chip_source(after, options))


@dataclass(frozen=True, slots=True)
class DatedScene:
    """A scene of an archive.

    Attributes:
        source: of it.
        moment: when it was taken.
        footprint: its outline in degrees; ``None`` without a place.
    """

    source: str
    moment: datetime
    footprint: Any = field(repr=False)


def dated_pair(
    archive: str,
    periods: tuple[str, str],
    bbox: tuple[float, float, float, float] | None = None,
) -> tuple[Pair, str]:
    """The two scenes of an archive, one of each period, that share most ground.

    Args:
        archive: a folder, an archive, or a STAC document.
        periods: times or intervals, the earlier one first.
        bbox: west, south, east and north in degrees that the scenes must touch.

    Returns:
        The pair, and which scenes of how many it is, in words.

    Raises:
        QueryError: a period that cannot be read.
        ChangeError: no scene of a period, or none that share any ground.
        SourceNotFoundError: no such archive.
    """
    from rsrag.imagery.imagery_options import ImageryOptions

    options = ImageryOptions(bbox=bbox)
    scenes, unread = _dated(archive, options)
    found = [_within(scenes, period, archive) for period in periods]
    best = max(
        (
            (_shared(one, other), other.moment - one.moment, one, other)
            for one in found[0]
            for other in found[1]
            if one.source != other.source
        ),
        key=lambda pair: (pair[0], pair[1], pair[2].source, pair[3].source),
        default=None,
    )
    if best is None:
        raise ChangeError(
            f"{archive} has one scene of {periods[0]} and {periods[1]}: "
            f"{found[0][0].source}.",
            hint="name two times that lie apart",
        )
    share, _, before, after = best
    if not share:
        raise ChangeError(
            f"No scene of {periods[0]} in {archive} shares ground with one of "
            f"{periods[1]}.",
            hint="--bbox W S E N names the ground",
        )
    words = " and ".join(
        f"{one.moment:%Y-%m-%d} ({len(several)} of {period})"
        for one, several, period in zip((before, after), found, periods, strict=True)
    )
    reading = replace(options, bbox=None)
    first, second = (PairSource(one.source, imagery=reading) for one in (before, after))
    lost = f"; {unread} could not be read" if unread else ""
    return Pair(first, second), f"scenes of {words}{lost}"


def _dated(archive: str, options: "ImageryOptions") -> tuple[list[DatedScene], int]:
    """Scenes that say when they were taken, and how many pictures cannot be read."""
    from rsrag.errors import ImageryError, LeftOutError
    from rsrag.imagery.places.footprint import outline
    from rsrag.imagery.scenes import open_scene
    from rsrag.imagery.sources.sources import iter_sources
    from rsrag.types import Skip, Window

    made, unread = [], 0
    for item in iter_sources([archive], options=options):
        if isinstance(item, Skip):
            unread += 1
            continue
        try:
            # What is hashed is never looked at: no picture is read whole.
            with closing(open_scene(item, options, sha256="0")) as scene:
                moment, place = scene.metadata.datetime, scene.place
                if moment is None:
                    continue
                whole = Window(0, 0, scene.width, scene.height)
                ground = None if place is None else outline(place, whole)
                made.append(DatedScene(scene.source, moment, ground))
        except LeftOutError:
            continue
        except (ImageryError, GeometryError):
            unread += 1
    return sorted(made, key=lambda one: (one.moment, one.source)), unread


def _within(scenes: list[DatedScene], period: str, archive: str) -> list[DatedScene]:
    from rsrag.imagery.metadata.moments import parse_interval

    try:
        wanted = parse_interval(period)
    except ValueError as exc:
        raise QueryError(
            f"{period!r} is no time: {exc}.", hint="2019, 2019-06, 2019-06-01 or A/B"
        ) from exc
    found = [
        one
        for one in scenes
        if (wanted.start is None or one.moment >= wanted.start)
        and (wanted.end is None or one.moment <= wanted.end)
    ]
    if not found:
        days = list(dict.fromkeys(f"{one.moment:%Y-%m-%d}" for one in scenes))
        there = f"its dates are {_listed(days)}" if days else "nothing in it has a date"
        raise ChangeError(f"{archive} has no scene of {period}: {there}.")
    return found


def _listed(days: list[str]) -> str:
    shown = days if len(days) <= 12 else [*days[:6], "…", *days[-6:]]
    return ", ".join(shown)


def _shared(one: DatedScene, other: DatedScene) -> float:
    """Ground in common, square degrees; pictures without a place share all of it."""
    if one.footprint is None or other.footprint is None:
        return float(one.footprint is None and other.footprint is None)
    return float(one.footprint.intersection(other.footprint).area)
