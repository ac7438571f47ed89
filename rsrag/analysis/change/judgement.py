"""Where a pair of pictures differs, cell by cell, and how it was made comparable."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.fact_sheet import Registration
from rsrag.analysis.change.pair_port import Floats

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How two pictures are made comparable.

    Attributes:
        reach_px: of shifts that are undone; ``None``: none is.
        tune: give both one light, by what did not change.
        clouds: leave out what looks like cloud or shadow.
    """

    reach_px: float | None = 8.0
    tune: bool = True
    clouds: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a pair differs.

    Attributes:
        probability: that each cell changed, ``(rows, columns)`` float32, nan where
            nothing can be compared.
        covers: root of each cover's probability before and after, in steps of 255,
            ``(2, covers, rows, columns)``; none without a cover head.
        cover_names: in their order.
        cell_px: side of a cell in pixels of the common grid.
        size: width and height of the common grid, pixels.
        threshold: of a changed cell.
        head: what judged.
        calibrated_on: what the threshold was chosen on.
        registration: how the later picture was moved.
        radiometry: what was done to the colours, in words.
        clouds: share of the common ground under cloud or shadow.
        compared: share of the common ground that could be compared.
        same: whether the two pictures are equal to the last bit.
        notes: for people.
    """

    probability: Floats
    covers: Bytes
    cover_names: tuple[str, ...]
    cell_px: int
    size: tuple[int, int]
    threshold: float
    head: str
    calibrated_on: str
    registration: Registration
    radiometry: str
    clouds: float
    compared: float
    same: bool
    notes: tuple[str, ...]

    def pixels(self) -> Floats:
        """Probability of each pixel of the common grid, nan where there is none.

        Bilinear between the middles of cells, ``(height, width)`` float32.
        """
        from PIL import Image

        width, height = self.size
        part = (0, 0, width / self.cell_px, height / self.cell_px)
        seen = np.isfinite(self.probability)
        filled = Image.fromarray(np.where(seen, self.probability, np.float32(0)))
        drawn = filled.resize((width, height), Image.Resampling.BILINEAR, box=part)
        holes = Image.fromarray(seen).resize(
            (width, height), Image.Resampling.NEAREST, box=part
        )
        return np.where(np.asarray(holes), np.asarray(drawn), np.float32(np.nan))
