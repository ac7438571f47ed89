"""Who says where a scene lies.

The file's own transform comes first, then its control points, a world file beside it,
a ``.prj`` for a transform that names no system, what a catalogue says of it, bounds
from a sidecar file, the bounds given as an option, then none. What is there and cannot
be used is told; it costs a picture its place and never the picture.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.catalogues.described import PlaceHint
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.places.control_points import (
    DOUBTFUL_PX,
    from_control_points,
)
from rsrag.imagery.places.georeference import (
    LON_LAT,
    Affine,
    Georeference,
    check_place,
    crs_name,
    in_degrees,
    is_on_earth,
    to_lon_lat,
)
from rsrag.imagery.places.own_place import OwnPlace
from rsrag.imagery.places.world_files import from_world_file, prj_beside
from rsrag.imagery.sources.items import SourceItem
from rsrag.types import Skip

ITEM_BOX = "box of the catalogue's item"
ITEM_PLACE = "notice:item-place"
"""Kind of the notice on a picture that only its catalogue's item places."""


class Placed(NamedTuple):
    """Where a scene lies, if anything says it.

    Attributes:
        place: its georeference, or ``None`` for a plain picture.
        rule: what says it, in a word or two, for reports.
        notices: on all that was there to place it and could not be used (kind
            ``notice:no-place``, ``notice:no-crs``) or should be looked at
            (``notice:control-points``): its pixels are as good as any.
    """

    place: Georeference | None
    rule: str | None
    notices: list[Skip]


def find_place(
    item: SourceItem,
    options: ImageryOptions,
    known: SceneMetadata,
    own: OwnPlace,
    size: tuple[int, int],
) -> Placed:
    """Place a scene.

    Args:
        options: for ``bounds`` and ``crs``.
        own: what the file itself says.
        size: width and height in pixels.
    """
    notices: list[Skip] = []

    def say(kind: str, text: str) -> None:
        notices.append(Skip(item.source, text, f"notice:{kind}"))

    crs = own.crs
    if crs is not None and (problem := unusable(crs)):
        say("no-crs", f"its reference system is of no use here: {problem}")
        crs = None
    hint, bounds = item.told.place, known.bounds or options.bounds
    box_crs, box_rule = options.crs, "--bounds"
    if known.bounds:
        box_crs, box_rule = LON_LAT, "metadata"
    ways: dict[str, Callable[[], Georeference | None]] = {
        "affine": lambda: _by_transform(own.transform, crs, options.crs),
        "rpc" if own.doubt else "gcp": lambda: _by_points(own, crs or options.crs, say),
        "world file": lambda: from_world_file(
            item.companions, item.suffix, options.crs, size
        ),
        "affine, .prj beside it": lambda: _by_transform(
            own.transform, None, prj_beside(item.companions)
        ),
        "catalogue": lambda: from_hint(hint, own.transform, size) if hint else None,
        box_rule: lambda: _by_bounds(bounds, box_crs, size),
        ITEM_BOX: lambda: _by_bounds(item.told.bbox, LON_LAT, size),
    }
    for rule, way in ways.items():
        try:
            place = way()
            if place is not None:
                check_place(place, *size)
                _check_meets_earth(place, *size)
                if rule == ITEM_BOX:
                    say(
                        ITEM_PLACE.partition(":")[2],
                        "placed by the box of its catalogue's item",
                    )
                return Placed(place, rule, notices)
        except (ConfigError, ImageReadError) as exc:
            if all(one.reason != str(exc) for one in notices):  # Two ways read a .prj.
                say("no-place", str(exc))
    if own.transform is not None and own.crs is None and not notices:
        say(
            "no-crs",
            "it has coordinates but names no reference system: indexed as a plain "
            "picture; give --crs to place it",
        )
    if own.crs is not None and own.transform is None and not notices:
        say(
            "no-place",
            "it names a reference system and not where its pixels lie: indexed as a "
            "plain picture; give --bounds to place it",
        )
    return Placed(None, None, notices)


def _by_transform(
    transform: Affine | None, crs: str | None, stated: str | None
) -> Georeference | None:
    if transform is None or not (crs or stated):
        return None
    return Georeference(crs_name(crs or stated or ""), transform, bool(crs))


def _by_points(
    own: OwnPlace, crs: str | None, say: Callable[[str, str], None]
) -> Georeference | None:
    if own.transform is not None or not own.points:
        return None
    if crs is None:
        raise ImageReadError(
            f"Its {len(own.points)} control points name no reference system (--crs)."
        )
    place, off = from_control_points(own.points, crs)
    if own.doubt:
        say("rpc", own.doubt)
    elif off > DOUBTFUL_PX:
        say(
            "control-points",
            f"its {len(own.points)} control points lie up to {off:,.0f} pixels off a "
            "straight fit: outlines follow the points",
        )
    return place


def _by_bounds(
    bounds: tuple[float, float, float, float] | None,
    crs: str | None,
    size: tuple[int, int],
) -> Georeference | None:
    return None if bounds is None else from_bounds(bounds, crs or LON_LAT, *size)


def _check_meets_earth(place: Georeference, width: int, height: int) -> None:
    """Refuse metres of which no part is on the Earth: numbers of another system."""
    steps = [(i / 8 * width, j / 8 * height) for i in range(9) for j in range(9)]
    xs, ys = zip(*(place.at(x, y) for x, y in steps), strict=True)
    if not np.isfinite(to_lon_lat(place.crs).transform(xs, ys)).all(axis=0).any():
        raise ImageReadError(
            f"No part of the scene ({min(xs):g} {min(ys):g} {max(xs):g} {max(ys):g}) "
            f"lies on the Earth in {place.crs[:80]}.",
            hint="give --crs or --bounds",
        )


def unusable(crs: str) -> str | None:
    """Why a reference system places nothing on the Earth; ``None`` if it does."""
    try:
        if not is_on_earth(crs):
            return "its axes lie on no map of the Earth"
        to_lon_lat(crs)
    except (ConfigError, ImageReadError) as exc:
        return str(exc)
    return None


def from_bounds(
    bounds: tuple[float, float, float, float], crs: str, width: int, height: int
) -> Georeference:
    """Lay a picture, north up, into a box.

    Args:
        bounds: west, south, east, north in units of ``crs``; in degrees
            ``west > east`` means a box across the antimeridian.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    west, south, east, north = bounds
    if west > east and in_degrees(crs):
        east += 360
    transform = (
        *((east - west) / width, 0.0, west),
        *(0.0, (south - north) / height, north),
    )
    return Georeference(crs_name(crs), transform)


def from_hint(
    hint: PlaceHint, own: Affine | None, size: tuple[int, int]
) -> Georeference | None:
    """Georeference from what a catalogue says of a picture.

    A transform for a picture of another size (the full scene, where this is its
    overview) is stretched to this one's.

    Args:
        own: the picture's own transform, if it only lacks a reference system.
        size: width and height in pixels.

    Raises:
        ImageReadError: its reference system is none.
    """
    try:
        crs = crs_name(hint.crs)
    except ConfigError as exc:
        raise ImageReadError(f"The catalogue's reference system: {exc}") from exc
    if own is not None:
        return Georeference(crs, own)
    width, height = size
    if hint.transform is not None:
        rows, columns = hint.shape or (height, width)
        x, y = columns / width, rows / height
        if abs(x - y) * max(size) <= max(x, y) + 1:  # The same shape, to one pixel.
            a, b, c, d, e, f = hint.transform
            return Georeference(crs, (a * x, b * y, c, d * x, e * y, f))
    if hint.bounds is not None:
        return from_bounds(hint.bounds, crs, width, height)
    return None
