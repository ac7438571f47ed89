"""A few rows, the queries of both kinds, and the exact answers to them."""

import numpy as np
import pytest

from bench.clouds import Clustered
from bench.search import child
from bench.search.oracle import remembered
from bench.search.places import REGIONS
from bench.search.rows import prepare

DIM = 16


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return prepare(Clustered(700, DIM), tmp_path_factory.mktemp("rows"))


@pytest.fixture(scope="module")
def queries():
    cloud = Clustered(700, DIM)
    both = [cloud.queries(kind, 10) for kind in child.KINDS]
    return np.stack(both, axis=1).reshape(-1, DIM)


@pytest.fixture(scope="module")
def truth(rows, queries):
    path = rows.folder / "truth.npz"
    return remembered(path, rows, queries, child.K, REGIONS, 8)
