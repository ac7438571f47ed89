"""Where two pictures of one ground differ: registered, in one light, cell by cell."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.block_scan import Rows
from rsrag.analysis.change.aligning.common_grid import Common, Lattice
from rsrag.analysis.change.aligning.pair_alignment import Alignment, align
from rsrag.analysis.change.aligning.pair_pictures import (
    PlainPicture,
    Readable,
    enlarged,
)
from rsrag.analysis.change.cloud_rule import Skies, clouded
from rsrag.analysis.change.judgement import Judged, JudgeOptions
from rsrag.analysis.change.pair_port import ChangeHead, Floats
from rsrag.analysis.change.pair_samples import samples
from rsrag.analysis.change.pair_scan import PairPlan, scan_pair
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import TapEncoder
from rsrag.errors import ChangeError
from rsrag.imagery.pixels.contrast import Mask
from rsrag.types import Pixels, Window

Cells = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

ENLARGED_PX = 1 << 22
"""Pixels of common ground up to which pictures are looked at twice as large."""
FINE_PX, COARSE_PX = 4, 8
"""Side of a cell, in pixels that are looked at, in ordinary and in huge pairs."""
HUGE_PX = 1 << 25
_HALF = 0.5


def judge_arrays(
    before: Pixels,
    after: Pixels,
    encoder: TapEncoder,
    head: ChangeHead,
    *,
    before_seen: Mask | None = None,
    after_seen: Mask | None = None,
    options: JudgeOptions | None = None,
    cover_head: CoverHead | None = None,
) -> Judged:
    """Say where two pictures of one size and one ground differ.

    Args:
        before: ``(height, width, 3)`` uint8 RGB, no side below 32 pixels.
        after: of the same shape.
        head: of :mod:`rsrag.analysis.change.change_heads`.
        before_seen: ``(height, width)``, where there is data; ``None`` for everywhere.
        after_seen: likewise.
        options: how the two are made comparable.
        cover_head: tells what covers each cell, if that is asked for.

    Raises:
        ChangeError: nothing can be compared, or they lie far beside each other.
    """
    if before.shape != after.shape or before.shape[2:] != (3,):
        raise ChangeError(
            f"Pictures of {before.shape} and {after.shape} are not one pair of RGB."
        )
    height, width = before.shape[:2]
    columns, rows = np.meshgrid(
        np.arange(0.0, width + 64, 32), np.arange(0.0, height + 64, 32)
    )
    whole = Window(0, 0, width, height)
    common = Common(Lattice(columns, rows), whole, None, 1.0, 1.0, ())
    return judge(
        PlainPicture(before, before_seen),
        PlainPicture(after, after_seen),
        common,
        encoder,
        head,
        options or JudgeOptions(),
        cover_head,
    )


def judge(
    before: Rows,
    after: Rows,
    common: Common,
    encoder: TapEncoder,
    head: ChangeHead,
    options: JudgeOptions,
    cover_head: CoverHead | None = None,
    unknown: Readable | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Judged:
    """Say where two pictures differ on the ground that they share.

    Args:
        before: the earlier scene.
        after: the later scene, on pixels of its own.
        common: how they lie upon each other.
        unknown: picture on the earlier scene's pixels that is above 0 where nothing
            is to be compared.

    Raises:
        ChangeError: nothing can be compared, or they lie far beside each other.
        ImageReadError: pixels cannot be decoded.
    """
    aligned = align(before, after, common, options.reach_px, tune=options.tune)
    area = common.window.width * common.window.height
    plan = PairPlan(
        COARSE_PX if area >= HUGE_PX else FINE_PX,
        2 if area <= ENLARGED_PX and aligned.held is not None else 1,
    )
    pair: Rows = aligned.pair
    if aligned.held is not None:
        pair = enlarged(*aligned.held, plan.enlarge)
    looked, null = samples(pair, encoder, plan, aligned.tuning)
    fitted = head.fitted(looked, null)
    side = plan.tap_px
    shape = -(-pair.height // side), -(-pair.width // side)
    names = () if cover_head is None else cover_head.covers
    probability = np.zeros(shape, np.float32)
    covers = np.zeros((2, len(names), *shape), np.uint8)
    skies = Skies(*np.zeros((2, 2, *shape), bool))
    data, same = np.zeros(shape, bool), True
    for row, column, block, share in scan_pair(
        pair, encoder, plan, aligned.tuning, fitted, cover_head, progress, looked
    ):
        rows, columns = share.shape
        where = np.s_[..., row : row + rows, column : column + columns]
        inner = np.s_[..., :rows, :columns]
        probability[where] = block.probability[inner]
        covers[where] = block.covers[inner]
        skies.bright[where] = block.skies.bright[inner]
        skies.dark[where] = block.skies.dark[inner]
        data[where] = share >= _HALF
        same &= block.same
    cell = side // plan.enlarge
    return _finished(
        aligned, common, options, unknown, probability, covers, names, skies, data,
        same, cell, fitted.threshold, head,
    )  # fmt: skip


def _finished(
    aligned: Alignment,
    common: Common,
    options: JudgeOptions,
    unknown: Readable | None,
    probability: Floats,
    covers: Bytes,
    names: tuple[str, ...],
    skies: Skies,
    data: Cells,
    same: bool,
    cell: int,
    threshold: float,
    head: ChangeHead,
) -> Judged:
    """Leave out what cannot be compared."""
    notes = [*common.notes, *aligned.notes]
    hidden = np.zeros(data.shape, bool)
    if options.clouds and not same:
        hidden |= clouded(skies, cell)
    if unknown is not None:
        hidden |= _marked(unknown, common.window, cell, data.shape)
    hidden &= data
    if not data.any():
        raise ChangeError(
            "The two pictures have data nowhere in common: one of them is empty on the "
            "ground that they share."
        )
    seen = data & ~hidden
    if not seen.any():
        raise ChangeError(
            "All of the common ground is under cloud or shadow in one of the two "
            "pictures: nothing can be compared.",
            hint="--clouds none compares it all the same",
        )
    if same:
        notes.append("the two are the same picture")
        probability[:] = 0
    clouds = float(hidden.mean())
    if hidden.any():
        notes.append(
            f"{clouds:.1%} of the common ground is under cloud or shadow in one of "
            "them: what changed there is unknown"
        )
    if not data.all() and data.mean() < 0.995:
        notes.append(
            f"{1 - data.mean():.1%} of the common ground has no data in one of them"
        )
    probability[~seen] = np.nan
    return Judged(
        probability,
        covers,
        names,
        cell,
        (common.window.width, common.window.height),
        threshold,
        head.name,
        head.calibrated_on,
        aligned.registration,
        aligned.tuning.words,
        clouds,
        float(seen.mean()),
        same,
        tuple(notes),
    )


def _marked(
    unknown: Readable, window: Window, cell: int, shape: tuple[int, ...]
) -> Cells:
    """Cells of which a mask marks any pixel."""
    made = np.zeros(shape, bool)
    for top in range(0, window.height, 64 * cell):
        tall = min(64 * cell, window.height - top)
        there = Window(window.col_off, window.row_off + top, window.width, tall)
        pixels, seen = unknown.read_with_mask(there)
        marked = pixels.any(axis=2)
        if seen is not None:
            marked &= seen
        down, across = np.nonzero(marked)
        made[(top + down) // cell, across // cell] = True
    return made
