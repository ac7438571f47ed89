"""The ground that two scenes share, on the pixels of the earlier one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ChangeError
from rsrag.imagery.places.georeference import Georeference, shifted, to_lon_lat
from rsrag.imagery.places.lonlat_picture import pixels_at
from rsrag.imagery.reading import SceneReading
from rsrag.types import Window

Doubles = NDArray[np.float64]

SMALLEST_PX = 32
"""Sides of common ground below this are too small to compare."""
LITTLE = 0.5
"""Shares of the earlier picture's ground below this are told."""
_LATTICE_PX = 32
_WHOLE_PX = 0.02
"""So near to whole pixels, nothing is interpolated."""
FINER = 1.5
"""A later scene whose pixels are smaller by this is averaged first."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where points of the earlier scene lie in the later one.

    Attributes:
        x: column of the later scene, counted from the middle of its first pixel, for
            the middle of every 32nd pixel of the earlier one; ``(rows, columns)``.
        y: row likewise.
    """

    x: Doubles
    y: Doubles

    def at(self, window: Window) -> tuple[Doubles, Doubles]:
        """Columns and rows for every pixel of a window of the earlier scene."""
        return tuple(  # type: ignore[return-value]
            _between(
                _between(one, window.row_off, window.height).T,
                window.col_off,
                window.width,
            ).T
            for one in (self.x, self.y)
        )

    def moved(self, dx: float, dy: float) -> "Lattice":
        """The same where the later scene lies so far to the right, and below."""
        return Lattice(self.x + dx, self.y + dy)

    def offset(self) -> tuple[float, float] | None:
        """What is added to a pixel's column and row, if it is the same everywhere."""
        rows, columns = self.x.shape
        dx = self.x - np.arange(columns)[None] * _LATTICE_PX
        dy = self.y - np.arange(rows)[:, None] * _LATTICE_PX
        if not (np.isfinite(dx).all() and np.isfinite(dy).all()):
            return None
        if max(np.ptp(dx), np.ptp(dy)) > _WHOLE_PX:
            return None
        x, y = float(np.median(dx)), float(np.median(dy))
        near = max(abs(x - round(x)), abs(y - round(y))) <= _WHOLE_PX
        return (round(x), round(y)) if near else (x, y)


def _between(values: Doubles, start: int, count: int) -> Doubles:
    """Rows of a lattice, interpolated for every pixel."""
    at = (start + np.arange(count)) / _LATTICE_PX
    low = np.minimum(at.astype(np.intp), len(values) - 2)
    part = (at - low)[:, None]
    return np.asarray(values[low] * (1 - part) + values[low + 1] * part)


@dataclass(frozen=True, slots=True)
class Common:
    """Where two scenes lie upon each other.

    Attributes:
        lattice: from the earlier scene to the later one.
        window: of the earlier scene, round all that both show.
        place: of this window.
        overlap: share of the earlier scene that the later one covers.
        finer: pixels of the later scene, along a side, to one of the earlier.
        notes: for people.
    """

    lattice: Lattice
    window: Window
    place: Georeference | None
    overlap: float
    finer: float
    notes: tuple[str, ...]


def common_grid(before: SceneReading, after: SceneReading) -> Common:
    """Lay a later scene on an earlier one.

    Raises:
        ChangeError: they do not overlap, or nothing says how they lie to each other.
    """
    notes: list[str] = []
    if before.place is None or after.place is None:
        lattice = _unplaced(before, after, notes)
    else:
        lattice = _placed(before, after)
    if not np.isfinite(lattice.x).any():
        raise _apart(before, after)
    full = Window(0, 0, before.width, before.height)
    # The share of the ground, and the rows and columns that have any of it.
    rows = np.arange(0, before.height, max(1, before.height // 512))
    columns = np.arange(0, before.width, max(1, before.width // 512))
    xs, ys = _thin(lattice.x, rows, columns), _thin(lattice.y, rows, columns)
    inside = (xs > -0.5) & (ys > -0.5)
    inside &= (xs < after.width - 0.5) & (ys < after.height - 0.5)
    overlap = float(inside.mean())
    window = full if overlap == 1 else _around(inside, rows, columns, full)
    if window is None or min(window.width, window.height) < SMALLEST_PX:
        raise _apart(before, after, overlap)
    if overlap < LITTLE:
        notes.append(
            f"they share {overlap:.0%} of the earlier picture's ground; only that was "
            "compared"
        )
    finer = _step(lattice)
    if finer > FINER or finer < 1 / FINER:
        which = "smaller" if finer > 1 else "larger"
        times = max(finer, 1 / finer)
        notes.append(
            f"the later picture's pixels are {times:.3g} times {which}; it was "
            "resampled"
            + ("" if finer > 1 else ": what is finer than them cannot be compared")
        )
    place = before.place
    if place is None and (before.width, before.height) == (after.width, after.height):
        place = after.place
    if place is not None:
        place = shifted(place, window.col_off, window.row_off)
    return Common(lattice, window, place, overlap, finer, tuple(notes))


def _apart(
    before: SceneReading, after: SceneReading, share: float = 0.0
) -> ChangeError:
    if share:
        shown = f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
        return ChangeError(
            f"{before.source} ({before.width} x {before.height} pixels) and "
            f"{after.source} share {shown} of the earlier one's ground: too little to "
            f"compare, which takes {SMALLEST_PX} pixels along each side.",
            hint="name two pictures of one place",
        )
    return ChangeError(
        f"{before.source} and {after.source} share no ground: they do not overlap.",
        hint="name two pictures of one place",
    )


def _thin(
    values: Doubles, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Doubles:
    down = _between(values, 0, int(rows[-1]) + 1)[rows]
    return _between(down.T, 0, int(columns[-1]) + 1)[columns].T


def _around(
    inside: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    full: Window,
) -> Window | None:
    """The window round all places that lie inside."""
    if not inside.any():
        return None
    ends = []
    for seen, at, side in (
        (inside.any(axis=1), rows, full.height),
        (inside.any(axis=0), columns, full.width),
    ):
        there = np.flatnonzero(seen)
        last = there[-1] + 1
        ends.append((int(at[there[0]]), side if last == len(at) else int(at[last])))
    (top, bottom), (left, right) = ends
    return Window(left, top, right - left, bottom - top)


def _step(lattice: Lattice) -> float:
    """Pixels of the later scene to one of the earlier, along a side."""
    dx = np.gradient(lattice.x, axis=1) / _LATTICE_PX
    dy = np.gradient(lattice.y, axis=1) / _LATTICE_PX
    return float(np.nanmedian(np.hypot(dx, dy)))


def _points(before: SceneReading) -> tuple[Doubles, Doubles]:
    """Columns and rows of the lattice, in pixels' middles, one beyond the last."""
    columns = np.arange(0, before.width + 2 * _LATTICE_PX, _LATTICE_PX)
    rows = np.arange(0, before.height + 2 * _LATTICE_PX, _LATTICE_PX)
    made = np.meshgrid(columns.astype(float), rows.astype(float))
    return made[0], made[1]


def _placed(before: SceneReading, after: SceneReading) -> Lattice:
    assert before.place is not None and after.place is not None
    columns, rows = _points(before)
    x, y = before.place.at(columns + 0.5, rows + 0.5)
    same = before.place.crs == after.place.crs and after.place.bend is None
    if same:
        a, b, c, d, e, f = after.place.transform
        area = a * e - b * d
        x, y = np.asarray(x) - c, np.asarray(y) - f
        column, row = (e * x - b * y) / area, (a * y - d * x) / area
    else:
        lon, lat = to_lon_lat(before.place.crs).transform(x, y)
        size = after.width, after.height
        column, row = pixels_at(after.place, size, np.asarray(lon), np.asarray(lat))
    return Lattice(np.asarray(column) - 0.5, np.asarray(row) - 0.5)


def _unplaced(before: SceneReading, after: SceneReading, notes: list[str]) -> Lattice:
    """Pictures of which one or both have no place: they must be of one shape."""
    columns, rows = _points(before)
    sizes = (before.width, before.height), (after.width, after.height)
    words = "neither picture has a place on the Earth"
    if before.place is not None or after.place is not None:
        which = "later" if after.place is None else "earlier"
        words = f"the {which} picture has no place on the Earth"
    if sizes[0] == sizes[1]:
        notes.append(f"{words}: they were laid upon each other as they are")
        return Lattice(columns, rows)
    times = [after / before for before, after in zip(*sizes, strict=True)]
    whole = max(round(max(times)), round(1 / min(times)))
    ratio = whole if times[0] > 1 else 1 / whole
    if whole > 1 and all(abs(one - ratio) < 1e-9 for one in times):
        notes.append(
            f"{words}; {before.width} x {before.height} and {after.width} x "
            f"{after.height} pixels were taken for the same ground"
        )
        return Lattice((columns + 0.5) * ratio - 0.5, (rows + 0.5) * ratio - 0.5)
    raise ChangeError(
        f"{before.source} has {before.width} x {before.height} pixels, "
        f"{after.source} {after.width} x {after.height}, and {words}: nothing says how "
        "they lie to each other.",
        hint="cut them to the same ground, or give both a world file",
    )
