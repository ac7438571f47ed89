"""What the learned head reads of a pair of pictures, cell by cell.

If the earlier and the later picture change places, the differences change their sign
and all the rest is the same. Channels are standardised twice: within each date, so that
season and light count for little, and by both dates together, so that a change of most
of a picture is not taken for its light.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rsrag.analysis.change.nearest_cells import nearest_cells
from rsrag.analysis.change.pair_port import RIM_CELLS, Floats, PairLook
from rsrag.encoders.mini.mini_taps import TAP_CHANNELS, TAPS

BLOCKS = ("colours", "block2", "block4", "block10")
TOGETHER = ("colours", "block4", "block10")
"""Blocks whose distance is also told as it is, not within each date."""
AROUND = (3, 7, 15)
"""Sides of the surroundings that distances are averaged over, cells."""
DISTANCES = 3 * len(BLOCKS) + len(TOGETHER) + 1
EVEN = DISTANCES * (1 + len(AROUND)) + TAP_CHANNELS
FEATURES = EVEN + TAP_CHANNELS
"""Numbers of a cell; those after the first ``EVEN`` are the differences."""
_CLAMP = 5.0
_LEAST = 1e-3
_INSIDE = np.s_[RIM_CELLS:-RIM_CELLS, RIM_CELLS:-RIM_CELLS]


@dataclass(frozen=True, slots=True)
class PairScale:
    """What the taps of a pair are like all over it.

    Attributes:
        means: ``(2, channels)`` of the earlier and the later date.
        spreads: deviations likewise, never 0.
    """

    means: Floats
    spreads: Floats


def pair_scale(samples: Sequence[PairLook]) -> PairScale:
    """Measure a pair by pieces of it."""
    dates = [
        np.concatenate([one[_INSIDE].reshape(-1, TAP_CHANNELS) for one in looks])
        for looks in ([one.before for one in samples], [one.after for one in samples])
    ]
    means = np.stack([one.mean(axis=0) for one in dates])
    spreads = np.stack([one.std(axis=0) for one in dates])
    return PairScale(means, np.maximum(spreads, _LEAST))


def pair_features(pair: PairLook, scale: PairScale) -> Floats:
    """``(rows, columns, FEATURES)`` float32 of the cells inside the rim.

    First the distances of a cell and of its surroundings, then the mean of each tap
    over both dates, which says what stands there, last the difference of each tap.
    """
    raw = pair.before, pair.after
    own = [
        np.clip((taps - mean) / spread, -_CLAMP, _CLAMP)
        for taps, mean, spread in zip(raw, scale.means, scale.spreads, strict=True)
    ]
    maps = []
    for name in BLOCKS:
        first, second = (one[..., TAPS[name]] for one in own)
        maps += [
            _rms(first - second),
            nearest_cells(first, second),
            _turned(first, second),
        ]
    # A mean over dates does not tell which of them is the earlier.
    spread = scale.spreads.mean(axis=0)
    for name in TOGETHER:
        part = TAPS[name]
        maps.append(_rms((raw[0][..., part] - raw[1][..., part]) / spread[part]))
    maps.append(_rms((pair.colours[0] - pair.colours[1]) / np.float32(64)))
    drawn = np.stack(maps, axis=2)
    around = [_box_means(drawn, side) for side in AROUND]
    mean = (raw[0][_INSIDE] + raw[1][_INSIDE]) / 2
    parts = [drawn[_INSIDE], *around, mean, own[0][_INSIDE] - own[1][_INSIDE]]
    return np.concatenate(parts, axis=2, dtype=np.float32)


def _box_means(maps: Floats, side: int) -> Floats:
    """Means over squares of cells round each cell inside the rim."""
    reach = RIM_CELLS - side // 2
    inner = maps[reach : maps.shape[0] - reach, reach : maps.shape[1] - reach]
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(inner, side, axis=axis)
        inner = windows.mean(axis=-1, dtype=np.float32)
    return inner


def _rms(apart: Floats) -> Floats:
    return np.asarray(np.sqrt(np.mean(np.square(apart), axis=2)), np.float32)


def _turned(first: Floats, second: Floats) -> Floats:
    """One less the cosine."""
    lengths = np.linalg.norm(first, axis=2) * np.linalg.norm(second, axis=2)
    product = np.einsum("abc,abc->ab", first, second)
    return np.asarray(1 - product / (lengths + _LEAST), np.float32)
