"""What was found last is fetched without looking its ids up, and never stale."""

import numpy as np
import pyarrow as pa
import pytest

from rsrag.errors import StoreError
from rsrag.stores import live_rows
from rsrag.stores.rows import ExactStore

EYE = np.eye(4, dtype=np.float32)


@pytest.fixture
def store(tmp_path):
    made = ExactStore.create(tmp_path / "s", 4)
    made.upsert(EYE, pa.table({"id": ["a", "b", "c", "d"]}))
    made.flush()
    made.close()
    opened = ExactStore.open(tmp_path / "s")
    yield opened
    opened.close()


def test_found_items_need_no_index_of_ids(store, monkeypatch) -> None:
    found = store.search(EYE[1:3], 2)
    monkeypatch.setattr(live_rows, "IdRows", None)
    ids = [hit.id for hits in found for hit in hits]
    assert (store.fetch(ids)[[0, 2]] == EYE[1:3]).all()


def test_what_was_replaced_or_deleted_since_is_not_stale(store) -> None:
    assert store.search(EYE[:1], 4)[0][0].id == "a"
    store.upsert(EYE[3:4], pa.table({"id": ["a"]}))
    assert (store.fetch(["a"]) == EYE[3:4]).all()
    store.search(EYE[:1], 4)
    store.delete(["b"])
    with pytest.raises(StoreError, match="b"):
        store.fetch(["a", "b"])


def test_what_was_not_found_is_looked_up(store) -> None:
    store.search(EYE[:1], 1)
    assert (store.fetch(["a", "c"]) == EYE[[0, 2]]).all()
