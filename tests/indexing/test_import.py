"""Embeddings made elsewhere become an index; files that are not fit are named."""

import datetime as dt
import json

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import (
    HealthCheck,
    given,
    settings as hypothesis_settings,
    strategies as st,
)
from small_index import all_rows, make_index

from rsrag.config import Settings
from rsrag.errors import (
    ConfigError,
    EncoderError,
    IndexingError,
    IndexMismatchError,
    ModelNotFoundError,
    SourceNotFoundError,
)
from rsrag.factory import open_index
from rsrag.filters import Filter
from rsrag.indexing.exports.export_arrays import write_arrays
from rsrag.indexing.exports.export_parquet import write_geoparquet
from rsrag.indexing.exports.export_run import export_index
from rsrag.indexing.exports.export_stac import write_stac
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.imports.import_layout import parse_map
from rsrag.indexing.imports.import_run import ImportRequest, import_index
from rsrag.indexing.imports.import_table import ROWS, ParquetTable
from rsrag.indexing.imports.import_types import foreign_id
from rsrag.store_factory import store_creator
from rsrag.types import BBox, ChipRecord, EncoderIdentity, Window
from rsrag.vectors import unit_rows

DIM = 8
RNG = np.random.default_rng(3)
RAW = RNG.normal(size=(6, DIM)) * 5


def settings_of(root) -> Settings:
    return Settings.from_environment({"RSRAG_INDEXES": str(root / "indexes")})


def bring(root, *sources, name="new", encoder="external:x", force=False, **columns):
    """Import, and give the directory and the report."""
    settings = settings_of(root)

    def load(wanted):
        if wanted != "here":
            raise ModelNotFoundError(f"There is no encoder {wanted!r}.")
        return EncoderIdentity("here", "aa" * 32, "resize", DIM), {"name": "here"}

    directory = IndexDirectory(settings.indexes, name)
    request = ImportRequest(
        directory=directory,
        sources=sources,
        encoder=encoder,
        load=load,
        create_stores=store_creator("exact", "auto", name, settings),
        drop_store=lambda info: None,
        columns={k.removesuffix("_"): v for k, v in columns.items()},
        force=force,
    )
    return directory, import_index(request, lambda stage, done, skipped: None)


def boxes(n=6):
    return [shapely.box(10 + i, 45, 10.5 + i, 45.5) for i in range(n)]


def major_tom() -> geopandas.GeoDataFrame:
    """Columns and types as the embedder of Major TOM writes them."""
    shapes = boxes()
    return geopandas.GeoDataFrame(
        {
            "unique_id": [f"{i:064x}" for i in range(6)],
            "embedding": [row.astype(np.float32) for row in RAW],
            "timestamp": ["20200221T103029"] * 6,
            "product_id": [f"S2B_MSIL2A_{i // 3}" for i in range(6)],
            "grid_cell": [f"507U_{i}R" for i in range(6)],
            "grid_row_u": np.arange(6, dtype=np.int16),
            "grid_col_r": np.arange(6, dtype=np.int16),
            "geometry": shapes,
            "centre_lat": np.full(6, 45.25, np.float32),
            "centre_lon": np.arange(6, dtype=np.float32) + 10.25,
            "utm_footprint": [shape.wkt for shape in shapes],
            "utm_crs": ["EPSG:32633"] * 6,
            "pixel_bbox": [[0, 0, 384, 384]] * 6,
        },
        crs="EPSG:4326",
    )


def test_major_tom(tmp_path):
    major_tom().to_parquet(tmp_path / "mt.parquet")
    directory, report = bring(tmp_path, tmp_path / "mt.parquet")
    assert (report.imported["layout"], report.rows, report.counts["scenes"]) == (
        "major-tom",
        6,
        2,
    )
    rows, vectors = all_rows(directory)
    assert np.allclose(vectors, unit_rows(RAW), atol=1e-6)
    first = rows[0]
    assert first["id"] == foreign_id("0" * 64) != "0" * 64
    assert first["source"] == "S2B_MSIL2A_0" and first["crs"] == "EPSG:32633"
    assert first["datetime"] == dt.datetime(2020, 2, 21, 10, 30, 29, tzinfo=dt.UTC)
    assert list(first["bbox"].values()) == [10, 45, 10.5, 45.5]
    assert shapely.from_wkb(first["geometry"]).equals(shapely.box(10, 45, 10.5, 45.5))
    said = json.loads(first["properties"])
    assert said["unique_id"] == "0" * 64 and said["grid_cell"] == "507U_0R"
    assert said["pixel_bbox"] == [0, 0, 384, 384]
    length = np.linalg.norm(RAW[0].astype(np.float32))
    assert said["embedding_length"] == pytest.approx(length, abs=1e-5)
    assert first["window"]["width"] == 0
    manifest = directory.read_manifest()
    assert manifest.imagery.imported["layout"] == "major-tom"
    assert manifest.imagery.imported["pixels"] is False
    assert manifest.imagery.sources == (str(tmp_path / "mt.parquet"),)


def test_clay_and_earth_index(tmp_path):
    clay = geopandas.GeoDataFrame(
        {
            "index": range(6),
            "source_url": [f"s3://clay/{i}.tif" for i in range(6)],
            "date": [dt.date(2022, 6, 10)] * 6,
            "embeddings": list(RAW),
            "geometry": boxes(),
        },
        crs="EPSG:4326",
    )
    clay.to_parquet(tmp_path / "clay.gpq")
    directory, report = bring(tmp_path, tmp_path / "clay.gpq", name="clay")
    assert report.imported["layout"] == "clay"
    row = all_rows(directory)[0][0]
    assert row["source"] == "s3://clay/0.tif"
    assert row["datetime"] == dt.datetime(2022, 6, 10, tzinfo=dt.UTC)
    again, _ = bring(tmp_path, tmp_path / "clay.gpq", name="twice")
    ids = [r["id"] for r in all_rows(directory)[0]]
    assert ids == [r["id"] for r in all_rows(again)[0]] and len(set(ids)) == 6

    index = geopandas.GeoDataFrame(
        {"tile_id": [f"17SNB_{i}" for i in range(6)], "embedding": list(RAW)},
        geometry=boxes(),
        crs="EPSG:4326",
    )
    index.to_parquet(tmp_path / "ei.parquet")
    directory, report = bring(tmp_path, tmp_path / "ei.parquet", name="ei")
    assert report.imported["layout"] == "earth-index"
    row = all_rows(directory)[0][4]
    assert row["id"] == foreign_id("17SNB_4")
    assert json.loads(row["properties"])["tile_id"] == "17SNB_4"


def test_search_by_vector_place_and_old_id_works(tmp_path):
    major_tom().to_parquet(tmp_path / "mt.parquet")
    bring(tmp_path, tmp_path / "mt.parquet")
    opened = open_index("new", settings_of(tmp_path))
    try:
        query = opened.store.fetch([foreign_id(f"{2:064x}")])
        where = Filter(area=shapely.box(12.1, 45.1, 12.2, 45.2))
        (hits,) = opened.store.search(query, 5, where)
        assert [hit.id for hit in hits] == [foreign_id(f"{2:064x}")]
        assert hits[0].score == pytest.approx(1)
        encoder = opened.load_encoder()
        with pytest.raises(EncoderError, match="made by external:x") as caught:
            encoder.encode_texts(["a harbour"])
        assert "--chip" in caught.value.hint
        with pytest.raises(EncoderError):
            encoder.prepare_image(np.zeros((4, 4, 3), np.uint8))
    finally:
        opened.store.close()


def test_an_encoder_that_is_here_serves_texts(tmp_path):
    table(tmp_path / "a.parquet")
    directory, report = bring(tmp_path, tmp_path / "a.parquet", encoder="here")
    manifest = directory.read_manifest()
    assert report.spaces["image"].encoder == manifest.image.encoder.id == "here"
    assert manifest.image.encoder_source == {"name": "here"}


def table(path, embedding=None, **columns):
    """A Parquet file of six rows, columns as given."""
    vectors = embedding if embedding is not None else pa.array(RAW.tolist())
    pq.write_table(pa.table({"embedding": vectors, **columns}), path)
    return path


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float32()),
        pa.list_(pa.float64()),
        pa.large_list(pa.float32()),
        pa.list_(pa.float16(), DIM),
        pa.list_(pa.float64(), DIM),
        pa.list_(pa.int8(), DIM),
    ],
    ids=str,
)
def test_vectors_of_any_kind(tmp_path, kind):
    numbers = np.round(RAW * 5).astype(np.int8) if "int8" in str(kind) else RAW
    if "half" in str(kind):
        numbers = RAW.astype(np.float16)
    path = table(tmp_path / "a.parquet", pa.array(list(numbers), kind))
    directory, _ = bring(tmp_path, path)
    expected = unit_rows(np.asarray(numbers, np.float64))
    assert np.allclose(all_rows(directory)[1], expected, atol=1e-6)


def test_unit_vectors_keep_their_bits(tmp_path):
    unit = unit_rows(RAW)
    path = table(tmp_path / "a.parquet", pa.array(list(unit), pa.list_(pa.float32())))
    directory, report = bring(tmp_path, path)
    rows, vectors = all_rows(directory)
    assert vectors.tobytes() == unit.tobytes()
    assert report.imported["lengths"] == pytest.approx((1, 1))
    assert rows[0]["properties"] is None


def test_rows_without_direction_are_left_out_and_counted(tmp_path):
    rows = [list(row) for row in RAW]
    rows[0] = None
    rows[1][3] = float("nan")
    rows[2] = [0.0] * DIM
    rows[4][0] = float("inf")
    ids = pa.array(["a", "b", "c", "d", "e", "d"])
    path = table(tmp_path / "a.parquet", pa.array(rows), id=ids)
    directory, report = bring(tmp_path, path)
    assert {(s.kind, s.count) for s in report.skipped} == {
        ("null", 1),
        ("not-finite", 2),
        ("zero", 1),
        ("duplicate", 1),
    }
    assert [r["id"] for r in all_rows(directory)[0]] == [foreign_id("d")]
    assert np.allclose(all_rows(directory)[1], unit_rows(RAW[3:4]))
    assert directory.read_manifest().skipped == 5
    said = json.loads((directory.current_path() / "report.json").read_text())
    assert "the first in row 1" in next(
        s["reason"] for s in said["skipped"] if s["kind"] == "not-finite"
    )


GEOMETRIES = {
    "wkb": pa.array([s.wkb for s in boxes()]),
    "hex": pa.array([s.wkb_hex for s in boxes()]),
    "wkt": pa.array([s.wkt for s in boxes()]),
    "geojson": pa.array([shapely.to_geojson(s) for s in boxes()]),
    "geoarrow": pa.array(
        [[[{"x": x, "y": y} for x, y in s.exterior.coords]] for s in boxes()]
    ),
    "interleaved": pa.array(
        [[[[x, y] for x, y in s.exterior.coords]] for s in boxes()],
        pa.list_(pa.list_(pa.list_(pa.float64(), 2))),
    ),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_geometries_of_any_kind(tmp_path, name):
    path = table(tmp_path / "a.parquet", geometry=GEOMETRIES[name])
    directory, _ = bring(tmp_path, path)
    found = [shapely.from_wkb(r["geometry"]) for r in all_rows(directory)[0]]
    assert all(a.equals(b) for a, b in zip(found, boxes(), strict=True))


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_other_reference_systems_are_turned(tmp_path, encoding):
    frame = geopandas.GeoDataFrame(
        {"embedding": list(RAW)}, geometry=boxes(), crs="EPSG:4326"
    ).to_crs(32632)
    frame.to_parquet(tmp_path / "utm.parquet", geometry_encoding=encoding)
    directory, _ = bring(tmp_path, tmp_path / "utm.parquet")
    box = all_rows(directory)[0][0]["bbox"]
    assert list(box.values()) == pytest.approx([10, 45, 10.5, 45.5], abs=1e-6)


def test_boxes_and_points(tmp_path):
    box = pa.array([{"xmin": 179.0, "ymin": 1.0, "xmax": -179.0, "ymax": 2.0}] * 6)
    directory, _ = bring(tmp_path, table(tmp_path / "b.parquet", bbox=box), name="b")
    row = all_rows(directory)[0][0]
    assert list(row["bbox"].values()) == [179, 1, -179, 2]
    assert shapely.from_wkb(row["geometry"]).geom_type == "MultiPolygon"
    path = table(
        tmp_path / "p.parquet",
        lon=pa.array([1.0, 2, 3, 4, 5, None]),
        lat=pa.array([7.0, 7, 7, 7, 7, 7]),
    )
    directory, _ = bring(tmp_path, path, name="p")
    rows = all_rows(directory)[0]
    assert shapely.from_wkb(rows[0]["geometry"]).equals(shapely.Point(1, 7))
    assert rows[5]["geometry"] is None and rows[5]["bbox"] is None


def test_an_outline_across_the_antimeridian_is_cut(tmp_path):
    naive = shapely.Polygon([(179.5, 1), (-179.5, 1), (-179.5, 2), (179.5, 2)])
    unrolled = shapely.box(179.5, 1, 180.5, 2)
    shapes = [naive, unrolled, *boxes()[2:]]
    path = table(tmp_path / "a.parquet", geometry=pa.array([s.wkb for s in shapes]))
    directory, _ = bring(tmp_path, path)
    rows = all_rows(directory)[0]
    expected = shapely.union(
        shapely.box(179.5, 1, 180, 2), shapely.box(-180, 1, -179.5, 2)
    )
    for row in rows[:2]:
        assert shapely.from_wkb(row["geometry"]).equals(expected)
        assert list(row["bbox"].values()) == [179.5, 1, -179.5, 2]


def test_columns_by_hand(tmp_path):
    path = table(
        tmp_path / "a.parquet",
        pa.array(["no vectors"] * 6),
        v1=pa.array(RAW.tolist()),
        v2=pa.array(RAW.tolist()),
        key=pa.array(range(6)),
        when=pa.array([dt.datetime(2021, 1, 1)] * 6),
        res=pa.array([10.0, -1, float("nan"), None, 0, 3]),
    )
    with pytest.raises(IndexingError, match="embedding is string") as caught:
        bring(tmp_path, path)
    assert "--map embedding=COLUMN" in caught.value.hint
    directory, _ = bring(
        tmp_path, path, embedding="v2", id="key", datetime="when", gsd_m="res"
    )
    rows = all_rows(directory)[0]
    assert rows[3]["id"] == foreign_id("3")
    assert rows[0]["datetime"] == dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    assert [r["gsd_m"] for r in rows] == [10, None, None, None, None, 3]
    assert json.loads(rows[0]["properties"])["embedding"] == "no vectors"


def test_a_large_row_group_is_read_in_pieces(tmp_path):
    path = tmp_path / "one.parquet"
    flat = pa.array(np.ones(20_000, np.float32))
    vectors = pa.FixedSizeListArray.from_arrays(flat, 2)
    pq.write_table(pa.table({"embedding": vectors}), path, row_group_size=20_000)
    assert pq.read_metadata(path).num_row_groups == 1
    sizes = [len(rows) for rows in ParquetTable(path).read(["embedding"])]
    assert sum(sizes) == 10_000 and max(sizes) <= ROWS < 10_000


def test_a_place_typed_by_hand_goes_before_an_outline(tmp_path):
    numbers = pa.array([1.0, 2, 3, 4, 5, 6])
    path = table(
        tmp_path / "a.parquet", geometry=GEOMETRIES["wkb"], x=numbers, y=numbers
    )
    directory, report = bring(tmp_path, path, lon="x", lat="y")
    assert "geometry" not in report.imported["columns"]
    assert list(all_rows(directory)[0][1]["bbox"].values()) == [2, 2, 2, 2]


def test_map_words():
    assert parse_map(["id=a=b", "bbox="]) == {"id": "a=b", "bbox": ""}
    with pytest.raises(ConfigError, match="no ="):
        parse_map(["id"])
    with pytest.raises(ConfigError, match="Did you mean embedding"):
        parse_map(["embeding=x"])


def test_arrays(tmp_path):
    np.save(tmp_path / "x.npy", RAW.astype(np.float16))
    (tmp_path / "x.ids.txt").write_text("".join(f"chip {i}\n" for i in range(6)))
    directory, report = bring(tmp_path, tmp_path / "x.npy", name="npy")
    assert report.imported["layout"] == "columns"
    assert all_rows(directory)[0][2]["id"] == foreign_id("chip 2")
    np.savez(
        tmp_path / "x.npz",
        features=RAW,
        id=np.array([f"n{i}" for i in range(6)]),
        lon=np.arange(6.0),
        lat=np.arange(6.0),
        datetime=np.array(["2020-01-01"] * 6, "datetime64[D]"),
    )
    directory, _ = bring(tmp_path, tmp_path / "x.npz", name="npz")
    rows, vectors = all_rows(directory)
    assert np.allclose(vectors, unit_rows(RAW), atol=1e-6)
    assert rows[1]["datetime"] == dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert list(rows[5]["bbox"].values()) == [5, 5, 5, 5]


# Round trips.


@pytest.fixture
def toy(tmp_path, records, vectors, identity):
    return make_index(tmp_path / "indexes", records, vectors, identity)


@pytest.mark.parametrize("format", ["geoparquet", "folder", "stac", "npy"])
def test_a_round_trip_changes_nothing(toy, tmp_path, format):
    writers = {"stac": write_stac, "npy": write_arrays}
    out = tmp_path / ("out.parquet" if format == "geoparquet" else "out")
    export_index(toy, format, out, writers.get(format, write_geoparquet))
    directory, report = bring(tmp_path, out, encoder=None)
    assert (
        report.imported["layout"] == "rsrag" and report.spaces["image"].encoder == "toy"
    )
    rows, vectors = all_rows(directory)
    before, exact = all_rows(toy)
    assert rows == before
    assert vectors.tobytes() == exact.tobytes()
    old, new = toy.read_manifest(), directory.read_manifest()
    assert new.image.encoder == old.image.encoder
    assert new.imagery.options == old.imagery.options
    assert (new.imagery.bbox, new.imagery.time) == (old.imagery.bbox, old.imagery.time)
    assert new.imagery.scenes == old.imagery.scenes
    assert new.imagery.imported["pixels"] is True


def test_a_round_trip_of_halves_is_near(toy, tmp_path):
    export_index(toy, "x", tmp_path / "h.parquet", write_geoparquet, float16=True)
    directory, _ = bring(tmp_path, tmp_path / "h.parquet", encoder=None)
    assert all_rows(directory)[0] == all_rows(toy)[0]
    assert np.allclose(all_rows(directory)[1], all_rows(toy)[1], atol=1e-3)


words = st.text(st.characters(codec="utf-8"), max_size=12)
moments = st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1))


@st.composite
def chips(draw):
    number = draw(st.integers(0, 2**128 - 1))
    west, south = draw(st.floats(-179, 178)), draw(st.floats(-89, 88))
    placed = draw(st.booleans())
    time = draw(st.none() | moments)
    box = BBox(west, south, west + 1, south + 1)
    return ChipRecord(
        id=f"{number:032x}",
        source="/" + draw(words).replace("\0", ""),
        source_sha256=f"{number:064x}",
        window=Window(*draw(st.tuples(*[st.integers(0, 2**31 - 1)] * 4))),
        footprint=shapely.to_wkb(shapely.box(*box)) if placed else None,
        bbox=box if placed else None,
        crs=draw(st.none() | words),
        datetime=time.replace(tzinfo=dt.UTC) if time else None,
        gsd_m=draw(st.none() | st.floats(0.01, 1e4)),
        sensor=draw(st.none() | words),
        nodata_share=draw(st.floats(0, 1, width=32)),
        properties=draw(st.dictionaries(words, st.none() | words | st.integers())),
    )


@given(
    st.lists(chips(), min_size=1, max_size=12, unique_by=lambda chip: chip.id),
    st.integers(0, 99),
)
@hypothesis_settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_chips_survive_a_round_trip(tmp_path_factory, records, seed):
    root = tmp_path_factory.mktemp("trip")
    vectors = unit_rows(np.random.default_rng(seed).normal(size=(len(records), 5)))
    identity = EncoderIdentity("toy", "ab" * 32, "p", 5)
    toy = make_index(root / "indexes", records, vectors, identity)
    export_index(toy, "x", root / "out.parquet", write_geoparquet)
    directory, _ = bring(root, root / "out.parquet", encoder=None)
    assert all_rows(directory)[0] == all_rows(toy)[0]
    assert all_rows(directory)[1].tobytes() == vectors.tobytes()


# Files that are not fit: an error with file, column and what to type; nothing written.


def refuse(root, *sources, match, hint="", error=IndexingError, **options):
    with pytest.raises(error, match=match) as caught:
        bring(root, *sources, **options)
    assert hint in (caught.value.hint or "")
    assert not list((root / "indexes").glob("*")), "something was left"


def test_files_that_are_no_tables(tmp_path):
    picture = tmp_path / "a.tif"
    picture.write_bytes(b"II*\0" * 100)
    refuse(tmp_path, picture, match="not a Parquet file", hint="rsrag index build")
    (tmp_path / "e").mkdir()
    refuse(tmp_path, tmp_path / "e", match="no Parquet", error=SourceNotFoundError)
    refuse(tmp_path, tmp_path / "no", match="There is no", error=SourceNotFoundError)
    good = table(tmp_path / "good.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(good[: len(good) // 2])
    refuse(tmp_path, tmp_path / "cut.parquet", match="not a Parquet file")


def test_pickled_objects_are_refused(tmp_path):
    class Bad:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    np.save(tmp_path / "x.npy", np.array([[Bad()]], dtype=object), allow_pickle=True)
    refuse(tmp_path, tmp_path / "x.npy", match="read safely", hint="pickled")
    np.savez(tmp_path / "x.npz", embedding=np.array([Bad()], dtype=object))
    refuse(tmp_path, tmp_path / "x.npz", match="read safely")
    assert not (tmp_path / "owned").exists()


def test_columns_that_are_missing_or_wrong(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), path)
    refuse(tmp_path, path, match=r"no column of vectors. It has: a \(int64\), b")
    refuse(tmp_path, path, match="no column 'c' for embedding", embedding="c")
    table(path, geometry=pa.array([1.5] * 6))
    refuse(tmp_path, path, match="column geometry is double", hint="--map geometry=")
    table(path, datetime=pa.array([7] * 6))
    refuse(tmp_path, path, match="column datetime is int64", hint="--map datetime=")
    table(path, pa.array([[["a"]]] * 6))
    refuse(tmp_path, path, match="embedding must be lists of numbers")
    vectors = pa.array(RAW.repeat(2, axis=1).tolist())
    pq.write_table(pa.table({"p": vectors, "q": vectors}), path)
    refuse(tmp_path, path, match="several columns", hint="--map embedding=p")


def test_widths_that_differ(tmp_path):
    a = table(tmp_path / "a.parquet")
    b = table(tmp_path / "b.parquet", pa.array(RAW[:, :4].tolist()))
    refuse(tmp_path, a, b, match="different widths: 8 in .*a.parquet, 4 in")
    rows = RAW.tolist()
    rows[4] = rows[4][:3]
    path = table(tmp_path / "c.parquet", pa.array(rows))
    refuse(tmp_path, path, match="row 4: a vector of 3 numbers, the ones before have 8")
    table(path, pa.array([[]] * 6, pa.list_(pa.float32())))
    refuse(tmp_path, path, match="no vector")
    refuse(tmp_path, b, match="have 4 numbers, here makes 8", encoder="here",
           error=IndexMismatchError, hint="external:NAME")  # fmt: skip


def test_nothing_left_to_import(tmp_path):
    path = table(tmp_path / "a.parquet", pa.array([[0.0] * DIM] * 6))
    refuse(tmp_path, path, match="no vector to import .* zeros")


def test_geometry_garbage(tmp_path):
    path = tmp_path / "a.parquet"
    good = [s.wkb for s in boxes()]
    table(path, geometry=pa.array([*good[:3], b"\x01garbage", *good[4:]]))
    refuse(tmp_path, path, match="column geometry, row 3: .* is no geometry",
           hint="--map geometry=")  # fmt: skip
    table(path, geometry=pa.array(["POLYGON ((0 0", *[s.wkt for s in boxes()[1:]]]))
    refuse(tmp_path, path, match="row 0: 'POLYGON")
    far = shapely.box(400_000, 5_000_000, 400_100, 5_000_100).wkb
    table(path, geometry=pa.array([*good[:5], far]))
    refuse(tmp_path, path, match="row 5: bounds 400000 5e\\+06 .* no longitudes")
    # The second corner's longitude: byte order, type, rings, points, first corner.
    nan = np.array(np.nan, "<f8").tobytes()
    endless = good[0][:29] + nan + good[0][37:]
    table(path, geometry=pa.array([endless, *good[1:]]))
    refuse(tmp_path, path, match="row 0: bounds .* no longitudes")
    table(path, lon=pa.array([1e9] * 6), lat=pa.array([1.0] * 6))
    refuse(tmp_path, path, match="column lon, row 0")
    table(path, bbox=pa.array([[1.0, 2.0]] * 6))
    refuse(tmp_path, path, match="is no box")


def test_values_that_cannot_be(tmp_path):
    path = table(tmp_path / "a.parquet", datetime=pa.array(["noon"] * 6))
    refuse(tmp_path, path, match="column datetime, near row 0: 'noon' is no time")
    far = pa.array([2**62] * 6, pa.timestamp("us"))
    table(path, datetime=far)
    refuse(tmp_path, path, match="column datetime, after row 0: a time that no")
    table(path, nodata_share=pa.array([0.1, 7, 0, 0, 0, 0]))
    refuse(tmp_path, path, match="near row 1: 7.0 is no share")
    bad = pa.StringArray.from_buffers(
        6, pa.py_buffer(np.arange(7, dtype=np.int32)), pa.py_buffer(b"\xff" * 6)
    )
    table(path, id=bad)
    refuse(tmp_path, path, match="column id, after row 0", hint="UTF-8")


def test_arrays_that_do_not_agree(tmp_path):
    np.save(tmp_path / "x.npy", RAW)
    (tmp_path / "x.ids.txt").write_text("a\nb\n")
    refuse(tmp_path, tmp_path / "x.npy", match="embedding 6, id 2")
    np.save(tmp_path / "y.npy", RAW.ravel())
    refuse(tmp_path, tmp_path / "y.npy", match=r"shape \(48,\); vectors are")


def test_an_encoder_must_be_named(tmp_path):
    path = table(tmp_path / "a.parquet")
    refuse(tmp_path, path, match="do not say which", encoder=None, error=ConfigError,
           hint="external:NAME")  # fmt: skip
    refuse(tmp_path, path, match="no name", encoder="external:", error=ConfigError)
    refuse(tmp_path, path, match="no encoder", encoder="x", error=ModelNotFoundError)


def test_another_encoder_than_the_export_says_is_refused(toy, tmp_path):
    export_index(toy, "x", tmp_path / "o.parquet", write_geoparquet)
    with pytest.raises(IndexMismatchError, match="was written with toy"):
        bring(tmp_path, tmp_path / "o.parquet", encoder="here")


def test_an_index_is_not_replaced_unless_told(toy, tmp_path):
    path = table(tmp_path / "a.parquet")
    with pytest.raises(ConfigError, match="already"):
        bring(tmp_path, path, name="toy")
    assert toy.current() == 1
    wrong = table(tmp_path / "w.parquet", geometry=pa.array(["?"] * 6))
    with pytest.raises(IndexingError):
        bring(tmp_path, wrong, name="toy", force=True)
    assert toy.current() == 1 and not toy.building.exists()
    bring(tmp_path, path, name="toy", force=True)
    assert toy.current() == 2 and toy.read_manifest().rows == 6


def test_a_failing_store_leaves_nothing(tmp_path):
    settings = settings_of(tmp_path)
    dropped = []

    def create(folder, sizes, number):
        made = store_creator("exact", "auto", "n", settings)(folder, sizes, number)
        for store, _ in made.values():
            store.upsert = lambda *_: (_ for _ in ()).throw(OSError(28, "No space"))
        return made

    request = ImportRequest(
        directory=IndexDirectory(settings.indexes, "n"),
        sources=(table(tmp_path / "a.parquet"),),
        encoder="external:x",
        load=lambda name: pytest.fail("not asked"),
        create_stores=create,
        drop_store=dropped.append,
    )
    with pytest.raises(IndexingError, match="No space"):
        import_index(request, lambda *_: None)
    assert len(dropped) == 1 and not list(settings.indexes.glob("*"))


@given(st.text())
def test_foreign_ids_are_hex_and_stay(text):
    if any("\ud800" <= char <= "\udfff" for char in text):
        return
    id_ = foreign_id(text)
    assert len(id_) == 32 and bytes.fromhex(id_)
    assert foreign_id(id_) == id_ and foreign_id(text) == id_


def test_pandas_times_in_nanoseconds(tmp_path):
    times = pd.to_datetime(["2020-01-01T00:00:00.123456789Z"] * 6)
    path = table(tmp_path / "a.parquet", timestamp=pa.array(times))
    directory, _ = bring(tmp_path, path)
    expected = dt.datetime(2020, 1, 1, 0, 0, 0, 123456, tzinfo=dt.UTC)
    assert all_rows(directory)[0][0]["datetime"] == expected
