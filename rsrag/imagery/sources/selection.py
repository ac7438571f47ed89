"""Selection of scenes by time, place and cloud."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rsrag.errors import GeometryError, LeftOutError
from rsrag.geo import bbox_geometry, boxes_intersect
from rsrag.imagery.catalogues.described import Description
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.moments import parse_interval, parse_moment
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.places.footprint import outline
from rsrag.imagery.places.georeference import Georeference
from rsrag.types import BBox, Window

CLOUD_KEYS = ("eo:cloud_cover", "cloud_cover", "cloud_percent", "cloudcover")
"""Properties that give a scene's cloud cover, in percent; the first that does."""


def selects(options: ImageryOptions) -> bool:
    """Whether the options leave any scene out."""
    wishes = (options.datetime, options.bbox, options.max_cloud)
    return any(wish is not None for wish in wishes)


def check_metadata(
    source: str, metadata: SceneMetadata, options: ImageryOptions
) -> None:
    """Leave a scene out by its time and cloud cover, as far as they are known.

    Raises:
        LeftOutError: another time, or more cloud.
    """
    if options.datetime is not None and (span := _span(metadata)) is not None:
        wanted = parse_interval(options.datetime)
        start, end = span
        late = wanted.end is not None and start > wanted.end
        early = wanted.start is not None and end < wanted.start
        if late or early:
            raise LeftOutError(
                f"{source} is of {start.isoformat()}, not of {options.datetime}.",
                "outside-time",
            )
    cloud = cloud_cover(metadata.properties)
    most = math.inf if options.max_cloud is None else options.max_cloud
    if cloud is not None and cloud > most:
        raise LeftOutError(
            f"{source} is {cloud:g} % cloud, more than {most:g} %.", "cloudy"
        )


def check_told(
    source: str, told: Description, row: SceneMetadata | None, options: ImageryOptions
) -> None:
    """Leave a scene out by what a catalogue says, before its file is touched.

    Args:
        row: what a sidecar says, which knows better.

    Raises:
        LeftOutError: it was not asked for.
    """
    row = row or SceneMetadata()
    metadata = replace(
        told.metadata,
        datetime=row.datetime or told.metadata.datetime,
        properties={**told.metadata.properties, **row.properties},
    )
    check_metadata(source, metadata, options)
    box = told.bbox if options.bbox is not None else None
    if box is not None and not boxes_intersect(box, wanted_box(options)):
        raise _elsewhere(source, options)


def check_scene(
    source: str,
    metadata: SceneMetadata,
    place: Georeference | None,
    size: tuple[int, int],
    told: Description,
    options: ImageryOptions,
) -> None:
    """Leave a scene out by all that is known once it is open.

    Args:
        size: width and height in pixels.

    Raises:
        LeftOutError: it was not asked for.
    """
    check_metadata(source, metadata, options)
    if place is not None and options.bbox is not None:
        try:
            whole = outline(place, Window(0, 0, *size))
        except GeometryError as exc:  # Off the Earth, so nowhere in the box.
            raise _elsewhere(source, options) from exc
        if not whole.intersects(bbox_geometry(wanted_box(options))):
            raise _elsewhere(source, options)
    _check_known(source, metadata, place is not None or told.bbox is not None, options)


def _check_known(
    source: str, metadata: SceneMetadata, placed: bool, options: ImageryOptions
) -> None:
    """With ``strict_metadata``, leave out a scene that does not tell what is asked.

    Raises:
        LeftOutError: time, place or cloud cover is asked for and not known.
    """
    if not options.strict_metadata:
        return
    silent = {
        "time": options.datetime is not None and metadata.datetime is None,
        "place": options.bbox is not None and not placed,
        "cloud": options.max_cloud is not None
        and cloud_cover(metadata.properties) is None,
    }
    for what, unknown in silent.items():
        if unknown:
            raise LeftOutError(f"{source} does not tell its {what}.", f"unknown-{what}")


def wanted_box(options: ImageryOptions) -> BBox:
    """The box asked for, longitudes brought to ±180."""
    assert options.bbox is not None
    west, south, east, north = options.bbox
    if east - west >= 360:
        return BBox(-180.0, south, 180.0, north)
    # 180 stays 180 at the east; beyond it, the box crosses the antimeridian.
    return BBox(_wrapped(west), south, _wrapped(east), north)


def _wrapped(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else longitude - 360


def _elsewhere(source: str, options: ImageryOptions) -> LeftOutError:
    box = " ".join(f"{value:g}" for value in options.bbox or ())
    return LeftOutError(f"{source} lies outside of {box}.", "outside-area")


def cloud_cover(properties: Mapping[str, Any]) -> float | None:
    """Percent of a scene under cloud, if its properties say so."""
    lower = {str(name).lower(): value for name, value in properties.items()}
    for key in CLOUD_KEYS:
        try:
            value = float(lower[key])
        except (KeyError, TypeError, ValueError):
            continue
        if math.isfinite(value):
            return value
    return None


def _span(metadata: SceneMetadata) -> tuple[dt.datetime, dt.datetime] | None:
    """First and last moment of a scene; a composite has months between them."""
    if metadata.datetime is None:
        return None
    try:
        start = parse_moment(str(metadata.properties["start_datetime"]))
        end = parse_moment(str(metadata.properties["end_datetime"]))
    except (KeyError, ValueError):
        return metadata.datetime, metadata.datetime
    return min(start, metadata.datetime), max(end, metadata.datetime)
