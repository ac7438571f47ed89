"""The Qdrant store over a socket: what passes is asked again, what lasts is told."""

import uuid
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from qdrant_shim import Shim

from rsrag.errors import StoreError
from rsrag.stores.qdrant import qdrant_connection
from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore
from rsrag.vectors import unit_rows

KEY = "s3cret-key"
PASSING = ("429", "503", "half", "cut", "reset", "lost")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def server():
    made = Shim(KEY)
    yield made
    made.close()


@pytest.fixture
def shim(server, monkeypatch):
    monkeypatch.setattr(qdrant_connection, "PAUSE_S", 0.0)
    monkeypatch.setattr(qdrant_connection, "_TIMEOUT_S", 1)
    server.faults.clear()
    return server


def rows(count):
    vectors = unit_rows(np.random.default_rng(0).standard_normal((count, 4)))
    return vectors, pa.table({"id": [f"{i:032x}" for i in range(count)]})


@pytest.fixture
def store(shim):
    made = QdrantServerStore.create(shim.url, uuid.uuid4().hex, 4, api_key=KEY)
    vectors, payload = rows(9)
    made.upsert(vectors[:6], payload.slice(0, 6))
    yield made
    made.close()


CALLS = {
    "search": lambda store: [hit.id for hit in store.search(rows(9)[0][:1], 3)[0]],
    "count": lambda store: store.count(),
    "fetch": lambda store: store.fetch([f"{2:032x}"]).tolist(),
    "browse": lambda store: [hit.id for hit in store.browse(limit=4)],
    "upsert": lambda store: store.upsert(*rows(9)) or len(store),
    "delete": lambda store: store.delete([f"{1:032x}"]) and len(store),
}


# One of those that wait for the time-out: all take the same way.
@pytest.mark.parametrize(
    ("call", "fault"), [*product(CALLS, PASSING), ("search", "slow")]
)
def test_what_passes_is_asked_again(shim, store, call, fault):
    right = {"upsert": 9, "delete": 5}.get(call) or CALLS[call](store)
    shim.asked.clear()
    shim.faults = [fault]
    assert CALLS[call](store) == right
    assert shim.asked[0] == shim.asked[1]


@pytest.mark.parametrize("fault", PASSING)
def test_what_does_not_pass_is_told(shim, store, fault):
    shim.asked.clear()
    shim.faults = [fault] * 9
    with pytest.raises(StoreError) as caught:
        store.count()
    assert len(shim.asked) == qdrant_connection.ATTEMPTS
    assert shim.url in str(caught.value) and KEY not in str(caught.value)
    assert "--qdrant-url" in caught.value.hint


@pytest.mark.parametrize("fault", ["500", "html"])
def test_what_is_no_answer_is_told_at_once(shim, store, fault):
    shim.asked.clear()
    shim.faults = [fault]
    with pytest.raises(StoreError):
        store.count()
    assert len(shim.asked) == 1
    assert store.count() == 6


def test_a_wrong_key_is_told_and_not_repeated(shim, store):
    with pytest.raises(StoreError, match="401") as caught:
        QdrantServerStore.open(shim.url, "chips", api_key="wr0ng-key")
    assert "QDRANT_API_KEY" in caught.value.hint
    assert "wr0ng-key" not in str(caught.value)


def test_a_server_that_went_away_is_told():
    gone = Shim(KEY)
    gone.close()
    with pytest.raises(StoreError, match="Qdrant at http"):
        QdrantServerStore.open(gone.url, "chips", api_key=KEY)
