"""Windows of a raster as RGB: bands chosen, stretched by one law, nodata black."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.names_of_products import sensor_in_name
from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.pixels.fill import untagged_fill
from rsrag.imagery.pixels.raster_dataset import Dataset
from rsrag.imagery.pixels.raster_plan import RasterPlan, plan_raster
from rsrag.imagery.pixels.raster_values import read_values, sample
from rsrag.imagery.pixels.stretch import fix_stretch, needs_statistics, parse_stretch
from rsrag.imagery.sources.items import SourceItem
from rsrag.types import Pixels, Window

NO_DATA = "It holds no data: every pixel is missing, so there is nothing to see."

_KEPT, _ROWS_KEPT = 32 * 2**20, 1024
"""Bytes and rows that are kept of a scene that is read from top to bottom."""
_READ_AT_ONCE = 192 * 2**20
"""Most bytes of a run of neighbouring windows that are read together."""


class RasterPixels:
    """A raster opened for windowed reading; nothing of it is held but one law.

    Raises:
        ImageReadError: it cannot be read, or holds no picture.

    Attributes:
        width: pixels.
        height: pixels.
        sequential: whether going back would mean to decode from the start.
        windowed: whether blocks are decoded one by one.
    """

    def __init__(self, item: SourceItem, format: str, options: ImageryOptions) -> None:
        self._dataset = Dataset(item, format)
        try:
            with self._dataset.borrow() as raster:
                sensor = item.told.metadata.sensor or sensor_in_name(item.source)
                self.plan: RasterPlan = plan_raster(
                    raster, format, options, item.told.bands, sensor
                )
                self.width, self.height = int(raster.width), int(raster.height)
                self.sequential = self.plan.sequential
                self.windowed = not self.sequential
                self._law = self._measure(raster, options, item.told.radar)
        except BaseException:
            self._dataset.close()
            raise

    def _leave_out_fill(
        self, values: NDArray[np.generic], valid: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Take a value that is clearly no measurement for missing data, and say so."""
        plan = self.plan
        if plan.nodata is not None or plan.masked or plan.alpha is not None:
            return valid
        fill = untagged_fill(values[valid])
        if fill is None:
            return valid
        data: NDArray[np.bool_] = valid & (values != fill.value)
        word = (
            f"{fill.share:.1%} of its values are {fill.value:g}, far from all others: "
            "taken for no data (--nodata says which value is; nan: none)"
        )
        notices = (*plan.notices, word)
        self.plan = replace(plan, nodata=fill.value, notices=notices)
        return data

    def _measure(self, raster: Any, options: ImageryOptions, radar: bool) -> Any:
        """Fix the stretch for the whole scene."""
        plan = self.plan
        spec = parse_stretch(options.stretch)
        if radar and spec.kind == "auto":
            spec = parse_stretch("db")
        if plan.palette is not None or plan.cmyk:
            return fix_stretch(parse_stretch("none"), 3, None)
        if not needs_statistics(spec, plan.dtype):
            law = fix_stretch(spec, len(plan.bands), None, units=plan.units)
            if spec.kind == "auto" and plan.full_scale != 255:
                law = fix_stretch(
                    parse_stretch(f"range:0,{plan.full_scale}"), len(plan.bands), None
                )
            return law
        values, valid = sample(raster, plan)
        if options.nodata is None:
            valid = self._leave_out_fill(values, valid)
        return fix_stretch(spec, len(plan.bands), values, valid)

    def expect(self, reads: int) -> None:
        """Say that rows will be read from top to bottom: little is worth keeping."""
        row = self.width * len(self.plan.bands) * self.plan.dtype.itemsize
        self._dataset.keep(max(_KEPT, _ROWS_KEPT * row))

    def read(self, windows: Sequence[Window]) -> Iterable[tuple[Pixels, Mask | None]]:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        with self._dataset.borrow() as raster:
            for group in self._groups(windows):
                yield from self._read_group(raster, group)

    def read_coarse(self, window: Window, scale: float) -> tuple[Pixels, Mask | None]:
        """A window from the coarsest overview that is no coarser than ``scale``."""
        with self._dataset.borrow() as raster:
            factors = raster.overviews(self.plan.bands[0])
            fitting = [1, *(one for one in factors if one <= scale)]
            factor = max(one for one in fitting if not any(n % one for n in window[:2]))
            shape = (-(-window.height // factor), -(-window.width // factor))
            return self._picture(*read_values(raster, self.plan, window, shape))

    def _groups(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        """Windows to be read with one call: runs of a row, where blocks are strips."""
        for _, row in groupby(windows, key=lambda window: window.row_off):
            run = list(row)
            span = run[-1].col_off + run[-1].width - run[0].col_off
            asked = sum(window.width for window in run)
            size = (
                span * run[0].height * len(self.plan.bands) * self.plan.dtype.itemsize
            )
            if self.plan.strips and span <= asked and size <= _READ_AT_ONCE:
                yield run
            else:
                yield from ([window] for window in run)

    def _read_group(
        self, raster: Any, group: list[Window]
    ) -> Iterator[tuple[Pixels, Mask | None]]:
        first, last = group[0], group[-1]
        span = last.col_off + last.width - first.col_off
        whole = Window(first.col_off, first.row_off, span, first.height)
        pixels, valid = self._picture(*read_values(raster, self.plan, whole))
        for window in group:
            start = window.col_off - first.col_off
            columns = slice(start, start + window.width)
            part = np.ascontiguousarray(pixels[:, columns])
            yield part, None if valid is None else valid[:, columns]

    def _picture(
        self, values: NDArray[np.generic], valid: Mask | None
    ) -> tuple[Pixels, Mask | None]:
        """RGB and one mask from values and a mask for each band."""
        plan = self.plan
        if plan.palette is not None:
            index = np.minimum(values[0].astype(np.int64), len(plan.palette) - 1)
            colours = plan.palette[np.maximum(index, 0)]
            seen = colours[..., 3] > 0
            if valid is not None:
                seen &= valid[0]
            return np.where(seen[..., None], colours[..., :3], np.uint8(0)), seen
        if plan.cmyk:
            ink = 255 - values.astype(np.uint16)
            rgb = (ink[:3] * ink[3] + 127) // 255
            grey = rgb.astype(np.uint8)
        else:
            grey = self._law.apply(values)
        everywhere: Mask | None = None
        if valid is not None:
            if not plan.cmyk:
                grey = np.where(valid, grey, np.uint8(0))
            everywhere = cast("Mask", valid.any(axis=0))
        picture = np.moveaxis(grey, 0, 2)
        if picture.shape[2] == 1:
            picture = np.repeat(picture, 3, axis=2)
        return np.ascontiguousarray(picture), everywhere

    def preview(self, side: int) -> Pixels:
        """The whole raster, thinned out so that no side is longer than ``side``."""
        with self._dataset.borrow() as raster:
            shrink = max(1.0, max(self.width, self.height) / side)
            shape = (
                max(1, round(self.height / shrink)),
                max(1, round(self.width / shrink)),
            )
            whole = Window(0, 0, self.width, self.height)
            values, valid = read_values(raster, self.plan, whole, shape)
            pixels, seen = self._picture(values, valid)
            if seen is not None and not seen.any():
                raise ImageReadError(NO_DATA)
            return pixels

    def close(self) -> None:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        self._dataset.close()
