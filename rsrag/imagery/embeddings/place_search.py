"""Where rasters of embeddings look like a place: a similarity a cell, ranked places."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.imagery.embeddings.embedding_cells import TILE, blocks
from rsrag.imagery.embeddings.embedding_raster import EmbeddingRaster, unit
from rsrag.imagery.places.georeference import ground_sampling_m, to_lon_lat
from rsrag.types import Window

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_PEAKS = 200_000
"""Cells at most that may be peaks, the highest: of them the places are chosen."""


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place that looks like the one asked for.

    Attributes:
        rank: from 1.
        score: cosine similarity.
        lon, lat: middle of the cell, degrees.
        raster: name of the raster.
        column, row: of the cell's middle, pixels from the north-western corner.
    """

    rank: int
    score: float
    lon: float
    lat: float
    raster: str
    column: float
    row: float


def query_of(
    rasters: Sequence[EmbeddingRaster], ground: "BaseGeometry"
) -> tuple[NDArray[np.float32], int]:
    """The mean direction of the vectors on some ground, ``(dim,)``, and of how many.

    Args:
        rasters: of one width of vectors.
        ground: a point, or an area, lon/lat.

    Raises:
        QueryError: no vector lies there.
    """
    total, count = np.zeros(rasters[0].dim), 0
    for raster in rasters:
        for window, inside in _on(raster, ground):
            cells = raster.read(window)
            here = cells.valid & inside
            total += unit(cells.vectors[here]).sum(axis=0, dtype=np.float64)
            count += int(here.sum())
    length = np.linalg.norm(total)
    if not count or length < 1e-6:
        names = ", ".join(raster.name for raster in rasters)
        raise QueryError(
            f"No embedding lies at {ground.centroid.x:.5f},{ground.centroid.y:.5f} in "
            f"{names}.",
            hint="give a place within the rasters, where they hold data",
        )
    return (total / length).astype(np.float32), count


def similarity(
    raster: EmbeddingRaster,
    query: NDArray[np.float32],
    stride: int,
    told: Callable[[int, int], None],
) -> NDArray[np.float32]:
    """Cosine similarity of each cell with a query, ``(rows, columns)``; nan where none.

    Args:
        query: ``(dim,)`` of length one.
        stride: side of a cell in pixels; its vector is the mean of theirs.
        told: rows of pixels that are done, and how many there are.
    """
    shape = (-(-raster.height // stride), -(-raster.width // stride))
    found = np.full(shape, np.nan, np.float32)
    for top, left, vectors, valid in blocks(raster, stride):
        cosine = np.where(valid, vectors @ query, np.float32(np.nan))
        rows, columns = cosine.shape
        at = (top // stride, left // stride)
        found[at[0] : at[0] + rows, at[1] : at[1] + columns] = cosine
        told(min(top + rows * stride, raster.height), raster.height)
    return found


def best_places(
    heats: Sequence[tuple[EmbeddingRaster, NDArray[np.float32]]],
    stride: int,
    top_k: int,
    apart_m: float,
    asked: "BaseGeometry",
) -> list[PlaceFound]:
    """The cells most like the query, none within ``apart_m`` of a better one.

    Nor of the ground that was asked for: that it is like itself is no news.
    """
    found: list[PlaceFound] = []
    for raster, heat in heats:
        metres = ground_sampling_m(raster.place, raster.width, raster.height) or 1.0
        reach = apart_m / (metres * stride)
        heat = heat.copy()
        for window, inside in _on(raster, asked, reach * stride):
            rows, columns = np.nonzero(inside)
            rows, columns = rows + window.row_off, columns + window.col_off
            heat[rows // stride, columns // stride] = np.nan
        found += _peaks(raster, heat, stride, top_k, reach)
    found.sort(key=lambda place: (-place.score, place.raster, place.row, place.column))
    kept: list[PlaceFound] = []
    for place in found:
        if len(kept) < top_k and all(_metres(place, k) >= apart_m for k in kept):
            kept.append(place)
    return [
        PlaceFound(rank, *_but_rank(place)) for rank, place in enumerate(kept, start=1)
    ]


def _but_rank(place: PlaceFound) -> tuple[float, float, float, str, float, float]:
    return (
        *(place.score, place.lon, place.lat),
        *(place.raster, place.column, place.row),
    )


def _peaks(
    raster: EmbeddingRaster,
    heat: NDArray[np.float32],
    stride: int,
    top_k: int,
    reach: float,
) -> list[PlaceFound]:
    flat = heat.ravel()
    there = np.flatnonzero(~np.isnan(flat))
    if len(there) > _PEAKS:
        there = there[np.argpartition(-flat[there], _PEAKS)[:_PEAKS]]
    to_degrees = to_lon_lat(raster.place.crs)
    places: list[PlaceFound] = []
    for cell in there[np.argsort(-flat[there], kind="stable")]:
        if len(places) == top_k:
            break
        if np.isnan(flat[cell]):
            continue
        row, column = divmod(int(cell), heat.shape[1])
        score = float(flat[cell])
        _clear(heat, row, column, reach)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        lon, lat = to_degrees.transform(*raster.place.at(x, y))
        lon = (float(lon) + 180) % 360 - 180
        places.append(PlaceFound(0, score, lon, float(lat), raster.name, x, y))
    return places


def _clear(heat: NDArray[np.float32], row: int, column: int, reach: float) -> None:
    """Take what lies within a reach of a cell out of the running."""
    side = math.ceil(reach)
    top, left = max(0, row - side), max(0, column - side)
    part = heat[top : row + side + 1, left : column + side + 1]
    down = np.arange(top, top + part.shape[0])[:, None] - row
    across = np.arange(left, left + part.shape[1])[None] - column
    part[(down**2 + across**2 < reach**2) | ((down == 0) & (across == 0))] = np.nan


def _metres(one: PlaceFound, other: PlaceFound) -> float:
    from pyproj import Geod

    distance = Geod(ellps="WGS84").inv(one.lon, one.lat, other.lon, other.lat)[2]
    return float(distance)


def _on(
    raster: EmbeddingRaster, ground: "BaseGeometry", around: float = 0.0
) -> Iterator[tuple[Window, NDArray[np.bool_]]]:
    """Windows of a raster on some ground, and which of their pixels it touches.

    Args:
        around: pixels that the ground is grown by.
    """
    import shapely
    from rasterio import Affine
    from rasterio.features import geometry_mask

    back = to_lon_lat(raster.place.crs)
    a, b, c, d, e, f = raster.place.transform
    turned = np.linalg.inv(np.array([[a, b], [d, e]]))

    def pixels(points: NDArray[np.float64]) -> NDArray[np.float64]:
        xs, ys = back.transform(points[:, 0], points[:, 1], direction="INVERSE")
        return np.stack([xs - c, ys - f], axis=1) @ turned.T

    drawn = shapely.transform(ground, pixels)
    if not np.isfinite(drawn.bounds).all():
        return
    drawn = drawn.buffer(around) if around else drawn
    left, top, right, bottom = drawn.bounds
    first = max(math.floor(left), 0), max(math.floor(top), 0)
    last = (
        min(max(math.ceil(right), math.floor(left) + 1), raster.width),
        min(max(math.ceil(bottom), math.floor(top) + 1), raster.height),
    )
    for y in range(first[1], last[1], TILE):
        for x in range(first[0], last[0], TILE):
            window = Window(x, y, min(TILE, last[0] - x), min(TILE, last[1] - y))
            inside = geometry_mask(
                [drawn],
                (window.height, window.width),
                Affine.translation(x, y),
                all_touched=True,
                invert=True,
            )
            if inside.any():
                yield window, inside
