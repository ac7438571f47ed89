"""Heat maps: how much every cell of a scene looks like what was asked for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float32]

FINE = 4
"""Cells are drawn with this many parts along a side."""
_FINE_AT_MOST = 1 << 22
"""Cells of a map that is no longer drawn finer."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A place in a scene that stands out.

    Attributes:
        rank: 1 is the best.
        score: cosine similarity there.
        score_mean: of the area, its mean.
        column: of the peak, in pixels of the scene.
        row: see above.
        area: in pixels of the scene, holes included.
    """

    rank: int
    score: float
    score_mean: float
    column: float
    row: float
    area: "Polygon"


def ranks(heat: Floats) -> Floats:
    """Share of the cells with data that are no warmer: 0 the coldest, 1 the warmest.

    Args:
        heat: ``(rows, columns)``, nan where there is no data.
    """
    seen = np.isfinite(heat)
    made = np.full(heat.shape, np.nan, np.float32)
    values = heat[seen]
    order = np.sort(values)
    made[seen] = np.searchsorted(order, values, "right") / max(1, len(order))
    return made


def finer(heat: Floats, times: int = FINE) -> Floats:
    """A heat map with more cells, bicubic between the given ones; nan stays nan."""
    from PIL import Image

    rows, columns = heat.shape
    if times == 1 or heat.size * times * times > _FINE_AT_MOST:
        return heat
    seen = np.isfinite(heat)
    filled = np.where(seen, heat, np.nanmin(heat)) if seen.any() else heat
    size = columns * times, rows * times
    drawn = Image.fromarray(filled.astype(np.float32)).resize(
        size, Image.Resampling.BICUBIC
    )
    holes = np.repeat(np.repeat(~seen, times, axis=0), times, axis=1)
    return np.where(holes, np.float32(np.nan), np.asarray(drawn, np.float32))


def peaks(
    heat: Floats,
    cell_px: float,
    apart_px: float,
    threshold: float,
    top_k: int,
    size: tuple[int, int],
) -> list[Peak]:
    """The warmest places of a scene, no two of them in one window.

    From each the area is followed down to ``threshold`` of the way from the scene's
    median to the peak. Peaks below that part of the way to the best are left out.

    Args:
        heat: ``(rows, columns)`` cosines, nan where there is no data.
        cell_px: side of a cell in pixels of the scene.
        apart_px: that two peaks are apart at least, pixels.
        threshold: 0 takes all that is warmer than the median, 1 the peak alone.
        top_k: most peaks to give.
        size: width and height of the scene, pixels: no area goes beyond.
    """
    from shapely import Point, Polygon, box

    drawn = finer(heat)
    side = cell_px * heat.shape[0] / drawn.shape[0]
    if not np.isfinite(drawn).any():
        return []
    # The last cells may reach beyond the scene: no peak lies out there.
    drawn = drawn.copy()
    drawn[max(1, math.ceil(size[1] / side - 0.5)) :] = np.nan
    drawn[:, max(1, math.ceil(size[0] / side - 0.5)) :] = np.nan
    median = float(np.nanmedian(heat))
    taken: BaseGeometry = Polygon()
    found: list[Peak] = []
    whole = box(0, 0, *size)
    for row, column in _maxima(drawn, apart_px / side):
        x, y = min((column + 0.5) * side, size[0]), min((row + 0.5) * side, size[1])
        at = Point(x, y)
        if any(one.area.covers(at) for one in found):
            continue
        score = float(drawn[row, column])
        if found and score < median + threshold * (found[0].score - median):
            break
        level = median + threshold * (score - median)
        area, mean = _flooded(drawn, row, column, level)
        own = (_scaled(area, side) & whole) - taken
        if own.geom_type != "Polygon":
            own = next(one for one in own.geoms if one.covers(at))
        taken = taken | own
        found.append(Peak(len(found) + 1, score, mean, at.x, at.y, own))
        if len(found) == top_k:
            break
    return found


def _maxima(heat: Floats, apart: float) -> Iterator[tuple[int, int]]:
    """Local maxima, warmest first, that are apart from all warmer ones."""
    filled = np.where(np.isfinite(heat), heat, -np.inf)
    grown = np.pad(filled, 1, constant_values=-np.inf)
    rows, columns = filled.shape
    highest = np.isfinite(filled)
    for down in range(3):
        for across in range(3):
            near = grown[down : down + rows, across : across + columns]
            highest &= filled >= near
    at = np.argwhere(highest)
    order = np.argsort(-filled[highest], kind="stable")
    taken: list[NDArray[np.int64]] = []
    for place in at[order]:
        if all(np.hypot(*(place - other)) >= apart for other in taken):
            taken.append(place)
            yield int(place[0]), int(place[1])


def _flooded(
    heat: Floats, row: int, column: int, level: float
) -> tuple["Polygon", float]:
    """The connected area round a cell that is at least as warm as a level."""
    from rasterio.features import rasterize, shapes
    from shapely import Point, Polygon
    from shapely.geometry import shape

    reach = 64
    while True:
        top, left = max(0, row - reach), max(0, column - reach)
        part = heat[top : row + reach + 1, left : column + reach + 1]
        warm = np.where(np.isfinite(part), part, -np.inf) >= level
        warm[row - top, column - left] = True
        centre = Point(column - left + 0.5, row - top + 0.5)
        areas = (shape(one) for one, _ in shapes(warm.astype(np.uint8), mask=warm))
        area = next(one for one in areas if one.covers(centre))
        west, north, east, south = area.bounds
        cut = (
            (west == 0 and left > 0)
            or (north == 0 and top > 0)
            or (east == part.shape[1] and left + part.shape[1] < heat.shape[1])
            or (south == part.shape[0] and top + part.shape[0] < heat.shape[0])
        )
        if not cut:
            break
        reach *= 4
    inside = rasterize([area], part.shape).astype(bool)
    mean = float(part[inside & np.isfinite(part)].mean())
    return _scaled(Polygon(area.exterior, area.interiors), 1, left, top), mean


def _scaled(area: "Polygon", by: float, east: float = 0, south: float = 0) -> "Polygon":
    from shapely.affinity import affine_transform

    moved: Polygon = affine_transform(area, [by, 0, 0, by, east, south])
    return moved
