"""A pair of pictures looked over in blocks, in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.block_scan import Rows, blockwise
from rsrag.analysis.change.aligning.pair_pictures import Six
from rsrag.analysis.change.aligning.radiometry import Tuning
from rsrag.analysis.change.cloud_rule import Skies, sky
from rsrag.analysis.change.pair_port import RIM_CELLS, FittedHead, Floats, PairLook
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import TapEncoder
from rsrag.types import Pixels

Bytes = NDArray[np.uint8]

STRIDE_PX = 32
"""What the encoder's coarsest cells measure."""
BLOCK_PX = 24 * STRIDE_PX
MARGIN_PX = 3 * STRIDE_PX
"""Surroundings of a block: the heads' rim, and what the trunk sees around it."""
LEVELS = 255
"""Steps that the root of a cover's probability is kept in."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """How a pair is looked over.

    Attributes:
        tap_px: side of a cell, in pixels that are looked at.
        enlarge: pixels that are looked at, along a side, to one of the pictures.
    """

    tap_px: int
    enlarge: int


@dataclass(frozen=True, slots=True)
class Block:
    """What was found in a block.

    Attributes:
        probability: of each cell, ``(rows, columns)`` float32.
        covers: root of each cover's probability before and after, in steps of
            :data:`LEVELS`, ``(2, covers, rows, columns)``.
        skies: what may be cloud or shadow.
        same: whether both pictures are equal there to the last bit.
    """

    probability: Floats
    covers: Bytes
    skies: Skies
    same: bool


def pair_look(
    pixels: Six, margin: int, encoder: TapEncoder, plan: PairPlan, tuning: Tuning
) -> PairLook:
    """What an encoder says of a piece of both pictures, given one light.

    Args:
        pixels: the earlier picture's colours, and the later's.
        margin: of them that is seen only: the heads' rim lies in it.
    """
    raw = tuple(np.ascontiguousarray(pixels[..., at]) for at in (BEFORE, AFTER))
    before, after = (taps_of(one, margin, encoder, plan) for one in tuning.tuned(*raw))
    colours = tuple(colour_means(one, margin, before.shape, plan.tap_px) for one in raw)
    return PairLook(before, after, (colours[0], colours[1]))


BEFORE, AFTER = slice(0, 3), slice(3, 6)


def taps_of(
    picture: Pixels, margin: int, encoder: TapEncoder, plan: PairPlan
) -> Floats:
    """Taps of a picture, with a rim of cells."""
    seen_only = margin - RIM_CELLS * plan.tap_px
    return encoder.encode_taps(picture, plan.tap_px, margin_px=seen_only).values


def colour_means(
    picture: Pixels, margin: int, shape: tuple[int, ...], side: int
) -> Floats:
    """Mean colour of cells; cells at the rim that reach beyond it repeat its last."""
    rows, columns = shape[:2]
    cut = margin - RIM_CELLS * side
    part = picture[cut : picture.shape[0] - cut or None]
    part = part[:, cut : part.shape[1] - cut or None]
    rims = (
        (0, max(0, rows * side - part.shape[0])),
        (0, max(0, columns * side - part.shape[1])),
        (0, 0),
    )
    part = np.pad(part, rims, mode="edge")[: rows * side, : columns * side]
    sums = part.reshape(rows, side, columns, side, 3).sum(axis=(1, 3), dtype=np.float32)
    return np.asarray(sums / side**2, np.float32)


def one_block(pair: Rows) -> bool:
    """Whether a pair is looked over at once."""
    return max(pair.height, pair.width) <= BLOCK_PX


def scan_pair(
    pair: Rows,
    encoder: TapEncoder,
    plan: PairPlan,
    tuning: Tuning,
    head: FittedHead,
    covers: CoverHead | None,
    progress: Callable[[int, int], None],
    looked: Sequence[PairLook] = (),
) -> Iterator[tuple[int, int, Block, Floats]]:
    """Judge a pair block by block, row by row.

    Args:
        pair: both pictures, enlarged as the plan says.
        covers: tells what covers a cell; ``None``: nothing does.
        progress: told how many cells of how many are done.
        looked: pieces that were looked at before; the first is a pair of one block.

    Yields:
        First row and column of a block's cells, what was found, and the share of data
        in each cell.
    """
    known = looked[0] if one_block(pair) else None

    def work(block: Six, data: bool) -> Block:
        look = known or pair_look(block, MARGIN_PX, encoder, plan, tuning)
        return _judged(block, look, plan.tap_px, tuning, head, covers)

    return blockwise(
        pair,
        work,
        side=BLOCK_PX,
        margin=MARGIN_PX,
        cell=plan.tap_px,
        channels=6,
        progress=progress,
    )


def _judged(
    block: Six,
    look: PairLook,
    side: int,
    tuning: Tuning,
    head: FittedHead,
    covers: CoverHead | None,
) -> Block:
    inside = np.s_[RIM_CELLS:-RIM_CELLS, RIM_CELLS:-RIM_CELLS]
    values = [one[inside] for one in (look.before, look.after)]
    rows, columns = values[0].shape[:2]
    told = np.zeros((2, 0, rows, columns), np.uint8)
    if covers is not None:
        likely = np.stack([np.moveaxis(covers(one), 2, 0) for one in values])
        told = np.rint(np.sqrt(likely) * LEVELS).astype(np.uint8)
    inner = block[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    rims = (
        (0, rows * side - inner.shape[0]),
        (0, columns * side - inner.shape[1]),
        (0, 0),
    )
    whole = np.pad(inner, rims, mode="edge")
    found = sky(*tuning.tuned(whole[..., BEFORE], whole[..., AFTER]), side)
    same = bool((inner[..., BEFORE] == inner[..., AFTER]).all())
    return Block(head(look), told, found, same)
