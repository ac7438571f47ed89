"""Two pictures brought upon each other and into one light, before they are compared."""

from dataclasses import dataclass, replace

import numpy as np

from rsrag.analysis.block_scan import Rows
from rsrag.analysis.change.aligning.common_grid import Common
from rsrag.analysis.change.aligning.laid_over import LaidOver
from rsrag.analysis.change.aligning.pair_pictures import (
    IN_MEMORY_PX,
    Six,
    Stacked,
    tiles,
)
from rsrag.analysis.change.aligning.radiometry import Tuning, as_they_are, tune
from rsrag.analysis.change.aligning.registration import BLOCK_PX, Agreement, agree
from rsrag.analysis.change.cloud_rule import BRIGHT
from rsrag.analysis.change.fact_sheet import Registration
from rsrag.errors import ChangeError
from rsrag.imagery.pixels.contrast import Mask

BLOCKS_ALONG = 4
MOVED_PX = 0.25
"""Smaller shifts are left: the comparison looks a cell aside anyway."""
_FULL = 0.9
_PIXELS = 40_000
"""That the light is compared by."""
_FEWEST_PX = 16
ONE_COLOUR = 2
"""Levels of 256 that one colour may vary by, since lossy files make it."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A pair that can be compared.

    Attributes:
        pair: both pictures upon each other.
        held: the same whole, where it is not too large.
        tuning: gives both one light.
        registration: what was done.
        notes: for people.
    """

    pair: Stacked
    held: tuple[Six, Mask] | None
    tuning: Tuning
    registration: Registration
    notes: tuple[str, ...]


def align(
    before: Rows, after: Rows, common: Common, reach_px: float | None, *, tune: bool
) -> Alignment:
    """Bring two scenes upon each other, and find how to give them one light.

    Args:
        reach_px: of shifts that are undone; ``None``: none is.
        tune: find a common light.

    Raises:
        ChangeError: one of them has no data on the common ground or is of one colour
            there, or a shift is clear and larger than what is undone.
    """
    notes: list[str] = []
    over = LaidOver(after, common.lattice, common.finer)
    pair = Stacked(before, over, common.window)
    blocks = _blocks(pair)
    _check_shown(_colours(blocks))
    registration = Registration(0.0, 0.0, 0.0, applied=False, residual_px=None)
    if reach_px is not None:
        found = _agreed(blocks, reach_px)
        registration = _registration(found)
        _check_near(found, reach_px)
        if found.clear == 0:
            notes.append(
                "nothing tells how the pictures lie to each other by a pixel: they "
                "were compared as they are placed"
            )
        elif np.hypot(found.dx_px, found.dy_px) >= MOVED_PX:
            moved = common.lattice.moved(found.dx_px * common.finer,
                                         found.dy_px * common.finer)  # fmt: skip
            pair = Stacked(before, LaidOver(after, moved, common.finer), common.window)
            blocks = _blocks(pair)
            left = _agreed(blocks, reach_px)
            residual = float(np.hypot(left.dx_px, left.dy_px)) if left.clear else None
            registration = replace(registration, applied=True, residual_px=residual)
            notes.append(
                f"the later picture lay {found.dx_px:+.1f} pixels across and "
                f"{found.dy_px:+.1f} down, and was moved"
            )
    grey = [
        all(
            (one[..., at] == one[..., at.start : at.start + 1]).all()
            for one, _ in blocks
        )
        for at in (slice(0, 3), slice(3, 6))
    ]
    if grey[0] != grey[1]:
        which = "earlier" if grey[0] else "later"
        notes.append(f"the {which} picture is grey: both were compared in grey")
        pair.without_colour()
        blocks = _blocks(pair)
    tuning = as_they_are("as the pictures have them")
    colours = _colours(blocks)
    if tune:
        tuning = _tune(colours)
    pair.fill_with(np.rint(colours.mean(axis=0)).astype(np.uint8))
    held = pair.whole() if pair.width * pair.height <= IN_MEMORY_PX else None
    return Alignment(pair, held, tuning, registration, tuple(notes))


def _tune(colours: Six) -> Tuning:
    return tune(colours[:, :3], colours[:, 3:])


def _blocks(pair: Stacked) -> list[tuple[Six, Mask]]:
    """Pieces from all over that hold data, at most sixteen.

    Raises:
        ChangeError: none does.
    """
    read = [
        pair.read_with_mask(window)
        for window in tiles(pair.width, pair.height, BLOCK_PX, BLOCKS_ALONG)
    ]
    kept = [(pixels, seen) for pixels, seen in read if seen.any()]
    if not kept:
        raise ChangeError(
            "The two pictures have data nowhere in common: one of them is empty on the "
            "ground that they share."
        )
    return kept


def _agreed(blocks: list[tuple[Six, Mask]], reach_px: float) -> Agreement:
    best = max(float(seen.mean()) for _, seen in blocks)
    whole = [
        (pixels[..., :3], pixels[..., 3:])
        for pixels, seen in blocks
        if seen.mean() >= min(_FULL, best) and min(seen.shape) >= _FEWEST_PX
    ]
    return agree(whole, reach_px)


def _registration(found: Agreement) -> Registration:
    away = float(np.hypot(found.dx_px, found.dy_px))
    return Registration(
        round(found.dx_px, 2),
        round(found.dy_px, 2),
        round(found.peak, 1),
        applied=False,
        residual_px=round(away, 2) if found.clear else None,
    )


def _check_near(found: Agreement, reach_px: float) -> None:
    if not found.far:
        return
    reach = int(np.ceil(np.hypot(found.dx_px, found.dy_px)))
    raise ChangeError(
        f"The later picture shows the same ground {found.dx_px:+.0f} pixels across and "
        f"{found.dy_px:+.0f} down: they do not lie upon each other, and at most "
        f"{reach_px:g} pixels are undone.",
        hint=f"--register {reach} undoes it; --register none compares them as they are",
    )


def _check_shown(colours: Six) -> None:
    """Refuse a picture of one colour: its differences would be those of the other.

    What is as white as a cloud is left to the rule for clouds.
    """
    for which, part in (("earlier", colours[:, :3]), ("later", colours[:, 3:])):
        if np.ptp(part, axis=0).max() <= ONE_COLOUR and part.min() < BRIGHT:
            shade = tuple(part[0].tolist())
            raise ChangeError(
                f"The {which} picture is of one colour, {shade}, on the ground that "
                "the two share: nothing can be compared.",
                hint=f"another picture in place of the {which} one",
            )


def _colours(blocks: list[tuple[Six, Mask]]) -> Six:
    """``(n, 6)`` values of pixels with data in both, evenly chosen."""
    found = np.concatenate([pixels[seen] for pixels, seen in blocks])
    return found[:: max(1, len(found) // _PIXELS)]
