"""Classes by example pictures, by hand."""

import numpy as np
import pytest

from rsrag.errors import QueryError
from rsrag.rag.looking.calibration import fit_temperature
from rsrag.rag.looking.examples import ENOUGH, REFUSED, prototypes
from rsrag.vectors import unit_rows

EAST, NORTH, UP = np.eye(3, dtype=np.float32)


def rows(*given):
    return unit_rows(np.array(given, np.float32))


def test_one_example_and_half_the_name():
    made = prototypes(
        ["a", "b"], rows(UP, UP), [rows(EAST), rows(NORTH)], temperature=0.1, floor=0.7
    )
    expected = rows(EAST + 0.5 * UP, NORTH + 0.5 * UP)
    np.testing.assert_allclose(made.vectors, expected, atol=1e-6)
    # Nothing can be left out of one: the encoder's own constants.
    assert (made.temperature, made.floor) == (0.1, 0.7)


@pytest.mark.parametrize("count", [2, 3, 4, 16])
def test_the_name_counts_below_four(count):
    examples = rows(*(EAST + 0.1 * i * NORTH for i in range(count)))
    made = prototypes(["a"], rows(UP), [examples], temperature=0.1, floor=0.7)
    mean = rows(examples.mean(axis=0))
    weight = 0.5 if count < ENOUGH else 0.0
    np.testing.assert_allclose(made.vectors, rows(mean[0] + weight * UP), atol=1e-6)


def test_constants_come_of_leaving_each_out_once():
    rng = np.random.default_rng(0)
    examples = [
        rows(*(centre + 0.6 * rng.normal(size=3) for _ in range(6)))
        for centre in (EAST, NORTH)
    ]
    made = prototypes(["a", "b"], rows(UP, UP), examples, temperature=0.01, floor=0.7)
    table, own = [], []
    for at in (0, 1):
        for row in range(6):
            kept = np.delete(examples[at], row, axis=0).mean(axis=0)
            both = [rows(kept)[0], rows(examples[1 - at].mean(axis=0))[0]]
            both = np.stack(both if at == 0 else both[::-1])
            table.append(both @ examples[at][row])
            own.append(at)
    table, own = np.stack(table), np.array(own)
    assert made.temperature == pytest.approx(fit_temperature(table, own), rel=1e-3)
    floor = np.quantile(table[np.arange(12), own], REFUSED)
    assert made.floor == pytest.approx(floor, abs=1e-6)
    # Examples that agree make no surer than the encoder is.
    alike = [rows(EAST, EAST + 0.02 * UP), rows(NORTH, NORTH + 0.02 * UP)]
    sure = prototypes(["a", "b"], rows(UP, UP), alike, temperature=0.01, floor=0.7)
    assert sure.temperature == 0.01


def test_shares_by_hand():
    made = prototypes(
        ["a", "b"], rows(EAST, NORTH), [rows(EAST), rows(NORTH)], 0.5, floor=0.7
    )
    shares, cosines = made.shares(rows(EAST, UP))
    np.testing.assert_allclose(cosines, [[1, 0], [0, 0]], atol=1e-6)
    first = np.exp([1 / 0.5, 0, 0.7 / 0.5])
    np.testing.assert_allclose(shares[0], (first / first.sum())[:2], atol=1e-6)
    assert 1 - shares[1].sum() > 0.6
    closed, _ = made.shares(rows(UP), closed=True)
    np.testing.assert_allclose(closed, [[0.5, 0.5]], atol=1e-6)
    hot, _ = made.shares(rows(EAST), temperature=1e3, closed=True)
    np.testing.assert_allclose(hot, [[0.5, 0.5]], atol=1e-3)
    best, *_ = made.scores(rows(NORTH))
    assert (best.label, best.similarity) == ("b", pytest.approx(1))


def test_examples_that_cannot_be():
    none = np.empty((0, 3), np.float32)
    with pytest.raises(QueryError, match="no example of 'b'") as caught:
        prototypes(["a", "b"], rows(EAST, UP), [rows(EAST), none], 0.1, 0.7)
    assert "b/" in caught.value.hint
    both = [rows(EAST, UP), rows(NORTH, EAST)]
    with pytest.raises(QueryError, match="'a' and of 'b'"):
        prototypes(["a", "b"], rows(EAST, NORTH), both, 0.1, 0.7)
