"""The FAISS store: the choice of an index, and how it follows the rows."""

import numpy as np
import pyarrow as pa
import pytest

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.faiss import faiss_gpu, faiss_store
from rsrag.stores.faiss.ann_choice import (
    FLAT_LIMIT,
    available_memory,
    choose_ann,
)
from rsrag.stores.faiss.faiss_ann import AnnIndex
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.vectors import unit_rows

DIM = 16
GB = 10**9
ANNS = ("hnsw", "ivf-sq8", "ivf-pq")


OPEN = []


def make(*args, **arguments):
    OPEN.append(FaissStore.create(*args, **arguments))
    return OPEN[-1]


def reopen(path):
    OPEN.append(FaissStore.open(path))
    return OPEN[-1]


def vectors(count, seed=0):
    return unit_rows(np.random.default_rng(seed).standard_normal((count, DIM)))


def payload(first, count):
    rows = range(first, first + count)
    return pa.table(
        {"id": [f"{i:06d}" for i in rows], "share": [i % 100 / 100 for i in rows]}
    )


@pytest.fixture(autouse=True)
def through_the_index(monkeypatch):
    monkeypatch.setattr(faiss_store, "EXACT_ROWS", 0)
    monkeypatch.setattr(faiss_store, "_SMALL_TAIL", 50)


@pytest.fixture(autouse=True)
def close_all():
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.mark.parametrize(
    ("count", "memory", "name"),
    [
        (0, GB, "flat"),
        (FLAT_LIMIT, GB, "flat"),
        (FLAT_LIMIT + 1, 4 * GB, "ivf-sq8"),
        (10**6, 2 * GB, "ivf-sq8"),
        (10**6, GB, "ivf-pq"),
        (10**7, 32 * GB, "ivf-sq8"),
        (10**7, 8 * GB, "ivf-pq"),
        (FLAT_LIMIT + 1, 0, "ivf-pq"),
    ],
)
def test_choice_follows_count_and_memory(count, memory, name):
    choice = choose_ann(count, 512, memory)
    assert choice.name == name
    assert choice.reason.startswith(f"{name}: {count:,} vectors")


def test_reasons_are_sentences_for_people():
    assert choose_ann(1250, 512, GB).reason == (
        "flat: 1,250 vectors, exact search takes under 10 ms"
    )
    assert choose_ann(10**6, 512, 6 * GB).reason == (
        "ivf-sq8: 1,000,000 vectors, building takes 520 MB of the 6 GB free"
    )


@pytest.mark.parametrize("dim", [1, 2, 7, 100, 384, 512, 768, 1024])
def test_product_codes_divide_every_width(dim):
    parameters = choose_ann(10**8, dim, 1).parameters
    assert dim % parameters["m"] == 0
    assert 1 <= parameters["m"] <= dim
    probes = parameters["nprobe"], parameters["nprobe_max"]
    assert 1 <= probes[0] <= probes[1] <= parameters["nlist"] <= 10**8 / 39


def test_available_memory_is_a_number_of_bytes():
    assert 10**7 < available_memory() < 10**14


def test_an_unknown_index_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(StoreError, match="'annoy'") as caught:
        make(tmp_path / "store", DIM, "annoy")
    assert "ivf-pq" in caught.value.hint
    assert not (tmp_path / "store").exists()


def test_auto_takes_what_is_expected_into_account(tmp_path, monkeypatch):
    monkeypatch.setattr(faiss_store, "available_memory", lambda: 64 * GB)
    small = make(tmp_path / "small", DIM)
    large = make(tmp_path / "large", DIM, expected=10**6)
    assert (small.choice.name, large.choice.name) == ("flat", "ivf-sq8")


def test_auto_grows_out_of_flat(tmp_path, monkeypatch):
    monkeypatch.setattr("rsrag.stores.faiss.ann_choice.FLAT_LIMIT", 400)
    monkeypatch.setattr(faiss_store, "available_memory", lambda: 64 * GB)
    made = make(tmp_path / "store", DIM)
    made.upsert(vectors(400), payload(0, 400))
    made.flush()
    assert made.choice.name == "flat"
    assert not list((tmp_path / "store").glob("ann*"))
    made.upsert(vectors(100, 1), payload(400, 100))
    made.flush()
    assert made.choice.name == "ivf-sq8"
    made.close()
    again = reopen(tmp_path / "store")
    assert again.choice == made.choice
    assert again.search(vectors(100, 1)[:1], 1)[0][0].id == "000400"


def index_file(path):
    (file,) = path.glob("ann*")
    return file


@pytest.mark.parametrize("ann", ANNS)
def test_the_index_follows_the_rows(tmp_path, ann):
    """A small tail is scanned, a longer one added, and much more trains again."""
    made = make(tmp_path / "store", DIM, ann)
    rows = vectors(2100)

    def grow(first, last):
        made.upsert(rows[first:last], payload(first, last - first))
        made.flush()
        found = made.search(rows[:last:97], 1)
        assert [hits[0].id for hits in found] == [
            f"{i:06d}" for i in range(0, last, 97)
        ]
        return made._file.rows, made._file.trained

    assert grow(0, 400) == (400, 400)
    first = index_file(made.path)
    assert grow(400, 440) == (400, 400)
    assert index_file(made.path) == first
    assert grow(440, 600) == (600, 400)
    assert index_file(made.path) != first
    assert grow(600, 2100) == (2100, 2100)
    made.close()
    again = reopen(tmp_path / "store")
    assert again.search(rows[2000:2001], 1)[0][0].id == "002000"
    again.verify()


def test_too_few_rows_to_train_are_scanned(tmp_path):
    made = make(tmp_path / "store", DIM, "ivf-pq")
    made.upsert(vectors(100), payload(0, 100))
    made.flush()
    assert made._file is None
    assert made.search(vectors(100)[7:8], 1)[0][0].id == "000007"


def test_training_is_quiet_and_repeatable(tmp_path, capfd):
    found = []
    for name in ("a", "b"):
        made = make(tmp_path / name, DIM, "ivf-pq")
        made.upsert(vectors(300), payload(0, 300))
        made.flush()
        found.append(index_file(made.path).read_bytes())
    assert found[0] == found[1]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ann", ANNS)
def test_an_index_file_that_is_missing_or_cut_raises(tmp_path, ann):
    made = make(tmp_path / "store", DIM, ann)
    made.upsert(vectors(300), payload(0, 300))
    made.flush()
    made.close()
    file = index_file(made.path)
    data = file.read_bytes()
    file.write_bytes(data[:-10])
    with pytest.raises(StoreError, match=r"\.faiss"):
        reopen(made.path)
    file.write_bytes(b"\x00" * len(data))
    with pytest.raises(StoreError, match="FAISS index"):
        reopen(made.path).search(vectors(1), 1)
    with pytest.raises(StoreError, match=r"\.faiss"):
        reopen(made.path).verify()
    file.unlink()
    with pytest.raises(StoreError) as caught:
        reopen(made.path)
    assert "--store faiss" in caught.value.hint


def test_a_walk_that_ends_early_falls_back_to_a_scan(tmp_path, monkeypatch):
    made = make(tmp_path / "store", DIM, "hnsw")
    rows = vectors(600)
    made.upsert(rows, payload(0, 600))
    made.flush()

    def nothing(_, queries, *rest):
        return np.full((len(queries), 64), -1)

    monkeypatch.setattr(AnnIndex, "search", nothing)
    where = Filter(ranges={"share": (0.5, None)})
    found = made.search(rows[[50, 150]], 3, where)
    assert [hits[0].id for hits in found] == ["000050", "000150"]
    assert [len(hits) for hits in found] == [3, 3]


def test_a_short_allow_list_never_asks_the_index(tmp_path, monkeypatch):
    monkeypatch.setattr(faiss_store, "EXACT_ROWS", 300)
    made = make(tmp_path / "store", DIM, "hnsw")
    made.upsert(vectors(600), payload(0, 600))
    made.flush()
    monkeypatch.setattr(AnnIndex, "search", lambda *_: pytest.fail("asked"))
    assert made.search(vectors(1), 3, Filter(ranges={"share": (0.5, None)}))[0]


def test_more_ties_than_candidates_still_break_by_id(tmp_path):
    made = make(tmp_path / "store", DIM, "hnsw")
    same = np.repeat(vectors(1), 500, axis=0)
    order = np.random.default_rng(0).permutation(500)
    table = pa.table({"id": [f"{i:06d}" for i in order]})
    made.upsert(same, table)
    made.flush()
    (hits,) = made.search(same[:1], 5)
    assert [hit.id for hit in hits] == [f"{i:06d}" for i in range(5)]


def test_without_a_gpu_none_is_asked(tmp_path):
    assert faiss_gpu.count() == 0


@pytest.mark.parametrize("ann", ["ivf-sq8", "ivf-pq"])
def test_an_index_copied_to_a_gpu_finds_what_it_did(tmp_path, monkeypatch, ann):
    """With the index itself in place of the copy: it stays as FAISS wrote it."""
    import faiss

    made = make(tmp_path / "store", DIM, ann)
    made.upsert(vectors(600), payload(0, 600))
    made.flush()
    queries, copies = vectors(5, seed=1), []
    before = made.search(queries, 3)

    def copied(resources, device, index):
        copies.append(index)
        return index

    monkeypatch.setattr(faiss_gpu, "count", lambda: 1)
    monkeypatch.setattr(faiss, "StandardGpuResources", lambda: None, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", copied, raising=False)
    again = reopen(tmp_path / "store")
    for _ in range(2):
        found = again.search(queries, 3)
        assert [[h.id for h in one] for one in found] == [
            [h.id for h in one] for one in before
        ]
    assert len(copies) == 1
    if ann == "ivf-sq8":
        assert copies[0].sq.qtype == faiss.ScalarQuantizer.QT_8bit
