"""Time, GSD and sensor of a scene, from whoever knows best.

Sidecar rows come first, then the catalogue or product that the picture belongs to, then
a ``.json`` beside it, then its own tags, then its name.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rsrag.errors import ConfigError
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.metadata.names_of_products import moment_in_name, sensor_in_name
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata, parse_row
from rsrag.imagery.sources.items import SourceItem
from rsrag.types import Skip

_TIMES = (
    *("ACQUISITIONDATETIME", "ACQUISITION_DATETIME", "ACQUISITION_DATE"),
    *("SENSING_TIME", "DATETIMEORIGINAL", "EXIF_DATETIMEORIGINAL"),
    *("DATE_ACQUIRED", "PRODUCT_START_TIME", "DATETIME"),
    *("NC_GLOBAL#TIME_COVERAGE_START", "TIME_COVERAGE_START", "NITF_IDATIM"),
)
_NO_IDATIM = "20021216151629"
"""What GDAL writes into NITF files for want of a time."""

_WRITING_TIMES = ("TIFFTAG_DATETIME", "EXIF_DATETIME")
"""When a program wrote or edited the file; kept as a property, never as the time of
acquisition."""
_GSDS = ("GSD_M", "GSD", "GROUND_SAMPLE_DISTANCE", "PIXEL_SIZE_M")
_SENSORS = (
    *("SENSOR", "SATELLITEID", "SATELLITE", "PLATFORM", "SPACECRAFT_NAME"),
    *("SPACECRAFT_ID", "MODEL", "EXIF_MODEL", "TIFFTAG_MODEL"),
    "NC_GLOBAL#PLATFORM",
)


def gather_metadata(
    item: SourceItem, row: SceneMetadata | None, tags: Mapping[str, str]
) -> tuple[SceneMetadata, list[Skip]]:
    """Put together what is known of a scene.

    Args:
        item: for its name and the ``.json`` beside it.
        tags: of the picture, names in capitals.

    Returns:
        The metadata, and notices (kind ``notice:metadata``) on what was there but
        could not be understood.
    """
    notices: list[Skip] = []
    beside = SceneMetadata()
    if ".json" in item.companions:
        try:
            beside = _beside(item.companions[".json"], f"{item.source}: its .json")
        except ConfigError as exc:
            notices.append(Skip(item.source, str(exc), "notice:metadata"))
    first, told = row or SceneMetadata(), item.told.metadata
    words = beside_words(item.companions)
    path = f"{item.source.replace('!/', '/')}"
    moment, dated_by = None, None
    # What tells no zone may be of one where it is a day later already.
    latest = datetime.now(UTC) + timedelta(days=1)
    for moment, dated_by in _times(first, told, beside, tags, path):
        if moment <= latest:
            break
        text = f"{moment:%Y-%m-%d} ({dated_by}) is yet to come: no time of acquisition"
        notices.append(Skip(item.source, text, "notice:metadata"))
        moment, dated_by = None, None
    return SceneMetadata(
        datetime=moment,
        dated_by=dated_by,
        gsd_m=first.gsd_m or told.gsd_m or beside.gsd_m or _gsd(tags),
        sensor=first.sensor
        or told.sensor
        or beside.sensor
        or _sensor(tags)
        or sensor_in_name(path),
        bounds=first.bounds or beside.bounds,
        properties={
            **_written(tags),
            **beside.properties,
            **words,
            **told.properties,
            **first.properties,
        },
    ), notices


def _beside(data: bytes, where: str) -> SceneMetadata:
    """A row for one picture: an object of its own, or a STAC item."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"{where} is not JSON: {exc}") from exc
    if not isinstance(value, dict):
        return SceneMetadata()
    if value.get("type") == "Feature" and isinstance(value.get("properties"), dict):
        value = value["properties"]
    simple = {name: v for name, v in value.items() if _is_simple(v)}
    if "bbox" not in simple and "bounds" not in simple:
        box = rectangle(value.get("geometry"))
        simple |= {} if box is None else {"bounds": list(box)}
    metadata = parse_row(simple, where)[1]
    if metadata.bounds is not None and not _in_degrees(metadata.bounds):
        # A detector's box in pixels, or metres: no reason to lose the picture.
        return replace(metadata, bounds=None)
    return metadata


def _in_degrees(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= 360 and -180 <= east <= 360 and -90 <= south < north <= 90


def rectangle(geometry: Any) -> tuple[float, float, float, float] | None:
    """Bounds of a GeoJSON polygon that is a north-up box, as a picture's place is."""
    try:
        ring = geometry["coordinates"][0]
        corners = {(float(point[0]), float(point[1])) for point in ring}
        kind = geometry["type"]
    except (TypeError, KeyError, IndexError, ValueError):
        return None
    xs, ys = {x for x, _ in corners}, {y for _, y in corners}
    if kind != "Polygon" or len(corners) != 4 or len(xs) != 2 or len(ys) != 2:
        return None
    return min(xs), min(ys), max(xs), max(ys)


def beside_words(companions: Mapping[str, bytes]) -> dict[str, Any]:
    """Captions (``.txt``, a line each) and the class (``.cls``) of a sample."""
    words: dict[str, Any] = {}
    text = companions.get(".txt", b"").decode("utf-8-sig", errors="replace")
    if captions := [line.strip() for line in text.splitlines() if line.strip()]:
        words["captions"] = captions
    name = companions.get(".cls", b"").decode("utf-8", errors="replace").strip()
    if name:
        words["class"] = int(name) if name.isascii() and name.isdecimal() else name
    return words


def _is_simple(value: Any) -> bool:
    """Whether a value is a fact, and not a structure of another tool."""
    if isinstance(value, list):
        return all(isinstance(part, str | int | float) for part in value)
    return isinstance(value, str | int | float)


def _times(
    first: SceneMetadata,
    told: SceneMetadata,
    beside: SceneMetadata,
    tags: Mapping[str, str],
    path: str,
) -> Iterator[tuple[datetime, str]]:
    """Times of acquisition, and who says each; who knows best comes first."""
    sayings = {"metadata": first, "catalogue": told, ".json beside it": beside}
    for rule, said in sayings.items():
        if said.datetime is not None:
            yield said.datetime, said.dated_by or rule
    offset = tags.get("OFFSETTIMEORIGINAL") or tags.get("EXIF_OFFSETTIMEORIGINAL")
    for name in _TIMES:
        if tags.get(name) == _NO_IDATIM:
            continue
        if (moment := _moment(tags.get(name), offset)) is not None:
            yield moment, f"tag {name}"
    if (named := moment_in_name(path)) is not None:
        yield named


def _written(tags: Mapping[str, str]) -> dict[str, str]:
    for name in _WRITING_TIMES:
        if (moment := _moment(tags.get(name), None)) is not None:
            return {"written": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    return {}


def _moment(text: str | None, offset: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text, offset)
    except ValueError:
        return None  # Cameras without a clock write "0000:00:00 00:00:00".


def _gsd(tags: Mapping[str, str]) -> float | None:
    for name in _GSDS:
        try:
            value = float(tags[name].lower().removesuffix("m"))
        except (KeyError, ValueError):
            continue
        if math.isfinite(value) and value > 0:
            return value
    return None


def _sensor(tags: Mapping[str, str]) -> str | None:
    for name in _SENSORS:
        # Cameras pad their names with zeros, and some forget what comes after.
        words = tags.get(name, "").partition("\0")[0]
        if word := "".join(c for c in words if c.isprintable()).strip():
            return word
    return None
