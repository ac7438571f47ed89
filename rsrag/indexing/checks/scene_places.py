"""Scenes of an index as arrays: some 40 bytes each, so that a million fit."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import boxes, filled, floats, integers, truths
from rsrag.indexing.build.sidecar import scene_starts
from rsrag.indexing.format.parts import read_parts
from rsrag.types import BBox

if TYPE_CHECKING:
    import pyarrow as pa

_FAR_KM, _FAR_TIMES = 100.0, 10.0
_GSD_TIMES = 4.0
_FEW = 5
"""Scenes that a folder must have before one of them can be an exception."""

_EARTH_KM = 6371.0
_WRITTEN = '"written": "'


class ScenePlaces:
    """Of each scene, in the order of the parts, what its first chip says.

    Attributes:
        placed: whether it has a footprint.
        dated: whether its time of acquisition is known.
        written: whether only the time is known at which its file was written.
    """

    def __init__(self) -> None:
        self._folders: dict[str, int] = {}
        self._last = ""
        self._columns: list[tuple[NDArray[np.float64], ...]] = []

    def add(self, table: "pa.Table") -> NDArray[np.intp]:
        """Take in chips; gives the number of the scene that each is of."""
        import pyarrow.compute as pc

        starts = scene_starts(table["source"], self._last)
        before = sum(len(columns[0]) for columns in self._columns)
        self._last = table["source"][-1].as_py()
        firsts = table.take(integers(starts))
        folders = [
            self._folders.setdefault(source.rpartition("/")[0], len(self._folders))
            for source in firsts["source"].to_pylist()
        ]
        dated = filled(firsts["datetime"])
        told = pc.match_substring(pc.fill_null(firsts["properties"], ""), _WRITTEN)
        west, south, east, north = boxes(firsts["bbox"]).T
        east = np.where(west > east, east + 360, east)
        self._columns.append(
            (
                np.array(folders, float),
                (west + east) / 2,
                (south + north) / 2,
                floats(firsts["gsd_m"]),
                dated.astype(float),
                (truths(told) & ~dated).astype(float),
            )
        )
        numbers = np.zeros(len(table), np.intp)
        numbers[starts] = 1
        return np.asarray(before - 1 + numbers.cumsum())

    def settle(self) -> None:
        """Join what was taken in; nothing more can be."""
        joined = [np.concatenate(parts) for parts in zip(*self._columns, strict=True)]
        self._folder = joined[0].astype(int)
        self._lon, self._lat, self._gsd = joined[1:4]
        self.placed = ~np.isnan(self._lon)
        self.dated, self.written = joined[4] > 0, joined[5] > 0

    def box(self, number: int) -> BBox:
        """Middle of a placed scene's first chip, as a box without width."""
        x, y = float(self._lon[number]), float(self._lat[number])
        return BBox(x, y, x, y)

    def __len__(self) -> int:
        return len(self._folder)

    def far(self) -> NDArray[np.intp]:
        """Scenes that lie far from the others of their folder.

        Further than 100 km from the middle, and than ten times the median distance.
        """
        lon, lat = np.radians(self._lon), np.radians(self._lat)
        flat = np.cos(lat)
        points = np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=1)
        found = []
        for rows in self._by_folder(self.placed):
            middle = np.median(points[rows], axis=0)
            middle /= np.linalg.norm(middle) or 1.0
            apart = np.arccos(np.clip(points[rows] @ middle, -1, 1)) * _EARTH_KM
            limit = max(_FAR_KM, _FAR_TIMES * float(np.median(apart)))
            found.append(rows[apart > limit])
        return _joined(found)

    def odd_gsd(self) -> NDArray[np.intp]:
        """Scenes four times coarser or finer than the median of their folder."""
        found = []
        for rows in self._by_folder(self._gsd > 0):
            ratio = self._gsd[rows] / np.median(self._gsd[rows])
            found.append(rows[(ratio > _GSD_TIMES) | (ratio < 1 / _GSD_TIMES)])
        return _joined(found)

    def _by_folder(self, some: NDArray[np.bool_]) -> Iterable[NDArray[np.intp]]:
        """Rows of each folder that has enough of them."""
        rows = np.flatnonzero(some)
        rows = rows[np.argsort(self._folder[rows], kind="stable")]
        edges = np.flatnonzero(np.diff(self._folder[rows])) + 1
        return (group for group in np.split(rows, edges) if len(group) >= _FEW)


def scene_names(paths: Sequence[Path], wanted: Iterable[int]) -> dict[int, str]:
    """Sources of scenes by their number, read again from the parts."""
    left, found, last, number = set(wanted), {}, "", -1
    for table in read_parts(paths, ["source"], 1 << 16):
        for row in scene_starts(table["source"], last).tolist():
            number += 1
            if number in left:
                found[number] = str(table["source"][row].as_py())
        last = table["source"][-1].as_py()
    return found


def _joined(found: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    return np.sort(np.concatenate([np.empty(0, np.intp), *found]))
