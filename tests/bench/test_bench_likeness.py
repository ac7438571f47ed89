"""What the nearest picture is worth, on vectors that can be worked out by hand."""

import numpy as np
import pytest

from bench.bench_likeness import FLOORS, worth


def test_by_hand():
    # Two pairs: cosine 1 of one class, cosine 0.8 of two classes.
    vectors = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0.8, 0.6]], np.float32)
    rows = worth(vectors, np.array(["a", "a", "b", "c"]))
    assert [floor for floor, _, _ in rows] == list(FLOORS)
    by_floor = {floor: row for floor, *row in rows}
    assert by_floor[0.7] == [1.0, 0.5]
    assert by_floor[0.85] == pytest.approx([0.5, 1.0])
