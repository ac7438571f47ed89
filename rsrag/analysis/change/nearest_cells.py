"""How far a cell of one date lies from the nearest of nine of the other."""

import numpy as np

from rsrag.analysis.change.pair_port import Floats


def nearest_cells(first: Floats, second: Floats) -> Floats:
    """Distance to the nearest of nine cells, the larger of both ways.

    Args:
        first: ``(rows, columns, channels)`` float32.
        second: of the same shape.

    Returns:
        ``(rows, columns)`` float32, roots of the mean square over the channels. Cells
        beyond the rim are those at it.
    """
    rows, columns, channels = first.shape
    wide = [
        np.pad(one, ((1, 1), (1, 1), (0, 0)), mode="edge") for one in (first, second)
    ]
    lengths = [np.einsum("ijk,ijk->ij", one, one) for one in wide]
    inner = np.s_[1 : rows + 1, 1 : columns + 1]
    there = np.full((rows, columns), np.inf, np.float32)
    back = there.copy()
    for down in range(3):
        for across in range(3):
            at = np.s_[down : down + rows, across : across + columns]
            for own, other, least in ((0, 1, there), (1, 0, back)):
                product = np.einsum("ijk,ijk->ij", wide[own][inner], wide[other][at])
                away = lengths[own][inner] + lengths[other][at] - 2 * product
                np.minimum(least, away, out=least)
    squares = np.maximum(there, back) / channels
    return np.asarray(np.sqrt(np.maximum(squares, 0)), np.float32)
