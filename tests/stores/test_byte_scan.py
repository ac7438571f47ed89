"""Products of bytes name the nearest rows; a store then scores them in full."""

import numpy as np
import pyarrow as pa
import pytest

from rsrag.stores import byte_scan
from rsrag.stores.byte_scan import ByteScan
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.rows import ExactStore
from rsrag.vectors import unit_rows

DIM = 96


def cloud(count, seed=0):
    """Rows in twenty clusters, as those of pictures lie."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(20, DIM))
    noise = rng.normal(size=(count, DIM)) * 0.6
    return unit_rows(centres[rng.integers(0, 20, count)] + noise)


def table(first, count):
    return pa.table({"id": [f"{i:06d}" for i in range(first, first + count)]})


@pytest.mark.parametrize("count", [1, 63, 64, 4_096, 4_097, 9_000])
def test_candidates_hold_the_nearest(count) -> None:
    rows, queries = cloud(count), cloud(70, 1)
    named = ByteScan(rows).search(queries, 40, 10, None)
    assert named.shape == (70, 40)
    for query, found in zip(queries, named, strict=True):
        there = found[found >= 0]
        assert len(set(there.tolist())) == len(there) == min(count, 40)
        nearest = np.argsort(-(rows @ query), kind="stable")[:10]
        assert set(nearest.tolist()) <= set(there.tolist())


def test_only_what_is_allowed_is_named() -> None:
    rows, queries = cloud(5_000), cloud(3, 1)
    allow = np.arange(7, 5_000, 13)
    named = ByteScan(rows).search(queries, 50, 10, allow)
    assert set(named.ravel().tolist()) <= set(allow.tolist())
    for query, found in zip(queries, named, strict=True):
        nearest = allow[np.argsort(-(rows[allow] @ query), kind="stable")[:10]]
        assert set(nearest.tolist()) <= set(found.tolist())
    few = ByteScan(rows).search(queries, 50, 10, allow[:3])
    assert all(sorted(row.tolist()) == [-1] * 47 + [7, 20, 33] for row in few)


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """A store that may compare bytes, and the exact one, of the same rows."""
    monkeypatch.setattr(byte_scan, "LEAST_ROWS", 10_000)
    stores = (
        FaissStore.create(tmp_path / "bytes", DIM, "flat"),
        ExactStore.create(tmp_path / "exact", DIM),
    )
    for store in stores:
        store.upsert(cloud(12_000), table(0, 12_000))
        store.flush()
    yield stores
    for store in stores:
        store.close()


def made(store) -> int:
    scan = store._bytes._scan
    return 0 if scan is None else scan.rows


def found(store, queries):
    return [[(hit.id, hit.score) for hit in hits] for hits in store.search(queries, 10)]


def test_a_store_that_is_asked_often_compares_bytes(pair) -> None:
    own, exact = pair
    queries = cloud(64, 2)
    own.search(queries[:63], 10)
    assert made(own) == 0
    assert found(own, queries) == found(exact, queries)
    assert made(own) == 12_000
    # So many hits are found by a full scan.
    assert len(own.search(queries[:1], 2_000)[0]) == 2_000


def test_what_is_added_replaced_and_deleted_is_seen(pair) -> None:
    own, exact = pair
    queries = cloud(64, 3)
    own.search(queries, 10)
    for store in pair:
        store.upsert(cloud(300, 4), table(11_900, 300))
        store.delete([f"{i:06d}" for i in range(0, 12_000, 3)])
    assert found(own, queries) == found(exact, queries)
    assert made(own) == 12_000
    for store in pair:
        store.upsert(cloud(3_000, 5), table(20_000, 3_000))
    assert found(own, queries) == found(exact, queries)
    assert made(own) == 15_300


def test_equal_rows_come_by_id(pair) -> None:
    own, exact = pair
    same = np.repeat(cloud(1, 6), 200, axis=0)
    for store in pair:
        store.upsert(same, table(30_000, 200))
    queries = np.concatenate([cloud(63, 2), same[:1]])
    assert found(own, queries) == found(exact, queries)
    assert [hit.id for hit in own.search(same[:1], 3)[0]] == [
        f"{i:06d}" for i in (30_000, 30_001, 30_002)
    ]
