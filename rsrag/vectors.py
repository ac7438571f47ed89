"""Unit vectors and exact top-k: the oracle that every store is tested against."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rsrag.errors import StoreError
from rsrag.types import Vectors

UNIT_TOLERANCE = 1e-3
"""How far from one the length of a row may be before a store refuses it."""


def unit_rows(array: ArrayLike) -> Vectors:
    """Scale each row to length one.

    Args:
        array: ``(n, dim)`` of any real dtype, finite, no row all zero.

    Returns:
        ``(n, dim)`` float32, C order, a new array.

    Raises:
        StoreError: not two-dimensional, not finite, or a zero row.
    """
    try:
        rows = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise StoreError(f"Expected an (n, dim) array of numbers: {exc}") from exc
    if rows.ndim != 2:
        raise StoreError(f"Expected an (n, dim) array, got shape {rows.shape}.")
    if not np.isfinite(rows).all():
        bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise StoreError(f"Row {bad} holds NaN or infinity.")
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    if rows.size and not largest.all():
        bad = int(np.flatnonzero(largest[:, 0] == 0)[0])
        raise StoreError(f"Row {bad} is all zero and has no direction.")
    # Squares of huge or tiny numbers leave float64; of these they do not.
    rows = rows / largest
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / lengths, dtype=np.float32)


def unit_length(rows: NDArray[np.float32]) -> Vectors:
    """The same in the precision of the rows, which no one checks: what encoders end in.

    Args:
        rows: ``(n, dim)`` float32, finite, none of them all zero.
    """
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def check_unit_rows(array: NDArray[np.generic], dim: int) -> Vectors:
    """Let float32 unit rows of width ``dim`` pass, refuse anything else.

    Args:
        array: what was given to a store.
        dim: the store's width.

    Returns:
        The same array in C order; copied only if it was not.

    Raises:
        StoreError: wrong dtype, shape, width or length, or not finite.
    """
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        kind = getattr(array, "dtype", type(array).__name__)
        raise StoreError(f"Vectors must be a float32 array, got {kind}.")
    if array.ndim != 2 or array.shape[1] != dim:
        raise StoreError(f"Vectors must have shape (n, {dim}), got {array.shape}.")
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(array, axis=1)
    # NaN compares false, so this also catches rows that are not finite.
    good = np.abs(lengths - 1.0) <= UNIT_TOLERANCE
    if not good.all():
        bad = int(np.flatnonzero(~good)[0])
        raise StoreError(
            f"Row {bad} has length {lengths[bad]:.4g}, stores take unit rows only.",
            hint="rsrag.vectors.unit_rows(vectors) makes them so",
        )
    return np.ascontiguousarray(array)


def top_k(
    scores: NDArray[np.floating], ids: NDArray[np.str_], k: int
) -> NDArray[np.intp]:
    """Positions of the ``k`` largest scores, best first, ties by id ascending.

    Args:
        scores: ``(n,)``.
        ids: ``(n,)`` strings.
        k: how many; fewer come back when there are fewer.

    Returns:
        ``(min(k, n),)`` positions into ``scores``.
    """
    n = len(scores)
    k = min(k, n)
    if k <= 0:
        return np.empty(0, dtype=np.intp)
    if k < n:
        # All that tie with the k-th must stay in, for the ids to decide.
        threshold = np.partition(scores, n - k)[n - k]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(n)
    order = np.lexsort((ids[candidates], -scores[candidates]))
    return candidates[order[:k]]
