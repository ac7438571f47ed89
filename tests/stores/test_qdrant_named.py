"""Several named vectors in one collection: each store minds its own."""

import json

import numpy as np
import pyarrow as pa
import pytest

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore
from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")

DIMS = {"text": 2, "image": 3}


def edge(path):
    return QdrantEdgeStore.create_named(path / "store", DIMS)


def memory(path):
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    return QdrantServerStore.create_named("", "all", DIMS, client=client)


@pytest.fixture(params=[edge, memory])
def stores(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    for store in made.values():
        store.close()


def rows(dim, *axes):
    return np.eye(dim, dtype=np.float32)[list(axes)]


def payload(ids, kind="passage"):
    return pa.table({"id": ids, "kind": [kind] * len(ids)})


def found(store, query, where=None):
    return [hit.id for hit in store.search(query, 10, where)[0]]


def test_a_point_has_only_the_vectors_it_was_given(stores):
    stores["text"].upsert(rows(2, 0, 1), payload(["a", "b"]))
    stores["image"].upsert(rows(3, 2, 0), payload(["b", "c"]))
    assert len(stores["text"]) == len(stores["image"]) == 2
    assert found(stores["text"], rows(2, 0)) == ["a", "b"]
    assert found(stores["image"], rows(3, 0)) == ["c", "b"]
    np.testing.assert_array_equal(stores["text"].fetch(["b"]), rows(2, 1))
    np.testing.assert_array_equal(stores["image"].fetch(["b"]), rows(3, 2))
    with pytest.raises(StoreError, match="'c'"):
        stores["text"].fetch(["a", "c"])


def test_replacing_one_vector_leaves_the_other(stores):
    stores["text"].upsert(rows(2, 0), payload(["a"]))
    stores["image"].upsert(rows(3, 1), payload(["a"]))
    stores["text"].upsert(rows(2, 1), payload(["a"], "landmark"))
    np.testing.assert_array_equal(stores["text"].fetch(["a"]), rows(2, 1))
    np.testing.assert_array_equal(stores["image"].fetch(["a"]), rows(3, 1))
    # One payload a point: the last one counts for both.
    only = Filter(keywords={"kind": frozenset({"landmark"})})
    assert found(stores["image"], rows(3, 1), only) == ["a"]


def test_deleting_takes_one_vector_and_then_the_point(stores):
    stores["text"].upsert(rows(2, 0, 1), payload(["a", "b"]))
    stores["image"].upsert(rows(3, 1), payload(["a"]))
    assert stores["text"].delete(["a", "b", "nobody"]) == 2
    assert len(stores["text"]) == 0
    assert stores["text"].delete(["a"]) == 0
    assert found(stores["text"], rows(2, 0)) == []
    assert found(stores["image"], rows(3, 1)) == ["a"]
    assert stores["image"].delete(["a"]) == 1
    assert len(stores["image"]) == 0


def test_edge_opens_what_it_made(tmp_path):
    made = edge(tmp_path)
    made["text"].upsert(rows(2, 0), payload(["a"]))
    made["image"].upsert(rows(3, 0), payload(["z"]))
    for store in made.values():
        store.flush()
        store.close()
    again = QdrantEdgeStore.open_named(tmp_path / "store")
    assert {name: store.dim for name, store in again.items()} == DIMS
    again["text"].close()
    again["text"].close()  # twice is once: the other still needs the shard
    assert found(again["image"], rows(3, 0)) == ["z"]
    again["image"].close()
    with pytest.raises(StoreError, match="named text, image"):
        QdrantEdgeStore.open(tmp_path / "store")


def test_edge_says_what_is_wrong_with_its_state(tmp_path):
    for store in edge(tmp_path).values():
        store.close()
    state = tmp_path / "store" / "store.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"dims": [2]}))
    with pytest.raises(StoreError, match="cannot be read"):
        QdrantEdgeStore.open_named(tmp_path / "store")


def test_a_server_says_which_name_is_missing():
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    QdrantServerStore.create_named("", "named", DIMS, client=client)
    QdrantServerStore.create("", "plain", 2, client=client)
    for collection, vector in (("named", "sound"), ("named", None), ("plain", "text")):
        with pytest.raises(StoreError, match=repr(vector) if vector else "unnamed"):
            QdrantServerStore.open("", collection, client=client, vector=vector)
    with pytest.raises(StoreError, match="already"):
        QdrantServerStore.create_named("", "named", DIMS, client=client)


@pytest.mark.parametrize("dims", [{"text": 0}, {"text": 2, "image": -1}])
def test_widths_are_checked(dims, tmp_path):
    with pytest.raises(StoreError, match="dim"):
        QdrantEdgeStore.create_named(tmp_path / "store", dims)
    with pytest.raises(StoreError, match="dim"):
        QdrantServerStore.create_named("", "named", dims)
