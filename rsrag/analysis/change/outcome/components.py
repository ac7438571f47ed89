"""Connected pieces of changed ground, what they were and became, and the fact sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.fact_sheet import CELLS, UNKNOWN, Component
from rsrag.analysis.change.judgement import Judged
from rsrag.analysis.change.pair_port import Floats
from rsrag.analysis.cover.cover_areas import SMALLEST_CELLS, AreaSize
from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.columns.outlines import shape_mapping
from rsrag.errors import ConfigError
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.places.pixel_areas import area_m2, area_on_earth

MARGIN = 0.1
"""That a cover leads by, or it is unknown."""
_LEVELS = 255


@dataclass(frozen=True, slots=True)
class Found:
    """The components of a judged pair.

    Attributes:
        components: the largest first.
        numbers: ``(rows, columns)`` int32, a component's id, 0 for none.
        geometries: of each, GeoJSON in degrees; ``None`` without a place.
        chance: that any piece as large as the smallest changed, 0 to 1.
    """

    components: tuple[Component, ...]
    numbers: NDArray[np.int32]
    geometries: tuple[Any, ...]
    chance: float


def opened(values: Floats) -> Floats:
    """What is left where only squares of two by two cells count: grey opening."""
    rows, columns = values.shape
    if min(rows, columns) < 2:
        return values
    least = np.minimum(values[:-1], values[1:])
    least = np.minimum(least[:, :-1], least[:, 1:])
    made = np.zeros_like(values)
    for down in (0, 1):
        for across in (0, 1):
            part = made[down : down + rows - 1, across : across + columns - 1]
            np.maximum(part, least, out=part)
    return made


def find_components(
    judged: Judged,
    place: Georeference | None,
    threshold: float,
    smallest: AreaSize | None,
    classes: Sequence[CoverClass],
    source: str,
) -> Found:
    """Connected changed cells, and what covered them.

    Args:
        place: of the common grid.
        smallest: smaller ones are left out; ``None``: of fewer than sixteen cells.
        source: for errors.

    Raises:
        ConfigError: square metres, and nothing says how large a pixel is.
    """
    from rasterio.features import rasterize, shapes
    from shapely.affinity import scale
    from shapely.geometry import box, shape

    cell = judged.cell_px
    least = smallest or AreaSize(SMALLEST_CELLS * cell**2, "px")
    if least.unit == "m2" and place is None:
        raise ConfigError(
            f"{source} has no place on the Earth, so no change can be measured in "
            "square metres.",
            hint="--min-area 400px",
        )
    kept = opened(np.nan_to_num(judged.probability))
    mask = kept > threshold
    whole = box(0, 0, *judged.size)
    rows = []
    for mapping, _ in shapes(mask.astype(np.uint8), mask=mask):
        cells = shape(mapping)
        area = scale(cells, cell, cell, origin=(0, 0)) & whole
        if least.unit == "px" and area.area < least.value:
            continue
        ground = None if place is None else area_on_earth(place, area)
        m2 = None if ground is None else area_m2(ground)
        if least.unit == "m2" and (m2 or 0) < least.value:
            continue
        rows.append((cells, area, ground, m2))
    rows.sort(key=lambda row: (-row[1].area, row[1].bounds[1], row[1].bounds[0]))
    numbers = np.zeros(mask.shape, np.int32)
    if rows:
        drawn = ((row[0], number) for number, row in enumerate(rows, start=1))
        numbers = rasterize(drawn, mask.shape, dtype="int32")
    covers = _Covers(judged, numbers, len(rows), classes)
    sums = np.bincount(
        numbers.ravel(), np.nan_to_num(judged.probability).ravel(), len(rows) + 1
    )
    counts = np.bincount(numbers.ravel(), minlength=len(rows) + 1)
    made = []
    for number, (_, area, ground, m2) in enumerate(rows, start=1):
        before, after, margin = covers.told(number)
        middle = area.representative_point()
        left, top, right, bottom = (round(value) for value in area.bounds)
        bounds = None if ground is None else tuple(round(v, 7) for v in ground.bounds)
        made.append(
            Component(
                number,
                _cell(middle.x, middle.y, judged.size),
                (left, top, right, bottom),
                round(area.area),
                before,
                after,
                margin,
                round(float(sums[number] / max(1, counts[number])), 4),
                bounds,
                None if m2 is None else round(m2, 1),
            )
        )
    pixels = least.value
    if least.unit == "m2":
        total = area_m2(area_on_earth(place, whole)) if place else 1.0
        pixels = least.value / total * judged.size[0] * judged.size[1]
    chance = _highest(kept, max(1, round(pixels / cell**2)))
    chance = (
        max(chance, *(one.probability for one in made), 0.0)
        if made
        else min(chance, threshold)
    )
    shown = tuple(None if row[2] is None else shape_mapping(row[2]) for row in rows)
    return Found(tuple(made), numbers, shown, round(chance, 4))


def _highest(values: Floats, count: int) -> float:
    """What the highest so many values reach at least."""
    flat = values.ravel()
    at = max(0, len(flat) - count)
    return float(np.partition(flat, at)[at])


def _cell(x: float, y: float, size: tuple[int, int]) -> str:
    column = min(2, int(3 * x / size[0]))
    row = min(2, int(3 * y / size[1]))
    return CELLS[3 * row + column]


class _Covers:
    """What covered components, by the mean of their cells."""

    def __init__(
        self,
        judged: Judged,
        numbers: NDArray[np.int32],
        count: int,
        classes: Sequence[CoverClass],
    ) -> None:
        named = {cover: one.name for one in classes for cover in one.covers}
        told = [named.get(name, UNKNOWN) for name in judged.cover_names]
        # Covers of one class count together, and those of none as one that is unknown.
        self._names = list(dict.fromkeys(told))
        inside = numbers > 0
        at = numbers[inside]
        sizes = np.maximum(np.bincount(at, minlength=count + 1), 1)
        self._means = np.zeros((2, len(self._names), count + 1))
        for date in range(2 if len(at) else 0):
            for cover, name in enumerate(told):
                roots = judged.covers[date, cover][inside].astype(np.float64)
                share = (roots / _LEVELS) ** 2
                sums = np.bincount(at, share, minlength=count + 1)
                self._means[date, self._names.index(name)] += sums / sizes

    def told(self, number: int) -> tuple[str, str, float]:
        """Cover before, after, and the smaller of the two leads."""
        if len(self._names) < 2:
            return UNKNOWN, UNKNOWN, 0.0
        means = self._means[:, :, number]
        order = np.argsort(-means, axis=1)
        leads = [float(m[o[0]] - m[o[1]]) for m, o in zip(means, order, strict=True)]
        names = [
            self._names[o[0]] if lead >= MARGIN else UNKNOWN
            for o, lead in zip(order, leads, strict=True)
        ]
        if names[0] == names[1] != UNKNOWN:
            # The same leads at both times: what changed is what grew and what shrank.
            gain = means[1] - means[0]
            grew, shrank = int(gain.argmax()), int(gain.argmin())
            names = [
                self._names[shrank] if gain[shrank] <= -MARGIN else UNKNOWN,
                self._names[grew] if gain[grew] >= MARGIN else UNKNOWN,
            ]
            leads = [abs(float(gain[shrank])), abs(float(gain[grew]))]
        return names[0], names[1], round(min(leads), 4)
