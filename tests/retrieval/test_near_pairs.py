"""Near pairs are those that comparing all with all in full gives."""

import numpy as np
import pytest

from rsrag.retrieval.near_pairs import near_pairs
from rsrag.vectors import unit_rows


def every(one, other):
    return np.ones(len(one), bool)


def silent(done, total):
    pass


@pytest.mark.parametrize("dim", [3, 64, 200])
@pytest.mark.parametrize("least", [0.6, 0.95])
def test_pairs_are_those_of_comparing_in_full(dim, least) -> None:
    rng = np.random.default_rng(dim)
    centres = rng.normal(size=(40, dim))
    noise = rng.normal(size=(700, dim)) * rng.uniform(0.05, 1, (700, 1))
    rows = unit_rows((centres[rng.integers(0, 40, 700)] + noise).astype(np.float32))
    found = near_pairs(rows, least, 10**9, every, silent)
    one, other = np.triu_indices(len(rows), 1)
    scores = np.einsum("ij,ij->i", rows[one].astype(float), rows[other].astype(float))
    sure, might = scores >= least + 1e-6, scores >= least - 1e-6
    pairs = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert set(zip(one[sure].tolist(), other[sure].tolist(), strict=True)) <= pairs
    assert pairs <= set(zip(one[might].tolist(), other[might].tolist(), strict=True))
    assert (np.diff(found.scores) <= 0).all()
    few = near_pairs(rows, least, 50, every, silent)
    assert few.scores.tolist() == found.scores[:50].tolist()
    assert few.first.tolist() == found.first[:50].tolist()


def test_pairs_that_do_not_count_take_no_place() -> None:
    rows = np.tile(np.float32([[1, 0]]), (6, 1))
    told = []
    found = near_pairs(
        rows,
        0.9,
        3,
        lambda one, other: one + other == 5,
        lambda done, total: told.append((done, total)),
    )
    assert found.first.tolist() == [0, 1, 2]
    assert found.second.tolist() == [5, 4, 3]
    assert told == [(6, 6)]


def test_crowded_blocks_give_the_same_pairs() -> None:
    # All look alike, so that each block is multiplied as a whole; some are equal.
    rng = np.random.default_rng(3)
    rows = rng.normal(size=96) + rng.normal(size=(3_000, 96)) * 0.1
    rows[5::700] = rows[5]
    rows = unit_rows(rows)

    def refused(one, other):
        return (one + other) % 3 != 0

    found = near_pairs(rows, 0.9, 40, refused, silent)
    one, other = np.triu_indices(len(rows), 1)
    counting = refused(one, other)
    one, other = one[counting], other[counting]
    scores = np.concatenate(
        [
            np.einsum("ij,ij->i", rows[one[i : i + 2**16]], rows[other[i : i + 2**16]])
            for i in range(0, len(one), 2**16)
        ]
    )
    order = np.lexsort((other, one, -scores))[:40]
    assert found.first.tolist() == one[order].tolist()
    assert found.second.tolist() == other[order].tolist()
    assert found.scores.tolist() == scores[order].tolist()
