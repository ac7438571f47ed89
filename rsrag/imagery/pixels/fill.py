"""Values that stand for missing data although no tag says so (-9999, -32768)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_USUAL = frozenset(
    {
        *(-99.0, -999.0, -9999.0, -99999.0, -32767.0, -32768.0, -2147483648.0),
        *(1e20, -1e20, 9999.0, 99999.0, 2147483647.0),
    }
)
_USUAL_BEYOND = 1e30
"""Nothing on the Earth is measured in numbers so large (3.4e38, 9.97e36)."""

_LEAST_SHARE = 0.002
_FAR = 3.0
"""Spans of the other values that lie between them and one that is no usual fill."""

_ODD = -99.0
"""Zeros and the like may be the sea; a fill that is not usual is well below."""


class Fill(NamedTuple):
    """A value that is no measurement, and the share of values that it is."""

    value: float
    share: float


def untagged_fill(values: NDArray[Any]) -> Fill | None:
    """The value that is clearly a fill: extreme, frequent, and far from all others.

    Args:
        values: ``(n,)`` of a whole scene, thinned out; of unsigned types nothing is
            taken for a fill.
    """
    if values.dtype.kind == "u" or values.size < 2:
        return None
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    for extreme in (np.min, np.max):
        if not values.size:
            return None
        value = extreme(values)
        others = values[values != value].astype(np.float64)
        share = 1 - others.size / values.size
        if not others.size or share < _LEAST_SHARE:
            continue
        low, high = np.percentile(others, [1, 99])
        gap = np.abs(others - float(value)).min()
        span = max(high - low, 1e-12 * abs(high))
        usual = float(value) in _USUAL or abs(float(value)) > _USUAL_BEYOND
        odd = extreme is np.min and value <= _ODD and high > low
        if (usual and gap > span) or (odd and gap > _FAR * span):
            number = value.item()
            return Fill(number, share)
    return None
