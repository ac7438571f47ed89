"""Who says where a scene lies.

The file's own georeference comes first, then a world file beside it, then what a
catalogue says of it, then bounds from a sidecar file, then the bounds given as an
option, then none.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.archives.archive_names import world_suffixes
from rsrag.imagery.catalogues.described import PlaceHint
from rsrag.imagery.facts.sidecar_metadata import SceneMetadata
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.places.control_points import (
    DOUBTFUL_PX,
    ControlPoint,
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
    read_crs,
)
from rsrag.imagery.sources.items import SourceItem
from rsrag.types import Skip


class OwnPlace(NamedTuple):
    """What a file says of its place.

    Attributes:
        crs: reference system of the transform or of the points.
        transform: pixel corners to ``crs``.
        points: ground control points, where it has no transform.
    """

    crs: str | None = None
    transform: Affine | None = None
    points: Sequence[ControlPoint] = ()


def find_place(
    item: SourceItem,
    options: ImageryOptions,
    known: SceneMetadata,
    own: OwnPlace,
    size: tuple[int, int],
) -> tuple[Georeference | None, list[Skip]]:
    """Place a scene.

    Args:
        item: for its companions.
        options: for ``bounds`` and ``crs``.
        known: for bounds of a sidecar.
        own: what the file itself says.
        size: width and height in pixels.

    Returns:
        Its georeference, or ``None`` for a plain picture, and a notice (kind
        ``notice:no-crs``) if it has coordinates that nothing explains: its pixels
        are as good as any.

    Raises:
        ImageReadError: a georeference that cannot be.
    """
    crs, transform, points = own
    notices: list[Skip] = []
    place: Georeference | None = None
    if crs is not None and not is_on_earth(crs):
        crs = None
    try:
        if transform is not None and crs is not None:
            place = Georeference(crs_name(crs), transform, from_file=True)
        elif transform is not None and options.crs is not None:
            place = Georeference(crs_name(options.crs), transform)
        elif transform is None and points:
            place, words = _by_points(points, crs or options.crs)
            kind = "notice:control-points"
            notices += [Skip(item.source, text, kind) for text in words]
        if place is None and transform is None:
            place = from_world_file(item.companions, item.suffix, options.crs, size)
        if place is None and item.told.place is not None:
            place = from_hint(item.told.place, transform, size)
        if place is None and (bounds := known.bounds or options.bounds) is not None:
            default = LON_LAT if known.bounds else options.crs or LON_LAT
            place = from_bounds(bounds, default, *size)
        if place is None and transform is not None:
            reason = (
                "it has coordinates but names no reference system: indexed as a plain "
                "picture; give --crs to place it"
            )
            notices.append(Skip(item.source, reason, "notice:no-crs"))
        if place is not None:
            check_place(place, *size)
    except ImageReadError as exc:
        raise ImageReadError(f"{item.source}: {exc}", hint=exc.hint) from exc
    return place, notices


def _by_points(
    points: Sequence[ControlPoint], crs: str | None
) -> tuple[Georeference | None, list[str]]:
    """The place that control points give, and what to know about it."""
    if crs is None:
        return None, ["its control points name no reference system: give --crs"]
    try:
        place, off = from_control_points(points, crs)
    except (ConfigError, ImageReadError) as exc:
        return None, [f"placed by nothing: {exc}"]
    if off <= DOUBTFUL_PX:
        return place, []
    return place, [
        f"its {len(points)} control points lie up to {off:,.0f} pixels off a straight "
        "fit: outlines follow the points"
    ]


def parse_world_file(data: bytes, name: str) -> Affine:
    """Read the six lines of a world file.

    Raises:
        ImageReadError: not six finite numbers.
    """
    try:
        # Some writers put a decimal comma.
        words = data.decode("ascii").replace(",", ".").split()
        a, d, b, e, x, y = (float(word) for word in words[:6])
    except ValueError as exc:
        raise ImageReadError(f"The world file {name} is not six numbers.") from exc
    # It speaks of the centre of the first pixel; transforms speak of its corner.
    return a, b, x - (a + b) / 2, d, e, y - (d + e) / 2


def from_bounds(
    bounds: tuple[float, float, float, float], crs: str, width: int, height: int
) -> Georeference:
    """Lay a picture, north up, into a box.

    Args:
        bounds: west, south, east, north in units of ``crs``; in degrees
            ``west > east`` means a box across the antimeridian.
        crs: of the bounds.
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
        hint: what it says.
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


def from_world_file(
    companions: Mapping[str, bytes], suffix: str, crs: str | None, size: tuple[int, int]
) -> Georeference | None:
    """Georeference from a world file beside a picture, if there is one.

    Its system is ``crs``, else that of the ``.prj`` beside it, else EPSG:4326 if the
    whole picture then lies on the Earth.

    Raises:
        ImageReadError: the file is damaged, or its system cannot be told.
    """
    endings = (ending for ending in world_suffixes(suffix) if ending in companions)
    ending = next(endings, None)
    if ending is None:
        return None
    transform = parse_world_file(companions[ending], ending)
    if crs is None and ".prj" in companions:
        crs = companions[".prj"].decode("utf-8", errors="replace").strip()
        try:
            read_crs(crs)
        except ConfigError as exc:
            raise ImageReadError(f"The .prj beside the picture: {exc}") from exc
    if crs is None:
        placed = Georeference(LON_LAT, transform)
        corners = [placed.at(x, y) for x in (0, size[0]) for y in (0, size[1])]
        if not all(abs(lon) <= 360 and abs(lat) <= 90 for lon, lat in corners):
            raise ImageReadError(
                f"The world file {ending} gives coordinates that are not degrees, and "
                "nothing says in which reference system.",
                hint="give --crs, or put a .prj beside it",
            )
        crs = LON_LAT
    return Georeference(crs_name(crs), transform)
