"""Every kind of damage is found, and named with the command that repairs it."""

import os
import shutil

import numpy as np
import pyarrow as pa
import pytest
from breakable import (
    Colours,
    agree,
    make_index,
    part_of,
    rewrite,
    settings_of,
    silent,
    stores_of,
    table_of,
    vectors_of,
    with_column,
    with_vectors,
    write_tar,
)

from rsrag.errors import IndexCorruptError
from rsrag.indexing.checks.verify import verify_index

REPAIR_PART = "rsrag index rebuild small --part part-00001.parquet"
REPAIR_STORE = "rsrag index rebuild small --store exact"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An index that is as it should be, and its archive."""
    folder = tmp_path_factory.mktemp("whole")
    archive = write_tar(folder / "pictures.tar")
    make_index(folder / "indexes", [archive])
    return folder


@pytest.fixture
def index(whole, tmp_path):
    """A copy to break; its archive stays where it is."""
    from rsrag.indexing.generations.index_directory import IndexDirectory

    shutil.copytree(whole / "indexes", tmp_path / "indexes")
    return IndexDirectory(tmp_path / "indexes", "small")


def look(index, **options):
    return verify_index(index, stores_of, silent, **options)


def found(index, **options) -> list[tuple[str, str, str | None]]:
    report = look(index, **options)
    return [(f.where, f.what, f.next) for f in report.findings]


def the_one(index, **options) -> tuple[str, str, str | None]:
    """The only problem."""
    report = look(index, **options)
    wrong = [f for f in report.findings if f.severity == "problem"]
    assert len(wrong) == report.problems == 1, wrong
    return wrong[0].where, wrong[0].what, wrong[0].next


@pytest.mark.parametrize("store", ["exact", "faiss", "qdrant-edge"])
def test_a_good_index_has_no_findings(tmp_path, store) -> None:
    archive = write_tar(tmp_path / "pictures.tar")
    index = make_index(tmp_path / "indexes", [archive], store)
    report = look(index, sources=True)
    assert report.findings == ()
    assert (report.rows, report.parts, report.sources) == (20, 3, 20)
    assert report.recall == report.to_json()["recall"] == {"image": 1.0}
    assert report.to_json()["ok"]


def test_an_approximate_store_is_searched(tmp_path) -> None:
    from rsrag.store_factory import store_creator

    archive = write_tar(tmp_path / "pictures.tar")
    index = make_index(tmp_path / "indexes", [archive], "faiss")
    folder = index.current_path()
    shutil.rmtree(folder / "store")
    settings = settings_of(tmp_path)
    create = store_creator("faiss", "hnsw", "small", settings)
    from rsrag.indexing.build.sidecar import fill_store

    store, _ = create(folder / "store", {"image": (8, 20)}, 1)["image"]
    fill_store(store, [part_of(index, number) for number in range(3)])
    store.close()
    assert not found(index)
    assert look(index).recall == {"image": 1.0}


@pytest.mark.parametrize("where", [0.02, 0.3, 0.6, 0.95])
def test_a_flipped_byte_is_found_wherever_it_is(index, where) -> None:
    path = part_of(index, 1)
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 0x10
    path.write_bytes(data)
    findings = found(index)
    assert findings[0][0] == "parts/image/part-00001.parquet"
    assert "sha256" in findings[0][1]
    assert findings[0][2] == REPAIR_PART
    others = ("parts/image/part-00000.parquet", "parts/image/part-00002.parquet")
    assert not any(where in others for where, _, _ in findings)


def test_a_part_that_is_gone(index) -> None:
    part_of(index, 1).unlink()
    findings = found(index)
    assert findings[0] == ("parts/image/part-00001.parquet", "is missing", REPAIR_PART)


def test_a_part_that_is_cut(index) -> None:
    path = part_of(index, 1)
    os.truncate(path, path.stat().st_size - 100)
    findings = found(index)
    assert "bytes, the manifest says" in findings[0][1]
    assert "cannot be read beyond row 0" in findings[1][1]


def test_a_dropped_row(index) -> None:
    rewrite(part_of(index, 1), lambda table: table.slice(1))
    texts = [what for _, what, _ in found(index)]
    assert any("has 7 rows, the manifest says 8" in what for what in texts)


def test_a_dropped_row_that_the_manifest_agrees_with(index) -> None:
    rewrite(part_of(index, 1), lambda table: table.slice(1))
    agree(index)
    report = look(index)
    texts = [f.what for f in report.findings if f.where == "store/image"]
    assert texts[0] == "holds 20 rows, the parts 19"
    assert "that no part has" in texts[1]
    assert {f.next for f in report.findings if f.where == "store/image"} == {
        REPAIR_STORE
    }
    assert report.findings[0].where == "sources.parquet"


def test_swapped_ids(index) -> None:
    def swap(table):
        ids = table["id"].to_pylist()
        return with_column(table, "id", [ids[1], ids[0], *ids[2:]])

    rewrite(part_of(index, 1), swap)
    agree(index)
    where, what, next_ = the_one(index)
    assert where == "store/image"
    assert "has other vectors than the parts for 2 rows" in what
    assert next_ == REPAIR_STORE


def test_an_id_twice(index) -> None:
    def repeat(table):
        ids = table["id"].to_pylist()
        return with_column(table, "id", [ids[1], *ids[1:]])

    rewrite(part_of(index, 1), repeat)
    agree(index)
    where, what, _ = the_one(index)
    assert where == "parts/image"
    assert what.startswith("1 ids stand in more than one row: ")


def test_an_id_that_is_none(index) -> None:
    def rename(table):
        return with_column(table, "id", ["earth", *table["id"].to_pylist()[1:]])

    rewrite(part_of(index, 1), rename)
    agree(index)
    assert "not 32 hex digits" in the_one(index)[1]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(2.0, "has length 2, not 1"), (np.nan, "NaN or infinity"), (0.0, "length 0")],
)
def test_a_vector_that_is_no_unit_vector(index, factor, words) -> None:
    def scale(table):
        vectors = vectors_of(table)
        vectors[3] *= factor
        return with_vectors(table, vectors)

    rewrite(part_of(index, 1), scale)
    agree(index)
    where, what, next_ = the_one(index)
    assert where == "parts/image/part-00001.parquet"
    assert words in what
    assert "row 3 (" in what
    assert next_ == REPAIR_PART


def test_a_vector_nudged_within_the_tolerance(index) -> None:
    def nudge(table):
        vectors = vectors_of(table)
        vectors[3, 0] = np.nextafter(vectors[3, 0], np.float32(9))
        return with_vectors(table, vectors)

    rewrite(part_of(index, 1), nudge)
    agree(index)
    assert "other vectors than the parts for 1 rows" in the_one(index)[1]


def test_vectors_of_another_width(index) -> None:
    rewrite(part_of(index, 1), lambda t: with_vectors(t, vectors_of(t)[:, :4]))
    agree(index)
    assert "float>[4], not fixed_size_list" in the_one(index)[1]


def test_a_column_that_is_gone(index) -> None:
    rewrite(part_of(index, 1), lambda table: table.drop_columns(["source"]))
    agree(index)
    assert "source is missing, not string" in the_one(index)[1]


def test_a_geometry_that_is_no_geometry(index) -> None:
    def scribble(table):
        return with_column(table, "geometry", [b"\x01rubbish", *[None] * 7])

    rewrite(part_of(index, 1), scribble)
    agree(index)
    assert "1 geometries cannot be read: row 0" in the_one(index)[1]


def test_a_part_of_another_encoder(index, tmp_path) -> None:
    archive = write_tar(tmp_path / "pictures.tar")
    other = make_index(tmp_path / "other", [archive], encoder=Colours("others"))
    shutil.copy(part_of(other, 1), part_of(index, 1))
    agree(index)
    assert "holds vectors of others" in the_one(index)[1]


def test_a_part_that_the_manifest_does_not_name(index) -> None:
    stranger = part_of(index, 7)
    shutil.copy(part_of(index), stranger)
    report = look(index)
    assert report.problems == 0
    assert [f.severity for f in report.findings] == ["warning"]
    assert report.findings[0].next == f"rm {stranger}"


@pytest.mark.parametrize("name", ["vectors.f32", "payload.arrows"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_store(index, name, damage) -> None:
    path = index.current_path() / "store" / "image" / name
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-64])
    elif damage == "flip":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    else:
        path.unlink()
    where, what, next_ = the_one(index)
    assert where == "store/image"
    assert name in what
    assert next_ == REPAIR_STORE


def test_a_store_that_is_gone(index) -> None:
    shutil.rmtree(index.current_path() / "store")
    where, what, next_ = the_one(index)
    assert (where, next_) == ("store/image", REPAIR_STORE)
    assert what.startswith("cannot be opened: No store at")


def test_a_store_of_other_rows(index, tmp_path) -> None:
    other = make_index(tmp_path / "o", [write_tar(tmp_path / "o.tar", first=5)])
    store = index.current_path() / "store"
    shutil.rmtree(store)
    shutil.copytree(other.current_path() / "store", store)
    texts = [what for _, what, _ in found(index)]
    assert any(what.startswith("lacks 5 rows (") for what in texts)
    assert any(what.startswith("holds 5 rows (") for what in texts)


def test_a_missing_report_is_a_warning(index) -> None:
    (index.current_path() / "report.json").unlink()
    report = look(index)
    assert (report.problems, len(report.findings)) == (0, 1)


def test_a_damaged_manifest_is_an_error(index) -> None:
    (index.current_path() / "manifest.json").write_text("{")
    with pytest.raises(IndexCorruptError, match="manifest"):
        look(index)


def test_sources_that_changed_or_went(tmp_path) -> None:
    archive = write_tar(tmp_path / "pictures.tar")
    lone = tmp_path / "lone.png"
    from PIL import Image

    Image.new("RGB", (9, 9), (1, 2, 3)).save(lone)
    index = make_index(tmp_path / "indexes", [archive, lone])
    assert found(index, sources=True) == []
    write_tar(archive, count=18, first=1)
    Image.new("RGB", (9, 9), (3, 2, 1)).save(lone)
    texts = {where: what for where, what, _ in found(index, sources=True)}
    assert set(texts) == {
        f"{archive}!/000.png",
        f"{archive}!/019.png",
        str(lone),
    }
    assert texts[f"{archive}!/000.png"] == "is gone"
    assert texts[str(lone)].startswith("changed: sha256 ")
    archive.unlink()
    report = look(index, sources=True)
    assert report.findings[-1].what == "11 more sources are gone, damaged or changed"
    assert len(report.findings) == 11


def test_rows_are_compared_in_any_order(tmp_path) -> None:
    """A store whose rows were replaced holds them in another order."""
    index = make_index(tmp_path / "indexes", [write_tar(tmp_path / "p.tar")])
    from rsrag.indexing.format.chip_schema import split_embeddings

    store = stores_of(index.read_manifest(), index.current_path())["image"]
    table = table_of(index).combine_chunks()
    payload, vectors = split_embeddings(table.slice(2, 3))
    store.upsert(vectors, payload)
    store.flush()
    store.close()
    assert found(index) == []


def test_keys_tell_any_single_bit() -> None:
    from rsrag.indexing.checks.verify_rows import id_bytes, keys_of

    ids = id_bytes(pa.chunked_array([[f"{n:032x}" for n in range(5)]]))
    vectors = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    before = keys_of(ids, vectors)["digest"]
    for bit in range(32):
        changed = vectors.copy()
        changed.view(np.uint32)[2, 3] ^= np.uint32(1 << bit)
        differs = keys_of(ids, changed)["digest"] != before
        assert differs.tolist() == [False, False, True, False, False]


def test_a_ledger_that_counts_otherwise(index) -> None:
    from rsrag.indexing.format.ledger import read_ledger, write_ledger

    folder = index.current_path()
    ledger = read_ledger(folder)
    write_ledger(folder, ledger.slice(2))
    where, what, next_ = the_one(index)
    assert where == "sources.parquet"
    assert what.startswith("counts other chips than the parts hold for 2 sources: /")
    assert next_ == f"rm {folder / where} && rsrag index update small"


def test_a_damaged_ledger(index) -> None:
    path = index.current_path() / "sources.parquet"
    os.truncate(path, 100)
    where, what, _ = the_one(index)
    assert where == "sources.parquet"
    assert "cannot be read" in what


def test_an_index_without_a_ledger_is_good(index) -> None:
    (index.current_path() / "sources.parquet").unlink()
    assert found(index) == []


def test_a_generation_that_goes_meanwhile(index) -> None:
    from rsrag.errors import IndexingError

    def remove(stage, done, total):
        if stage == "store":
            shutil.rmtree(index.current_path(), ignore_errors=True)

    with pytest.raises(IndexingError, match="was removed while it was looked at") as e:
        verify_index(index, stores_of, remove)
    assert e.value.hint == "rsrag index verify small"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ('{"kept": 7}', "warning", "not there: kept (7)"),
        ("[", "problem", "cannot be read"),
    ],
)
def test_tags_that_name_nothing_are_told(index, text, kind, said):
    (index.path / "TAGS.json").write_text('{"kept": 1}')
    assert look(index).findings == ()
    (index.path / "TAGS.json").write_text(text)
    (finding,) = look(index).findings
    assert (finding.severity, finding.where) == (kind, "TAGS.json")
    assert said in finding.what and finding.next
