"""What marks say: by hand, and on marks that one of the two ways cannot order."""

import numpy as np
import pytest

from rsrag.retrieval.marks.marking import LIKED, PROBED, UNLIKED, learn
from rsrag.vectors import unit_rows

NONE = np.zeros(3)


def rows(*given) -> np.ndarray:
    return unit_rows(np.array(given, dtype=np.float32))


def nobody() -> np.ndarray:
    raise AssertionError("not needed")


def test_few_marks_are_summed_and_not_measured() -> None:
    right, wrong = rows([1, 0, 0], [0, 1, 0]), rows([0, 0, 1])
    found = learn(right, wrong, NONE, nobody)
    assert (found.way, found.measured) == ("rocchio", {})
    assert found.vector == pytest.approx([LIKED / 2, LIKED / 2, -UNLIKED])
    alone = learn(right, right[:0], NONE, nobody)
    assert alone.vector == pytest.approx([LIKED / 2, LIKED / 2, 0])
    assert "could be compared" in str(alone)


def test_what_both_order_is_summed() -> None:
    right, wrong = rows([1, 0.1, 0], [1, 0, 0.1]), rows([0, 1, 0], [0, 1, 0.2])
    found = learn(right, wrong, NONE, lambda: rows([0, 0, 1]))
    assert found.way == "rocchio"
    one = found.measured["rocchio"]
    # Two right and two wrong, each pair held back once: four pairs, all in order.
    assert (one.ordered, one.precision, one.recall, one.pairs) == (1, 1, 1, 4)
    assert found.measured["probe"].ordered == 1


def test_a_probe_is_taken_where_a_sum_cannot_tell_them_apart() -> None:
    # All marks share a strong direction that differs more within a side than between.
    rng = np.random.default_rng(0)
    common = rng.normal(size=(24, 1)) * 3
    noise = 0.02 * rng.normal(size=(24, 3))
    right = rows(*(np.hstack([common[:12], np.full((12, 1), 0.3), np.ones((12, 1))])))
    wrong = rows(*(np.hstack([common[12:], -np.full((12, 1), 0.3), np.ones((12, 1))])))
    right, wrong = unit_rows(right + noise[:12]), unit_rows(wrong + noise[12:])
    others = unit_rows(rng.normal(size=(50, 3)).astype(np.float32))
    found = learn(right, wrong, NONE, lambda: others)
    assert found.way == "probe"
    assert found.measured["probe"].ordered > found.measured["rocchio"].ordered
    assert found.measured["probe"].pairs == 144
    assert np.linalg.norm(found.vector) == pytest.approx(PROBED)
    assert "a linear probe" in str(found)


def test_marks_that_are_all_one_chip_are_measured_at_chance() -> None:
    same = rows([1, 0, 0], [1, 0, 0])
    found = learn(same, same, NONE, lambda: same)
    assert found.measured["rocchio"].ordered == 0.5
    assert found.measured["rocchio"].precision == 0
    assert np.isfinite(found.vector).all()
