"""Sentinel-1 products: one scene, of the polarisations asked for, in decibels."""

import re
from collections.abc import Iterable
from dataclasses import replace

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import (
    BandInfo,
    Description,
    ProductScene,
    noted,
)
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.products.safe_notes import xml_leaves

_IMAGE = re.compile(
    r"measurement/(?:.*?-)?(?P<kind>grd|slc)\w*-(?P<band>vv|vh|hh|hv)-.*\.tiff?", re.I
)
_ORDER = ("VV", "HH", "VH", "HV")


def radar_scene(
    names: Iterable[str], notes: bytes, options: ImageryOptions, where: str
) -> ProductScene:
    """Pick the polarisations of a product.

    Without ``bands``, the one that is sent and received alike (VV, else HH).

    Args:
        names: files of the product, relative to it.
        notes: ``manifest.safe``.

    Raises:
        ImageReadError: no such polarisation, complex values, or damaged notes.
    """
    files: dict[str, str] = {}
    for name in sorted(names):
        if match := _IMAGE.fullmatch(name):
            if match["kind"].lower() == "slc":
                raise ImageReadError(
                    f"{where} holds complex values (SLC), which have no grey.",
                    hint="take the GRD product of the same time",
                )
            files.setdefault(match["band"].upper(), name)
    if not files:
        raise ImageReadError(
            f"{where} holds no polarisation (measurement/*-vv-*.tiff)."
        )
    there = [band for band in _ORDER if band in files]
    numbers = dict(enumerate(there, 1))
    wanted = [there[0]] if options.bands is None else []
    for word in options.bands or ():
        band = word.strip().upper()
        band = numbers.get(int(band), band) if band.isdecimal() else band
        if band not in files:
            raise ImageReadError(
                f"{where} has no band {word!r}.", hint=f"it has {', '.join(there)}"
            )
        wanted.append(band)
    facts = tuple(BandInfo(band, nodata=0.0) for band in wanted)
    told = replace(_describe(notes, where), bands=facts, radar=True)
    if len(wanted) == 1:  # Whole, with the control points that place it.
        return ProductScene(((files[wanted[0]], 0, BandInfo()),), told)
    parts = tuple((files[fact.name or ""], 1, fact) for fact in facts)
    return ProductScene(parts, told)


def _describe(data: bytes, where: str) -> Description:
    found: dict[str, str] = {}
    for _, name, text in xml_leaves(data, f"{where}: manifest.safe"):
        found.setdefault(name, text)
    start = found.get("startTime")
    try:
        moment = parse_moment(start) if start else None
    except ValueError as exc:
        raise ImageReadError(f"{where}: startTime: {exc}.") from exc
    properties = {
        "sar:instrument_mode": found.get("mode"),
        "sat:orbit_state": found.get("pass", "").lower() or None,
        "relative_orbit": found.get("relativeOrbitNumber"),
        "end_datetime": found.get("stopTime"),
        "start_datetime": start,
    }
    family = found.get("familyName", "").title()
    sensor = f"{family}{found.get('number', '')}" if family else None
    return noted(moment, sensor, properties)
