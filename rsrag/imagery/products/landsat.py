"""Landsat scenes: their notes (MTL), and other bands in files of their own."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import Description, ProductScene, noted
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.metadata.names_of_products import sensor_in_name
from rsrag.imagery.products.band_choice import (
    choose_files,
    known_colours,
    plain_band,
)
from rsrag.imagery.products.product_names import Kind, finest
from rsrag.imagery.products.safe_notes import (
    NOTES_LIMIT,
    number_in,
    read_json,
    xml_leaves,
)

Notes = Mapping[str, str]
"""Values by ``GROUP/NAME`` and by ``NAME`` alone, the first of that name."""

_OLI = "coastal blue green red nir swir16 swir22 pan cirrus lwir11 lwir12"
_TM = "blue green red nir swir16 lwir swir22 pan"
_S30 = "coastal blue green red rededge071 rededge075 rededge078 nir08 - - swir16 swir22"
_COLOURS = {
    "L[CO][89]": _OLI,
    "L[TEM][4-7]": _TM,
    "M[45]": "green red nir nir09",
    "M[123]": "- - - green red nir nir09",
    "HLS.L30": "coastal blue green red nir swir16 swir22 - cirrus",
    "HLS.S30": _S30,
    "sentinel-2": _S30.replace("nir08", "nir"),
    "MUX": "- - - - blue green red nir",
    "WPM": "blue green red nir",
}
"""Parts of the spectrum by number of band, from 1."""

_SENSOR = (
    (re.compile(r"LM0?[1-3]|LANDSAT_[1-3]\b", re.I), "M[123]"),
    (re.compile(r"LM0?[45]", re.I), "M[45]"),
    (re.compile(r"L[CO]0?[89]|LANDSAT_[89]", re.I), "L[CO][89]"),
    (re.compile(r"L[TE]0?[4-7]|LANDSAT_[4-7]", re.I), "L[TEM][4-7]"),
    (re.compile(r"HLS\.L30", re.I), "HLS.L30"),
    (re.compile(r"HLS\.S30", re.I), "HLS.S30"),
    (re.compile(r"CBERS_4A?_(?:MUX|AWFI)", re.I), "MUX"),
    (re.compile(r"CBERS_", re.I), "WPM"),
)
_UNITS = (
    "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS",
    "LEVEL1_RADIOMETRIC_RESCALING",
    "RADIOMETRIC_RESCALING",
)
_LINE = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*")


def read_mtl(data: bytes, where: str) -> dict[str, str]:
    """Read the notes of a Landsat scene, as text, JSON or XML.

    Raises:
        ImageReadError: none of these, or too large.
    """
    if len(data) > NOTES_LIMIT:
        raise ImageReadError(f"{where} has {len(data)} bytes: too large to be notes.")
    head = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if head == b"{":
        leaves = _json_leaves(data, where)
    elif head == b"<":
        leaves = xml_leaves(data, where)
    else:
        leaves = _text_leaves(data, where)
    found: dict[str, str] = {}
    for group, name, text in leaves:
        found.setdefault(f"{group}/{name}", text)
        found.setdefault(name, text)
    return found


def _json_leaves(data: bytes, where: str) -> list[tuple[str, str, str]]:
    pending: list[tuple[str, Any]] = [("", read_json(data, where))]
    leaves = []
    while pending:
        group, inner = pending.pop(0)
        for name, one in inner.items() if isinstance(inner, dict) else ():
            if isinstance(one, dict):
                pending.append((str(name), one))
            elif isinstance(one, str | int | float):
                leaves.append((group, str(name), str(one)))
    return leaves


def _text_leaves(data: bytes, where: str) -> list[tuple[str, str, str]]:
    group, leaves = "", []
    for line in data.decode("utf-8-sig", "replace").splitlines():
        if (match := _LINE.fullmatch(line)) is None:
            continue
        name, value = match[1].upper(), match[2].strip('"')
        if name == "GROUP":
            group = value
        elif name != "END_GROUP":
            leaves.append((group, name, value))
    if not leaves:
        raise ImageReadError(f"{where} holds no notes (lines of NAME = VALUE).")
    return leaves


def band_scene(
    kind: Kind,
    key: str,
    names: Iterable[str],
    notes: Notes,
    options: ImageryOptions,
    where: str,
) -> ProductScene:
    """The scene of bands that share the beginning of their names.

    Args:
        names: files of the folder.
        notes: of :func:`read_mtl`; empty without notes.

    Raises:
        ImageReadError: a band that is not there, or a value that cannot be.
    """
    files = finest(names, key)
    if not files:
        raise ImageReadError(f"{where} holds no band ({key}_B4.TIF and the like).")
    platform = notes.get("SPACECRAFT_ID", "")
    if kind == "words":
        colours = {band: band.lower() for band in files}
    else:
        colours = known_colours(files, _table(kind, key, platform, notes))
    nodata = {"hls": -9999.0, "words": None}.get(kind, 0.0)
    sun = _number(notes, "SUN_ELEVATION", where)

    def unit(band: str) -> tuple[float, float] | None:
        if kind == "hls":
            return 1e-4, 0.0
        return _unit(notes, band, sun, where)

    told = _describe(notes, key, sun, where)
    return choose_files(files, colours, unit, told, options, where, nodata)


def _table(kind: Kind, key: str, platform: str, notes: Notes) -> dict[str, str]:
    if kind == "sentinel-2":
        sensor = "sentinel-2"
    else:
        if notes.get("SENSOR_ID") == "MSS":
            platform = f"LM{platform[-1:]}"
        found = (name for rule, name in _SENSOR if rule.match(platform or key))
        sensor = next(found, "L[CO][89]")
    colours = enumerate(_COLOURS[sensor].split(), 1)
    table = {f"b{number}": colour for number, colour in colours if colour != "-"}
    if sensor == "sentinel-2":
        table |= {"b8a": "nir08"}
    return table


def _unit(
    notes: Notes, band: str, sun: float | None, where: str
) -> tuple[float, float] | None:
    """From stored values to reflectance; at the top of the air, of a sun overhead."""
    number = plain_band(band).removeprefix("b").upper()
    for group in _UNITS:
        scale = _number(notes, f"{group}/REFLECTANCE_MULT_BAND_{number}", where)
        offset = _number(notes, f"{group}/REFLECTANCE_ADD_BAND_{number}", where)
        if scale is None or offset is None or scale <= 0:
            continue
        if group.startswith("LEVEL2"):
            return scale, offset
        light = math.sin(math.radians(sun)) if sun and 0 < sun <= 90 else 1.0
        return scale / light, offset / light
    return None


def _describe(notes: Notes, key: str, sun: float | None, where: str) -> Description:
    day = notes.get("DATE_ACQUIRED") or notes.get("ACQUISITION_DATE")
    clock = notes.get("SCENE_CENTER_TIME") or notes.get("SCENE_CENTER_SCAN_TIME") or ""
    try:
        moment = parse_moment(f"{day} {clock}".strip()) if day else None
    except ValueError as exc:
        raise ImageReadError(
            f"{where}: DATE_ACQUIRED, SCENE_CENTER_TIME: {exc}."
        ) from exc
    platform = notes.get("SPACECRAFT_ID", "").replace("_", " ").title()
    cloud = _number(notes, "CLOUD_COVER", where)
    properties = {
        "eo:cloud_cover": None if cloud is None or cloud < 0 else cloud,
        "view:sun_azimuth": _number(notes, "SUN_AZIMUTH", where),
        "view:sun_elevation": sun,
        "processing_level": notes.get("PROCESSING_LEVEL") or notes.get("DATA_TYPE"),
        "wrs_path": notes.get("WRS_PATH"),
        "wrs_row": notes.get("WRS_ROW") or notes.get("STARTING_ROW"),
        "product": notes.get("LANDSAT_PRODUCT_ID") or key or None,
    }
    return noted(moment, platform or sensor_in_name(key), properties)


def _number(notes: Notes, name: str, where: str) -> float | None:
    text = notes.get(name)
    return None if text is None else number_in(text, name.rpartition("/")[2], where)
