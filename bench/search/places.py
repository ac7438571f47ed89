"""Where the vectors' pictures lie on the Earth, and the regions that searches name.

Nine pictures in ten and more lie evenly over the Earth north of 60° S, whatever they
show. Those that resemble a few chosen ones lie in Antarctica: a region that holds few
clusters, so that most queries find their neighbours elsewhere. That is the hard case
of a filtered search: a walk through a graph towards the query leads away from what the
filter allows.

Footprints are small squares on a grid whose lines the regions' edges follow, so a
square touches a region exactly when its centre is inside. Systems that know only
longitude and latitude are asked the same as those that know footprints.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.clouds import Array

if TYPE_CHECKING:
    import pyarrow as pa

Places = NDArray[np.float64]
Mask = NDArray[np.bool_]

_GRID = 0.05
_HALF = 0.02
_SOUTH = -60.0
_ALIKE_SHARE = 0.02
_ANCHORS = 16
_ODD = 0x9E3779B97F4A7C15
_ALL = 2**128


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in degrees; its name says how much of the archive it holds."""

    name: str
    west: float
    south: float
    east: float
    north: float

    def holds(self, places: Places) -> Mask:
        """Which of ``(n, 2)`` longitudes and latitudes lie inside."""
        lon, lat = places.T
        inside = (lon >= self.west) & (lon <= self.east)
        return np.asarray(inside & (lat >= self.south) & (lat <= self.north))


REGIONS = (
    Region("50 %", -170.0, -60.0, 10.0, 85.0),
    Region("5 %", 60.0, 10.0, 132.0, 39.8),
    Region("0.1 %", 9.0, 45.0, 16.2, 53.15),
    Region("2 %, alike", -170.0, -85.0, 170.0, -65.0),
)


@dataclass(frozen=True, slots=True)
class Alike:
    """Which pictures resemble the chosen ones: learned from the first of a cloud."""

    anchors: Array
    least: float

    @classmethod
    def learn(cls, vectors: Array) -> "Alike":
        """Choose rows, and the similarity that a fiftieth of all rows reach."""
        rng = np.random.default_rng(11)
        count = min(_ANCHORS, len(vectors))
        anchors = vectors[rng.choice(len(vectors), count, replace=False)]
        nearest = (vectors @ anchors.T).max(axis=1)
        return cls(anchors, float(np.quantile(nearest, 1 - _ALIKE_SHARE)))

    def among(self, vectors: Array) -> Mask:
        """Which rows do."""
        return np.asarray((vectors @ self.anchors.T).max(axis=1) >= self.least)


def place(vectors: Array, alike: Alike, first: int) -> Places:
    """Longitude and latitude of rows ``first`` and on, ``(n, 2)``."""
    rng = np.random.default_rng([5, first])
    count = len(vectors)
    lon = rng.uniform(-180, 180, count)
    lowest = np.sin(np.radians(_SOUTH))
    lat = np.degrees(np.arcsin(rng.uniform(lowest, 1, count)))
    far_south = rng.uniform(-84, -66, count)
    lat = np.where(alike.among(vectors), far_south, lat)
    return np.floor(np.stack([lon, lat], axis=1) / _GRID) * _GRID + _GRID / 2


def ids(first: int, count: int) -> list[str]:
    """Ids of rows as an index has them: 128 bits in hex, in no order."""
    return [f"{i * _ODD % _ALL:032x}" for i in range(first, first + count)]


def row(id_: str) -> int:
    """The row whose id that is."""
    return int(id_, 16) * _UNODD % _ALL


def payload(first: int, places: Places) -> "pa.Table":
    """Rows as an index holds them: id, source, footprint, sensor, ground size."""
    import pyarrow as pa
    import shapely

    count = len(places)
    west, south = places.T - _HALF
    east, north = places.T + _HALF
    sides = [pa.array(side) for side in (west, south, east, north)]
    return pa.table(
        {
            "id": ids(first, count),
            "source": [
                f"archive.tar!/scene-{i // 100}.tif"
                for i in range(first, first + count)
            ],
            "geometry": shapely.to_wkb(shapely.box(west, south, east, north)),
            "bbox": pa.StructArray.from_arrays(
                sides, names=["xmin", "ymin", "xmax", "ymax"]
            ),
            "sensor": ["S2A"] * count,
            "gsd_m": np.full(count, 10.0),
        }
    )


_UNODD = pow(_ODD, -1, _ALL)
