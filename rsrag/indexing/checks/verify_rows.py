"""Looking closely at the rows of parts: ids, vectors, geometry."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors
from rsrag.vectors import UNIT_TOLERANCE

if TYPE_CHECKING:
    import pyarrow as pa

ID_BYTES = 16
KEY = np.dtype([("id", f"S{ID_BYTES}"), ("digest", "<u8")])
"""An id as bytes, and a fingerprint of the vector that stands beside it."""

_HEX = re.compile("[0-9a-f]*")


def id_bytes(column: "pa.ChunkedArray") -> NDArray[np.uint8] | None:
    """Ids of 32 hex digits as ``(n, 16)`` bytes; ``None`` if one is not such."""
    ids = column.to_pylist()
    text = "".join(id_ or "" for id_ in ids)
    if set(map(len, filter(None, ids))) - {2 * ID_BYTES} or not _HEX.fullmatch(text):
        return None
    if len(text) != 2 * ID_BYTES * len(ids):
        return None
    return np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, ID_BYTES)


def keys_of(ids: NDArray[np.uint8], vectors: Vectors) -> NDArray[np.void]:
    """One :data:`KEY` a row, to compare rows of two places in any order.

    The fingerprint is a sum of the vector's bits times odd numbers, modulo 2^64: any
    single change shows, and two changes cancel with a chance of 2^-64 or so.

    Args:
        ids: ``(n, 16)``, of :func:`id_bytes`.
        vectors: ``(n, dim)`` float32.
    """
    keys = np.empty(len(ids), KEY)
    keys["id"] = ids.reshape(-1).view(f"S{ID_BYTES}") if len(ids) else b""
    bits = np.ascontiguousarray(vectors, "<f4").view(np.uint32)
    keys["digest"] = np.einsum("ij,j->i", bits, _odd(bits.shape[1]), dtype=np.uint64)
    return keys


@lru_cache(maxsize=4)
def _odd(count: int) -> NDArray[np.uint64]:
    numbers = np.random.default_rng(count).integers(0, 2**63, count, np.uint64)
    return numbers * np.uint64(2) + np.uint64(1)


def id_text(value: bytes) -> str:
    """A key's id as it is written; NumPy drops zero bytes at its end."""
    return value.ljust(ID_BYTES, b"\0").hex()


def vector_faults(vectors: Vectors) -> list[tuple[str, NDArray[np.intp]]]:
    """What is wrong with vectors, and the rows that have it.

    Returns:
        Pairs of a sentence about the first one, and row numbers.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    finite = np.isfinite(lengths)
    faults = []
    if not finite.all():
        faults.append(("holds NaN or infinity", np.flatnonzero(~finite)))
    wrong = np.flatnonzero(finite & (np.abs(lengths - 1) > UNIT_TOLERANCE))
    if len(wrong):
        faults.append((f"has length {lengths[wrong[0]]:.4g}, not 1", wrong))
    return faults


def geometry_faults(column: "pa.ChunkedArray") -> NDArray[np.intp]:
    """Rows whose geometry is no WKB, or has coordinates that are not finite."""
    import shapely

    values = column.to_numpy()
    there = np.array([value is not None for value in values], dtype=bool)
    shapes = shapely.from_wkb(values, on_invalid="ignore")
    unread = there & shapely.is_missing(shapes)
    bounds = shapely.bounds(shapes)
    endless = there & ~unread & ~np.isfinite(bounds).all(axis=1)
    return np.flatnonzero(unread | endless)


def repeated(ids: Sequence[NDArray[np.void]]) -> tuple[int, list[str]]:
    """Ids that stand in more than one row: how many, and the first few."""
    if not ids:
        return 0, []
    whole = np.sort(np.concatenate([keys["id"] for keys in ids]))
    twice = np.unique(whole[1:][whole[1:] == whole[:-1]])
    return len(twice), [id_text(bytes(value)) for value in twice[:3]]
