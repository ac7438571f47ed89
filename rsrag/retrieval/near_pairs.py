"""All pairs of vectors that lie close together, exactly, in a fraction of the work."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors

HEAD = 64
"""Directions, those of most variance, in which all pairs are compared."""

_ROWS, _COLUMNS, _SAMPLE = 2_048, 8_192, 4_096
_SLACK = 1e-4
"""What rounding may take from a bound in float32."""

_MANY = 1 / 64
"""Share of a block's pairs from which it is sooner multiplied as a whole."""

Rows = NDArray[np.intp]
Belongs = Callable[[Rows, Rows], NDArray[np.bool_]]


class Pairs(NamedTuple):
    """Pairs of rows, the closest first; of equals the first rows first.

    Attributes:
        first, second: numbers of rows, ``first < second``.
        scores: cosine similarity of each pair.
        least: similarity from which no pair is left out.
    """

    first: Rows
    second: Rows
    scores: NDArray[np.float32]
    least: float


def near_pairs(
    vectors: Vectors,
    least: float,
    most: int,
    counts: Belongs,
    told: Callable[[int, int], None],
) -> Pairs:
    """Pairs whose similarity is at least ``least``; the ``most`` closest of them.

    Vectors are turned so that a few coordinates hold most of them. What the others can
    add to a product is at most the product of their lengths, so that few pairs are
    left whose product must be computed in full.

    Args:
        vectors: ``(n, dim)`` unit rows.
        counts: which pairs of rows count at all.
        told: rows that were compared with all, and how many there are.
    """
    heads = _bounds(vectors)
    found = [(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32))]
    held = 0
    for start in range(0, len(vectors), _ROWS):
        for at in range(start, len(vectors), _COLUMNS):
            one, other, products = _likely(vectors, heads, (start, at), least)
            near = counts(one, other)
            one, other = one[near], other[near]
            if products is not None and len(one) > most:
                products = products[near]
                near = products >= np.partition(products, -most)[-most] - _SLACK
                one, other = one[near], other[near]
            scores = _products(vectors, one, other)
            near = scores >= least
            found.append((one[near], other[near], scores[near]))
            held += int(near.sum())
            if held > 4 * most:
                best = _best(found, most)
                found, held, least = [best], most, float(best[2][-1])
        told(min(start + _ROWS, len(vectors)), len(vectors))
    return Pairs(*_best(found, most), least)


def _bounds(vectors: Vectors) -> Vectors:
    """Rows whose products are no less than those of the vectors: ``(n, HEAD + 1)``."""
    head = min(HEAD, vectors.shape[1])
    sample = vectors[:: max(1, len(vectors) // _SAMPLE)].astype(np.float64)
    axes = np.linalg.eigh(sample.T @ sample)[1][:, ::-1][:, :head]
    turned = vectors @ axes.astype(np.float32)
    rest = 1 - np.einsum("ij,ij->i", turned, turned, dtype=np.float64)
    lengths = np.sqrt(np.clip(rest, 0, None)).astype(np.float32)
    return np.concatenate([turned, lengths[:, None]], axis=1)


def _likely(
    vectors: Vectors, heads: Vectors, at: tuple[int, int], least: float
) -> tuple[Rows, Rows, NDArray[np.float32] | None]:
    """Pairs of a block that may be near; their products, if all were computed.

    Args:
        at: its first row and its first column.
    """
    rows, columns = slice(at[0], at[0] + _ROWS), slice(at[1], at[1] + _COLUMNS)
    bound = heads[rows] @ heads[columns].T
    places = np.flatnonzero(bound >= least - _SLACK)
    whole = len(places) > _MANY * bound.size
    if whole:
        np.matmul(vectors[rows], vectors[columns].T, out=bound)
        places = np.flatnonzero(bound >= least - _SLACK)
    one, other = np.divmod(places, bound.shape[1])
    one, other = one + at[0], other + at[1]
    later = other > one
    products = bound.ravel()[places[later]] if whole else None
    return one[later], other[later], products


def _products(vectors: Vectors, one: Rows, other: Rows) -> NDArray[np.float32]:
    scores = np.empty(len(one), np.float32)
    for at in range(0, len(one), 1 << 16):
        here = slice(at, at + (1 << 16))
        scores[here] = np.einsum("ij,ij->i", vectors[one[here]], vectors[other[here]])
    return scores


def _best(
    found: list[tuple[Rows, Rows, NDArray[np.float32]]], most: int
) -> tuple[Rows, Rows, NDArray[np.float32]]:
    one, other, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((other, one, -scores))[:most]
    return one[order], other[order], scores[order]
