"""A head that nobody trained: how far two pictures lie apart in an encoder's blocks.

Each channel of a block is standardised within its date, so that another season or light
counts for little; what one cell of the one date lies apart from the nearest of nine of
the other is its distance. It counts where it is larger than what the same picture shows
against itself shifted, blurred, brightened and compressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rsrag.analysis.change.nearest_cells import nearest_cells
from rsrag.analysis.change.pair_port import RIM_CELLS, Floats, PairLook

NULL_SHARE = 0.999
"""Of the cells of pictures beside themselves that must be nearer."""
MORE = 1.1
"""What counts is larger than that by a tenth: two dates are never as alike as one."""
STEADY = 0.3
"""Share of the cells, those that differ least, which tell season and light."""
_SHARPNESS = 4.0
_LEAST = 1e-3
_INSIDE = np.s_[RIM_CELLS:-RIM_CELLS, RIM_CELLS:-RIM_CELLS]


@dataclass(frozen=True, slots=True)
class DistanceHead:
    """Distances in an encoder's taps.

    Attributes:
        blocks: name and channels of the taps that are compared.
        colours: channels of the taps that hold the colours, which are compared as they
            are.
    """

    blocks: Mapping[str, slice]
    colours: slice
    calibrated_on: str = (
        "the pair itself: its pictures beside themselves shifted, blurred, brightened "
        "and compressed"
    )

    @property
    def name(self) -> str:
        """With the blocks that are compared."""
        return f"distance ({', '.join(self.blocks)}, colours)"

    def fitted(
        self, samples: Sequence[PairLook], null: Sequence[PairLook]
    ) -> "FittedDistance":
        """See :class:`rsrag.analysis.change.pair_port.ChangeHead`."""
        parts = (*self.blocks.values(), self.colours)
        dates = [
            np.concatenate([_inner(one) for one in looks])
            for looks in (
                [one.before for one in samples],
                [one.after for one in samples],
            )
        ]
        means, spreads = _steady_scale(*dates)
        # Colours are in one light already, and keep what differs between the dates.
        means[:, self.colours] = means[:, self.colours].mean(axis=0)
        spreads[:, self.colours] = spreads[:, self.colours].mean(axis=0)
        bare = FittedDistance(parts, means, spreads, np.ones(len(parts), np.float32))
        # In both orders, so that it does not count which date is the earlier.
        null = [*null, *(PairLook(one.after, one.before, one.colours) for one in null)]
        still = [bare.distances(one) for one in null]
        scales = [_highest([one[part] for one in still]) for part in range(len(parts))]
        scaled = replace(bare, scales=np.array(scales, np.float32))
        level = np.float32(MORE * _highest([scaled.apart(one) for one in null]))
        return replace(scaled, scales=scaled.scales * level)


def _steady_scale(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Means and spreads of each date's channels, ``(2, channels)``.

    Measured on the cells that differ least where both dates are measured together: on
    all of them a change of most of a picture would be taken for its light.
    """
    both = np.concatenate([before, after])
    wide = np.maximum(both.std(axis=0), _LEAST)
    apart = np.square((before - after) / wide).mean(axis=1)
    kept = apart <= np.quantile(apart, STEADY)
    means = np.stack([one[kept].mean(axis=0) for one in (before, after)])
    spreads = np.stack([one[kept].std(axis=0) for one in (before, after)])
    shares = spreads / np.maximum(spreads.mean(axis=0), _LEAST)
    own = np.stack([one.std(axis=0) for one in (before, after)]).mean(axis=0)
    return means, np.maximum(own * np.clip(shares, 0.5, 2.0), _LEAST)


def _highest(maps: Sequence[Floats]) -> float:
    """That nearly all cells stay below; never 0."""
    values = np.concatenate([one.ravel() for one in maps])
    return max(float(np.quantile(values, NULL_SHARE)), _LEAST)


@dataclass(frozen=True, slots=True)
class FittedDistance:
    """The same for one pair.

    Attributes:
        parts: channels of each distance, the colours' the last.
        means: of each channel, ``(2, channels)``, of the earlier and the later date.
        spreads: likewise, never 0.
        scales: of each distance; where their mean is 1 in these, it counts.
    """

    parts: tuple[slice, ...]
    means: Floats
    spreads: Floats
    scales: Floats
    threshold: float = 0.5

    def distances(self, pair: PairLook) -> list[Floats]:
        """One map for each part, ``(rows, columns)`` of the cells inside the rim."""
        values = pair.before, pair.after
        found = []
        for part in self.parts:
            a, b = (
                (one[..., part] - mean[part]) / spread[part]
                for one, mean, spread in zip(
                    values, self.means, self.spreads, strict=True
                )
            )
            found.append(nearest_cells(a, b)[_INSIDE])
        return found

    def apart(self, pair: PairLook) -> Floats:
        """Mean of the distances, each in its scale."""
        found = zip(self.distances(pair), self.scales, strict=True)
        mean = np.mean([one / scale for one, scale in found], axis=0)
        return np.asarray(mean, np.float32)

    def __call__(self, pair: PairLook) -> Floats:
        """See :class:`rsrag.analysis.change.pair_port.FittedHead`."""
        power = self.apart(pair) ** _SHARPNESS
        return np.asarray(power / (1 + power), np.float32)


def _inner(values: Floats) -> Floats:
    return values[_INSIDE].reshape(-1, values.shape[-1])
