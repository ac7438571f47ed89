"""Unit rows, and the top-k that is the oracle of every store."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from rsrag.errors import StoreError
from rsrag.vectors import (
    UNIT_TOLERANCE,
    check_unit_rows,
    top_k,
    unit_length,
    unit_rows,
)


def test_rows_get_length_one():
    made = unit_rows([[3, 4], [0, -2]])
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    np.testing.assert_array_equal(made, np.float32([[0.6, 0.8], [0, -1]]))


def test_the_input_is_left_alone():
    rows = np.float32([[2, 0]])
    unit_rows(rows)[0, 0] = 7
    assert rows[0, 0] == 2


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e-30, 1e30, 1e200, 1e308])
def test_huge_and_tiny_rows_keep_their_direction(scale):
    np.testing.assert_allclose(
        unit_rows([[scale, scale]]), np.full((1, 2), 0.5**0.5), rtol=1e-3
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([1.0, 2.0], "shape"),
        (np.ones((1, 2, 3)), "shape"),
        ([[1, 2], [3, np.nan]], "Row 1 holds NaN"),
        ([[1, np.inf]], "Row 0 holds NaN or infinity"),
        ([[1, 2], [0, 0]], "Row 1 is all zero"),
        ([["a", "b"]], "numbers"),
        ([[1], [1, 2]], "numbers"),
    ],
)
def test_rows_without_direction_are_refused(rows, words):
    with pytest.raises(StoreError, match=words):
        unit_rows(rows)


def test_no_rows_are_fine():
    assert unit_rows(np.empty((0, 5))).shape == (0, 5)
    assert check_unit_rows(np.empty((0, 5), np.float32), 5).shape == (0, 5)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-1e6, 1e6),
    )
)
def test_what_unit_rows_makes_is_let_pass(rows):
    rows[:, 0] += np.where(np.abs(rows).max(axis=1) == 0, 1, 0)
    made = unit_rows(rows)
    assert check_unit_rows(made, rows.shape[1]) is made
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-6)


GOOD = np.eye(3, dtype=np.float32)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (GOOD.astype(np.float64), "float64"),
        (GOOD.astype(np.float16), "float16"),
        (GOOD.astype(">f4"), "float32 array, got >f4"),
        (GOOD.tolist(), "list"),
        (GOOD[0], "shape"),
        (GOOD[:, :2], r"\(n, 3\), got \(3, 2\)"),
        (GOOD * np.float32(1 + 2 * UNIT_TOLERANCE), "Row 0 has length 1.002"),
        (GOOD * np.float32([[1], [0], [1]]), "Row 1 has length 0"),
        (GOOD * np.float32(np.nan), "nan"),
        (np.full((1, 3), np.inf, np.float32), "inf"),
        (np.full((1, 3), 1e38, np.float32), "inf"),
    ],
)
def test_stores_take_unit_float32_only(rows, words):
    with pytest.raises(StoreError, match=words):
        check_unit_rows(rows, 3)


def test_rows_in_another_order_are_copied_to_c_order():
    rows = np.asfortranarray(unit_rows(np.arange(1, 7).reshape(2, 3)))
    passed = check_unit_rows(rows, 3)
    assert passed.flags.c_contiguous
    np.testing.assert_array_equal(passed, rows)
    nearly = GOOD * np.float32(1 + UNIT_TOLERANCE / 2)
    assert check_unit_rows(nearly, 3) is nearly


def test_best_first_and_ties_by_id():
    scores = np.float32([0.5, 0.9, 0.5, 0.1, 0.5])
    ids = np.array(["d", "z", "a", "b", "c"])
    assert top_k(scores, ids, 3).tolist() == [1, 2, 4]
    assert top_k(scores, ids, 5).tolist() == [1, 2, 4, 0, 3]
    assert top_k(scores, ids, 99).tolist() == [1, 2, 4, 0, 3]
    assert top_k(scores, ids, 0).tolist() == []
    assert top_k(scores[:0], ids[:0], 3).tolist() == []


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), max_size=30),
    st.integers(1, 40),
)
def test_top_k_is_the_head_of_a_full_sort(scores, k):
    ids = np.array([f"{i * 7 % 31:02d}" for i in range(len(scores))], dtype=np.str_)
    full = sorted(range(len(scores)), key=lambda i: (-scores[i], ids[i]))
    assert top_k(np.array(scores, np.float32), ids, k).tolist() == full[:k]


def test_unit_length_in_the_precision_of_the_rows():
    rows = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    made = unit_length(rows)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, unit_rows(rows), atol=1e-6)
    np.testing.assert_array_equal(unit_length(np.float32([[0, -4]])), [[0, -1]])
