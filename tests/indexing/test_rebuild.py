"""Rebuilding: stores from parts, parts from sources, all of it from the archives."""

import json
import os
import shutil

import numpy as np
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
    write_tar,
)

from rsrag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    SourceNotFoundError,
)
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.build_request import BuildRequest, WriteRequest
from rsrag.indexing.checks.verify import verify_index
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.rebuild.rebuild import rebuild_stores
from rsrag.indexing.rebuild.rebuild_part import rebuild_parts
from rsrag.indexing.rebuild.rebuild_sources import indexed_sources, refuse_missing
from rsrag.store_factory import drop_store, store_creator


@pytest.fixture
def archive(tmp_path):
    return write_tar(tmp_path / "pictures.tar")


@pytest.fixture
def index(archive, tmp_path) -> IndexDirectory:
    """Parts of 8, 8 and 4 rows."""
    return make_index(tmp_path / "indexes", [archive])


def whole(index) -> bool:
    report = verify_index(index, stores_of, silent)
    assert report.findings == ()
    return True


def store_request(index, kind="exact", ann="auto", **options) -> WriteRequest:
    settings = settings_of(index.root)
    return WriteRequest(
        directory=index,
        create_stores=store_creator(kind, ann, index.name, settings),
        drop_store=lambda info: drop_store(info, settings),
        **options,
    )


def part_request(index, encoder=None, **options) -> BuildRequest:
    settings = settings_of(index.root)
    manifest = index.read_manifest()
    return BuildRequest(
        directory=index,
        sources=tuple(map(type(index.root), manifest.imagery.sources)),
        options=ImageryOptions.from_json(manifest.imagery.options),
        metadata=None,
        encoder=encoder or Colours(),
        encoder_source=manifest.image.encoder_source,
        create_stores=store_creator("exact", "auto", index.name, settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
        batch_size=2,
        **options,
    )


@pytest.mark.parametrize(
    ("kind", "ann"), [("faiss", "hnsw"), ("faiss", "auto"), ("qdrant-edge", "auto")]
)
def test_another_store_from_the_parts(index, archive, kind, ann) -> None:
    before = table_of(index)
    archive.unlink()
    report = rebuild_stores(store_request(index, kind, ann))
    assert (report.generation, report.rows, report.encoded) == (2, 20, 0)
    manifest = index.read_manifest()
    assert manifest.image.store.kind == kind
    assert manifest.generation == index.current() == 2
    assert table_of(index).equals(before)
    assert whole(index)
    assert not index.building.exists()


def test_a_damaged_store_is_made_again(index) -> None:
    (index.current_path() / "store" / "image" / "vectors.f32").write_bytes(b"rubbish")
    rebuild_stores(store_request(index))
    assert whole(index)


def test_parts_are_not_copied(index) -> None:
    old = part_of(index)
    rebuild_stores(store_request(index))
    assert old.samefile(part_of(index))


def test_parts_are_copied_where_links_are_not_known(index, monkeypatch) -> None:
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    old = part_of(index)
    rebuild_stores(store_request(index))
    assert not old.samefile(part_of(index))
    assert whole(index)


@pytest.mark.parametrize(
    "skipped",
    [
        [{"source": "/a", "reason": {}, "kind": "X", "count": 3}],
        [{"source": "/a", "reason": 3, "kind": "X", "count": 3}],
        [{"source": "/a", "reason": "bad", "kind": "X", "count": []}],
        [{"source": "/a", "reason": "bad", "kind": "X", "more": 1}],
        [3],
        3,
        None,
    ],
)
def test_a_damaged_report_is_told_and_stops_nothing(index, skipped) -> None:
    folder = index.current_path()
    data = json.loads((folder / "report.json").read_text())
    data["skipped"] = skipped
    (folder / "report.json").write_text(json.dumps(data))
    report = rebuild_stores(store_request(index))
    assert report.skipped == ()
    assert [one.kind for one in report.notices] == ["notice:report"]
    assert whole(index)


def test_what_was_left_out_stays_known(index) -> None:
    folder = index.current_path()
    data = json.loads((folder / "report.json").read_text())
    data["skipped"] = [{"source": "/a", "reason": "bad", "kind": "X", "count": 3}]
    (folder / "report.json").write_text(json.dumps(data))
    report = rebuild_stores(store_request(index))
    assert [(s.source, s.count) for s in report.skipped] == [("/a", 3)]
    ledger = "sources.parquet"
    assert (folder / ledger).read_bytes() == (
        index.current_path() / ledger
    ).read_bytes()


def test_a_store_is_not_made_from_a_damaged_part(index) -> None:
    for number in (0, 2):
        with part_of(index, number).open("r+b") as file:
            file.seek(60)
            file.write(b"!")
    with pytest.raises(IndexCorruptError, match=r"part-00000.*part-00002") as error:
        rebuild_stores(store_request(index))
    assert error.value.hint == (
        "rsrag index rebuild small --part part-00000.parquet --part part-00002.parquet"
    )
    assert index.current() == 1


def test_a_stopped_store_leaves_the_old_one_and_is_done_again(index) -> None:
    with pytest.raises(KeyboardInterrupt):
        rebuild_stores(store_request(index, stop=lambda: True))
    assert index.current() == 1
    assert whole(index)
    rebuild_stores(store_request(index))
    assert index.current() == 2
    assert whole(index)


def test_a_stopped_build_is_not_lost(index) -> None:
    encoder = Colours("others")
    encoder.break_after = 8
    with pytest.raises(KeyboardInterrupt):
        make_index(index.root, index.read_manifest().imagery.sources, encoder=encoder)
    with pytest.raises(IndexingError, match="was stopped left") as error:
        rebuild_stores(store_request(index))
    assert f"rm -r {index.building}" in error.value.hint
    shutil.rmtree(index.building)
    rebuild_stores(store_request(index))
    assert whole(index)


def test_one_writer(index) -> None:
    with index.writing(), pytest.raises(IndexLockedError):
        rebuild_stores(store_request(index))


def damage(path, how: str) -> None:
    if how == "gone":
        path.unlink()
    elif how == "cut":
        os.truncate(path, 500)
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)


@pytest.mark.parametrize("how", ["gone", "cut", "flip"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_part_is_made_again(index, number, how) -> None:
    before = table_of(index)
    rows = index.read_manifest().image.parts[number].rows
    damage(part_of(index, number), how)
    encoder = Colours()
    request = part_request(index, encoder)
    report = rebuild_parts(request, [f"part-{number:05d}.parquet"], silent)
    assert encoder.encoded == report.encoded == rows
    assert table_of(index).equals(before)
    assert index.current() == 2
    assert whole(index)


def test_two_parts_are_made_again(index) -> None:
    before = table_of(index)
    for number in (0, 2):
        damage(part_of(index, number), "flip")
    with pytest.raises(IndexCorruptError) as error:
        rebuild_parts(part_request(index), ["part-00000.parquet"], silent)
    assert error.value.hint.endswith(
        "--part part-00000.parquet --part part-00002.parquet"
    )
    files = ["part-00002.parquet", "part-00000.parquet"]
    report = rebuild_parts(part_request(index), files, silent)
    assert report.encoded == 12
    assert table_of(index).equals(before)
    assert [part.rows for part in index.read_manifest().image.parts] == [8, 8, 4]
    assert whole(index)


def test_only_sources_that_lost_chips_are_opened(index, monkeypatch) -> None:
    from rsrag.imagery import scenes

    opened = []
    original = scenes.open_scene

    def count(item, *rest):
        opened.append(item.name)
        return original(item, *rest)

    monkeypatch.setattr(scenes, "open_scene", count)
    damage(part_of(index, 1), "gone")
    rebuild_parts(part_request(index), ["part-00001.parquet"], silent)
    assert sorted(opened) == [f"{number:03}.png" for number in range(8, 16)]


def test_an_index_without_a_ledger(index) -> None:
    (index.current_path() / "sources.parquet").unlink()
    before = table_of(index)
    damage(part_of(index, 1), "gone")
    encoder = Colours()
    rebuild_parts(part_request(index, encoder), ["part-00001.parquet"], silent)
    assert encoder.encoded == 8
    assert table_of(index).equals(before)
    assert (index.current_path() / "sources.parquet").is_file()
    assert whole(index)


def test_a_stopped_repair_is_taken_up(index, monkeypatch) -> None:
    monkeypatch.setattr("rsrag.indexing.build.batches.WRITE_ROWS", 2)
    before = table_of(index)
    damage(part_of(index, 1), "flip")
    first, second = Colours(), Colours()
    first.break_after = 4
    files = ["part-00001.parquet"]
    with pytest.raises(KeyboardInterrupt):
        rebuild_parts(part_request(index, first), files, silent)
    assert index.current() == 1
    rebuild_parts(part_request(index, second), files, silent)
    assert (first.encoded, second.encoded) == (4, 4)
    assert table_of(index).equals(before)
    assert whole(index)


def test_a_part_whose_sources_are_gone(index, archive) -> None:
    damage(part_of(index, 1), "gone")
    archive.rename(archive.with_name("elsewhere.tar"))
    with pytest.raises(SourceNotFoundError, match=r"gone are:\n  .*pictures\.tar") as e:
        rebuild_parts(part_request(index), ["part-00001.parquet"], silent)
    assert "rsrag index update small" in e.value.hint
    assert index.current() == 1
    assert not index.building.exists()


def test_a_part_whose_sources_changed(index, archive) -> None:
    damage(part_of(index, 1), "gone")
    write_tar(archive, count=17, first=3)
    with pytest.raises(IndexMismatchError, match="8 chips were lost with part-00001"):
        write_tar(archive, count=12)
        rebuild_parts(part_request(index), ["part-00001.parquet"], silent)
    assert index.current() == 1
    assert not index.building.exists()


def test_a_part_that_there_is_not(index) -> None:
    with pytest.raises(ConfigError, match=r"no part 'part-9\.parquet'"):
        rebuild_parts(part_request(index), ["part-9.parquet"], silent)


def test_a_part_with_another_encoder(index) -> None:
    with pytest.raises(IndexMismatchError, match="others"):
        rebuild_parts(part_request(index, Colours("others")), ["x"], silent)


def test_what_is_gone_is_listed(index, archive, tmp_path) -> None:
    manifest = index.read_manifest()
    names = indexed_sources(index.current_path(), manifest)
    assert len(names) == 20
    refuse_missing(manifest, names)
    refuse_missing(manifest, None)
    refuse_missing(manifest, ["https://example.org/a.tif"])
    many = [str(tmp_path / f"{number}.tif") for number in range(13)]
    with pytest.raises(SourceNotFoundError) as error:
        refuse_missing(manifest, many)
    lines = str(error.value).splitlines()
    assert lines[1] == f"  {many[0]}"
    assert lines[-1] == "  and 3 more"
    with pytest.raises(SourceNotFoundError, match="names no source"):
        refuse_missing(manifest, [])


def test_a_part_with_scaled_vectors_is_mended(index) -> None:
    def scale(table):
        from breakable import with_vectors

        return with_vectors(table, 2 * vectors_of(table))

    before = table_of(index)
    rewrite(part_of(index, 1), scale)
    agree(index)
    report = verify_index(index, stores_of, silent)
    assert {f.next for f in report.findings if f.severity == "problem"} == {
        "rsrag index rebuild small --part part-00001.parquet"
    }
    rebuild_parts(part_request(index), ["part-00001.parquet"], silent)
    assert np.array_equal(vectors_of(table_of(index)), vectors_of(before))
    assert whole(index)
