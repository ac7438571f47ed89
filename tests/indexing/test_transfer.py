"""Indexes pushed to a bucket and pulled: whole, checked, and switched to at the end."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_index import all_rows, make_index

from rsrag.config import Settings
from rsrag.desk.upkeep.transferring import pull_index, push_index, pushed_indexes
from rsrag.durable import link_or_copy
from rsrag.errors import (
    BucketError,
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    IndexNotFoundError,
)
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.format.manifest_file import read_manifest, write_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.transfer.pushed_index import PushedFile, check_files
from rsrag.objects.folder_objects import FolderObjects
from rsrag.objects.open_place import open_objects


def quiet(done, total):
    assert 0 <= done <= total


@pytest.fixture
def toy(tmp_path, records, vectors, identity) -> IndexDirectory:
    return make_index(tmp_path / "here", records, vectors, identity)


@pytest.fixture
def again(toy):
    """The same index with a generation 2, which shares parts with the first."""
    building = toy.building
    for path in sorted(toy.current_path().rglob("*")):
        if path.is_file():
            new = building / path.relative_to(toy.current_path())
            new.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(path, new)
    text = json.loads((building / "manifest.json").read_text())
    (building / "manifest.json").unlink()
    assert text["generation"] == 1
    manifest = replace(toy.read_manifest(), generation=2)
    write_manifest(manifest, building)
    toy.switch(2)
    return toy


def settings(root):
    return Settings.from_environment({"RSRAG_INDEXES": str(root)})


@pytest.fixture
def push(toy, tmp_path):
    def call(place, tag=None, name="toy"):
        return push_index(settings(toy.root), name, str(place), tag, quiet)

    return call


@pytest.fixture
def pull(tmp_path):
    def call(address, name=None, root="there"):
        return pull_index(settings(tmp_path / root), str(address), name, quiet)

    return call


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    if request.param == "folder":
        return str(tmp_path / "place")
    return request.getfixturevalue("bucket")


def test_what_is_pulled_is_what_was_pushed(place, toy, push, pull, tmp_path):
    sent = push(place)
    came = pull(f"{place}/toy")
    assert sent.moved == sent.bytes == came.moved == came.bytes
    assert came.generation == sent.generation and came.changed and sent.changed
    there = IndexDirectory(tmp_path / "there", "toy")
    assert read_manifest(there.current_path()) == toy.read_manifest()
    (rows, vectors), (mine, ours) = all_rows(there), all_rows(toy)
    assert rows == mine and np.array_equal(vectors, ours)


def test_a_second_push_and_pull_move_nothing(place, push, pull):
    push(place), pull(f"{place}/toy")
    sent, came = push(place), pull(f"{place}/toy")
    assert (sent.moved, sent.changed) == (0, False)
    assert (came.moved, came.changed, came.number) == (0, False, 1)


def test_parts_that_generations_share_travel_once(place, toy, push, pull, request):
    first = push(place, "first")
    pull(f"{place}/toy")
    request.getfixturevalue("again")
    second, came = push(place), pull(f"{place}/toy")
    parts = sum(part.bytes for part in toy.read_manifest().image.parts)
    assert second.generation != first.generation
    assert second.moved <= second.bytes - parts
    assert came.number == 2 and came.moved <= came.bytes - parts
    back = pull(f"{place}/toy@first")
    assert (back.number, back.moved, back.changed) == (1, 0, True)


def test_indexes_at_a_place_are_listed(place, push):
    assert pushed_indexes(place) == []
    report = push(place, "v1")
    (row,) = pushed_indexes(place)
    assert row["name"] == "toy" and row["pushed"] == report.generation
    assert row["tags"] == {"v1": report.generation}
    assert row["spaces"]["image"]["rows"] == 10


def test_an_index_gets_another_name_here(place, push, pull, tmp_path):
    push(place)
    assert pull(f"{place}/toy", "mine").index == "mine"
    assert IndexDirectory(tmp_path / "there", "mine").read_manifest().name == "mine"


def test_a_damaged_object_is_refused_and_the_index_stays(push, pull, tmp_path, toy):
    push(tmp_path / "place")
    pull(tmp_path / "place/toy")
    before = all_rows(IndexDirectory(tmp_path / "there", "toy"))[0]
    part = max((tmp_path / "place/toy/files").glob("*.parquet"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.unlink()
    part.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="is damaged") as caught:
        pull(tmp_path / "place/toy", root="elsewhere")
    assert part.name in str(caught.value)
    assert not IndexDirectory(tmp_path / "elsewhere", "toy").exists()
    assert all_rows(IndexDirectory(tmp_path / "there", "toy"))[0] == before


def test_a_damaged_part_is_not_pushed(push, tmp_path, toy):
    part = next(toy.current_path().glob("parts/image/*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(IndexCorruptError, match="sha256 is not the manifest's"):
        push(tmp_path / "place")
    part.unlink()
    with pytest.raises(IndexingError, match="cannot be read"):
        push(tmp_path / "place")
    assert pushed_indexes(str(tmp_path / "place")) == []


def test_a_list_of_files_that_was_changed_is_refused(push, pull, tmp_path):
    push(tmp_path / "place")
    (listing,) = (tmp_path / "place/toy/generations").iterdir()
    text = listing.read_text()
    listing.unlink()
    listing.write_text(text.replace('"rows": 10', '"rows": 11'))
    with pytest.raises(IndexCorruptError, match="digest is another"):
        pull(tmp_path / "place/toy")
    listing.write_text(text.replace('"layout": 1', '"layout": 2'))
    with pytest.raises(IndexMismatchError, match="layout 2"):
        pull(tmp_path / "place/toy")
    listing.write_text("[]")
    with pytest.raises(IndexCorruptError):
        pull(tmp_path / "place/toy")


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "", "a\\b", "a\0"])
def test_paths_that_lead_elsewhere_are_refused(path):
    with pytest.raises(ValueError, match="leads elsewhere"):
        check_files([PushedFile(path, 1, "0" * 64)])


def test_a_pull_that_was_stopped_goes_on(push, pull, tmp_path, monkeypatch):
    report = push(tmp_path / "place")
    fetch, left = FolderObjects.fetch, 3

    def stop(self, key, path):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return fetch(self, key, path)

    monkeypatch.setattr(FolderObjects, "fetch", stop)
    with pytest.raises(KeyboardInterrupt):
        pull(tmp_path / "place/toy")
    assert not IndexDirectory(tmp_path / "there", "toy").exists()
    monkeypatch.undo()
    came = pull(tmp_path / "place/toy")
    assert 0 < came.moved < report.bytes
    folder = IndexDirectory(tmp_path / "there", "toy").current_path()
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "parts",
        "pulled.json",
        "store",
    ]


def test_a_push_that_was_stopped_names_nothing_and_goes_on(
    push, pull, tmp_path, monkeypatch
):
    create, left = FolderObjects.create, 3

    def stop(self, key, data):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return create(self, key, data)

    monkeypatch.setattr(FolderObjects, "create", stop)
    with pytest.raises(KeyboardInterrupt):
        push(tmp_path / "place")
    monkeypatch.undo()
    assert pushed_indexes(str(tmp_path / "place")) == []
    sent = push(tmp_path / "place")
    assert 0 < sent.moved < sent.bytes
    pull(tmp_path / "place/toy")


def test_of_two_pushes_at_once_one_is_told(push, tmp_path, monkeypatch):
    push(tmp_path / "place", "first")
    swap = FolderObjects.swap

    def come_between(self, key, data, mark):
        monkeypatch.undo()
        there = self.read(key)
        other = b"000009-" + b"0" * 16 + b"\n"
        assert swap(self, key, other, there[1] if there else None)
        return swap(self, key, data, mark)

    (tmp_path / "place/toy/CURRENT").unlink()
    monkeypatch.setattr(FolderObjects, "swap", come_between)
    with pytest.raises(BucketError, match="Another push") as caught:
        push(tmp_path / "place")
    assert "again" in caught.value.hint


def test_an_index_on_a_server_is_not_pushed(push, toy, tmp_path):
    manifest = toy.read_manifest()
    there = StoreInfo("pgvector", collection="toy_000001_image")
    spaces = {"image": replace(manifest.image, store=there)}
    write_manifest(replace(manifest, spaces=spaces), toy.current_path())
    with pytest.raises(IndexingError, match="lie on a server") as caught:
        push(tmp_path / "place")
    assert "--store faiss" in caught.value.hint


@pytest.mark.parametrize("address", ["toy", "s3://bucket", "x/", "s3://b/x@", "/"])
def test_an_address_without_an_index_is_refused(pull, address):
    with pytest.raises(ConfigError, match="names no index"):
        pull(address)


def test_what_is_not_there_is_told_with_what_is(push, pull, place):
    with pytest.raises(IndexNotFoundError, match="There is none"):
        pull(f"{place}/toy")
    push(place, "v1")
    with pytest.raises(IndexNotFoundError, match="There are: toy"):
        pull(f"{place}/toi")
    with pytest.raises(IndexNotFoundError, match="there are: v1"):
        pull(f"{place}/toy@v2")
    with pytest.raises(IndexNotFoundError, match="no generation 000001-"):
        pull(f"{place}/toy@000001-{'0' * 16}")


def test_a_broken_pointer_is_told_and_listed(push, pull, place):
    push(place)
    objects = open_objects(place)
    objects.swap("toy/CURRENT", b"\xff", objects.read("toy/CURRENT")[1])
    with pytest.raises(BucketError, match="no generation's name"):
        pull(f"{place}/toy")
    assert "no generation's name" in pushed_indexes(place)[0]["error"]
