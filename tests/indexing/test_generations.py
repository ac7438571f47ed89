"""Generations: what readers see, and when."""

import dataclasses
import json
import multiprocessing
import threading
import time

import pytest

from rsrag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexLockedError,
    IndexMismatchError,
    IndexNotFoundError,
)
from rsrag.indexing.format.manifest import Manifest, Space, StoreInfo
from rsrag.indexing.format.manifest_file import read_manifest, write_manifest
from rsrag.indexing.format.origins import Imagery
from rsrag.indexing.format.parts import PartInfo
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.types import EncoderIdentity


@pytest.fixture
def directory(tmp_path) -> IndexDirectory:
    return IndexDirectory(tmp_path, "earth")


def a_manifest(identity: EncoderIdentity, generation: int = 1) -> Manifest:
    return Manifest(
        name="earth",
        generation=generation,
        created="2026-01-01T00:00:00Z",
        rsrag_version="0.1.0",
        kind="imagery",
        spaces={
            "image": Space(
                rows=3,
                encoder=identity,
                encoder_source={"name": "toy"},
                parts=(PartInfo("part-00000.parquet", 3, 1000, "cd" * 32),),
                store=StoreInfo("faiss", "flat", "few"),
            )
        },
        origin=Imagery(
            sources=("/archive",),
            options={"chip_size": "256px"},
            scenes=2,
            bbox=(-10.0, 0.0, 10.0, 5.0),
            time=None,
            uniform=0,
        ),
        skipped=1,
    )


def publish(directory: IndexDirectory, identity: EncoderIdentity) -> int:
    number = directory.next_number()
    directory.building.mkdir(parents=True)
    write_manifest(a_manifest(identity, number), directory.building)
    directory.switch(number)
    return number


def test_a_build_is_invisible_until_it_is_published(directory, identity) -> None:
    directory.building.mkdir(parents=True)
    assert list_indexes(directory.root) == []
    with pytest.raises(IndexNotFoundError):
        directory.current()
    write_manifest(a_manifest(identity), directory.building)
    directory.switch(1)
    assert list_indexes(directory.root) == ["earth"]
    assert directory.read_manifest() == a_manifest(identity)
    assert not directory.building.exists()


def test_the_last_two_generations_stay(directory, identity) -> None:
    for _ in range(4):
        publish(directory, identity)
    assert directory.current() == 4
    kept = sorted(p.name for p in (directory.path / "generations").iterdir())
    assert kept == ["000003", "000004"]


def test_no_index_names_those_that_there_are(tmp_path, directory, identity) -> None:
    publish(directory, identity)
    with pytest.raises(IndexNotFoundError, match=r"'mars'.*There are: earth") as error:
        IndexDirectory(tmp_path, "mars").current()
    assert error.value.hint == "rsrag index list"


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "-x", "x" * 101, "é", "a b"])
def test_names_that_could_lead_astray(tmp_path, name) -> None:
    with pytest.raises(ConfigError, match="Index name"):
        IndexDirectory(tmp_path, name)


@pytest.mark.parametrize("text", ["", "x", "000009", "-1"])
def test_a_pointer_to_nowhere_is_corrupt(directory, identity, text) -> None:
    publish(directory, identity)
    (directory.path / "CURRENT").write_text(text)
    with pytest.raises(IndexCorruptError):
        directory.current()


def _hold(root, ready, done) -> None:
    with IndexDirectory(root, "earth").writing():
        ready.set()
        done.wait(20)


def test_a_second_writer_is_told_who_writes(tmp_path, directory) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, ready, done))
    holder.start()
    try:
        assert ready.wait(20)
        with pytest.raises(IndexLockedError, match=str(holder.pid)):
            directory.writing().__enter__()
    finally:
        done.set()
        holder.join(20)
    with directory.writing():
        pass


def test_a_build_that_came_to_nothing_leaves_no_trace(directory) -> None:
    with pytest.raises(RuntimeError), directory.writing():
        raise RuntimeError
    assert not directory.path.exists()


def test_a_failed_build_takes_no_index_along(directory, identity) -> None:
    """``CURRENT`` is missing, which ``rsrag doctor`` can mend; all else is there."""
    publish(directory, identity)
    (directory.path / "CURRENT").unlink()
    before = set(directory.path.rglob("*"))
    with pytest.raises(RuntimeError), directory.writing():
        raise RuntimeError("the source holds no picture")
    assert before <= set(directory.path.rglob("*"))


def test_a_refused_writer_takes_nothing_from_the_one_that_writes(
    tmp_path, directory
) -> None:
    other = IndexDirectory(tmp_path, directory.name)
    with directory.writing():
        for _ in range(2):
            with pytest.raises(IndexLockedError), other.writing():
                pass
            assert {p.name for p in directory.path.iterdir()} == {"LOCK", "WRITER"}
    assert not directory.path.exists()


def test_many_first_writers_never_write_at_once(tmp_path) -> None:
    """Folders that come and go give nobody a second lock."""
    inside, most, done = 0, 0, 0
    guard = threading.Lock()

    def write() -> None:
        nonlocal inside, most, done
        for _ in range(60):
            try:
                with IndexDirectory(tmp_path, "x").writing():
                    with guard:
                        inside += 1
                        most = max(most, inside)
                    time.sleep(0.0005)
                    with guard:
                        inside -= 1
                        done += 1
            except IndexingError:
                pass  # Locked, or the folder went while it was being opened.

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1 and done > 0


def test_manifest_round_trip(tmp_path, identity) -> None:
    write_manifest(a_manifest(identity), tmp_path)
    assert read_manifest(tmp_path) == a_manifest(identity)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("created"),
        lambda d: d["spaces"].pop("image"),
        lambda d: d["spaces"].update(sound=d["spaces"]["image"]),
        lambda d: d["spaces"]["image"].pop("encoder"),
        lambda d: d["spaces"]["image"].update(rows="many"),
        lambda d: d["spaces"]["image"].update(rows=4),
        lambda d: d.update(surprise=1),
        lambda d: d.update(kind="music"),
        lambda d: d["spaces"]["image"]["parts"][0].update(file="../../etc/passwd"),
        lambda d: d["spaces"]["image"].update(parts=None),
        lambda d: d["spaces"]["image"].update(encoder=[]),
        lambda d: d["spaces"]["image"].update(
            store={"kind": "faiss", "shape": "round"}
        ),
        lambda d: d.update(origin={"folder": "/knowledge"}),
    ],
)
def test_a_manifest_that_is_not_one(tmp_path, identity, change) -> None:
    write_manifest(a_manifest(identity), tmp_path)
    path = tmp_path / "manifest.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(IndexCorruptError, match=r"manifest\.json"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"format_version'])
def test_a_manifest_that_is_not_json(tmp_path, text) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(IndexCorruptError):
        read_manifest(tmp_path)


def test_a_manifest_from_the_future(tmp_path, identity) -> None:
    future = dataclasses.replace(a_manifest(identity), format_version=99)
    write_manifest(future, tmp_path)
    with pytest.raises(IndexMismatchError, match="99"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("field", ["id", "weights_sha256", "preprocessing", "dim"])
def test_another_encoder_is_refused_with_the_way_out(identity, field) -> None:
    manifest = a_manifest(identity)
    manifest.check_encoder(identity)
    other = dataclasses.replace(
        identity, **{field: 8 if field == "dim" else "something else"}
    )
    with pytest.raises(IndexMismatchError, match=field) as error:
        manifest.check_encoder(other)
    assert "rsrag index build /archive --name earth --encoder" in error.value.hint
