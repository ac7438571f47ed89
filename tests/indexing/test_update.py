"""Updating an index: one test for every thing that can happen to a source."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from updating import Archive, Colours, Index, assert_equal, png, world_file

from rsrag.errors import (
    ImageryError,
    IndexingError,
    IndexMismatchError,
    IndexNotFoundError,
    SourceNotFoundError,
)
from rsrag.factory import open_index
from rsrag.imagery.archives.zip_archive import list_zip
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.scan_remarks import is_excluded
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.format.ledger import FILE as LEDGER
from rsrag.indexing.generations.history import tag_generation
from rsrag.types import EncoderIdentity


@pytest.fixture
def archive(tmp_path) -> Archive:
    made = Archive(tmp_path / "archive")
    for number in range(8):
        made.write(f"{number}.png", png(number))
    return made


@pytest.fixture
def index(tmp_path, archive) -> Index:
    made = Index(tmp_path / "indexes", [archive.folder])
    made.build()
    return made


def counts(report) -> tuple[int, int, int, int, int]:
    return (
        report.sources.added,
        report.sources.changed,
        report.sources.moved,
        report.sources.removed,
        report.sources.unchanged,
    )


def fresh(tmp_path, index, **changes) -> Index:
    made = Index(tmp_path / "fresh", index.sources, index.store)
    made.options = index.options
    shutil.rmtree(made.directory.path, ignore_errors=True)
    made.build(**changes)
    return made


def test_nothing_changed(index, monkeypatch) -> None:
    def refuse(*_):
        raise AssertionError("a picture was read")

    monkeypatch.setattr("rsrag.imagery.sources.items.SourceItem.sha256", refuse)
    report = index.update()
    assert counts(report) == (0, 0, 0, 0, 8)
    assert (report.sources.published, report.generation, report.encoded) == (
        False,
        1,
        0,
    )
    assert index.directory.numbers() == [1]
    assert not index.directory.building.exists()


@pytest.mark.parametrize("store", ["exact", "faiss", "qdrant-edge"])
@pytest.mark.parametrize("many", [False, True], ids=["appended", "made anew"])
def test_new_files_alone_are_encoded(tmp_path, archive, store, many) -> None:
    index = Index(tmp_path / "indexes", [archive.folder], store)
    index.build()
    part = index.directory.current_path() / "parts" / "image" / "part-00000.parquet"
    inode = part.stat().st_ino
    new = 6 if many else 2
    for number in range(new):
        archive.write(f"new-{number}.png", png(100 + number))
    encoder = Colours()
    report = index.update(encoder)
    assert counts(report) == (new, 0, 0, 0, 8)
    assert (report.encoded, report.rows - report.encoded, encoder.prepared) == (
        new,
        8,
        new,
    )
    assert ("anew" in report.spaces["image"].store) == many
    kept = index.directory.current_path() / "parts" / "image" / "part-00000.parquet"
    assert kept.stat().st_ino == inode, "an unchanged part is linked"
    if store == "faiss":
        reason = index.directory.read_manifest(IMAGERY).image.store.reason
        assert reason.startswith(f"flat: {8 + new} vectors")
    assert_equal(index, fresh(tmp_path, index))


def test_the_generation_before_stays_what_it_was(index, archive) -> None:
    before = open_index("test", index.settings)
    archive.write("new.png", png(100))
    archive.remove("0.png")
    index.update()
    after = open_index("test", index.settings)
    query = np.float32([[1, 0, 0]])
    assert (len(before.store), len(after.store)) == (8, 8)
    sources = [
        {hit.payload["source"] for hit in opened.store.search(query, 100)[0]}
        for opened in (before, after)
    ]
    at = archive.folder.as_posix()
    assert sources[0] - sources[1] == {f"{at}/0.png"}
    assert sources[1] - sources[0] == {f"{at}/new.png"}
    before.store.close()
    again = open_index("test", index.settings)
    assert again.manifest.generation == 2
    for opened in (after, again):
        opened.store.close()


def test_changed_bytes_are_encoded_again(tmp_path, index, archive) -> None:
    archive.write("3.png", png(103))
    report = index.update()
    assert counts(report) == (0, 1, 0, 0, 7)
    assert (report.encoded, report.rows - report.encoded) == (1, 7)
    assert report.sources.names["changed"] == [f"{archive.folder.as_posix()}/3.png"]
    assert_equal(index, fresh(tmp_path, index))


def test_another_time_alone_is_only_written_down(index, archive) -> None:
    archive.touch("3.png")
    encoder = Colours()
    report = index.update(encoder)
    assert (
        report.sources.unchanged,
        report.sources.touched,
        report.sources.published,
    ) == (8, 1, False)
    assert encoder.prepared == 0
    assert index.update().sources.touched == 0, "it is known with its new time"


def test_a_moved_folder_costs_no_encoding(tmp_path, index, archive) -> None:
    archive.path("sub/x").parent.mkdir(exist_ok=True)
    for number in range(8):
        archive.move(
            f"{number}.png", f"sub/S2A_MSIL1C_2024010{number + 1}T101112_x.png"
        )
    encoder = Colours()
    report = index.update(encoder)
    assert counts(report) == (0, 0, 8, 0, 0)
    assert (report.encoded, encoder.prepared) == (0, 0)
    assert_equal(index, fresh(tmp_path, index))
    row = next(iter(index.rows().values()))
    assert row["datetime"].year == 2024, "facts of the new name"
    assert row["sensor"] == "Sentinel-2A"


def test_removed_files_go(tmp_path, index, archive) -> None:
    archive.remove("0.png")
    archive.remove("7.png")
    report = index.update()
    assert counts(report) == (0, 0, 0, 2, 6)
    assert index.directory.read_manifest().rows == 6
    assert_equal(index, fresh(tmp_path, index))


def test_two_files_that_change_names(tmp_path, index, archive) -> None:
    archive.move("0.png", "x.png")
    archive.move("1.png", "0.png")
    archive.move("x.png", "1.png")
    report = index.update()
    assert (report.sources.changed, report.encoded, report.sources.published) == (
        2,
        0,
        True,
    )
    assert_equal(index, fresh(tmp_path, index))


def test_a_copy_takes_over_when_the_first_goes(tmp_path, index, archive) -> None:
    archive.write("copy.png", png(0))
    report = index.update()
    assert (report.sources.added, report.encoded) == (1, 0)
    assert report.skipped_by_kind() == {"duplicate": 1}
    archive.remove("0.png")
    report = index.update()
    assert (report.sources.removed, report.encoded, report.skips) == (1, 0, 0)
    assert_equal(index, fresh(tmp_path, index))


@pytest.mark.parametrize(
    ("suffix", "data", "encoded"),
    [
        (".pgw", world_file(3), 1),
        (".json", b'{"datetime": "2020-02-03", "label": "x"}', 0),
    ],
)
def test_files_beside_a_picture(tmp_path, index, archive, suffix, data, encoded):
    archive.write(f"3{suffix}", data)
    report = index.update()
    assert (report.sources.changed, report.encoded) == (1, encoded)
    assert_equal(index, fresh(tmp_path, index))
    archive.touch(f"3{suffix}")
    report = index.update()
    assert (report.sources.published, report.sources.touched) == (False, 0)
    archive.remove(f"3{suffix}")
    assert index.update().sources.changed == 1
    assert_equal(index, fresh(tmp_path, index))


def test_an_auxiliary_file_of_gdal_changes_the_pixels(tmp_path) -> None:
    rasterio = pytest.importorskip("rasterio")
    archive = Archive(tmp_path / "archive")
    pixels = np.zeros((1, 8, 8), np.uint16)
    pixels[:, :4] = 1000
    path = archive.path("a.tif")
    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 1}
    with rasterio.open(
        path,
        "w",
        **profile,
        dtype="uint16",
        crs="EPSG:4326",
        transform=rasterio.Affine(0.1, 0, 0, 0, -0.1, 1),
    ) as raster:
        raster.write(pixels)
    archive.touch("a.tif")
    index = Index(tmp_path / "indexes", [archive.folder], stretch="range:0,2000")
    index.build()
    xml = (
        "<PAMDataset><PAMRasterBand band='1'><NoDataValue>0</NoDataValue>"
        "</PAMRasterBand></PAMDataset>"
    )
    archive.write("a.tif.aux.xml", xml.encode())
    report = index.update()
    assert (report.sources.changed, report.encoded) == (1, 1)
    (row,) = index.rows().values()
    assert row["nodata_share"] == 0.5


def test_what_is_excluded_stays_out(tmp_path, archive) -> None:
    archive.write("old/a.png", png(50))
    archive.write("new/a_mask.png", png(51))
    archive.zip("a.zip", {"in.png": png(52), "old/b.png": png(53)})
    archive.zip("masks.zip", {"c.png": png(54)})
    patterns = ("old", "*_mask.png", "masks.zip", "[0-4].png", archive.folder.name)
    index = Index(tmp_path / "indexes", [archive.folder], exclude=patterns)
    report = index.build()
    names = {row["source"].rpartition("/")[2] for row in index.rows().values()}
    assert names == {"5.png", "6.png", "7.png", "in.png"}
    (note,) = [one for one in report.notices if one.kind == "notice:excluded"]
    assert (note.count, note.reason) == (9, "9 sources fit --exclude")
    archive.write("old/more.png", png(55))
    archive.touch("a.zip")
    assert index.update().sources.published is False
    archive.write("more.png", png(56))
    assert counts(index.update())[0] == 1
    assert_equal(index, fresh(tmp_path, index))


@pytest.mark.parametrize("path", ["a/mask.tif", "a/b.zip!/masks/x.tif", "a/mask.d/x"])
def test_names_of_all_parts_below_the_source_are_looked_at(path) -> None:
    roots = [Path("/masks"), Path("/masks/mask.data")]
    assert is_excluded(f"/masks/{path}", roots, ["mask*"])
    assert not is_excluded("/masks/mask.data/x.tif", roots, ["mask*"])
    assert is_excluded(f"/masks/{path}", roots, ["a/*"])


def test_the_metadata_table(tmp_path, archive) -> None:
    table = tmp_path / "table.csv"
    table.write_text("file,label\n1.png,one\n2.png,two\n")
    index = Index(tmp_path / "indexes", [archive.folder], metadata=table)
    index.build()
    table.write_text("file,label\n1.png,one\n2.png,zwei\n3.png,drei\n")
    report = index.update()
    assert (report.sources.changed, report.sources.unchanged, report.encoded) == (
        2,
        6,
        0,
    )
    assert_equal(index, fresh(tmp_path, index))
    assert not index.update().sources.published


def test_the_directory_of_a_zip_is_read_once(tmp_path, monkeypatch) -> None:
    listed = []

    def counted(path):
        listed.append(path.name)
        return list_zip(path)

    monkeypatch.setattr("rsrag.imagery.sources.member_items.list_zip", counted)
    archive = Archive(tmp_path / "archive")
    archive.zip("a.zip", {"a.png": png(1)})
    index = Index(tmp_path / "indexes", [archive.folder / "a.zip"])
    index.build()
    assert listed == ["a.zip"]
    assert counts(index.update()) == (0, 0, 0, 0, 1)
    assert listed == ["a.zip"]
    archive.zip("a.zip", {"a.png": png(1), "b.png": png(2)})
    assert counts(index.update()) == (1, 0, 0, 0, 1)
    assert listed == ["a.zip"] * 2


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_archives(tmp_path, kind, monkeypatch) -> None:
    archive = Archive(tmp_path / "archive")
    pack = archive.zip if kind == "zip" else archive.tar
    members = {f"{number}.png": png(number) for number in range(6)}
    pack(f"a.{kind}", members)
    archive.write("plain.png", png(50))
    index = Index(tmp_path / "indexes", [archive.folder])
    index.build()
    with monkeypatch.context() as patch:
        patch.setattr("rsrag.imagery.sources.sources.list_archive", None)
        # The folder as a source is walked; the archive in it is not opened.
        assert counts(index.update()) == (0, 0, 0, 0, 7)
    del members["0.png"]
    members["3.png"] = png(103)
    members["new.png"] = png(104)
    pack(f"a.{kind}", members)
    report = index.update()
    assert counts(report) == (1, 1, 0, 1, 5)
    assert report.encoded == 2
    assert_equal(index, fresh(tmp_path, index))
    archive.move(f"a.{kind}", f"b.{kind}")
    report = index.update()
    assert (report.sources.moved, report.encoded, report.sources.unchanged) == (6, 0, 1)
    assert_equal(index, fresh(tmp_path, index))


def test_sources_are_added_remembered_and_forgotten(tmp_path, index, archive) -> None:
    other = Archive(tmp_path / "other")
    other.write("o.png", png(70))
    index.sources = (archive.folder, other.folder)
    assert index.update().sources.added == 1
    manifest = index.directory.read_manifest()
    assert manifest.imagery.sources == (str(archive.folder), str(other.folder))
    index.sources = (other.folder,)
    assert index.update().sources.removed == 8
    assert index.directory.read_manifest().imagery.sources == (str(other.folder),)
    assert_equal(index, fresh(tmp_path, index))


def test_an_archive_that_is_away_takes_nothing_with_it(index, archive) -> None:
    archive.folder.rename(archive.folder.with_name("away"))
    with pytest.raises(SourceNotFoundError, match="stays as it is") as error:
        index.update()
    assert "--remove" in error.value.hint
    archive.folder.mkdir()  # a mount point without its disk
    with pytest.raises(SourceNotFoundError, match="stays as it is"):
        index.update()
    assert index.directory.read_manifest().rows == 8
    assert not index.directory.building.exists()


def test_a_folder_that_cannot_be_read_keeps_its_chips(index, archive, monkeypatch):
    archive.write("sub/s.png", png(60))
    index.update()
    real = os.scandir

    def scandir(path):
        if str(path).endswith("/sub"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("rsrag.imagery.sources.folders.os.scandir", scandir)
    archive.write("new.png", png(61))
    report = index.update()
    assert (report.sources.removed, report.encoded) == (0, 1)
    assert index.directory.read_manifest().rows == 10
    assert any(skip.kind == "OSError" for skip in report.skipped)


def test_what_was_skipped_is_tried_again_alone(tmp_path, index, archive) -> None:
    archive.write("broken.png", b"\x89PNG")
    assert index.update().skipped_by_kind() == {"ImageReadError": 1}
    # Mended without a trace in its stamp; and something new beside it.
    status = archive.path("broken.png").stat()
    good = png(80)
    archive.path("broken.png").write_bytes(good)
    os.utime(archive.path("broken.png"), ns=(status.st_atime_ns, status.st_mtime_ns))
    archive.write("new.png", png(81))
    archive.remove("0.png")
    report = index.update(retry=True)
    assert (report.encoded, report.skips) == (1, 0)
    assert (report.sources.added, report.sources.removed) == (0, 0)
    assert counts(index.update())[:4] == (1, 0, 0, 1)
    assert_equal(index, fresh(tmp_path, index))


def test_a_broken_file_is_not_read_again(index, archive) -> None:
    archive.write("broken.png", b"\x89PNG")
    index.update()
    report = index.update()
    assert not report.sources.published
    assert report.skipped[0].source.endswith("broken.png")


def test_strict(index, archive) -> None:
    archive.write("broken.png", b"\x89PNG")
    with pytest.raises(ImageryError, match=r"broken\.png"):
        index.update(strict=True)
    assert index.directory.numbers() == [1]
    index.update()
    with pytest.raises(ImageryError, match=r"broken\.png"):
        index.update(strict=True)


def test_a_dry_run_says_the_same_and_writes_nothing(index, archive) -> None:
    archive.write("new.png", png(90))
    archive.write("1.png", png(91))
    archive.touch("2.png")
    archive.move("3.png", "moved.png")
    archive.remove("4.png")
    path = index.directory.path
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*") if p.is_file()}
    encoder = Colours()
    planned = index.update(encoder, dry_run=True)
    assert (encoder.prepared, encoder.encoded) == (0, 0)
    assert {p: p.stat().st_mtime_ns for p in path.rglob("*") if p.is_file()} == before
    done = index.update()
    assert counts(planned) == counts(done) == (1, 1, 1, 1, 5)
    assert planned.sources.names == done.sources.names
    assert planned.sources.touched == done.sources.touched == 1


def test_another_encoder_is_refused(index) -> None:
    other = Colours()
    other.identity = EncoderIdentity("colours", "99" * 32, "mean", 3)
    with pytest.raises(IndexMismatchError, match="weights_sha256") as error:
        index.update(other)
    assert error.value.hint == "rsrag index rebuild test --encoder colours"


def test_other_imagery_options_are_refused(index) -> None:
    with pytest.raises(IndexMismatchError, match="stretch"):
        index.update(options=ImageryOptions(stretch="percentile"))


def test_there_must_be_an_index(tmp_path, archive) -> None:
    index = Index(tmp_path / "indexes", [archive.folder])
    with pytest.raises(IndexNotFoundError):
        index.update()
    assert not index.directory.path.exists()


def test_an_index_from_before_there_were_ledgers(tmp_path, index, archive) -> None:
    (index.directory.current_path() / LEDGER).unlink()
    archive.write("new.png", png(90))
    archive.remove("0.png")
    encoder = Colours()
    report = index.update(encoder)
    assert (report.encoded, report.sources.removed, report.sources.published) == (
        1,
        1,
        True,
    )
    assert_equal(index, fresh(tmp_path, index))
    assert not index.update().sources.published


def test_a_damaged_store_is_made_anew(tmp_path, index, archive) -> None:
    (index.directory.current_path() / "store" / "image" / "vectors.f32").unlink()
    archive.write("new.png", png(90))
    report = index.update()
    assert "anew" in report.spaces["image"].store
    assert_equal(index, fresh(tmp_path, index))


def test_going_back_and_on_again(tmp_path, index, archive) -> None:
    """Two generations grow from one: their stores must not share what is new."""
    archive.write("first.png", png(90))
    index.update()
    tag_generation(index.directory, "branch")
    one = open_index("test", index.settings)
    index.directory.point(1)
    archive.remove("first.png")
    archive.write("second.png", png(91))
    index.update()
    assert_equal(index, fresh(tmp_path, index))
    names = {
        hit.payload["source"]
        for hit in one.store.search(np.float32([[1, 0, 0]]), 99)[0]
    }
    assert f"{archive.folder.as_posix()}/first.png" in names
    one.store.verify()
    one.store.close()


def test_many_small_updates_leave_few_parts(tmp_path, index, archive) -> None:
    for number in range(20):
        archive.write(f"more-{number}.png", png(100 + number))
        index.update()
    manifest = index.directory.read_manifest()
    assert len(manifest.image.parts) <= 9
    assert len({part.file for part in manifest.image.parts}) == len(
        manifest.image.parts
    )
    assert_equal(index, fresh(tmp_path, index))


def test_a_stopped_update_is_taken_up(tmp_path, index, archive, monkeypatch) -> None:
    monkeypatch.setattr("rsrag.indexing.build.batches.WRITE_ROWS", 4)
    for number in range(40):
        archive.write(f"more-{number:02}.png", png(100 + number))
    first = Colours()
    with pytest.raises(KeyboardInterrupt):
        index.update(first, stop=lambda: first.encoded >= 8)
    assert index.directory.numbers() == [1]
    assert 8 <= first.encoded < 40
    second = Colours()
    report = index.update(second)
    assert first.encoded + second.encoded == 40
    assert second.prepared == second.encoded, "what is staged is not decoded again"
    assert report.rows == 48
    assert_equal(index, fresh(tmp_path, index))


def test_the_disk_is_full(index, archive, monkeypatch) -> None:
    archive.write("new.png", png(90))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("rsrag.indexing.build.publish.write_ledger", full)
        with pytest.raises(IndexingError, match="No space left") as error:
            index.update()
    assert "same command again" in error.value.hint
    assert index.directory.current() == 1
    encoder = Colours()
    report = index.update(encoder)
    assert report.rows == 9


def test_the_report_stands_beside_the_manifest(index, archive) -> None:
    archive.write("new.png", png(90))
    report = index.update()
    path = index.directory.current_path() / "report.json"
    data = json.loads(path.read_text())
    scenes = data.pop("scenes")
    assert data == json.loads(json.dumps(report.to_json()))
    assert [line["source"] for line in scenes] == sorted(index.ledger())
    assert scenes[0]["bands"] == "1,2,3 (colours of the bands)"
    assert (data["sources"]["added"], data["sources"]["unchanged"]) == (1, 8)
    assert {"open", "forward", "carry", "store", "total"} <= set(data["seconds"])
