"""Scores of codes: as FAISS gives them, and as products of bytes."""

import faiss
import numpy as np
import pytest

from rsrag.stores.faiss.ivf_probing import probe
from rsrag.stores.faiss.ivf_scan import IvfScan
from rsrag.vectors import unit_rows

LISTS, COUNT = 20, 2000


def made(dim, residual=True, metric=faiss.METRIC_INNER_PRODUCT, outlying=8):
    """An index of 8-bit codes, its rows, and queries; some dimensions stand out."""
    rng = np.random.default_rng(dim)
    large = np.where(rng.random(dim) < 0.02, outlying, 1)
    rows = unit_rows(rng.standard_normal((COUNT, dim)) * large + 0.2)
    cells = faiss.IndexFlatIP(dim)
    kind = faiss.ScalarQuantizer.QT_8bit
    args = cells, dim, LISTS, kind, metric, residual
    index = faiss.IndexIVFScalarQuantizer(*args)
    index.train(rows)
    index.add(rows)
    queries = unit_rows(rows[:50] + rng.standard_normal((50, dim)) / dim**0.5)
    return index, rows, queries


def near(index, queries, cells):
    distances, numbers = index.quantizer.search(queries, cells)
    return numbers, distances


def codes_of(index, cell):
    size = index.invlists.list_size(cell)
    codes = faiss.rev_swig_ptr(index.invlists.get_codes(cell), size * index.d)
    rows = faiss.rev_swig_ptr(index.invlists.get_ids(cell), size)
    return codes.reshape(size, -1).astype(np.int64), rows.tolist()


@pytest.mark.parametrize("dim", [512, 192, 24, 7])
@pytest.mark.parametrize("residual", [True, False])
def test_scores_are_products_of_the_bytes_in_the_index(dim, residual):
    index, _, queries = made(dim, residual)
    steps = faiss.vector_to_array(index.sq.trained)[dim:] / 255
    cells = near(index, queries, 1)
    scores, rows = IvfScan.of_bytes(index).search(queries, 5, cells)
    for query, cell, to_cell, found, score in zip(
        queries, cells[0][:, 0], cells[1][:, 0], rows, scores, strict=True
    ):
        codes, numbers = codes_of(index, int(cell))
        unit = np.abs(query * steps).max() / 127
        right = (codes - 128) @ np.rint(query * steps / unit) * unit
        right = dict(zip(numbers, right + residual * to_cell, strict=True))
        assert [right[row] for row in found] == pytest.approx(score, abs=1e-5)
        assert score == pytest.approx(sorted(right.values())[:-6:-1], abs=1e-5)


@pytest.mark.parametrize("dim", [512, 24])
def test_bytes_score_as_faiss_does_but_for_a_constant_a_query(dim):
    index, _, queries = made(dim, outlying=1)
    least, range_ = faiss.vector_to_array(index.sq.trained).reshape(2, dim)
    cells = near(index, queries, 5)
    scores, rows = IvfScan(index).search(queries, 60, cells)
    other, others = IvfScan.of_bytes(index).search(queries, 60, cells)
    constants = queries @ (least + range_ * 128.5 / 255)
    for query, constant in enumerate(constants):
        by_row = dict(zip(rows[query], scores[query], strict=True))
        both = [i for i, row in enumerate(others[query]) if row in by_row]
        assert len(both) > 50
        right = [by_row[others[query][i]] for i in both]
        assert np.abs(other[query][both] + constant - right).max() < 0.005


def test_hand_worked():
    """Codes 0 and 255 stand for the least and the largest value of a dimension."""
    rows = np.array([[0, 1], [1, 0], [1, 1]], np.float32)
    cells = faiss.IndexFlatIP(2)
    kind, metric = faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFScalarQuantizer(cells, 2, 1, kind, metric, False)
    index.train(rows)
    index.add(rows)
    cells = np.zeros((1, 1), np.int64), np.zeros((1, 1), np.float32)
    query = np.array([[0.5, 1]], np.float32)
    scores, found = IvfScan.of_bytes(index).search(query, 3, cells)
    assert found.tolist() == [[2, 0, 1]]
    # From -128 to 127 is one; half of 127 rounds to 64.
    step, unit = 1 / 255, 1 / 255 / 127
    worked = [64 * 127 + 127 * 127, -64 * 128 + 127 * 127, 64 * 127 - 127 * 128]
    assert scores[0] == pytest.approx([unit * each for each in worked], rel=1e-6)
    assert scores[0][0] - scores[0][1] == pytest.approx(0.5, abs=2 * step)


@pytest.mark.parametrize("dim", [512, 24])
def test_what_is_found_is_what_faiss_finds(dim):
    index, rows, queries = made(dim)
    exact = np.argsort(-(queries @ rows.T), axis=1)[:, :10]

    def recall(scan):
        found = probe(scan, queries, 20, 10, (LISTS, LISTS))
        pairs = zip(found.tolist(), exact.tolist(), strict=True)
        return np.mean([len({*a} & {*b}) / 10 for a, b in pairs])

    before, after = recall(IvfScan(index)), recall(IvfScan.of_bytes(index))
    assert after >= 0.99
    assert after >= before - 0.005


def test_a_query_of_nothing_and_one_alone():
    index, rows, _ = made(24)
    scan = IvfScan.of_bytes(index)
    nothing = np.zeros((1, 24), np.float32)
    scores, found = scan.search(nothing, 3, near(index, nothing, LISTS))
    assert np.isfinite(scores).all()
    assert (found >= 0).all()
    _, found = scan.search(rows[4:5], 1, near(index, rows[4:5], LISTS))
    assert found.tolist() == [[4]]


def test_other_indexes_are_scanned_as_they_are():
    """Products order by the inner product only."""
    index, rows, _ = made(24, metric=faiss.METRIC_L2)
    scan = IvfScan.of_bytes(index)
    assert index.sq.qtype == faiss.ScalarQuantizer.QT_8bit
    scores, found = scan.search(rows[:9], 1, near(index, rows[:9], LISTS))
    assert found.ravel().tolist() == list(range(9))
    assert scores.max() <= 0


def test_steps_that_do_not_fit_are_damage():
    index, *_ = made(24)
    faiss.copy_array_to_vector(np.ones(7, np.float32), index.sq.trained)
    with pytest.raises(ValueError, match="7"):
        IvfScan.of_bytes(index)
