"""Names of places: deserts, seas, mountains, islands and countries, coarsely.

The outlines in ``regions.geojson`` are drawn by hand, from 4 to 20 points each, to name
a satellite chip at a glance. They settle no border and no coastline.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import GeometryError, KnowledgeError
from rsrag.geo import bbox_centre
from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

LAND = frozenset(
    {"country", "continent", "island", "islands", "ice sheet", "ice", "peninsula"}
)
"""Kinds of regions whose outlines are coasts and borders."""

_REGIONS = Path(__file__).with_name("regions.geojson")
_WATER = frozenset({"ocean", "sea", "bay", "strait", "lake"})
_REMEMBERED = 1 << 14
"""Points whose names are kept."""


class Gazetteer:
    """Names of regions, found by the point that they contain.

    Args:
        names: one per region.
        kinds: ``desert``, ``sea``, ``country``, …; one per region.
        parents: what a region belongs to, ``None`` where that is to be looked up.
        rings: the outer rings of each region, ``(points, 2)`` lon/lat degrees, within
            ±180; a region across the antimeridian has two.

    Raises:
        KnowledgeError: the four lists differ in length.
    """

    def __init__(
        self,
        names: Sequence[str],
        kinds: Sequence[str],
        parents: Sequence[str | None],
        rings: Sequence[Sequence[NDArray[np.float64]]],
    ) -> None:
        if len({len(names), len(kinds), len(parents), len(rings)}) != 1:
            raise KnowledgeError(
                "A gazetteer needs as many kinds as names and outlines."
            )
        owner = [i for i, outline in enumerate(rings) for _ in outline]
        flat = [ring for outline in rings for ring in outline]
        # One pass over all points: a call for each ring would be most of a load.
        starts = np.cumsum([0, *map(len, flat)])[:-1]
        points = np.concatenate([np.empty((0, 2)), *flat])
        low = high = np.empty((0, 2))
        areas = np.zeros(len(names))
        if flat:
            low = np.minimum.reduceat(points, starts)
            high = np.maximum.reduceat(points, starts)
            np.add.at(areas, owner, _areas(points, starts))
        order = sorted(range(len(names)), key=lambda i: (areas[i], names[i]))
        rank = {i: place for place, i in enumerate(order)}
        self._names = [names[i] for i in order]
        self._kinds = [kinds[i] for i in order]
        self._parents = [parents[i] for i in order]
        by_rank = sorted(range(len(flat)), key=lambda ring: rank[owner[ring]])
        self._rings = [flat[ring] for ring in by_rank]
        self._owner = [rank[owner[ring]] for ring in by_rank]
        self._low, self._high = low[by_rank], high[by_rank]
        self._names_of = lru_cache(_REMEMBERED)(self._name_at)

    def outlines(self, kinds: Collection[str]) -> list[NDArray[np.float64]]:
        """Rings of all regions of some kinds, ``(points, 2)`` lon/lat degrees each."""
        pairs = zip(self._rings, self._owner, strict=True)
        return [ring for ring, owner in pairs if self._kinds[owner] in kinds]

    def outline(self, name: str) -> "BaseGeometry | None":
        """The outline of the region of a name, lon/lat; ``None`` where there is none.

        Of several of one name (a continent and a country) the largest is meant.
        """
        import shapely

        folded = name.casefold()
        at = [i for i, one in enumerate(self._names) if one.casefold() == folded]
        rings = [
            r for r, o in zip(self._rings, self._owner, strict=True) if o in at[-1:]
        ]
        return shapely.unary_union([*map(shapely.Polygon, rings)]) if rings else None

    @classmethod
    @cache
    def load(cls) -> "Gazetteer":
        """The gazetteer that ships with the package, read once."""
        return cls.read(_REGIONS)

    @classmethod
    def read(cls, path: Path) -> "Gazetteer":
        """Read regions with ``name``, ``kind`` and ``parent`` from GeoJSON.

        They are Polygons and MultiPolygons, whose holes are ignored.

        Raises:
            KnowledgeError: the file is missing or is not that.
        """
        try:
            features = json.loads(path.read_text(encoding="utf-8"))["features"]
            rows = [feature["properties"] for feature in features]
            return cls(
                [str(row["name"]) for row in rows],
                [str(row["kind"]) for row in rows],
                [row["parent"] for row in rows],
                [_outlines(feature["geometry"]) for feature in features],
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as exc:
            raise KnowledgeError(f"{path} holds no regions: {exc}") from exc

    def __len__(self) -> int:
        return len(self._names)

    def name_of(self, where: BBox | tuple[float, float]) -> str | None:
        """Name what lies at ``(lon, lat)``, or at the centre of a box, in degrees.

        The smallest region that contains the point wins. A region of land gets what it
        belongs to behind a comma: its parent, or the country found at the same point.
        Where a country is the smallest, the smallest land region around the point
        stands before it: ``Sahara, Algeria``, ``Coral Sea``, or ``None`` when no region
        is there.

        Raises:
            GeometryError: a latitude beyond ±90, or a number that is not finite.
        """
        lon, lat = bbox_centre(BBox(*where)) if len(where) == 4 else where
        return self._names_of(float(lon), float(lat))

    def _name_at(self, lon: float, lat: float) -> str | None:
        found = self._containing(lon, lat)
        if not found:
            return None
        best = found[0]
        if self._kinds[best] in _WATER:
            return self._names[best]
        country = next((i for i in found if self._kinds[i] == "country"), None)
        land = {*_WATER, "country", "continent"}
        region = next((i for i in found if self._kinds[i] not in land), None)
        if region is None:
            return self._names[best if country is None else country]
        within = self._parents[region]
        if within is None and country is not None:
            within = self._names[country]
        name = self._names[region]
        return name if within is None or within in name else f"{name}, {within}"

    def _containing(self, lon: float, lat: float) -> list[int]:
        """Regions around a point, smallest first."""
        if not (np.isfinite(lon) and -90 <= lat <= 90):
            raise GeometryError(f"{lon:g} {lat:g} is no point on the Earth (lon lat).")
        lon = (lon + 180) % 360 - 180
        point = np.array([lon, lat])
        near = np.all((self._low <= point) & (point <= self._high), axis=1)
        return list(
            dict.fromkeys(
                self._owner[i]
                for i in np.flatnonzero(near)
                if _inside(self._rings[i], lon, lat)
            )
        )


def _outlines(geometry: dict[str, object]) -> list[NDArray[np.float64]]:
    """Outer rings of a Polygon or a MultiPolygon."""
    coordinates = geometry["coordinates"]
    if not isinstance(coordinates, list):
        raise TypeError("coordinates are no list")
    if geometry["type"] == "Polygon":
        coordinates = [coordinates]
    elif geometry["type"] != "MultiPolygon":
        raise ValueError(f"a {geometry['type']} has no area")
    return [np.array(polygon[0], dtype=np.float64) for polygon in coordinates]


def _areas(
    points: NDArray[np.float64], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Areas of closed rings laid end to end, on the equal-area cylinder.

    Only good for comparing; ``starts`` holds the number of each ring's first point.
    """
    x, y = points[:, 0], np.sin(np.radians(points[:, 1]))
    cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
    # From the last point of a ring to the first of the next is no edge.
    cross[starts[1:] - 1] = 0.0
    return np.abs(np.add.reduceat(cross, starts)) / 2


def _inside(ring: NDArray[np.float64], lon: float, lat: float) -> bool:
    """Whether a ray from the point to the east crosses the closed ring oddly often."""
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    spans = (y0 > lat) != (y1 > lat)
    x0, y0, x1, y1 = x0[spans], y0[spans], x1[spans], y1[spans]
    crossing = x0 + (lat - y0) / (y1 - y0) * (x1 - x0)
    return bool(np.count_nonzero(crossing > lon) % 2)
