"""Exact scores of candidates, and when candidates do not tell."""

import numpy as np
from hypothesis import given, settings, strategies as st

from rsrag.stores.faiss.ivf_scan import rescore
from rsrag.stores.scan import nearest
from rsrag.vectors import unit_rows

NAMES = np.array([f"{i * 7919 % 1000:03d}" for i in range(1000)])


def ids_of(rows):
    return NAMES[rows]


def ask(queries, vectors, *rest):
    return rescore(queries, vectors, *rest, lambda rows: vectors[rows])


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 10**6), st.booleans())
def test_all_rows_as_candidates_give_the_exact_answer(count, k, seed, doubled):
    rng = np.random.default_rng(seed)
    vectors = unit_rows(rng.standard_normal((count, 6)))
    if doubled:
        vectors = vectors[rng.integers(0, count, count)]
    queries = unit_rows(rng.standard_normal((5, 6)))
    named = np.stack([rng.permutation(count) for _ in queries])
    named = np.concatenate([named, np.full((5, 2), -1)], axis=1)
    found = ask(queries, vectors, named, ids_of, k, count)
    expected = nearest(queries, vectors, None, ids_of, k)
    for got, (rows, scores) in zip(found, expected, strict=True):
        assert got is not None
        assert ids_of(got[0]).tolist() == ids_of(rows).tolist()
        assert got[1].tolist() == scores.tolist()


def test_too_few_candidates_do_not_tell():
    vectors = unit_rows(np.eye(4))
    named = np.array([[0, 1, -1, -1]])
    assert ask(vectors[:1], vectors, named, ids_of, 3, 4) == [None]
    (found,) = ask(vectors[:1], vectors, named, ids_of, 3, 2)
    assert found is not None and found[0].tolist() == [0, 1]


def test_candidates_that_all_tie_do_not_tell_unless_they_are_all():
    vectors = np.repeat(unit_rows([[3.0, 4.0]]), 5, axis=0)
    named = np.array([[4, 2, 0]])
    assert ask(vectors[:1], vectors, named, ids_of, 2, 5) == [None]
    (found,) = ask(vectors[:1], vectors, named, ids_of, 2, 3)
    assert found is not None
    assert ids_of(found[0]).tolist() == sorted(NAMES[[0, 2, 4]])[:2]


def test_blocks_do_not_show(monkeypatch):
    rng = np.random.default_rng(2)
    vectors = unit_rows(rng.standard_normal((50, 8)))
    queries = unit_rows(rng.standard_normal((9, 8)))
    named = np.stack([rng.permutation(50)[:20] for _ in queries])
    whole = ask(queries, vectors, named, ids_of, 5, 50)
    monkeypatch.setattr("rsrag.stores.faiss.ivf_scan._BLOCK_BYTES", 1)
    for one, other in zip(
        whole, ask(queries, vectors, named, ids_of, 5, 50), strict=True
    ):
        assert one[0].tolist() == other[0].tolist()
        assert one[1].tolist() == other[1].tolist()
