"""Rows on disk: what a kill leaves, what damage does, what stays out of memory."""

import json
import shutil
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.files.append_file import AppendFile
from rsrag.stores.files.payload_log import BATCH_ROWS
from rsrag.stores.rows import ExactStore
from rsrag.vectors import unit_rows

DIM = 8


def vectors(count, seed=0, dim=DIM):
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dim)))


def names(first, count):
    return pa.table({"id": [f"id-{i:06d}" for i in range(first, first + count)]})


@pytest.fixture
def store(tmp_path):
    made = ExactStore.create(tmp_path / "store", DIM)
    made.upsert(vectors(20), names(0, 20))
    made.flush()
    yield made
    made.close()


def killed(store, tmp_path):
    """The directory as it would be if the process died now."""
    copy = tmp_path / "killed"
    for file in (store._files.vectors, store._files.payload, store._files.dead):
        file.push()
    return shutil.copytree(store.path, copy)


def test_what_was_not_flushed_is_not_there_after_a_kill(store, tmp_path):
    wanted = repr(store.search(vectors(2, 1), 5))
    store.upsert(vectors(BATCH_ROWS, 2), names(10, BATCH_ROWS))
    store.delete(["id-000000"])
    again = ExactStore.open(killed(store, tmp_path))
    assert len(again) == 20
    assert repr(again.search(vectors(2, 1), 5)) == wanted
    again.verify()


def test_a_reopened_store_writes_over_what_never_counted(store, tmp_path):
    store.upsert(vectors(BATCH_ROWS, 2), names(20, BATCH_ROWS))
    store.delete(["id-000000"])
    killed(store, tmp_path)
    again = ExactStore.open(tmp_path / "killed")
    again.upsert(vectors(3, 3), names(50, 3))
    again.delete(["id-000001"])
    again.flush()
    again.close()
    last = ExactStore.open(tmp_path / "killed")
    last.verify()
    assert len(last) == 22
    np.testing.assert_array_equal(last.fetch(["id-000050"]), vectors(3, 3)[:1])
    assert len(last.fetch(["id-000000"])) == 1
    with pytest.raises(StoreError, match="id-000001"):
        last.fetch(["id-000001"])


def test_a_kill_between_the_files_and_the_state(store, tmp_path, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    store.upsert(vectors(5, 4), names(20, 5))
    monkeypatch.setattr("rsrag.stores.files.row_files.write_atomically", die)
    with pytest.raises(KeyboardInterrupt):
        store.flush()
    again = ExactStore.open(killed(store, tmp_path))
    assert len(again) == 20
    again.verify()


def test_closing_does_not_flush(store):
    store.upsert(vectors(5, 4), names(20, 5))
    store.close()
    assert len(ExactStore.open(store.path)) == 20


@pytest.mark.parametrize("name", ["vectors.f32", "payload.arrows", "dead.i64"])
@pytest.mark.parametrize("left", [None, 0, 0.5])
def test_missing_and_truncated_files_raise(store, name, left):
    store.delete(["id-000003"])
    store.flush()
    store.close()
    file = store.path / name
    if left is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * left)])
    with pytest.raises(StoreError, match=name) as caught:
        ExactStore.open(store.path)
    assert "rsrag index rebuild" in caught.value.hint


BAD_STATES = {
    "empty": "",
    "not-json": "{",
    "no-object": "[]",
    "no-keys": "{}",
    "other-format": '{"format": 99}',
}


@pytest.mark.parametrize("text", BAD_STATES.values(), ids=BAD_STATES)
def test_bad_state_raises(store, text):
    (store.path / "store.json").write_text(text)
    with pytest.raises(StoreError) as caught:
        ExactStore.open(store.path)
    assert caught.value.hint


@pytest.mark.parametrize("change", [("rows", 21), ("dim", 7), ("kind", "faiss")])
def test_a_state_that_does_not_fit_raises(store, change):
    file = store.path / "store.json"
    state = json.loads(file.read_text())
    state[change[0]] = change[1]
    file.write_text(json.dumps(state))
    with pytest.raises(StoreError):
        ExactStore.open(store.path)


def test_a_store_of_another_kind_is_refused(store):
    with pytest.raises(StoreError, match="kind exact") as caught:
        FaissStore.open(store.path)
    assert "--store exact" in caught.value.hint


def test_a_payload_that_is_no_arrow_stream_raises(store):
    store.close()
    file = store.path / "payload.arrows"
    file.write_bytes(b"\x00" * file.stat().st_size)
    with pytest.raises(StoreError, match=r"payload\.arrows"):
        ExactStore.open(store.path)


def test_dead_rows_that_cannot_be_raise(store):
    store.delete(["id-000003"])
    store.flush()
    store.close()
    (store.path / "dead.i64").write_bytes(np.int64(77).tobytes())
    with pytest.raises(StoreError, match=r"dead\.i64"):
        ExactStore.open(store.path)


@pytest.mark.parametrize("name", ["vectors.f32", "payload.arrows", "dead.i64"])
def test_verify_finds_a_flipped_bit(store, name):
    store.delete(["id-000003"])
    store.flush()
    store.verify()
    file = store.path / name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(StoreError, match=name):
        store.verify()


def test_vectors_that_became_nan_raise(store):
    (store.path / "vectors.f32").write_bytes(b"\xff" * 20 * DIM * 4)
    with pytest.raises(StoreError, match="not finite"):
        store.search(vectors(1), 20)


def test_columns_that_differ_are_refused(store):
    other = pa.table({"id": ["a"], "sensor": ["S2A"]})
    with pytest.raises(StoreError, match="sensor"):
        store.upsert(vectors(1), other)
    with pytest.raises(StoreError, match="id"):
        store.upsert(vectors(1), pa.table({"id": pa.array(["a"], pa.large_string())}))
    assert len(store) == 20


def test_columns_in_another_order_and_dictionaries_are_taken(tmp_path):
    made = ExactStore.create(tmp_path / "store", DIM)
    made.upsert(vectors(1), pa.table({"id": ["a"], "sensor": ["S2A"]}))
    words = pa.array(["S2B"]).dictionary_encode()
    made.upsert(vectors(1), pa.table({"sensor": words, "id": ["b"]}))
    found = made.search(vectors(1), 2, Filter(keywords={"sensor": frozenset({"S2B"})}))
    assert [hit.payload for hit in found[0]] == [{"id": "b", "sensor": "S2B"}]
    made.close()


def test_a_full_disk_leaves_the_store_as_it_was(store, monkeypatch):
    def full(self, data):
        raise StoreError("no space left")

    wanted = repr(store.search(vectors(2, 1), 25))
    with monkeypatch.context() as patch:
        patch.setattr("rsrag.stores.files.payload_log.PayloadLog.append", full)
        with pytest.raises(StoreError, match="no space"):
            store.upsert(vectors(5, 9), names(0, 5))
    assert repr(store.search(vectors(2, 1), 25)) == wanted
    store.upsert(vectors(5, 9), names(20, 5))
    store.flush()
    store.verify()
    np.testing.assert_array_equal(store.fetch(["id-000020"]), vectors(5, 9)[:1])


def test_an_append_that_fails_counts_nothing(tmp_path):
    file = AppendFile(tmp_path, 0, 0, "hint")  # A directory takes no bytes.
    with pytest.raises(StoreError, match="failed"):
        file.append(b"abc")
    assert (file.size, file.crc) == (0, 0)


def test_search_between_upserts_sees_all_of_them(tmp_path):
    made = ExactStore.create(tmp_path / "store", DIM)
    rows = vectors(3 * BATCH_ROWS)
    for start in range(0, len(rows), BATCH_ROWS // 3):
        part = rows[start : start + BATCH_ROWS // 3]
        made.upsert(part, names(start, len(part)))
        (hits,) = made.search(part[-1:], 1)
        assert hits[0].id == f"id-{start + len(part) - 1:06d}"
    assert len(made) == len(rows)
    # Replacing all of them finds every old row again.
    for start in range(0, len(rows), BATCH_ROWS):
        made.upsert(rows[start : start + BATCH_ROWS], names(start, BATCH_ROWS))
    assert len(made) == len(rows)
    made.close()


def test_memory_does_not_grow_with_the_vectors(tmp_path):
    count, dim, step = 20_000, 256, 500
    made = ExactStore.create(tmp_path / "store", dim)
    block = vectors(step, dim=dim)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for start in range(0, count, step):
        made.upsert(block, names(start, step))
    made.flush()
    made.search(block[:1], 10)
    held, peak = (size - before for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert held < 100 * count
    assert peak < count * dim * 4 / 4
    made.close()
