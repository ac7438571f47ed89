"""How much of a scene each class covers, and its connected areas."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.cover_map import NO_CLASS, NO_DATA, Segmented
from rsrag.columns.outlines import shape_mapping
from rsrag.errors import ConfigError
from rsrag.imagery.places.pixel_areas import area_m2, area_on_earth

if TYPE_CHECKING:
    from shapely import Polygon

_AREA = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(px|m2|ha|km2)\s*", re.IGNORECASE)
_M2 = {"m2": 1.0, "ha": 1e4, "km2": 1e6}
_TILES = 16
"""Parts along a side in which a pixel is taken to be of one size."""
SMALLEST_CELLS = 16
"""Areas of fewer cells are no polygons, where nobody says otherwise."""
SMALLEST_PX = 256
"""Nor are areas of fewer pixels of the scene, whose edges may be drawn in pixels."""


@dataclass(frozen=True, slots=True)
class AreaSize:
    """A size of areas: square metres, or pixels of the scene."""

    value: float
    unit: str

    @classmethod
    def parse(cls, text: str) -> "AreaSize":
        """Read ``200m2``, ``1.5ha``, ``2km2`` or ``400px``.

        Raises:
            ConfigError: anything else.
        """
        match = _AREA.fullmatch(text)
        if match is None:
            raise ConfigError(
                f"{text!r} is not the size of an area.",
                hint="write 200m2, 1.5ha, 2km2 or 400px",
            )
        value, unit = float(match[1]), match[2].lower()
        return cls(value, "px") if unit == "px" else cls(value * _M2[unit], "m2")


def class_areas(
    found: Segmented,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Pixels and square metres of each value of the map, ``(256,)`` each.

    Square metres are on the ellipsoid, whatever the scene's reference system; ``None``
    for a scene without a place.
    """
    from shapely import box

    rows, columns = found.labels.shape
    side, (width, height) = found.cell_px, found.size
    tall = np.minimum(side, height - side * np.arange(rows)).astype(np.float64)
    wide = np.minimum(side, width - side * np.arange(columns)).astype(np.float64)
    pixels = np.zeros(256)
    ground = np.zeros(256)
    for top, bottom in _parts(rows):
        for left, right in _parts(columns):
            weights = np.outer(tall[top:bottom], wide[left:right])
            part = found.labels[top:bottom, left:right]
            counts = np.bincount(part.ravel(), weights.ravel(), minlength=256)
            pixels += counts
            if found.place is not None and counts[1:].any():
                ends = min(right * side, width), min(bottom * side, height)
                area = area_on_earth(found.place, box(left * side, top * side, *ends))
                ground += counts * (area_m2(area) / weights.sum())
    return pixels, None if found.place is None else ground


def _parts(count: int) -> Iterator[tuple[int, int]]:
    ends = np.unique(np.linspace(0, count, _TILES + 1).astype(int)).tolist()
    yield from itertools.pairwise(ends)


def class_mappings(found: Segmented) -> list[dict[str, Any]]:
    """Each class with its head, share of the data and area, as plain JSON values."""
    pixels, ground = class_areas(found)
    data = max(float(pixels[1:].sum()), 1.0)

    def row(name: str, head: str | None, value: int) -> dict[str, Any]:
        return {
            "class": name,
            "value": value,
            "head": head,
            "share": round(float(pixels[value]) / data, 6),
            "area_m2": None if ground is None else round(float(ground[value]), 1),
        }

    rows = [
        row(one.name, head, number)
        for number, (one, head) in enumerate(
            zip(found.classes, found.heads, strict=True), start=1
        )
    ]
    return [*rows, row("no class", None, NO_CLASS)]


def area_mappings(found: Segmented, smallest: AreaSize | None) -> list[dict[str, Any]]:
    """Connected areas of one class, largest first, as plain JSON values.

    Args:
        smallest: smaller ones are left out; ``None``: of fewer cells than
            ``SMALLEST_CELLS``, or fewer pixels than ``SMALLEST_PX``.

    Raises:
        ConfigError: square metres in a scene without a place.
    """
    from rasterio.features import rasterize, shapes
    from shapely.affinity import scale
    from shapely.geometry import box, shape

    place = found.place
    usual = max(SMALLEST_CELLS * found.cell_px**2, SMALLEST_PX)
    least = smallest or AreaSize(usual, "px")
    if least.unit == "m2" and place is None:
        raise ConfigError(
            f"{found.source} has no place on the Earth, so none of its areas can be "
            "measured in square metres.",
            hint="--min-area 400px",
        )
    told = (found.labels != NO_DATA) & (found.labels != NO_CLASS)
    whole = box(0, 0, *found.size)
    rows: list[dict[str, Any]] = []
    cells = []
    for mapping, value in shapes(found.labels, mask=told):
        cell_area: Polygon = shape(mapping)
        area = scale(cell_area, found.cell_px, found.cell_px, origin=(0, 0)) & whole
        if least.unit == "px" and area.area < least.value:
            continue
        ground = None if place is None else area_on_earth(place, area)
        m2 = None if ground is None else area_m2(ground)
        if least.unit == "m2" and (m2 or 0) < least.value:
            continue
        cells.append(cell_area)
        rows.append(
            {
                "class": found.classes[int(value) - 1].name,
                "head": found.heads[int(value) - 1],
                "score": 0.0,
                "area_px": round(area.area),
                "bbox_px": [round(v, 1) for v in area.bounds],
                "area_m2": None if m2 is None else round(m2, 1),
                "geometry": None if ground is None else shape_mapping(ground),
            }
        )
    if rows:
        numbers = rasterize(
            ((area, number) for number, area in enumerate(cells, start=1)),
            found.labels.shape,
            dtype="int32",
        ).ravel()
        sums = np.bincount(numbers, found.sureness.ravel(), len(rows) + 1)
        counts = np.bincount(numbers, minlength=len(rows) + 1)
        for row, score in zip(rows, sums[1:] / np.maximum(counts[1:], 1), strict=True):
            row["score"] = round(float(score) / 100, 4)
    return sorted(rows, key=lambda row: -row["area_px"])
