"""Stages of cells: what they find, what they save, and whom they let pass."""

import faiss
import numpy as np
import pytest

from rsrag.stores.faiss.ivf_probing import GROWTH, Allowed, probe
from rsrag.stores.faiss.ivf_scan import IvfScan
from rsrag.vectors import unit_rows

DIM, LISTS, COUNT = 16, 60, 3000


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, DIM))
    return unit_rows(
        centres[rng.integers(0, 40, COUNT)] + 0.3 * rng.standard_normal((COUNT, DIM))
    )


@pytest.fixture(scope="module", params=["ip", "l2"])
def index(request, rows):
    cells, metric = faiss.IndexFlatIP(DIM), faiss.METRIC_INNER_PRODUCT
    if request.param == "l2":
        cells, metric = faiss.IndexFlatL2(DIM), faiss.METRIC_L2
    made = faiss.IndexIVFFlat(cells, DIM, LISTS, metric)
    made.train(rows)
    made.add(rows)
    return made


def texts(count):
    """Queries that lie about equally far from all rows."""
    rng = np.random.default_rng(1)
    return unit_rows(rng.standard_normal((count, DIM)))


def exact(rows, queries, k):
    return np.argsort(-(queries @ rows.T), axis=1, kind="stable")[:, :k]


def test_all_cells_find_what_a_scan_finds(index, rows):
    queries = texts(300)
    found = probe(IvfScan(index), queries, 10, 10, (LISTS, LISTS))
    assert found.dtype == np.int64
    assert (np.sort(found) == np.sort(exact(rows, queries, 10))).all()


def test_candidates_come_best_first(index, rows):
    queries = texts(20)
    found = probe(IvfScan(index), queries, 12, 5, (2, 30))
    scores = np.einsum("qd,qkd->qk", queries, rows[found])
    assert (np.diff(scores, axis=1) <= 1e-6).all()


def test_a_query_stops_when_a_stage_brings_nothing(index, rows, monkeypatch):
    """Rows themselves need two stages, queries from afar more."""
    asked = {"near": [], "far": []}
    real = type(index).search_preassigned_c

    for kind, queries in (("near", rows[:50]), ("far", texts(50))):

        def counted(self, n, *rest, kind=kind):
            asked[kind].append(n)
            return real(self, n, *rest)

        monkeypatch.setattr(type(index), "search_preassigned_c", counted)
        probe(IvfScan(index), queries, 10, 3, (2, LISTS))
    stages = {kind: sum(counts) / 50 for kind, counts in asked.items()}
    assert asked["near"][:2] == asked["far"][:2] == [50, 50]
    assert stages["near"] < stages["far"]


def test_a_stage_that_moves_the_first_k_asks_for_another(index, rows):
    """What the stages end with cannot be bettered by the stage that ended them."""
    queries, k, first = texts(40), 5, 2
    found = probe(IvfScan(index), queries, k, k, (first, LISTS))
    _, cells = index.quantizer.search(queries, LISTS)
    of_row = np.empty(COUNT, int)
    for cell in range(LISTS):
        ids = faiss.rev_swig_ptr(
            index.invlists.get_ids(cell), index.invlists.list_size(cell)
        )
        of_row[ids] = cell
    scores = queries @ rows.T
    for query, named in enumerate(found):
        rank = np.argsort(cells[query])[of_row]
        start, stop = first, first * GROWTH
        best = np.sort(named)
        while stop < LISTS:
            inside = [
                np.sort(np.argsort(-np.where(rank < end, scores[query], -9))[:k])
                for end in (start, stop)
            ]
            if (inside[0] == inside[1]).all():
                break
            start, stop = stop, stop * GROWTH
        if stop < LISTS:
            assert (best == inside[1]).all()


@pytest.mark.parametrize("few", [True, False])
def test_a_filter_is_kept_and_followed_until_k_are_found(index, few):
    every = 100 if few else 3
    allow = Allowed(np.arange(0, COUNT, every), COUNT)
    assert (allow.selector is not None) == few
    found = probe(IvfScan(index), texts(30), 8, 5, (1, LISTS), allow)
    assert ((found >= 0).sum(axis=1) >= 5).all()
    assert (found[found >= 0] % every == 0).all()


@pytest.mark.parametrize("every", [2, 3, 7, 40])
def test_all_cells_find_what_a_scan_of_the_allowed_finds(index, rows, every):
    allow = Allowed(np.arange(0, COUNT, every), COUNT)
    found = probe(IvfScan(index), texts(50), 10, 10, (LISTS, LISTS), allow)
    right = exact(rows[::every], texts(50), 10) * every
    share = np.mean([len(set(a) & set(b)) for a, b in zip(found, right, strict=True)])
    assert share > 9.9


def test_fewer_rows_than_asked_for_end_in_minus_one(index):
    found = probe(
        IvfScan(index), texts(4), 5, 5, (1, LISTS), Allowed(np.array([3, 7]), COUNT)
    )
    assert (np.sort(found, axis=1)[:, :3] == -1).all()
    assert set(found.ravel().tolist()) == {-1, 3, 7}


def test_more_queries_than_a_block_and_none(index, rows):
    queries = texts(600)
    whole = probe(IvfScan(index), queries, 5, 5, (4, LISTS))
    parts = [
        probe(IvfScan(index), queries[i : i + 1], 5, 5, (4, LISTS)) for i in range(600)
    ]
    assert (whole == np.concatenate(parts)).mean() > 0.999
    assert probe(IvfScan(index), queries[:0], 5, 5, (4, LISTS)).shape == (0, 5)
