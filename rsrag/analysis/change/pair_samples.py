"""Pieces of a pair, from which heads learn what the pair is like."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rsrag.analysis.block_scan import Rows
from rsrag.analysis.change.aligning.pair_pictures import Six, tiles
from rsrag.analysis.change.aligning.radiometry import Tuning
from rsrag.analysis.change.nuisances import NUISANCES
from rsrag.analysis.change.pair_port import RIM_CELLS, PairLook
from rsrag.analysis.change.pair_scan import (
    AFTER,
    BEFORE,
    BLOCK_PX,
    MARGIN_PX,
    STRIDE_PX,
    PairPlan,
    colour_means,
    one_block,
    pair_look,
    taps_of,
)
from rsrag.config import available_processors
from rsrag.encoders.dense_port import TapEncoder

SAMPLE_PX, SAMPLES_ALONG = 512, 3


def samples(
    pair: Rows, encoder: TapEncoder, plan: PairPlan, tuning: Tuning
) -> tuple[list[PairLook], list[PairLook]]:
    """Pieces of a pair, and of its pictures beside themselves in other light.

    Pieces with missing data are left out as long as others have none. A pair of one
    block is one piece, which is what the block will be.
    """
    side = BLOCK_PX if one_block(pair) else SAMPLE_PX
    read = [
        pair.read_with_mask(window)
        for window in tiles(pair.width, pair.height, side, SAMPLES_ALONG)
    ]
    shares = [1.0 if seen is None else float(seen.mean()) for _, seen in read]
    best = max(shares)
    rim = (MARGIN_PX, MARGIN_PX)
    kept = [
        np.pad(pixels, (rim, rim, (0, 0)), mode="symmetric")
        for (pixels, _), share in zip(read, shares, strict=True)
        if share >= min(0.9, best)
    ]
    times = len(NUISANCES)
    turns = np.repeat(np.arange(times), len(kept)).tolist()

    def look(piece: Six) -> PairLook:
        return pair_look(piece, MARGIN_PX, encoder, plan, tuning)

    def still(piece: Six, look: PairLook, number: int, turn: int) -> PairLook:
        return _still(piece, look, number, turn, encoder, plan, tuning)

    with ThreadPoolExecutor(available_processors(), "rsrag-change") as pool:
        looks = list(pool.map(look, kept))
        numbers = list(range(len(kept))) * times
        null = list(pool.map(still, kept * times, looks * times, numbers, turns))
    return looks, null


def _still(
    pixels: Six,
    look: PairLook,
    number: int,
    turn: int,
    encoder: TapEncoder,
    plan: PairPlan,
    tuning: Tuning,
) -> PairLook:
    """A quarter of a piece of one of two pictures, beside itself in other light.

    Args:
        pixels: of the piece, with a margin.
        look: at the piece.
        number: of the piece; it and ``turn`` choose the picture and the quarter.
        turn: which nuisance.
    """
    both = tuning.tuned(pixels[..., BEFORE], pixels[..., AFTER])
    # In the other order of the two dates the same pieces are taken.
    order = sorted((0, 1), key=lambda one: (both[one].std(), both[one].mean()))
    chosen = order[(number + turn) % 2]
    picture = np.ascontiguousarray(both[chosen])
    other = NUISANCES[turn](picture, plan.enlarge)
    cells: list[slice] = []
    ends: list[slice] = []
    for length in picture.shape[:2]:
        inner = length - 2 * MARGIN_PX
        half = inner // 2 // STRIDE_PX * STRIDE_PX
        later = (turn + number) // (1 if not ends else 2) % 2
        start, stop = (half, inner) if later else (0, half or inner)
        ends.append(slice(start, stop + 2 * MARGIN_PX))
        last = -(-stop // plan.tap_px) + 2 * RIM_CELLS
        cells.append(slice(start // plan.tap_px, last))
    there, part = tuple(cells), tuple(ends)
    spoilt = np.ascontiguousarray(other[part])
    own = (look.before, look.after)[chosen][there]
    made = taps_of(spoilt, MARGIN_PX, encoder, plan)
    colours = tuple(
        colour_means(one[part], MARGIN_PX, own.shape, plan.tap_px)
        for one in (picture, other)
    )
    return PairLook(own, made, (colours[0], colours[1]))
