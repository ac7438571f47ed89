"""Whatever ``store.json`` says, a store opens or refuses in words, and never lies."""

import copy
import json

import numpy as np
import pyarrow as pa
import pytest

from rsrag.errors import StoreError
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.files.append_file import AppendFile
from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore
from rsrag.stores.rows import ExactStore
from rsrag.vectors import unit_rows

DIM, COUNT = 8, 400
VECTORS = unit_rows(np.random.default_rng(0).normal(size=(COUNT, DIM)))
OTHER = (None, 7, -1, 2**70, 1.5, "x", "../x", True, [], {}, [1, 2], {"a": 1})
KINDS = {
    "exact": (ExactStore, {}),
    "flat": (FaissStore, {"ann": "flat"}),
    "hnsw": (FaissStore, {"ann": "hnsw"}),
    "ivf": (FaissStore, {"ann": "ivf-sq8"}),
    "edge": (QdrantEdgeStore, {}),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request, tmp_path_factory):
    kind, options = KINDS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    store = kind.create(folder / "s", DIM, **options)
    store.upsert(VECTORS, pa.table({"id": [f"{n:032x}" for n in range(COUNT)]}))
    store.flush()
    found = store.search(VECTORS[:3], 5)
    store.close()
    (state,) = (folder / "s").glob("*.json")
    return kind, folder / "s", state, found


def places(value, path=()):
    """Paths of all values inside a JSON value."""
    items = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def damaged(state):
    for path in places(state):
        for value in ("remove", *OTHER):
            whole = copy.deepcopy(state)
            here = whole
            for key in path[:-1]:
                here = here[key]
            if value == "remove":
                del here[path[-1]]
            else:
                here[path[-1]] = value
            yield path, value, whole
    for value in OTHER:
        yield (), value, value


def test_every_value_of_the_state(made):
    kind, folder, state, found = made
    good = state.read_bytes()
    tried = refused = 0
    try:
        for path, value, whole in damaged(json.loads(good)):
            state.write_text(json.dumps(whole))
            tried += 1
            try:
                store = kind.open(folder)
            except StoreError as error:
                refused += 1
                assert error.hint, (path, value)
                continue
            try:
                assert store.search(VECTORS[:3], 5) == found, (path, value)
            except StoreError:
                refused += 1
            finally:
                store.close()
    finally:
        state.write_bytes(good)
    assert tried > 20 and refused > tried / 3


def test_every_byte_region_of_the_state(made):
    kind, folder, state, found = made
    good = state.read_bytes()
    try:
        for start in range(0, len(good), max(1, len(good) // 40)):
            for bad in (good[:start], good[:start] + b"\xff\0" + good[start + 2 :]):
                state.write_bytes(bad)
                try:
                    store = kind.open(folder)
                except StoreError:
                    continue
                try:
                    assert store.search(VECTORS[:3], 5) == found
                except StoreError:
                    pass
                finally:
                    store.close()
    finally:
        state.write_bytes(good)


@pytest.mark.parametrize("refusing", ["vectors.f32", "dead.i64", "payload.arrows"])
@pytest.mark.parametrize("kind", [ExactStore, FaissStore])
def test_an_upsert_that_a_disk_refuses_changes_nothing(
    tmp_path, monkeypatch, kind, refusing
):
    """Rows are replaced and added at once; what was there before is still found."""
    store = kind.create(tmp_path / "s", DIM)
    ids = [f"{n:032x}" for n in range(COUNT)]
    store.upsert(VECTORS[:300], pa.table({"id": ids[:300]}))
    store.flush()
    store.upsert(VECTORS[300:350], pa.table({"id": ids[300:350]}))
    found = store.search(VECTORS[:3], 5)
    append = AppendFile.append

    def refuse(self, data):
        if self.path.name == refusing:
            raise StoreError("disk full")
        append(self, data)

    monkeypatch.setattr(AppendFile, "append", refuse)
    monkeypatch.setattr("rsrag.stores.files.payload_log.BATCH_ROWS", 1)
    changed = unit_rows(VECTORS[200:] + 0.5)
    with pytest.raises(StoreError, match="disk full"):
        store.upsert(changed, pa.table({"id": ids[200:]}))
    monkeypatch.undo()
    assert len(store) == 350
    assert store.search(VECTORS[:3], 5) == found
    store.flush()
    store.close()
    again = kind.open(tmp_path / "s")
    assert len(again) == 350 and again.search(VECTORS[:3], 5) == found
    assert again.payloads(ids[:350]) == [{"id": id_} for id_ in ids[:350]]
    again.close()
