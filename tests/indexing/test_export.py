"""What an export writes is read by the tools it is for."""

import datetime as dt
import json
from dataclasses import replace

import duckdb
import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, strategies as st
from small_index import all_rows, make_index

from rsrag.errors import ConfigError, IndexingError, QueryError, StoreError
from rsrag.filters import Filter
from rsrag.indexing.exports.export_arrays import npy_header, write_arrays
from rsrag.indexing.exports.export_parquet import write_geoparquet
from rsrag.indexing.exports.export_points import uploader, write_points
from rsrag.indexing.exports.export_run import export_index
from rsrag.indexing.exports.export_stac import write_stac
from rsrag.indexing.exports.export_stac_item import (
    EMB,
    UNDATED_SINCE,
    file_name,
    source_href,
)
from rsrag.types import Interval

WRITERS = {
    "geoparquet": write_geoparquet,
    "stac": write_stac,
    "qdrant": write_points,
    "npy": write_arrays,
}


@pytest.fixture
def directory(tmp_path, records, vectors, identity):
    """Ten chips; one without time, one without a place."""
    records[3] = replace(records[3], datetime=None, sensor=None, gsd_m=None)
    records[4] = replace(records[4], footprint=None, bbox=None, crs=None)
    records[5] = replace(records[5], properties={"cloud_cover": 12.5, "x": 1})
    return make_index(tmp_path / "indexes", records, vectors, identity)


def run(directory, format, out, **options):
    return export_index(directory, format, out, WRITERS[format], **options)


def test_geoparquet_opens_in_duckdb_and_geopandas(directory, vectors, tmp_path):
    out = tmp_path / "toy.parquet"
    report = run(directory, "geoparquet", out)
    assert (report.chips, report.of, report.files) == (10, 10, 1)
    assert report.bytes == out.stat().st_size
    found = duckdb.sql(
        f"select id, bbox.xmin, embedding, epoch(datetime) from '{out}' order by id"
    ).fetchall()
    assert [row[0] for row in found] == [f"{i:032x}" for i in range(10)]
    assert found[0][1] == -170.0 and found[4][1] is None and found[3][3] is None
    assert np.array_equal(np.array([r[2] for r in found], np.float32), vectors)
    frame = geopandas.read_parquet(out)
    assert frame.crs == "OGC:CRS84"
    assert frame.geometry[0].equals(shapely.box(-170, 0, -169, 1))
    near = geopandas.read_parquet(out, bbox=(-168.5, 0.2, -168.4, 0.3))
    assert list(near["id"]) == [f"{1:032x}"]


def test_geoparquet_footer_says_what_it_is(directory, tmp_path):
    run(directory, "geoparquet", tmp_path / "toy.parquet")
    footer = pq.read_metadata(tmp_path / "toy.parquet").metadata
    geo, emb = json.loads(footer[b"geo"]), json.loads(footer[b"emb"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert emb["embedding"]["embeddings_dim"] == 4
    assert emb["model"]["id"] == "toy"
    assert json.loads(footer[b"rsrag"])["export"]["index"] == "toy"


def test_a_folder_gets_parts_and_a_mark(directory, tmp_path):
    report = run(directory, "geoparquet", tmp_path / "toy")
    names = sorted(path.name for path in (tmp_path / "toy").iterdir())
    assert names == ["export.json", "part-00000.parquet"]
    assert report.files == 2
    count = f"select count(*) from '{tmp_path}/toy/*.parquet'"
    assert duckdb.sql(count).fetchall() == [(10,)]


def test_float16_and_none(directory, vectors, tmp_path):
    half, none = tmp_path / "half.parquet", tmp_path / "none.parquet"
    assert run(directory, "geoparquet", half, float16=True).embeddings == "float16"
    assert run(directory, "geoparquet", none, embeddings=False).embeddings is None
    found = duckdb.sql(f"select embedding from '{half}' order by id").fetchall()
    expected = vectors.astype(np.float16).astype(np.float32)
    assert np.array_equal(np.array([r[0] for r in found], np.float32), expected)
    assert "embedding" not in pq.read_schema(none).names
    assert len(geopandas.read_parquet(none)) == 10


def test_filters_are_those_of_a_search(directory, tmp_path):
    start = dt.datetime(2020, 1, 6, tzinfo=dt.UTC)
    where = Filter(datetime=Interval(start, None))
    told = []
    report = run(
        directory,
        "geoparquet",
        tmp_path / "late.parquet",
        where=where,
        progress=lambda done, total: told.append((done, total)),
    )
    assert (report.chips, report.of) == (5, 10)
    assert told[-1] == (5, 5)
    ids = pq.read_table(tmp_path / "late.parquet")["id"].to_pylist()
    assert ids == [f"{i:032x}" for i in range(5, 10)]


def test_nothing_that_matches_is_an_error(directory, tmp_path):
    where = Filter(keywords={"sensor": frozenset({"SPOT"})})
    with pytest.raises(QueryError, match="No chip of the 10"):
        run(directory, "npy", tmp_path / "none", where=where)
    assert not list(tmp_path.glob("*none*"))


def test_npy_rows_agree(directory, vectors, tmp_path):
    run(directory, "npy", tmp_path / "arrays")
    folder = tmp_path / "arrays"
    matrix = np.load(folder / "vectors.npy", mmap_mode="r")
    assert matrix.dtype == np.float32 and np.array_equal(matrix, vectors)
    ids = (folder / "ids.txt").read_text().splitlines()
    payload = pq.read_table(folder / "payload.parquet")
    assert payload["id"].to_pylist() == ids == [f"{i:032x}" for i in range(10)]
    assert "embedding" not in payload.column_names
    with pytest.raises(ConfigError, match="is the embeddings"):
        run(directory, "npy", tmp_path / "no", embeddings=False)


@given(
    rows=st.integers(0, 10**12),
    dim=st.integers(1, 10**6),
    kind=st.sampled_from(["<f4", "<f2"]),
)
def test_npy_header_is_numpys_own(rows, dim, kind):
    import io

    head = npy_header(np.dtype(kind), (rows, dim))
    assert len(head) == 128
    file = io.BytesIO(head)
    assert np.lib.format.read_magic(file) == (1, 0)
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    assert (shape, fortran, dtype.str, file.tell()) == ((rows, dim), False, kind, 128)


def test_points_are_plain_json(directory, vectors, tmp_path):
    run(directory, "qdrant", tmp_path / "points")
    folder = tmp_path / "points"
    lines = (folder / "points.jsonl").read_text().splitlines()
    points = [json.loads(line) for line in lines]
    assert points[0]["id"] == "00000000-0000-0000-0000-000000000000"
    payload = points[1]["payload"]
    assert payload["location"] == {"lon": -168.5, "lat": 0.5}
    assert payload["datetime"] == "2020-01-02T00:00:00Z"
    assert payload["geometry"]["type"] == "Polygon"
    assert payload["properties"] == {"label": "néw 1"}
    assert "datetime" not in points[3]["payload"]
    assert "location" not in points[4]["payload"]
    assert np.array_equal(np.load(folder / "vectors.npy"), vectors)
    body = json.loads((folder / "collection.json").read_text())
    assert body["vectors"]["size"] == 4


@pytest.fixture
def client():
    import warnings

    from qdrant_client import QdrantClient

    with warnings.catch_warnings():
        # Payload indexes have no effect in the client's own memory.
        warnings.simplefilter("ignore")
        yield QdrantClient(":memory:")


def test_points_go_to_a_server(directory, vectors, client):
    write = uploader("http://localhost", "toy", client=client)
    report = export_index(directory, "qdrant", None, write, place="there")
    assert (report.chips, report.files, report.out) == (10, 0, "there")
    best = client.query_points("toy", vectors[7].tolist(), limit=1).points[0]
    assert best.payload["id"] == f"{7:032x}"
    with pytest.raises(StoreError, match="already"):
        export_index(directory, "qdrant", None, write)
    assert client.count("toy").count == 10


def test_a_failed_upload_leaves_no_collection(directory, client, monkeypatch):
    def refuse(*args, **kwargs):
        raise ValueError("no room")

    monkeypatch.setattr(client, "upsert", refuse)
    with pytest.raises(StoreError, match="no room"):
        export_index(directory, "qdrant", None, uploader("http://x", "t", None, client))
    assert not client.collection_exists("t")


# STAC: the rules of the core specification that a validator would check.


def check_item(item: dict) -> None:
    assert item["type"] == "Feature" and item["stac_version"] == "1.0.0"
    assert item["id"] and item["collection"]
    assert ("bbox" in item) == (item["geometry"] is not None)
    properties = item["properties"]
    if properties["datetime"] is None:
        start, end = properties["start_datetime"], properties["end_datetime"]
        assert dt.datetime.fromisoformat(start) < dt.datetime.fromisoformat(end)
    else:
        moment = dt.datetime.fromisoformat(properties["datetime"])
        assert moment.utcoffset() == dt.timedelta(0)
    assert all(link["rel"] and link["href"] for link in item["links"])
    assert {"collection"} <= {link["rel"] for link in item["links"]}
    assert all(asset["href"] for asset in item["assets"].values())
    prefixes = {name.split(":")[0] for name in properties if ":" in name}
    declared = {e.split("/")[3] for e in item["stac_extensions"]}
    needs = {"emb": "embeddings", "proj": "projection", "eo": "eo"}
    assert {needs[p] for p in prefixes - {"rsrag"}} <= declared
    # The draft schema lets no other emb: field stand in an item.
    assert {n for n in properties if n.startswith("emb:")} <= {
        "emb:runtime_parameters",
        "emb:quantization",
    }


def check_collection(data: dict) -> None:
    assert data["type"] == "Collection" and data["stac_version"] == "1.0.0"
    assert data["id"] and data["description"] and data["license"]
    (box,) = data["extent"]["spatial"]["bbox"]
    assert len(box) == 4
    ((start, end),) = data["extent"]["temporal"]["interval"]
    assert start is None or start <= end
    relations = {link["rel"] for link in data["links"]}
    assert {"root", "parent", "emb:model", "emb:source-data"} <= relations


@pytest.mark.parametrize("files", [10, 9])
def test_stac(directory, tmp_path, files):
    out = tmp_path / "stac"
    report = export_index(
        directory, "stac", out, lambda p, t, s: write_stac(p, t, s, files)
    )
    assert report.remarks["undated"] == 1
    collection = json.loads((out / "collection.json").read_text())
    check_collection(collection)
    assert (collection["emb:type"], collection["emb:dimensions"]) == ("chip", 4)
    assert collection["data_type"] == "float32"
    assert EMB in collection["stac_extensions"]
    assert collection["extent"]["temporal"]["interval"][0][0] == "2020-01-01T00:00:00Z"
    links = [link["href"] for link in collection["links"] if link["rel"] == "item"]
    if files == 10:
        assert len(links) == 10
        items = [(out / href, json.loads((out / href).read_text())) for href in links]
    else:
        assert not links and not (out / "items").exists()
        lines = (out / "items.ndjson").read_text().splitlines()
        items = [(out / "items.ndjson", json.loads(line)) for line in lines]
        assert (out / collection["assets"]["items"]["href"]).is_file()
    for path, item in items:
        check_item(item)
        for link in item["links"]:
            if link["href"].startswith("."):
                assert (path.parent / link["href"]).is_file()
        assert (path.parent / item["assets"]["embeddings"]["href"]).is_file()
    by_id = {item["id"]: item for _, item in items}
    assert by_id[f"{3:032x}"]["properties"]["start_datetime"] == UNDATED_SINCE
    assert by_id[f"{4:032x}"]["geometry"] is None
    sixth = by_id[f"{5:032x}"]["properties"]
    assert (sixth["eo:cloud_cover"], sixth["gsd"]) == (12.5, 10.0)
    assert sixth["proj:code"] == "EPSG:4326" and sixth["proj:shape"] == [8, 8]
    assert len(pq.read_table(out / "embeddings.parquet")) == 10


def test_stac_without_embeddings_declares_none(directory, tmp_path):
    run(directory, "stac", tmp_path / "stac", embeddings=False)
    collection = json.loads((tmp_path / "stac" / "collection.json").read_text())
    assert EMB not in collection["stac_extensions"]
    assert not [name for name in collection if name.startswith("emb:")]
    item = next((tmp_path / "stac" / "items").iterdir())
    assert "embeddings" not in json.loads(item.read_text())["assets"]


@pytest.mark.parametrize(
    ("source", "href"),
    [
        ("/a b/c.tar!/d#.tif", "file:///a%20b/c.tar!/d%23.tif"),
        ("s3://bucket/x.tif", "s3://bucket/x.tif"),
        ("S2A_MSIL1C", "S2A_MSIL1C"),
        ("C:\\x\\y.tif", "file:///C:/x/y.tif"),
        ("", "urn:rsrag:unknown"),
    ],
)
def test_sources_as_links(source, href):
    assert source_href(source) == href


@given(st.text())
def test_item_names_stay_in_their_folder(id_):
    name = file_name(id_)
    assert name.isascii() and len(name) <= 105 and "/" not in name
    assert not name.startswith(".") and name.endswith(".json")


# Where it goes.


def test_nothing_is_replaced_unless_told(directory, tmp_path):
    out = tmp_path / "toy.parquet"
    out.write_text("precious")
    with pytest.raises(ConfigError, match="there already") as caught:
        run(directory, "geoparquet", out)
    assert caught.value.hint == "--force replaces it"
    assert out.read_text() == "precious"
    run(directory, "geoparquet", out, force=True)
    assert pq.read_metadata(out).num_rows == 10


def test_only_an_exports_folder_is_replaced(directory, tmp_path):
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError, match="no export wrote"):
        run(directory, "npy", out, force=True)
    assert (out / "thesis.txt").read_text() == "precious"
    run(directory, "npy", tmp_path / "a")
    run(directory, "stac", tmp_path / "a", force=True)
    assert not (tmp_path / "a" / "ids.txt").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "home", "indexes"]


@pytest.mark.parametrize("format", WRITERS)
def test_a_failure_leaves_nothing(directory, tmp_path, format):
    def fail(path, tables, spec):
        def some():
            yield next(tables)
            raise OSError(28, "No space left on device")

        return WRITERS[format](path, some(), spec)

    with pytest.raises(IndexingError, match="No space left"):
        export_index(directory, format, tmp_path / "out", fail)
    assert [p.name for p in tmp_path.iterdir()] == ["indexes"]


def test_the_index_itself_stays_as_it_was(directory, tmp_path, vectors):
    before = {p: p.read_bytes() for p in directory.path.rglob("*") if p.is_file()}
    run(directory, "stac", tmp_path / "stac")
    after = {p: p.read_bytes() for p in directory.path.rglob("*") if p.is_file()}
    assert before == after
    assert np.array_equal(all_rows(directory)[1], vectors)
