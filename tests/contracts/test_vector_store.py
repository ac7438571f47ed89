"""What every vector store promises, held by one suite over all of them."""

import hashlib
import shutil
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely
from chip_rows import DIM, START, chip_id, chip_row, chip_table, chips, clustered
from hypothesis import HealthCheck, given, settings, strategies as st
from qdrant_shim import Shim

from rsrag.columns.expressions import Compare, Fits, Joined, Missing, Not, Touches
from rsrag.errors import StoreError
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import bbox_geometry
from rsrag.plain_values import microseconds
from rsrag.stores import byte_scan
from rsrag.stores.faiss import faiss_store
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.pgvector import pgvector_search, pgvector_store
from rsrag.stores.pgvector.pgvector_store import PgVectorStore
from rsrag.stores.qdrant.qdrant_edge_store import QdrantEdgeStore
from rsrag.stores.qdrant.qdrant_server_store import QdrantServerStore
from rsrag.stores.rows import ExactStore
from rsrag.types import BBox, Interval

COUNT = 300
NO_INDEX_WARNING = "ignore:Payload indexes have no effect in the local Qdrant"

pytestmark = pytest.mark.filterwarnings(NO_INDEX_WARNING)


class Exact:
    """How the suite makes, opens and breaks one kind of store."""

    def create(self, path, dim=DIM):
        return ExactStore.create(path, dim)

    def open(self, path):
        return ExactStore.open(path)

    def damage(self, path):
        file = path / "vectors.f32"
        file.write_bytes(file.read_bytes()[:-1])


class Faiss(Exact):
    def __init__(self, ann):
        self.ann = ann

    def create(self, path, dim=DIM):
        return FaissStore.create(path, dim, self.ann)

    def open(self, path):
        return FaissStore.open(path)


class FaissBytes(Faiss):
    """A flat store that compares bytes from the first row and query on."""


class Edge(Exact):
    def create(self, path, dim=DIM):
        return QdrantEdgeStore.create(path, dim)

    def open(self, path):
        return QdrantEdgeStore.open(path)

    def damage(self, path):
        shutil.rmtree(path / "shard")


class Memory(Exact):
    """The server's adapter over the client's own in-process stand-in."""

    def __init__(self):
        self.clients = {}

    def client(self, path):
        from qdrant_client import QdrantClient

        return self.clients.setdefault(path, QdrantClient(":memory:"))

    def create(self, path, dim=DIM):
        return QdrantServerStore.create("", "chips", dim, client=self.client(path))

    def open(self, path):
        return QdrantServerStore.open("", "chips", client=self.client(path))

    def damage(self, path):
        self.client(path).delete_collection("chips")


class Rest(Exact):
    """The server's adapter and its client, over a socket."""

    shim = None

    def create(self, path, dim=DIM):
        return QdrantServerStore.create(self.url, self.name(path), dim)

    def open(self, path):
        return QdrantServerStore.open(self.url, self.name(path))

    def damage(self, path):
        self.shim.client.delete_collection(self.name(path))

    def name(self, path):
        return hashlib.sha256(str(path).encode()).hexdigest()[:20]

    @property
    def url(self):
        self.shim = self.shim or Shim()
        return self.shim.url


class NamedEdge(Edge):
    """One of two named vectors of a shard; the other one has points of its own."""

    def create(self, path, dim=DIM):
        check = QdrantEdgeStore.create_named(path, {"text": dim, "image": 3})
        fill_other(check["image"])
        return closing_both(check["text"], check["image"])

    def open(self, path):
        both = QdrantEdgeStore.open_named(path)
        return closing_both(both["text"], both["image"])


class NamedMemory(Memory):
    def create(self, path, dim=DIM):
        client = self.client(path)
        dims = {"text": dim, "image": 3}
        both = QdrantServerStore.create_named("", "chips", dims, client=client)
        fill_other(both["image"])
        return both["text"]

    def open(self, path):
        client = self.client(path)
        return QdrantServerStore.open("", "chips", client=client, vector="text")


class PgVector(Exact):
    """A table of a PostgreSQL that the tests start."""

    url = ""

    def create(self, path, dim=DIM):
        return PgVectorStore.create(self.url, self.table(path), dim)

    def open(self, path):
        return PgVectorStore.open(self.url, self.table(path))

    def damage(self, path):
        import psycopg

        with psycopg.connect(self.url) as connection:
            text = f'ALTER TABLE rsrag."{self.table(path)}" DROP COLUMN _embedding'
            connection.execute(text)

    def table(self, path):
        return hashlib.sha256(str(path).encode()).hexdigest()[:20]


class PgVectorGraph(PgVector):
    """The same, with a graph from ten rows on that every search walks."""


def fill_other(other):
    """Points without the vector under test, and vectors of points that will get it."""
    rows = np.eye(3, dtype=np.float32)[np.arange(60) % 3]
    other.upsert(rows, chip_table([chip_row(n, None) for n in range(280, 340)]))


def closing_both(store, other):
    close = store.close
    store.close = lambda: (close(), other.close())
    return store


BACKENDS = {
    "exact": Exact(),
    "faiss-flat": Faiss("flat"),
    "faiss-bytes": FaissBytes("flat"),
    "faiss-hnsw": Faiss("hnsw"),
    "faiss-ivf-sq8": Faiss("ivf-sq8"),
    "faiss-ivf-pq": Faiss("ivf-pq"),
    "qdrant-edge": Edge(),
    "qdrant-memory": Memory(),
    "qdrant-rest": Rest(),
    "qdrant-edge-named": NamedEdge(),
    "qdrant-memory-named": NamedMemory(),
    "pgvector": PgVector(),
    "pgvector-graph": PgVectorGraph(),
}


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request):
    # With no allow-list short enough to scan, filters go through the index.
    patch = pytest.MonkeyPatch()
    patch.setattr(faiss_store, "EXACT_ROWS", 0)
    made = BACKENDS[request.param]
    if isinstance(made, FaissBytes):
        patch.setattr(byte_scan, "LEAST_ROWS", 1)
        patch.setattr(byte_scan, "ASKED", 0)
    if isinstance(made, PgVector):
        made.url = request.getfixturevalue("postgres").url
    if isinstance(made, PgVectorGraph):
        patch.setattr(pgvector_store, "EXACT_ROWS", 10)
        patch.setattr(pgvector_search, "FEW", 0)
        patch.setattr(pgvector_search, "_EVEN", 0)
    yield made
    patch.undo()


@pytest.fixture
def store(backend, tmp_path):
    made = backend.create(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture(scope="module")
def table():
    return chips(COUNT)[1]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    made = ExactStore.create(tmp_path_factory.mktemp("oracle") / "store", DIM)
    made.upsert(*chips(COUNT))
    yield made
    made.close()


@pytest.fixture(scope="module")
def filled(backend, tmp_path_factory):
    """A store that tests only read."""
    made = backend.create(tmp_path_factory.mktemp("filled") / "store")
    vectors, table = chips(COUNT)
    for start in range(0, COUNT, 130):
        part = slice(start, start + 130)
        made.upsert(vectors[part], table.slice(start, 130))
    made.flush()
    yield made
    made.close()


def ids(hits):
    return [hit.id for hit in hits]


def queries(count=3):
    return clustered(count, DIM, np.random.default_rng(5))


def one(number=0):
    """A vector along one axis, and the row that goes with it."""
    return np.eye(DIM, dtype=np.float32)[[number]], [chip_row(number, None)]


# Refusals and empty answers.


def test_new_store_is_empty(store):
    assert len(store) == 0
    assert store.dim == DIM
    assert store.search(queries(2), 5) == [[], []]
    assert store.search(queries(2), 5, Filter(keywords={"sensor": {"S2A"}})) == [[], []]
    assert store.delete([chip_id(1)]) == 0


def test_top_k_beyond_the_count_gives_all(filled):
    (hits,) = filled.search(queries(1), 10**6)
    assert len(hits) == COUNT
    assert len(set(ids(hits))) == COUNT


@pytest.mark.parametrize("top_k", [0, -1])
def test_top_k_below_one_is_refused(filled, store, top_k):
    for each in (filled, store):
        with pytest.raises(StoreError, match="top_k"):
            each.search(queries(1), top_k)


def test_no_queries_give_no_lists(filled):
    assert filled.search(np.empty((0, DIM), np.float32), 3) == []


BAD = {
    "float64": np.eye(DIM)[:1],
    "too-long": 2 * np.eye(DIM, dtype=np.float32)[:1],
    "zero": np.zeros((1, DIM), np.float32),
    "nan": np.full((1, DIM), np.nan, np.float32),
    "infinite": np.full((1, DIM), np.inf, np.float32),
    "huge": np.full((1, DIM), 1e38, np.float32),
    "wrong-dim": np.eye(DIM + 1, dtype=np.float32)[:1],
    "flat": np.eye(DIM, dtype=np.float32)[0],
    "list": np.eye(DIM, dtype=np.float32)[:1].tolist(),
}


@pytest.mark.parametrize("vectors", BAD.values(), ids=BAD)
def test_bad_vectors_are_refused(filled, store, vectors):
    with pytest.raises(StoreError):
        store.upsert(vectors, chip_table(one()[1]))
    assert len(store) == 0
    with pytest.raises(StoreError):
        filled.search(vectors, 1)


BAD_TABLES = {
    "too-many-rows": chip_table([chip_row(0, None), chip_row(1, None)]),
    "no-id-column": chip_table(one()[1]).drop_columns("id"),
    "null-id": chip_table([chip_row(0, None, id=None)]),
    "empty-id": chip_table([chip_row(0, None, id="")]),
    "number-id": pa.table({"id": [7]}),
}


@pytest.mark.parametrize("table", BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_payloads_are_refused(store, table):
    with pytest.raises(StoreError):
        store.upsert(one()[0], table)
    assert len(store) == 0


def test_repeated_ids_in_a_call_are_refused(store):
    vector, rows = one()
    with pytest.raises(StoreError, match="twice"):
        store.upsert(np.repeat(vector, 2, axis=0), chip_table(rows * 2))
    assert len(store) == 0


def test_an_empty_upsert_adds_nothing(store):
    store.upsert(np.empty((0, DIM), np.float32), chip_table([]))
    assert len(store) == 0


def test_creating_over_a_store_is_refused(backend, store, tmp_path):
    with pytest.raises(StoreError, match="already"):
        backend.create(tmp_path / "store")


@pytest.mark.parametrize("dim", [0, -3])
def test_dim_below_one_is_refused(backend, tmp_path, dim):
    with pytest.raises(StoreError, match="dim"):
        backend.create(tmp_path / "store", dim)


# Adding, replacing, removing.


def test_upsert_replaces(store):
    vector, rows = one(0)
    store.upsert(vector, chip_table(rows))
    moved = np.eye(DIM, dtype=np.float32)[[3]]
    store.upsert(moved, chip_table([chip_row(0, None, source="new.tif")]))
    assert len(store) == 1
    (hits,) = store.search(moved, 5)
    assert [(hit.score, hit.payload["source"]) for hit in hits] == [(1.0, "new.tif")]
    np.testing.assert_array_equal(store.fetch([chip_id(0)]), moved)


def test_upsert_twice_changes_nothing(store):
    vectors, table = chips(40)
    store.upsert(vectors, table)
    before = store.search(queries(), 7)
    store.upsert(vectors, table)
    store.flush()
    assert len(store) == 40
    assert repr(store.search(queries(), 7)) == repr(before)


def test_delete(store):
    vectors, table = chips(40)
    store.upsert(vectors, table)
    store.flush()
    gone = [chip_id(i) for i in (0, 3, 39)]
    assert store.delete([*gone, gone[0], "unknown", chip_id(1000)]) == 3
    assert len(store) == 37
    (hits,) = store.search(vectors[:1], 50)
    assert len(hits) == 37
    assert not set(ids(hits)) & set(gone)
    (hits,) = store.search(vectors[:1], 50, Filter(keywords={"sensor": {"S2A"}}))
    assert not set(ids(hits)) & set(gone)
    assert store.delete(gone) == 0
    with pytest.raises(StoreError, match=gone[1]):
        store.fetch([chip_id(1), gone[1]])


def test_a_deleted_item_can_come_back(store):
    vector, rows = one(2)
    store.upsert(vector, chip_table(rows))
    store.delete([chip_id(2)])
    store.upsert(vector, chip_table(rows))
    assert ids(store.search(vector, 3)[0]) == [chip_id(2)]


def test_all_deleted_is_empty(store):
    vector, rows = one()
    store.upsert(vector, chip_table(rows))
    store.flush()
    store.delete([chip_id(0)])
    assert len(store) == 0
    assert store.search(vector, 3) == [[]]


def test_flush_and_reopen(backend, tmp_path):
    made = backend.create(tmp_path / "store")
    vectors, table = chips(COUNT)
    made.upsert(vectors, table)
    made.flush()
    made.delete([chip_id(5)])
    made.upsert(vectors[6:7], table.slice(7, 1))
    made.flush()
    where = Filter(ranges={"nodata_share": (0.2, 0.7)})
    wanted = [made.search(queries(), 9), made.search(queries(), 9, where)]
    kept = made.fetch([chip_id(7), chip_id(8)])
    made.close()
    again = backend.open(tmp_path / "store")
    assert (len(again), again.dim) == (COUNT - 1, DIM)
    assert repr([again.search(queries(), 9), again.search(queries(), 9, where)]) == (
        repr(wanted)
    )
    np.testing.assert_array_equal(again.fetch([chip_id(7), chip_id(8)]), kept)
    assert again.delete([chip_id(9)]) == 1
    again.upsert(vectors[5:6], table.slice(5, 1))
    assert len(again) == COUNT - 1
    again.close()


def test_what_was_added_after_a_flush_is_found_at_once(store):
    vectors, table = chips(COUNT)
    store.upsert(vectors[:290], table.slice(0, 290))
    store.flush()
    store.upsert(vectors[290:], table.slice(290))
    (hits,) = store.search(vectors[295:296], 3)
    assert hits[0].id == chip_id(295)


def test_opening_nothing_raises(backend, tmp_path):
    with pytest.raises(StoreError) as caught:
        backend.open(tmp_path / "nothing")
    assert caught.value.hint


def test_opening_a_damaged_store_raises(backend, tmp_path):
    made = backend.create(tmp_path / "store")
    made.upsert(*chips(30))
    made.flush()
    made.close()
    backend.damage(tmp_path / "store")
    with pytest.raises(StoreError) as caught:
        backend.open(tmp_path / "store")
    assert caught.value.hint


# What comes back.


def test_fetch_keeps_the_order_asked_for(filled):
    vectors = chips(COUNT)[0]
    wanted = [250, 3, 3, 77]
    fetched = filled.fetch([chip_id(i) for i in wanted])
    assert fetched.dtype == np.float32
    np.testing.assert_array_equal(fetched, vectors[wanted])
    assert filled.fetch([]).shape == (0, DIM)


def test_fetch_names_what_is_missing(filled):
    with pytest.raises(StoreError, match="'nowhere'"):
        filled.fetch([chip_id(1), "nowhere"])


def test_payload_round_trip(filled, table):
    (hits,) = filled.search(queries(1), COUNT)
    rows = {row["id"]: row for row in table.to_pylist()}
    for hit in hits:
        row, payload = rows[hit.id], hit.payload
        assert comparable(payload) == comparable(row)
        if row["datetime"] is not None:
            assert payload["datetime"].utcoffset() == timedelta(0)


def test_any_schema_with_an_id_will_do(backend, tmp_path):
    made = backend.create(tmp_path / "store", 2)
    passages = pa.table(
        {
            "id": ["Eiffel Tower#0", "Ünïcode/ñ"],
            "text": ["A tower.", None],
            "odd name.with dot": ["a", "b"],
            "numbers": [[1, 2], []],
            "odd/share~": [0.1 + 0.2, 1 / 3],
        }
    )
    made.upsert(np.eye(2, dtype=np.float32), passages)
    made.flush()
    (hits,) = made.search(np.float32([[0.6, 0.8]]), 2)
    assert [dict(hit.payload) for hit in hits] == passages.to_pylist()[::-1]
    where = Filter(keywords={"odd name.with dot": frozenset({"a"})})
    assert ids(made.search(np.float32([[0.6, 0.8]]), 2, where)[0]) == ["Eiffel Tower#0"]
    where = Filter(ranges={"odd/share~": (0.1 + 0.2, 0.1 + 0.2)})
    assert ids(made.search(np.float32([[0.6, 0.8]]), 2, where)[0]) == ["Eiffel Tower#0"]
    nowhere = Filter(area=shapely.box(-180, -90, 180, 90))
    assert made.search(np.float32([[0.6, 0.8]]), 2, nowhere) == [[]]
    made.close()


def test_scores_are_cosines_best_first(filled):
    vectors = chips(COUNT)[0].astype(np.float64)
    for query, hits in zip(queries(), filled.search(queries(), 20), strict=True):
        rows = [int(hit.id, 16) for hit in hits]
        scores = [hit.score for hit in hits]
        np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-6)
        assert scores == sorted(scores, reverse=True)
        assert all(type(score) is float for score in scores)


def test_equal_vectors_tie_and_ids_decide(filled):
    vectors = chips(COUNT)[0]
    twins = [chip_id(i) for i in range(0, COUNT, 7)]
    (hits,) = filled.search(vectors[:1], 30)
    assert ids(hits) == twins[:30]
    assert len({hit.score for hit in hits}) == 1


def test_ties_break_by_id_and_not_by_arrival(store):
    vector = np.repeat(np.eye(DIM, dtype=np.float32)[:1], 60, axis=0)
    numbers = np.random.default_rng(1).permutation(60)
    store.upsert(vector, chip_table([chip_row(int(i), None) for i in numbers]))
    store.flush()
    for top_k in (1, 5, 59):
        (hits,) = store.search(vector[:1], top_k)
        assert ids(hits) == [chip_id(i) for i in range(top_k)]


def test_nearest_are_those_of_the_oracle(filled, oracle):
    for top_k in (1, 10, COUNT):
        found = filled.search(queries(20), top_k)
        wanted = oracle.search(queries(20), top_k)
        assert [ids(hits) for hits in found] == [ids(hits) for hits in wanted]
        assert [[h.score for h in hits] for hits in found] == [
            [h.score for h in hits] for hits in wanted
        ]


# Filters.

DAY = timedelta(days=1)
HOURS = timedelta(hours=7)
DIAMOND = shapely.Polygon([(-60, 0), (0, -40), (60, 0), (0, 40)])
# Not a few digits: a parser of JSON that is off in the last place moves them.
CLOUD = sorted(chips(COUNT)[1]["cloud_share"].to_pylist())
DAY_50 = microseconds(START + 50 * DAY)
CLOUDY = Compare("eo:cloud_cover", ">", 40.0)
EXPRESSIONS = {
    "number": CLOUDY,
    "number-unlike": Compare("eo:cloud_cover", "<>", 15.0),
    "number-or-none": Joined("or", (Missing("eo:cloud_cover"), Not(CLOUDY))),
    "not-known-is-not-not": Not(Joined("and", (CLOUDY, Compare("tiled", "=", True)))),
    "text": Compare("platform", "=", "landsat 8"),
    "text-unlike": Compare("platform", "<>", "LANDSAT_8"),
    "text-order": Compare("platform", ">=", "m"),
    "text-in-a-list": Compare("labels", "=", "airport"),
    "letters": Compare("platform", "=", "alesund"),
    "like": Fits("platform", "land%_8"),
    "paths": Not(Fits("source", "scene-1*.tif", of_paths=True)),
    "truth": Compare("tiled", "=", True),
    "truth-is-no-number": Compare("mixed", ">", 0.0),
    "text-of-mixed": Compare("mixed", "=", "FIVE"),
    "time-of-mixed": Compare("mixed", ">", (0.0, 0.0)),
    "written-time": Compare("created", "<", (DAY_50, DAY_50)),
    "inside-an-object": Compare("view.off_nadir", "<=", 12.0),
    "column": Compare("gsd_m", "<", 10.0),
    "column-not": Not(Compare("gsd_m", "<", 10.0)),
    "column-none": Missing("gsd_m"),
    "column-time": Compare("datetime", ">", (DAY_50, DAY_50)),
    "column-day": Compare("datetime", "<=", (DAY_50, DAY_50 + 8.64e10)),
    "column-word": Compare("sensor", "=", "s2-a"),
    "area": Touches(DIAMOND),
    "not-area": Not(Touches(DIAMOND)),
    "unplaced": Missing("geometry"),
    "deep": Joined(
        "and",
        (
            Not(Missing("eo:cloud_cover")),
            Compare("gsd_m", ">=", 0.5),
            Joined("or", (Touches(shapely.box(-90, -60, 90, 60)), CLOUDY)),
            Not(Compare("sensor", "=", "LC08")),
        ),
    ),
    "unknown": Compare("colour", "=", "red"),
}
FILTERS = {
    "nothing": Filter(),
    "bbox": Filter(area=shapely.box(-30, -30, 60, 40)),
    "diamond": Filter(area=DIAMOND),
    "point": Filter(area=shapely.Point(179.5, 0)),
    "line": Filter(area=shapely.LineString([(-170, -80), (170, 80)])),
    "antimeridian": Filter(area=bbox_geometry(BBox(170, -90, -170, 90))),
    "antimeridian-west-side": Filter(area=shapely.box(-180, -90, -179, 90)),
    "antimeridian-east-side": Filter(area=shapely.box(179, -90, 180, 90)),
    "whole-earth": Filter(area=shapely.box(-180, -90, 180, 90)),
    "interval": Filter(datetime=Interval(START + 10 * DAY, START + 40 * DAY)),
    "instant": Filter(datetime=Interval(START + 25 * HOURS, START + 25 * HOURS)),
    "open-start": Filter(datetime=Interval(None, START + 40 * DAY)),
    "open-end": Filter(datetime=Interval(START + 40 * DAY, None)),
    "any-time": Filter(datetime=Interval(None, None)),
    "naive-time": Filter(datetime=Interval(START.replace(tzinfo=None) + DAY, None)),
    "keyword": Filter(keywords={"sensor": frozenset({"S2A", "LC08"})}),
    "keywords": Filter(
        keywords={
            "sensor": frozenset({"S2A", "S2B"}),
            "source": frozenset({"scene-3.tif", "scene-4.tif", "scene-9.tif"}),
        }
    ),
    "keyword-id": Filter(keywords={"id": frozenset({chip_id(4), chip_id(8), "x"})}),
    "no-keyword": Filter(keywords={"sensor": frozenset()}),
    "range": Filter(ranges={"gsd_m": (0.5, 10.0)}),
    "range-open": Filter(ranges={"gsd_m": (None, 10.0)}),
    "range-any": Filter(ranges={"gsd_m": (None, None)}),
    "range-ends": Filter(ranges={"cloud_share": (CLOUD[8], CLOUD[9])}),
    "range-empty": Filter(ranges={"gsd_m": (11.0, 12.0)}),
    "range-time": Filter(ranges={"datetime": (1.578e15, 1.581e15)}),
    "exclude": Filter(exclude=frozenset({chip_id(0), chip_id(7), "unknown"})),
    "unknown-column": Filter(keywords={"colour": frozenset({"red"})}),
    "unknown-range": Filter(ranges={"cloud": (0.0, 1.0)}),
    **{f"expression-{n}": Filter(expression=e) for n, e in EXPRESSIONS.items()},
    "expression-with-others": Filter(
        area=bbox_geometry(BBox(-120, -60, 120, 60)),
        keywords={"sensor": frozenset({"S2A", "S2B"})},
        expression=Not(CLOUDY),
    ),
    "all": Filter(
        area=bbox_geometry(BBox(60, -60, -90, 60)),
        datetime=Interval(START, START + 80 * DAY),
        keywords={"sensor": frozenset({"S2A", "S2B"})},
        ranges={"nodata_share": (0.0, 0.8), "gsd_m": (0.1, 30.0)},
        exclude=frozenset(chip_id(i) for i in range(20)),
    ),
}


def matching(table, where):
    rows = FilterColumns(table).rows(where)
    return set(
        table["id"].to_pylist() if rows is None else table["id"].take(rows).to_pylist()
    )


def check_filter(store, oracle, table, where):
    everything, few = (
        store.search(queries(2), COUNT, where),
        store.search(queries(2), 4, where),
    )
    for hits in everything:
        assert set(ids(hits)) == matching(table, where)
    wanted = oracle.search(queries(2), 4, where)
    assert [ids(hits) for hits in few] == [ids(hits) for hits in wanted]


@pytest.mark.parametrize("where", FILTERS.values(), ids=FILTERS)
def test_filters(filled, oracle, table, where):
    check_filter(filled, oracle, table, where)


def test_the_filters_above_tell_rows_apart(table):
    found = {name: len(matching(table, where)) for name, where in FILTERS.items()}
    none = {name for name, count in found.items() if not count}
    assert none == {
        *("no-keyword", "range-empty", "unknown-column", "unknown-range"),
        "expression-unknown",
    }
    assert all(found[name] < COUNT for name in FILTERS if name != "nothing")


def place(store, outline):
    vector, _ = one()
    store.upsert(vector, chip_table([chip_row(0, outline)]))
    return vector


def test_footprint_counts_and_not_its_box(store):
    # The diamond's box holds the corner (9, 9); its outline does not.
    vector = place(store, shapely.Polygon([(0, 0), (10, -10), (20, 0), (10, 10)]))
    corner = Filter(area=shapely.box(0, 7, 2, 9))
    touching = Filter(area=shapely.box(-5, -5, 0, 5))
    assert store.search(vector, 1, corner) == [[]]
    assert ids(store.search(vector, 1, touching)[0]) == [chip_id(0)]


def test_footprint_counts_and_not_its_centre(store):
    vector = place(store, shapely.box(0, 0, 10, 10))
    edge = Filter(area=shapely.box(9, 9, 30, 30))
    assert ids(store.search(vector, 1, edge)[0]) == [chip_id(0)]


def test_antimeridian_from_both_sides(store):
    vector = place(store, bbox_geometry(BBox(175, -5, -175, 5)))
    for box in ((170, 0, 176, 1), (-176, 0, -170, 1), (179, 0, -179, 1)):
        where = Filter(area=bbox_geometry(BBox(*box)))
        assert ids(store.search(vector, 1, where)[0]) == [chip_id(0)], box
    for box in ((-174, 0, 174, 1), (170, 6, -170, 8)):
        where = Filter(area=bbox_geometry(BBox(*box)))
        assert store.search(vector, 1, where) == [[]], box


@st.composite
def filters(draw):
    area = None
    if draw(st.booleans()):
        west, east = draw(st.tuples(*[st.integers(-180, 180)] * 2))
        south = draw(st.integers(-90, 80))
        north = draw(st.integers(south + 1, 90))
        if west != east:
            area = bbox_geometry(BBox(west, south, east, north))
            if area.geom_type == "Polygon" and draw(st.booleans()):
                area = shapely.Polygon(
                    [(west, south), (east, (south + north) / 2), (west, north)]
                )
    times = st.none() | st.integers(0, 100).map(lambda day: START + day * DAY)
    numbers = st.none() | st.sampled_from([0.0, 0.3, 0.5, 1.0, 10.0, 20.0, 30.0])
    words = st.frozensets(st.sampled_from(["S2A", "S2B", "LC08", "none"]))
    return Filter(
        area=area,
        datetime=draw(st.none() | st.builds(Interval, times, times)),
        keywords=draw(st.dictionaries(st.just("sensor"), words)),
        ranges=draw(
            st.dictionaries(
                st.sampled_from(["gsd_m", "nodata_share"]), st.tuples(numbers, numbers)
            )
        ),
        exclude=draw(
            st.frozensets(st.integers(0, COUNT).map(chip_id), max_size=COUNT // 3)
        ),
    )


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(where=filters())
def test_random_filters_give_the_rows_of_the_oracle(filled, oracle, table, where):
    check_filter(filled, oracle, table, where)


# Browsing, counting, payloads of given items.


def pages(store, where=None, limit=37):
    """All hits, page after page, until one is empty."""
    after, found = None, []
    while page := store.browse(where, after, limit):
        assert len(page) <= limit
        after = page[-1].id
        found += page
    return found


def comparable(payload):
    """The payload with NaN, which equals nothing, as a word."""
    return {name: "NaN" if v != v else v for name, v in payload.items()}


def check_browsing(store, table, where, after, limit):
    wanted = sorted(matching(table, where))
    assert store.count(where) == len(wanted)
    rest = [id_ for id_ in wanted if after is None or id_ > after]
    assert ids(store.browse(where, after, limit)) == rest[:limit]


@pytest.mark.parametrize("where", FILTERS.values(), ids=FILTERS)
def test_pages_hold_each_match_once_by_id(filled, table, where):
    found = pages(filled, where)
    assert ids(found) == sorted(matching(table, where))
    assert filled.count(where) == len(found)


def test_what_a_page_says_of_an_item(filled, table):
    rows = sorted(table.to_pylist(), key=lambda row: row["id"])
    hits = filled.browse(limit=COUNT)
    assert [comparable(hit.payload) for hit in hits] == list(map(comparable, rows))
    assert [hit.score for hit in hits] == [0.0] * COUNT
    assert len(filled.browse()) == 100
    assert filled.count() == len(filled) == COUNT


def test_words_of_a_column(filled, store, table):
    for column in ("sensor", "source"):
        words = table[column].to_pylist()
        wanted = {word: words.count(word) for word in set(words) - {None}}
        assert filled.words(column) == wanted
    for column in ("gsd_m", "datetime", "bbox", "nothing", "no such thing"):
        assert filled.words(column) == {}
    assert store.words("sensor") == {}
    vectors, some = chips(8)
    store.upsert(vectors, some)
    words = some["sensor"].to_pylist()
    store.delete([chip_id(i) for i in range(8) if words[i] == "S2A"])
    left = [word for word in words if word not in (None, "S2A")]
    assert store.words("sensor") == {word: left.count(word) for word in left}


def test_nothing_to_browse(store, filled):
    where = Filter(keywords={"sensor": frozenset({"S2A"})}, ranges={"gsd_m": (0, 1)})
    for each in (None, where):
        assert store.browse(each) == []
        assert store.browse(each, chip_id(3), 5) == []
        assert store.count(each) == 0
    assert store.payloads([]) == []
    assert filled.browse(after=chip_id(COUNT - 1)) == []
    assert filled.browse(after="g") == filled.browse(after="é" * 40) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_without_room_is_refused(filled, store, limit):
    for each in (filled, store):
        with pytest.raises(StoreError, match="limit"):
            each.browse(limit=limit)


def test_changes_between_pages(store):
    vectors, table = chips(60)
    store.upsert(vectors[:50], table.slice(0, 50))
    store.flush()
    first = ids(store.browse(limit=20))
    assert first == [chip_id(i) for i in range(20)]
    store.delete([chip_id(i) for i in (0, 19, 20, 21, 49)])
    # One that was listed is replaced, one that is to come is, and new ones come.
    moved = [chip_row(5, None), chip_row(30, None, source="new.tif")]
    store.upsert(vectors[:2], chip_table(moved))
    store.upsert(vectors[50:], table.slice(50))
    second = store.browse(after=first[-1], limit=100)
    assert ids(second) == [chip_id(i) for i in [*range(22, 49), *range(50, 60)]]
    assert second[8].payload["source"] == "new.tif"
    assert store.count() == len(pages(store)) == 55


def test_pages_of_a_store_that_was_opened_again(backend, tmp_path):
    made = backend.create(tmp_path / "store")
    made.upsert(*chips(50))
    made.delete([chip_id(7)])
    made.flush()
    made.close()
    again = backend.open(tmp_path / "store")
    wanted = [chip_id(i) for i in range(50) if i != 7]
    assert ids(pages(again, limit=9)) == wanted
    assert [row["id"] for row in again.payloads(wanted[::-1])] == wanted[::-1]
    again.close()


def test_ids_of_any_kind_are_in_order(store):
    words = ["", "Eiffel Tower#0", "Ünïcode/ñ", "f" * 31, "f" * 33, "F" * 32, "🛰", "0"]
    names = [chip_id(3), "ab" * 16, "f" * 32, *words[1:]]
    vectors = np.repeat(one()[0], len(names), axis=0)
    store.upsert(vectors, chip_table([chip_row(0, None, id=name) for name in names]))
    assert ids(pages(store, limit=3)) == sorted(names)
    kept = Filter(exclude=frozenset({"F" * 32, "ab" * 16}))
    assert store.count(kept) == len(names) - 2
    for after in [*words, *names]:
        rest = [name for name in sorted(names) if name > after]
        assert ids(store.browse(None, after, 4)) == rest[:4]
        rest = [name for name in rest if name not in kept.exclude]
        assert ids(store.browse(kept, after, 4)) == rest[:4]


def test_payloads_keep_the_order_asked_for(filled, table):
    rows = {row["id"]: row for row in table.to_pylist()}
    wanted = [chip_id(i) for i in (250, 3, 3, 77)]
    found = filled.payloads(wanted)
    assert [row["id"] for row in found] == wanted
    for row in found:
        assert comparable(row) == comparable(rows[row["id"]])


def test_payloads_name_what_is_missing(filled):
    with pytest.raises(StoreError, match="'nowhere', 'at all'"):
        filled.payloads(["nowhere", chip_id(1), "at all"])


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    where=filters(),
    after=st.none()
    | st.integers(0, COUNT).map(chip_id)
    | st.text("09af-g", max_size=34),
    limit=st.integers(1, COUNT + 1),
)
def test_random_pages_are_those_of_the_oracle(filled, table, where, after, limit):
    check_browsing(filled, table, where, after, limit)


# Larger, clustered.


def test_recall_on_clustered_vectors(backend, tmp_path):
    if not isinstance(backend, Faiss | Edge | PgVectorGraph):
        pytest.skip("exact by construction")
    count, rng = 4000, np.random.default_rng(3)
    vectors = clustered(count, 32, rng, centres=50)
    payload = pa.table(
        {"id": [chip_id(i) for i in range(count)], "share": rng.uniform(size=count)}
    )
    made = backend.create(tmp_path / "store", 32)
    made.upsert(vectors, payload)
    made.flush()
    asked = clustered(100, 32, np.random.default_rng(4), centres=50)
    scores = asked @ vectors.T
    for low in (0.0, 0.5, 0.9):
        allowed = payload["share"].to_numpy() >= low
        truth = np.argsort(-np.where(allowed, scores, -2), axis=1)[:, :10]
        found = made.search(asked, 10, Filter(ranges={"share": (low, None)}))
        shared = [
            len({chip_id(i) for i in rows} & set(ids(hits)))
            for rows, hits in zip(truth, found, strict=True)
        ]
        assert np.mean(shared) / 10 >= 0.95
    made.close()
