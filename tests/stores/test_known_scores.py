"""Queries that are asked again and again are compared with all rows once."""

import numpy as np
import pyarrow as pa
import pytest

from rsrag.filters import Filter
from rsrag.stores import known_scores
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.known_scores import ASKED, KnownScores
from rsrag.stores.rows import ExactStore
from rsrag.vectors import top_k, unit_rows

DIM = 24


def cloud(count, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, DIM)))


def table(first, count):
    numbers = range(first, first + count)
    ids = [f"{i:05d}" for i in numbers]
    return pa.table({"id": ids, "gsd_m": [float(i % 10) for i in numbers]})


@pytest.mark.parametrize("kind", [ExactStore, FaissStore])
@pytest.mark.parametrize("share", [1, 4])
def test_hits_stay_the_same_when_products_are_known(tmp_path, kind, share) -> None:
    rows, query = cloud(400), cloud(2, 1)
    store = kind.create(tmp_path / "s", DIM)
    store.upsert(rows, table(0, 400))
    where = Filter(ranges={"gsd_m": (0.0, float(share))})
    first = store.search(query, 7, where)
    for _ in range(ASKED):
        assert store.search(query, 7, where) == first
    assert len(store._known._kept) == 2
    inside = np.flatnonzero(np.arange(400) % 10 <= share)
    for one, hits in zip(query, first, strict=True):
        scores = rows[inside].astype(np.float64) @ one.astype(np.float64)
        ids = np.array([f"{i:05d}" for i in inside])
        assert [hit.id for hit in hits] == ids[top_k(scores, ids, 7)].tolist()
    # Of rows that come and go, the next search knows.
    assert store.search(query[:1], 1)[0][0].id != "new"
    store.upsert(query[:1], pa.table({"id": ["new"], "gsd_m": [0.0]}))
    assert store.search(query[:1], 1, where)[0][0].id == "new"
    store.delete(["new", first[0][0].id])
    assert store.search(query[:1], 2, where)[0] == first[0][1:3]
    store.close()


def test_products_come_after_some_times_and_the_oldest_go(monkeypatch) -> None:
    rows, queries = cloud(100), cloud(4, 1)
    monkeypatch.setattr(known_scores, "_MOST_BYTES", 3 * 400)
    known = KnownScores()
    for query in queries:
        for _ in range(ASKED - 1):
            assert known.of(query, rows) is None
        assert np.allclose(known.of(query, rows), rows @ query, atol=1e-6)
    assert list(known._kept) == [query.tobytes() for query in queries[1:]]
    assert len(known.of(queries[3], rows[:50])) == 50
    assert known.of(queries[2], cloud(301)) is None  # More than may be kept.


def test_few_queries_are_counted(monkeypatch) -> None:
    monkeypatch.setattr(known_scores, "_QUERIES", 5)
    known, rows = KnownScores(), cloud(10)
    for query in cloud(50, 3):
        known.of(query, rows)
    assert len(known._asked) == 5
