"""The Qdrant stores: values as JSON, the server's moods, and secrets."""

import json
import math
import os
import uuid
from datetime import UTC, datetime, timedelta, timezone

import httpx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.qdrant import qdrant_base, qdrant_connection
from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore
from rsrag.stores.qdrant.qdrant_payload import BOX, decode_row, encode_row, point_id
from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore
from rsrag.vectors import unit_rows

DIM = 4
KEY = "s3cret-key"

pytestmark = pytest.mark.filterwarnings(
    "ignore:Payload indexes have no effect in the local Qdrant"
)


def vectors(count, seed=0):
    return unit_rows(np.random.default_rng(seed).standard_normal((count, DIM)))


def payload(count):
    return pa.table(
        {
            "id": [f"{i:032x}" for i in range(count)],
            "sensor": ["S2A", "S2B"] * (count // 2) + ["S2A"] * (count % 2),
            "gsd_m": [i / 7 for i in range(count)],
        }
    )


# Values.


def test_point_ids_are_stable_uuids():
    assert point_id("0123456789abcdef" * 2) == "01234567-89ab-cdef-0123-456789abcdef"
    others = [
        "0123456789ABCDEF" * 2,
        "01234567-89ab-cdef-0123-456789abcdef",
        "Ünï",
        "a",
    ]
    made = {point_id(id_) for id_ in [*others, "0123456789abcdef" * 2]}
    assert len(made) == 5
    assert all(uuid.UUID(each).version == 5 for each in map(point_id, others))
    assert point_id("Ünï") == point_id("Ünï")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.none() | st.just(UTC)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(row=st.dictionaries(st.text().filter(lambda name: name[:1] != "_"), values))
def test_rows_survive_json(row):
    assert decode_row(json.loads(json.dumps(encode_row(row), allow_nan=False))) == row


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_long_numbers_survive_a_parser_that_is_one_place_off(value):
    kept = encode_row({"deep": [{"x": value}]})
    if "_exact" in kept:
        kept["deep"][0]["x"] = math.nextafter(value, math.inf)
    assert decode_row(kept) == {"deep": [{"x": value}]}


def test_nan_survives_and_other_zones_become_utc():
    noon = datetime(2020, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    row = decode_row(encode_row({"x": math.nan, "t": noon}))
    assert math.isnan(row["x"])
    assert row["t"] == noon
    assert row["t"].utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", [math.inf, -math.inf, timedelta(1), {1, 2}])
def test_values_that_json_cannot_hold_are_refused(value):
    with pytest.raises(StoreError, match="/deep/0"):
        encode_row({"deep": [value]})


@pytest.mark.parametrize(
    ("box", "numbers"),
    [
        ((1, 2, 3, 4), {"west": 1, "south": 2, "east": 3, "north": 4}),
        (
            (170, -5, -160, 5),
            {"west": 170, "east": 180, "west2": -180, "east2": -160}
            | {"south": -5, "north": 5},
        ),
        ((math.nan, 0, 1, 1), None),
        ((None, 0, 1, 1), None),
    ],
)
def test_bounds_stand_beside_the_row_as_numbers(box, numbers):
    bbox = dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    assert encode_row({"bbox": bbox}).get(BOX) == numbers


# Searching.


@pytest.fixture
def client():
    made = QdrantClient(":memory:")
    yield made
    made.close()


@pytest.fixture
def server(client):
    return QdrantServerStore.create("http://here:6333", "chips", DIM, client=client)


def test_more_is_asked_for_until_enough_pass(server, monkeypatch):
    """Of 200 boxes that touch the area's box only the last few share a point."""
    import shapely

    monkeypatch.setattr(qdrant_base, "_SPARE", 1)
    rows = []
    triangle = shapely.Polygon([(0, 0), (10, 0), (0, 10)])
    for i in range(200):
        corner = shapely.box(8, 8, 9, 9) if i < 190 else shapely.box(0, 0, 1, 1)
        bounds = dict(zip(("xmin", "ymin", "xmax", "ymax"), corner.bounds, strict=True))
        rows.append({"id": f"{i:032x}", "geometry": corner.wkb, "bbox": bounds})
    angles = np.linspace(0, 1, 200)
    made = np.zeros((200, DIM), np.float32)
    made[:, 0], made[:, 1] = np.cos(angles), np.sin(angles)
    server.upsert(made, pa.Table.from_pylist(rows))
    asked = []
    query = server._query
    monkeypatch.setattr(
        server, "_query", lambda q, n, *rest: asked.append(n) or query(q, n, *rest)
    )
    (hits,) = server.search(made[:1], 3, Filter(area=triangle))
    assert [int(hit.id, 16) for hit in hits] == [190, 191, 192]
    assert asked == [4, 16, 64, 200]


def test_upserts_go_in_batches(server, monkeypatch):
    monkeypatch.setattr(qdrant_base, "BATCH", 10)
    sizes = []
    put = server._put
    monkeypatch.setattr(
        server, "_put", lambda p, v, rows: sizes.append(len(p)) or put(p, v, rows)
    )
    server.upsert(vectors(25), payload(25))
    assert sizes == [10, 10, 5]
    assert len(server) == 25
    ids = payload(25)["id"].to_pylist()
    np.testing.assert_array_equal(server.fetch(ids), vectors(25))
    assert server.delete(ids) == 25


def test_indexes_are_made_once_for_what_filters_use(server, monkeypatch):
    made = []
    monkeypatch.setattr(server, "_create_index", lambda *index: made.append(index))
    table = pa.table(
        {
            "id": ["a"],
            "text": ["long"],
            "sensor": pa.array(["S2A"]).dictionary_encode(),
            "gsd_m": [1.0],
            "year": [2020],
            "datetime": pa.array([datetime(2020, 1, 1)], pa.timestamp("us")),
            "bbox": [{"xmin": 0.0, "ymin": 0.0, "xmax": 1.0, "ymax": 1.0}],
            "odd name": ["x"],
        }
    )
    server.upsert(vectors(1), table)
    server.upsert(vectors(1), table)
    assert made[:7] == [
        ("_apart", "keyword"),
        ("id", "keyword"),
        ("sensor", "keyword"),
        ("gsd_m", "float"),
        ("year", "integer"),
        ("datetime.us", "integer"),
        ("_box.south", "float"),
    ]
    assert made[-1] == ('"odd name"', "keyword")
    assert len(made) == 13


def test_edge_stays_exact_after_its_graph_is_built(tmp_path):
    made = QdrantEdgeStore.create(tmp_path / "store", DIM)
    made.upsert(vectors(500), payload(500))
    made.flush()
    (hits,) = made.search(vectors(500)[321:322], 3, Filter(ranges={"gsd_m": (10, 60)}))
    assert int(hits[0].id, 16) == 321
    made.close()


@pytest.mark.parametrize(
    "state", ["", "[]", '{"format": 1}', '{"format": 1, "kind": "faiss", "dim": 4}']
)
def test_edge_refuses_a_state_that_cannot_be(tmp_path, state):
    QdrantEdgeStore.create(tmp_path / "store", DIM).close()
    (tmp_path / "store" / "store.json").write_text(state)
    with pytest.raises(StoreError) as caught:
        QdrantEdgeStore.open(tmp_path / "store")
    assert caught.value.hint


def test_edge_names_its_own_errors(tmp_path):
    made = QdrantEdgeStore.create(tmp_path / "store", DIM)
    made.close()
    config = next((tmp_path / "store" / "shard").rglob("*.json"))
    config.write_text("{")
    with pytest.raises(StoreError, match="Qdrant Edge at"):
        QdrantEdgeStore.open(tmp_path / "store")


# The server.


def test_a_collection_of_others_is_refused(client):
    cosine = models.VectorParams(size=DIM, distance=models.Distance.COSINE)
    client.create_collection("theirs", vectors_config=cosine)
    client.create_collection("named", vectors_config={"image": cosine})
    for name in ("theirs", "named"):
        with pytest.raises(StoreError, match="not made by"):
            QdrantServerStore.open("", name, client=client)
        with pytest.raises(StoreError, match="already"):
            QdrantServerStore.create("", name, DIM, client=client)


def test_a_server_that_is_down_is_named_without_its_secrets():
    with (
        pytest.warns(UserWarning, match="insecure"),
        pytest.raises(StoreError) as caught,
    ):
        QdrantServerStore.open("http://me:pass@127.0.0.1:9", "chips", api_key=KEY)
    text = f"{caught.value} {caught.value.hint}"
    assert "http://127.0.0.1:9" in text
    assert "--qdrant-url" in text
    assert "pass@" not in text
    assert KEY not in text


@pytest.mark.parametrize("url", ["http://[", "ftp://x", "http://x:port"])
def test_a_url_that_cannot_be_is_refused(url):
    with pytest.raises(StoreError) as caught:
        QdrantServerStore.open(url, "chips")
    assert "qdrant-url" in caught.value.hint


class Moody:
    """A client whose first calls of ``count`` fail."""

    def __init__(self, client, failures):
        self._client, self.failures, self.calls = client, list(failures), 0

    def count(self, *args, **arguments):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return self._client.count(*args, **arguments)

    def __getattr__(self, name):
        return getattr(self._client, name)


def status(code, text="busy"):
    return UnexpectedResponse(code, text, b"{}", httpx.Headers())


TIMEOUT = ResponseHandlingException(httpx.ReadTimeout("slow"))
PASSING = [TIMEOUT, status(503), ResourceExhaustedResponse("later", 1)]
LASTING = [
    ResponseHandlingException(httpx.ConnectError("refused")),
    status(401),
    status(400),
]


@pytest.fixture
def moody(client, monkeypatch):
    monkeypatch.setattr(qdrant_connection, "PAUSE_S", 0.0)
    QdrantServerStore.create("", "chips", DIM, client=client)

    def make(failures, key=None):
        wrapped = Moody(client, failures)
        return wrapped, QdrantServerStore.open("", "chips", key, client=wrapped)

    return make


@pytest.mark.parametrize("failure", PASSING, ids=lambda exc: type(exc).__name__)
def test_what_passes_is_tried_again(moody, failure):
    client, store = moody([failure] * 2)
    assert len(store) == 0
    assert client.calls == 3
    client, store = moody([failure] * 3)
    with pytest.raises(StoreError):
        len(store)
    assert client.calls == qdrant_connection.ATTEMPTS


@pytest.mark.parametrize("failure", LASTING, ids=["refused", "401", "400"])
def test_what_lasts_is_not(moody, failure):
    client, store = moody([failure])
    with pytest.raises(StoreError) as caught:
        len(store)
    assert client.calls == 1
    assert "QDRANT_API_KEY" in caught.value.hint


def test_the_key_is_cut_out_of_errors(moody):
    _, store = moody([ResponseHandlingException(ValueError(f"bad header {KEY}"))], KEY)
    with pytest.raises(StoreError, match=r"bad header \*\*\*"):
        len(store)


def test_a_client_that_was_given_stays_open(client, server):
    server.close()
    assert client.collection_exists("chips")


@pytest.mark.server
@pytest.mark.skipif(
    not os.environ.get("RSRAG_TEST_QDRANT_URL"), reason="RSRAG_TEST_QDRANT_URL is unset"
)
def test_a_real_server():
    url, name = os.environ["RSRAG_TEST_QDRANT_URL"], f"rsrag_test_{uuid.uuid4().hex}"
    made = QdrantServerStore.create(url, name, DIM)
    try:
        made.upsert(vectors(600), payload(600))
        made.upsert(vectors(600), payload(600))
        made.flush()
        assert len(made) == 600
        again = QdrantServerStore.open(url, name)
        where = Filter(ranges={"gsd_m": (10 / 7, 20 / 7)})
        (hits,) = again.search(vectors(600)[15:16], 20, where)
        assert int(hits[0].id, 16) == 15
        assert {int(hit.id, 16) for hit in hits} == set(range(10, 21))
        assert again.delete([f"{15:032x}", "unknown"]) == 1
        again.close()
    finally:
        with_client = QdrantClient(url=url)
        with_client.delete_collection(name)
        with_client.close()
        made.close()


def test_a_collection_can_be_dropped() -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    QdrantServerStore.create("http://memory", "gone", 4, client=client).close()
    QdrantServerStore.drop("http://memory", "gone", client=client)
    assert not client.collection_exists("gone")
    QdrantServerStore.drop("http://memory", "gone", client=client)


def test_the_embedded_store_counts_points_that_are_no_longer_read(tmp_path):
    store = QdrantEdgeStore.create(tmp_path / "edge", DIM)
    store.upsert(vectors(6), payload(6))
    store.upsert(vectors(2, seed=1), payload(2))
    store.delete([f"{5:032x}"])
    assert (len(store), store.dead) == (5, 3)
    store.flush()
    store.close()
    again = QdrantEdgeStore.open(tmp_path / "edge")
    assert again.dead == 3
    again.close()
    # One made before that was counted might be full of them.
    state = tmp_path / "edge/store.json"
    said = json.loads(state.read_text())
    assert said.pop("written") == 8
    state.write_text(json.dumps(said))
    again = QdrantEdgeStore.open(tmp_path / "edge")
    assert again.dead == 5
    again.flush()
    assert json.loads(state.read_text()) == said
    again.close()
