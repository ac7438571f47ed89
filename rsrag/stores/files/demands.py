"""Checks that every store makes of what it is given, and their errors."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rsrag.errors import StoreError
from rsrag.types import Vectors
from rsrag.vectors import check_unit_rows

if TYPE_CHECKING:
    import pyarrow as pa


def check_dim(dim: int) -> None:
    """Refuse a width below 1, with ``StoreError``."""
    if dim < 1:
        raise StoreError(f"A store needs dim of at least 1, got {dim}.")


def payload_ids(payload: "pa.Table", count: int) -> list[str]:
    """The ids of the payload table of an upsert of ``count`` vectors, in order.

    Raises:
        StoreError: lengths that differ, no ``id`` column, ids that are not strings,
            missing, empty, or repeated.
    """
    import pyarrow as pa

    if payload.num_rows != count:
        raise StoreError(f"{count} vectors came with {payload.num_rows} payload rows.")
    if payload.column_names.count("id") != 1:
        raise StoreError(
            f"The payload needs one id column, it has {payload.column_names}."
        )
    kind = payload.schema.field("id").type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise StoreError(f"Ids must be strings, the id column holds {kind}.")
    ids: list[str] = payload["id"].to_pylist()
    if not all(ids):
        row = next(i for i, id_ in enumerate(ids) if not id_)
        raise StoreError(f"Row {row} of the payload has no id.")
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
        raise StoreError(f"The id {twice!r} comes twice in one upsert.")
    return ids


def query_rows(vectors: Vectors, dim: int, top_k: int) -> Vectors:
    """Queries as unit rows; ``StoreError`` for others, and for ``top_k`` below 1."""
    if top_k < 1:
        raise StoreError(f"top_k must be at least 1, got {top_k}.")
    return check_unit_rows(vectors, dim)


def check_limit(limit: int) -> None:
    """Refuse a page of fewer than one item, with ``StoreError``."""
    if limit < 1:
        raise StoreError(f"limit must be at least 1, got {limit}.")


def check_there(missing: Iterable[str]) -> None:
    """Refuse ids that no item has: ``StoreError`` names the first ten, if any."""
    if names := list(missing):
        raise StoreError(f"Not in the store: {', '.join(map(repr, names[:10]))}.")
