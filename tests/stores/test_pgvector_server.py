"""The store on PostgreSQL: what a server must have, what it may refuse, its death."""

import itertools
import os
import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pytest
import shapely

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.pgvector import (
    pgvector_search,
    pgvector_server,
    pgvector_store,
    pgvector_table,
)
from rsrag.stores.pgvector.pgvector_names import table_name
from rsrag.stores.pgvector.pgvector_store import PgVectorStore
from rsrag.vectors import unit_rows

PASSWORD = "s3cret-word"


def rows(count, dim=8):
    vectors = unit_rows(np.random.default_rng(0).standard_normal((count, dim)))
    return vectors, pa.table({"id": [f"{i:032x}" for i in range(count)]})


@pytest.fixture
def table():
    return uuid.uuid4().hex


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(pgvector_server, "PAUSE_S", 0.01)


@pytest.fixture
def patient(monkeypatch):
    """Recovery takes its time on a busy machine."""
    monkeypatch.setattr(pgvector_server, "ATTEMPTS", 8)


def told(caught):
    return f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/x",
        f"host=127.0.0.1 port=1 password={PASSWORD}",
        f"postgresql://me:{PASSWORD}@[/x",
        f"nonsense {PASSWORD}",
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(url, quick):
    with pytest.raises(StoreError) as caught:
        PgVectorStore.open(url, "x")
    assert PASSWORD not in told(caught)
    assert "RSRAG_DATABASE_URL" in caught.value.hint


def test_a_database_without_an_extension_names_the_line_that_makes_it(postgres):
    name = f"bare_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    bare = postgres.url.rpartition("/")[0] + f"/{name}"
    with pytest.raises(StoreError, match="lacks the extension vector") as caught:
        PgVectorStore.create(bare, "x", 4)
    assert "CREATE EXTENSION vector;" in caught.value.hint
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
    with pytest.raises(StoreError, match="lacks the extension postgis"):
        PgVectorStore.create(bare, "x", 4)


@pytest.mark.parametrize("which", ["_OLDEST", "_EXTENSIONS"])
def test_a_server_that_is_too_old_is_refused(postgres, which, monkeypatch):
    later = {"_OLDEST": 99, "_EXTENSIONS": {"vector": ((99, 0), "pgvector")}}
    monkeypatch.setattr(pgvector_server, which, later[which])
    with pytest.raises(StoreError, match=r"needs 99(\.0)? or later"):
        PgVectorStore.create(postgres.url, "x", 4)


def test_a_role_that_only_reads_can_search_and_not_write(postgres, table):
    made = PgVectorStore.create(postgres.url, table, 8)
    vectors, payload = rows(20)
    made.upsert(vectors, payload)
    made.close()
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA rsrag TO {role}")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA rsrag TO {role}")
    url = postgres.url.replace("postgres@", f"{role}@")
    store = PgVectorStore.open(url, table)
    assert store.search(vectors[3:4], 1)[0][0].id == f"{3:032x}"
    with pytest.raises(StoreError) as caught:
        store.upsert(vectors, payload)
    assert "GRANT" in caught.value.hint
    with pytest.raises(StoreError) as caught:
        PgVectorStore.create(url, f"{table}2", 8)
    assert "GRANT" in caught.value.hint
    store.close()


@pytest.mark.parametrize("step", ["put", "make_graph"])
def test_a_server_that_dies_while_writing_loses_nothing(
    postgres, table, step, monkeypatch, patient
):
    store = PgVectorStore.create(postgres.url, table, 8)
    vectors, payload = rows(50)
    store.upsert(vectors[:20], payload.slice(0, 20))
    store.flush()
    monkeypatch.setattr(pgvector_store, "EXACT_ROWS", 10)
    whole = getattr(pgvector_table.PgTable, step)
    deaths = []

    def dying(self, connection, *rest):
        whole(self, connection, *rest)
        if not deaths:
            deaths.append(step)
            os.kill(connection.info.backend_pid, signal.SIGKILL)

    monkeypatch.setattr(pgvector_table.PgTable, step, dying)
    store.upsert(vectors, payload)
    store.flush()
    assert deaths == [step]
    assert len(store) == 50
    assert store.search(vectors[40:41], 1)[0][0].id == f"{40:032x}"
    np.testing.assert_array_equal(store.fetch([f"{7:032x}"]), vectors[7:8])
    store.close()


def killed_when(postgres, running, ended):
    """End the connection that runs a statement like this, once; give it a thread.

    Whether it was seen before ``ended``: a short one may pass between two looks.
    """
    text = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND state = 'active'"
        " AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        while not (found := connection.execute(text, [running]).fetchone()):
            if ended.is_set():
                return False
    os.kill(found[0], signal.SIGKILL)
    return True


@contextmanager
def killing(postgres, running):
    """Meanwhile, a thread that kills; its future."""
    ended = threading.Event()
    with ThreadPoolExecutor() as pool:
        try:
            yield pool.submit(killed_when, postgres, running, ended)
        finally:
            ended.set()


@pytest.mark.parametrize(
    "running", ["COPY _rsrag_new%", "CREATE INDEX ON % USING hnsw%"]
)
def test_a_server_that_dies_in_the_middle_of_writing_loses_nothing(
    postgres, table, running, monkeypatch, patient
):
    monkeypatch.setattr(pgvector_store, "EXACT_ROWS", 10)
    vectors, payload = rows(6000, 64)
    for attempt in range(10):
        store = PgVectorStore.create(postgres.url, f"{table}{attempt}", 64)
        with killing(postgres, running) as killed:
            store.upsert(vectors, payload)
            store.flush()
        if killed.result():
            break
        store.close()
    assert killed.result()
    assert len(store) == 6000
    assert store.search(vectors[40:41], 1)[0][0].id == f"{40:032x}"
    assert store._table.has_graph
    store.close()


def test_a_server_that_dies_in_the_middle_of_a_search_answers_alike(
    postgres, table, monkeypatch, patient
):
    monkeypatch.setattr(pgvector_store, "EXACT_ROWS", 10)
    vectors, payload = rows(6000, 64)
    store = PgVectorStore.create(postgres.url, table, 64)
    store.upsert(vectors, payload)
    right = store.search(vectors[:400], 5)
    with killing(postgres, "SELECT id, %") as killed:
        while not killed.done():
            assert repr(store.search(vectors[:400], 5)) == repr(right)
    assert killed.result()
    assert len(store) == 6000
    assert not store._table.has_graph
    store.close()


def test_an_area_s_edge_is_that_of_its_doubles(postgres, table):
    """PostGIS's boxes are of single precision, and 0.1 is none of its numbers."""
    area = shapely.box(0.1, 0.1, 1.1, 1.1)
    ends = (0.1, 1.1)
    beside = [np.nextafter(e, way) for e in ends for way in (-9, 9)]
    boxes = [
        shapely.box(*sorted((a, b)), *sorted((c, d)))
        for a, c in itertools.product([*beside, *ends, 0.5], repeat=2)
        for b, d in [(a - 0.01, c - 0.01), (a + 0.01, c + 0.01)]
    ]
    boxes = [shapely.box(*one.bounds) for one in boxes if one.area > 0]
    store = PgVectorStore.create(postgres.url, table, 8)
    vectors, payload = rows(len(boxes))
    store.upsert(
        vectors, payload.append_column("geometry", pa.array(shapely.to_wkb(boxes)))
    )
    right = {f"{i:032x}" for i in np.flatnonzero(shapely.intersects(area, boxes))}
    assert 0 < len(right) < len(boxes)
    found = store.search(vectors[:1], len(boxes), Filter(area=area))[0]
    assert {hit.id for hit in found} == right
    two = shapely.union_all([area, shapely.box(5, 5, 6, 6)])
    assert store.count(Filter(area=two)) == len(right)
    store.close()


@pytest.mark.parametrize("few", [1, 10_000])
def test_walks_and_looking_at_all_give_the_same_rows(postgres, table, few, monkeypatch):
    monkeypatch.setattr(pgvector_store, "EXACT_ROWS", 10)
    monkeypatch.setattr(pgvector_search, "FEW", few)
    monkeypatch.setattr(pgvector_search, "_EVEN", 0)
    walked = []
    walk = PgVectorStore._by_graph
    monkeypatch.setattr(
        PgVectorStore, "_by_graph", lambda *a: walked.append(1) or walk(*a)
    )
    vectors, payload = rows(2000)
    boxes = [shapely.box(i / 100, 0, i / 100 + 0.1, 1) for i in range(2000)]
    store = PgVectorStore.create(postgres.url, table, 8)
    store.upsert(
        vectors, payload.append_column("geometry", pa.array(shapely.to_wkb(boxes)))
    )
    store.flush()
    where = Filter(area=shapely.box(0, 0, 9, 1))
    for query in (3, 4):
        scores = vectors[:901] @ vectors[query]
        best = {f"{i:032x}" for i in np.argsort(-scores)[:5]}
        (hits,) = store.search(vectors[query : query + 1], 5, where)
        assert {hit.id for hit in hits} == best
    assert len(walked) == (2 if few == 1 else 0)
    store.close()


def test_a_view_shows_the_newest_table(postgres, table):
    view = f"view_{table[:8]}"
    vectors, payload = rows(3)
    boxes = pa.array(shapely.to_wkb([shapely.box(i, 0, i + 1, 1) for i in range(3)]))
    first = PgVectorStore.create(postgres.url, f"{table}1", 8, view)
    first.upsert(vectors, payload.append_column("geometry", boxes))
    first.flush()
    with psycopg.connect(postgres.url, autocommit=True) as connection:

        def ask(text):
            return connection.execute(text.format(view)).fetchall()

        # By this QGIS and OGR know what they may draw.
        known = "SELECT type, srid, coord_dimension FROM geometry_columns"
        assert ask(known + " WHERE f_table_name = '{}'") == [("GEOMETRY", 4326, 2)]
        assert ask('SELECT count(*) FROM rsrag."{}"') == [(3,)]
        second = PgVectorStore.create(postgres.url, f"{table}2", 8, view)
        second.upsert(vectors[:2], payload.slice(0, 2))
        assert ask('SELECT count(*) FROM rsrag."{}"') == [(3,)]
        second.flush()
        assert ask('SELECT count(*) FROM rsrag."{}"') == [(2,)]
        PgVectorStore.drop(postgres.url, f"{table}1")
        assert ask('SELECT min(id) FROM rsrag."{}"') == [(f"{0:032x}",)]
    third = PgVectorStore.create(postgres.url, f"{table}3", 8, f"{table}2")
    with pytest.raises(StoreError, match="is a table, and would have to be the view"):
        third.flush()
    for store in (first, second, third):
        store.close()


def test_a_server_that_died_between_searches_is_asked_again(postgres, table, patient):
    store = PgVectorStore.create(postgres.url, table, 8)
    vectors, payload = rows(20)
    store.upsert(vectors, payload)
    before = store.search(vectors, 3)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    assert repr(store.search(vectors, 3)) == repr(before)
    store.close()


def test_values_that_postgresql_cannot_keep_are_refused(postgres, table):
    store = PgVectorStore.create(postgres.url, table, 8)
    vectors, payload = rows(1)
    for name, column in {
        "text": pa.array(["a\0b"]),
        "list": pa.array([[float("nan")]]),
        "n" * 64: pa.array([1]),
        "_embedding": pa.array([1]),
        "xmin": pa.array([1]),
        "100 %": pa.array([1]),
    }.items():
        with pytest.raises(StoreError):
            store.upsert(vectors, payload.append_column(name, column))
        assert len(store) == 0
    store.upsert(vectors, payload.append_column('"of" {it}', pa.array([1])))
    assert store.search(vectors, 1)[0][0].payload == {
        "id": f"{0:032x}",
        '"of" {it}': 1,
    }
    store.close()


def test_names_of_tables_fit_and_differ():
    long = "x" * 80
    names = {table_name(long, 3, space) for space in ("image", "text")}
    assert len(names) == 2
    assert all(len(name.encode()) <= 63 for name in names)
    assert table_name("coast", 3, "image") == "coast_000003_image"


def test_only_the_loopback_is_listened_on(postgres):
    line = Path(f"/proc/{postgres.pid}/net/tcp").read_text().splitlines()[1:]
    port = f"{postgres.port:04X}"
    listening = [row.split()[1] for row in line if row.split()[3] == "0A"]
    assert [where for where in listening if where.endswith(port)] == [
        f"0100007F:{port}"
    ]
