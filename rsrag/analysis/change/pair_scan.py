"""A pair of pictures looked over in blocks, in bounded memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.aligning.pair_pictures import Six, tiles
from rsrag.analysis.change.aligning.radiometry import Tuning, as_they_are
from rsrag.analysis.change.cloud_rule import Skies, sky
from rsrag.analysis.change.nuisances import NUISANCES
from rsrag.analysis.change.pair_port import RIM_CELLS, FittedHead, Floats, PairLook
from rsrag.analysis.dense_scan import Rows, bands, cell_means
from rsrag.config import available_processors
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import Look, TapEncoder
from rsrag.types import Pixels

Bytes = NDArray[np.uint8]

STRIDE_PX = 32
"""What the encoder's coarsest cells measure."""
BLOCK_PX = 24 * STRIDE_PX
MARGIN_PX = 3 * STRIDE_PX
"""Surroundings of a block: the heads' rim, and what the trunk sees around it."""
SAMPLE_PX, SAMPLES_ALONG = 512, 3
LEVELS = 255
"""Steps that the root of a cover's probability is kept in."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """How a pair is looked over.

    Attributes:
        tap_px: side of a cell, in pixels that are looked at.
        enlarge: pixels that are looked at, along a side, to one of the pictures.
        windows_px: whose vectors the head reads.
    """

    tap_px: int
    enlarge: int
    windows_px: tuple[int, ...] = ()


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
    rim = RIM_CELLS * plan.tap_px
    raw = tuple(np.ascontiguousarray(pixels[..., at]) for at in (_BEFORE, _AFTER))
    before, after = (
        encoder.encode_look(
            one, plan.windows_px, STRIDE_PX, margin_px=margin - rim, tap_px=plan.tap_px
        )
        for one in tuning.tuned(*raw)
    )
    assert before.taps is not None
    rows, columns = before.taps.values.shape[:2]
    cut = margin - rim
    colours = tuple(_means(one, cut, rows, columns, plan.tap_px) for one in raw)
    return PairLook(before, after, (colours[0], colours[1]))


_BEFORE, _AFTER = slice(0, 3), slice(3, 6)


def _means(picture: Pixels, cut: int, rows: int, columns: int, side: int) -> Floats:
    """Mean colour of cells; cells at the rim that reach beyond it repeat its last."""
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


def samples(
    pair: Rows, encoder: TapEncoder, plan: PairPlan, tuning: Tuning
) -> tuple[list[PairLook], list[PairLook]]:
    """Pieces of a pair, and of its pictures beside themselves in other light.

    Pieces with missing data are left out as long as others have none.
    """
    rim = RIM_CELLS * plan.tap_px
    read = [
        pair.read_with_mask(window)
        for window in tiles(pair.width, pair.height, SAMPLE_PX, SAMPLES_ALONG)
    ]
    shares = [1.0 if seen is None else float(seen.mean()) for _, seen in read]
    best = max(shares)
    kept = [
        np.pad(pixels, ((rim, rim), (rim, rim), (0, 0)), mode="symmetric")
        for (pixels, _), share in zip(read, shares, strict=True)
        if share >= min(0.9, best)
    ]
    still = []
    for number, pixels in enumerate(kept):
        both = tuning.tuned(pixels[..., _BEFORE], pixels[..., _AFTER])
        # In the other order of the two dates the same pieces are taken.
        ordered = sorted(both, key=lambda one: (one.std(), one.mean()))
        for turn, make in enumerate(NUISANCES):
            picture = np.ascontiguousarray(ordered[(number + turn) % 2])
            other = make(picture, plan.enlarge)
            still.append(np.concatenate([picture, other], axis=2))
    plain = as_they_are("")
    with ThreadPoolExecutor(available_processors(), "rsrag-change") as pool:
        looks = list(
            pool.map(lambda one: pair_look(one, rim, encoder, plan, tuning), kept)
        )
        null = list(
            pool.map(lambda one: pair_look(one, rim, encoder, plan, plain), still)
        )
    return looks, null


def scan_pair(
    pair: Rows,
    encoder: TapEncoder,
    plan: PairPlan,
    tuning: Tuning,
    head: FittedHead,
    covers: CoverHead | None,
    progress: Callable[[int, int], None],
) -> Iterator[tuple[int, int, Block, Floats]]:
    """Judge a pair block by block, row by row.

    Args:
        pair: both pictures, enlarged as the plan says.
        covers: tells what covers a cell; ``None``: nothing does.
        progress: told how many cells of how many are done.

    Yields:
        First row and column of a block's cells, what was found, and the share of data
        in each cell.
    """
    side = plan.tap_px
    rows, columns = -(-pair.height // side), -(-pair.width // side)

    def work(block: Six) -> Block:
        return _judged(block, encoder, plan, tuning, head, covers)

    with ThreadPoolExecutor(available_processors(), "rsrag-change") as pool:
        for top, band, valid in bands(pair, 1, BLOCK_PX, MARGIN_PX, 6):
            lefts = range(0, valid.shape[1], BLOCK_PX)
            blocks = [
                band[:, left : min(left + BLOCK_PX, valid.shape[1]) + 2 * MARGIN_PX]
                for left in lefts
            ]
            del band  # the blocks hold it, and it goes with them
            shares = cell_means(valid, side)
            for left, found in zip(lefts, pool.map(work, blocks), strict=True):
                share = shares[:, left // side : (left + BLOCK_PX) // side]
                yield top // side, left // side, found, share
            del blocks
            done = min((top + BLOCK_PX) // side, rows)
            progress(done * columns, rows * columns)


def _judged(
    block: Six,
    encoder: TapEncoder,
    plan: PairPlan,
    tuning: Tuning,
    head: FittedHead,
    covers: CoverHead | None,
) -> Block:
    look = pair_look(block, MARGIN_PX, encoder, plan, tuning)
    inside = np.s_[RIM_CELLS:-RIM_CELLS, RIM_CELLS:-RIM_CELLS]
    dates: tuple[Look, Look] = (look.before, look.after)
    values = [one.taps.values[inside] for one in dates if one.taps is not None]
    rows, columns = values[0].shape[:2]
    told = np.zeros((2, 0, rows, columns), np.uint8)
    if covers is not None:
        likely = np.stack([np.moveaxis(covers(one), 2, 0) for one in values])
        told = np.rint(np.sqrt(likely) * LEVELS).astype(np.uint8)
    inner = block[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    side = plan.tap_px
    rims = (
        (0, rows * side - inner.shape[0]),
        (0, columns * side - inner.shape[1]),
        (0, 0),
    )
    whole = np.pad(inner, rims, mode="edge")
    found = sky(*tuning.tuned(whole[..., _BEFORE], whole[..., _AFTER]), side)
    same = bool((inner[..., _BEFORE] == inner[..., _AFTER]).all())
    return Block(head(look), told, found, same)
