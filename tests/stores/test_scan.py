"""Exact search over arrays, and ids to rows."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from rsrag.stores import scan
from rsrag.stores.live_rows import IdRows
from rsrag.stores.scan import candidates, exact_scores, margin, nearest
from rsrag.vectors import unit_rows

RNG = np.random.default_rng(0)


def numbered(rows):
    return np.array([f"{row:06d}" for row in rows], dtype=np.str_)


def brute_force(query, vectors, allow, k):
    scores = [(float(np.dot(query.astype(float), vectors[r])), r) for r in allow]
    return [r for _, r in sorted(scores, key=lambda pair: (-pair[0], pair[1]))[:k]]


@settings(max_examples=60)
@given(
    count=st.integers(1, 60),
    queries=st.integers(1, 6),
    k=st.integers(1, 70),
    share=st.floats(0, 1),
    seed=st.integers(0, 100),
)
def test_nearest_is_brute_force(count, queries, k, share, seed):
    rng = np.random.default_rng(seed)
    # Small whole numbers make ties.
    vectors = unit_rows(rng.integers(-1, 2, (count, 4)) + np.eye(4)[0] * 3)
    asked = unit_rows(rng.standard_normal((queries, 4)))
    allow = np.flatnonzero(rng.uniform(size=count) < share)
    for rows in (None, allow):
        found = nearest(asked, vectors, rows, numbered, k)
        every = np.arange(count) if rows is None else rows
        for query, (got, scores) in zip(asked, found, strict=True):
            exact = [float(np.dot(query.astype(float), vectors[r])) for r in got]
            np.testing.assert_allclose(scores, exact, atol=1e-12)
            best = brute_force(query, vectors, every, k)
            np.testing.assert_allclose(
                scores, [np.dot(query.astype(float), vectors[r]) for r in best]
            )
            assert len(set(got.tolist())) == len(best)


def test_blocks_of_queries_agree_with_single_ones(monkeypatch):
    vectors, asked = (
        unit_rows(RNG.normal(size=(500, 8))),
        unit_rows(RNG.normal(size=(9, 8))),
    )
    wanted = [nearest(q[None], vectors, None, numbered, 5)[0] for q in asked]
    for limit in (1, 4 * 500 * 4, 1 << 30):
        monkeypatch.setattr(scan, "_SCORES_BYTES", limit)
        found = nearest(asked, vectors, None, numbered, 5)
        for (rows, scores), (wanted_rows, wanted_scores) in zip(
            found, wanted, strict=True
        ):
            np.testing.assert_array_equal(rows, wanted_rows)
            np.testing.assert_array_equal(scores, wanted_scores)


def test_equal_rows_score_equally_wherever_they_lie():
    vectors = unit_rows(RNG.normal(size=(20_001, 37)))
    vectors[::3] = vectors[0]
    scores = exact_scores(vectors[1], vectors)
    assert len(set(scores[::3].tolist())) == 1


def test_the_margin_covers_the_error_of_float32():
    for dim in (8, 512, 2048):
        a, b = (
            unit_rows(RNG.normal(size=(300, dim))),
            unit_rows(RNG.normal(size=(1, dim))),
        )
        error = np.abs((a @ b[0]).astype(float) - exact_scores(b[0], a)).max()
        assert error < margin(dim) / 2


@given(
    count=st.integers(1, 700),
    k=st.integers(1, 40),
    slack=st.sampled_from([0.0, 1e-3, 0.2]),
    seed=st.integers(0, 2**32 - 1),
    steps=st.sampled_from([1, 3, 1_000]),
)
def test_candidates_are_those_near_the_kth_best(count, k, slack, seed, steps):
    """Also where many or all tie, and where the last run is cut short."""
    drawn = np.random.default_rng(seed).integers(steps, size=count)
    scores = (drawn / steps).astype(np.float32)
    kth = np.sort(scores)[-min(k, count)]
    wanted = np.flatnonzero(scores >= kth - np.float32(slack))
    if k >= count:
        wanted = np.arange(count)
    np.testing.assert_array_equal(candidates(scores, k, slack), wanted)


def test_candidates_keep_what_may_be_among_the_best():
    scores = np.float32([0.1, 0.5, 0.49999, 0.9, 0.3])
    assert candidates(scores, 2, 1e-3).tolist() == [1, 2, 3]
    assert candidates(scores, 2, 0.0).tolist() == [1, 3]
    assert candidates(scores, 9, 0.0).tolist() == [0, 1, 2, 3, 4]


def test_no_rows_allowed():
    ((rows, scores),) = nearest(
        unit_rows(RNG.normal(size=(1, 4))),
        unit_rows(RNG.normal(size=(5, 4))),
        np.empty(0, np.int64),
        numbered,
        3,
    )
    assert len(rows) == len(scores) == 0


@pytest.mark.parametrize("collide", [False, True])
def test_ids_are_found_in_all_their_rows(monkeypatch, collide):
    if collide:
        # Ids with one hash must all come back, for the caller to compare.
        monkeypatch.setattr(
            "rsrag.stores.live_rows._hashes",
            lambda ids: np.zeros(len(ids), np.int64),
        )
    index, row, where = IdRows(), 0, {}
    for size in (1, 5, 1, 1, 30, 2, 100, 3):
        ids = [f"id{i % 17}-{size}" for i in range(size)]
        index.add(ids, row)
        for i, id_ in enumerate(ids):
            where.setdefault(id_, set()).add(row + i)
        row += size
    index.add([], row)
    asked = [*where, "unknown"]
    found = {}
    for position, candidate in index.candidates(asked):
        found.setdefault(asked[position], set()).add(candidate)
    for id_, rows in where.items():
        assert found[id_] == (set(range(row)) if collide else rows)
    assert ("unknown" in found) == collide
