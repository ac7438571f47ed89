"""The parts open anywhere, and give back what was put in."""

import json
import subprocess
import sys

import duckdb
import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest

from rsrag.errors import IndexCorruptError
from rsrag.indexing.format.chip_schema import chip_schema, chip_table, split_embeddings
from rsrag.indexing.format.parts import PartWriter, part_info, read_parts


@pytest.fixture
def part(tmp_path, records, vectors, identity):
    path = tmp_path / "part-00000.parquet"
    writer = PartWriter(path, identity)
    writer.write(chip_table(records[:6], vectors[:6]))
    writer.write(chip_table(records[6:], vectors[6:]))
    info = writer.close()
    assert info == part_info(path, 10)
    return path


def test_a_part_appears_only_when_whole(tmp_path, records, vectors, identity) -> None:
    path = tmp_path / "part-00000.parquet"
    writer = PartWriter(path, identity)
    writer.write(chip_table(records, vectors))
    assert not path.exists()
    writer.close()
    assert [p.name for p in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_rows_come_back(part, records, vectors) -> None:
    tables = list(read_parts([part], rows=3))
    assert [len(t) for t in tables] == [3, 3, 3, 1]
    payload, back = split_embeddings(tables[1])
    np.testing.assert_array_equal(back, vectors[3:6])
    assert payload.schema.equals(chip_schema())
    row = payload.to_pylist()[0]
    assert row["id"] == records[3].id
    assert row["window"] == records[3].window._asdict()
    assert row["geometry"] == records[3].footprint
    assert row["datetime"] == records[3].datetime
    assert json.loads(row["properties"]) == {"label": "néw 3"}


def test_geopandas_opens_it(part, records) -> None:
    frame = geopandas.read_parquet(part)
    assert frame.crs == "OGC:CRS84"
    assert frame.geometry.iloc[4].bounds == (-166, 0, -165, 1)
    assert len(frame.embedding.iloc[0]) == 4
    inside = geopandas.read_parquet(part, bbox=(-166.5, 0.2, -165.5, 0.8))
    assert list(inside.id) == [records[3].id, records[4].id]


def test_duckdb_opens_it(part, vectors) -> None:
    rows = duckdb.sql(
        f"""select id, "window".col_off as col, bbox.xmin as west,
            list_dot_product(embedding::float[], embedding::float[]) as one
            from read_parquet('{part}') where datetime >= '2020-01-09' order by id"""
    ).fetchall()
    assert [row[1:3] for row in rows] == [(0, -162.0), (8, -161.0)]
    assert all(abs(row[3] - 1) < 1e-6 for row in rows)


def test_the_footer_says_what_it_is(part, identity) -> None:
    meta = pq.read_metadata(part).metadata
    geo = json.loads(meta[b"geo"])
    assert geo["version"] == "1.1.0"
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Polygon"]
    assert column["bbox"] == [-170, 0, -160, 1]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    own = json.loads(meta[b"rsrag"])
    assert own["weights_sha256"] == identity.weights_sha256
    assert (own["kind"], own["format_version"]) == ("imagery", 3)


def test_plain_pictures_make_a_part_too(
    tmp_path, identity, vectors, plain_record
) -> None:
    path = tmp_path / "part.parquet"
    writer = PartWriter(path, identity)
    writer.write(chip_table([plain_record], vectors[:1]))
    writer.close()
    frame = geopandas.read_parquet(path)
    assert frame.geometry.isna().all()


@pytest.mark.parametrize("damage", ["missing", "cut", "rubbish"])
def test_a_broken_part_is_named(part, damage) -> None:
    if damage == "missing":
        part.unlink()
    elif damage == "cut":
        part.write_bytes(part.read_bytes()[:-20])
    else:
        part.write_bytes(b"not parquet at all")
    with pytest.raises(IndexCorruptError, match="part-00000"):
        list(read_parts([part]))


def test_reading_parts_needs_no_geopandas(part) -> None:
    code = (
        "import sys; from pathlib import Path; from rsrag.indexing.format.parts import "
        f"read_parts; list(read_parts([Path({str(part)!r})])); "
        "print('geopandas' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_a_flipped_bit_in_a_vector_is_told(part, vectors) -> None:
    data = bytearray(part.read_bytes())
    at = data.index(vectors[3].tobytes())
    data[at] ^= 1
    part.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="cannot be read"):
        list(read_parts([part]))
