"""Generations: going back, naming one, removing others."""

import json

import pytest
from updating import Archive, Index, png

from rsrag.desk.upkeep.checking import verify_index
from rsrag.errors import ConfigError, IndexCorruptError, IndexingError
from rsrag.factory import open_index
from rsrag.indexing.format.tags import own_tags
from rsrag.indexing.generations.history import (
    find_generation,
    list_generations,
    prune,
    remove_tag,
    roll_back,
    tag_generation,
)


@pytest.fixture
def archive(tmp_path) -> Archive:
    made = Archive(tmp_path / "archive")
    made.write("0.png", png(0))
    return made


@pytest.fixture
def index(tmp_path, archive) -> Index:
    made = Index(tmp_path / "indexes", [archive.folder])
    made.build()
    return made


def grow(index: Index, archive: Archive, number: int) -> None:
    archive.write(f"{number}.png", png(number))
    index.update()


def test_back_to_the_one_before_and_forth(index, archive) -> None:
    grow(index, archive, 1)
    assert roll_back(index.directory) == (2, 1)
    assert index.directory.read_manifest().rows == 1
    opened = open_index("test", index.settings)
    assert len(opened.store) == 1
    opened.store.close()
    assert roll_back(index.directory, "2") == (1, 2)
    assert index.directory.read_manifest().rows == 2


def test_nothing_to_go_back_to(index) -> None:
    with pytest.raises(IndexingError, match="no generation before 1"):
        roll_back(index.directory)
    with pytest.raises(ConfigError, match="no generation '7'; there are 1"):
        roll_back(index.directory, "7")
    assert index.directory.current() == 1


def test_an_update_after_going_back_starts_there(index, archive) -> None:
    grow(index, archive, 1)
    roll_back(index.directory)
    grow(index, archive, 2)
    assert index.directory.current() == 3
    assert index.directory.numbers() == [1, 3], "the one it came from stays"
    assert index.directory.read_manifest().rows == 3


def test_a_damaged_generation_is_not_gone_back_to(index, archive) -> None:
    grow(index, archive, 1)
    part = index.directory.generation_path(1) / "parts" / "image" / "part-00000.parquet"
    part.unlink()
    with pytest.raises(IndexCorruptError, match=r"part-00000\.parquet"):
        roll_back(index.directory)
    assert index.directory.current() == 2


def test_a_tag_keeps_its_generation(index, archive) -> None:
    assert tag_generation(index.directory, "first") == 1
    for number in range(1, 5):
        grow(index, archive, number)
    assert index.directory.numbers() == [1, 4, 5]
    assert find_generation(index.directory, "first") == 1
    assert roll_back(index.directory, "first") == (5, 1)
    assert index.directory.read_manifest().rows == 1
    infos = list_generations(index.directory)
    assert [(i.number, i.rows, i.tags, i.current) for i in infos] == [
        (1, 1, ("first",), True),
        (4, 4, (), False),
        (5, 5, (), False),
    ]


def test_a_tag_moves_and_goes(index, archive) -> None:
    tag_generation(index.directory, "good")
    grow(index, archive, 1)
    assert tag_generation(index.directory, "good") == 2
    assert tag_generation(index.directory, "old", "1") == 1
    assert tag_generation(index.directory, "older", "old") == 1
    remove_tag(index.directory, "older")
    with pytest.raises(ConfigError, match="there are: good, old"):
        remove_tag(index.directory, "older")


@pytest.mark.parametrize("left", [None, "{}", '{"other": 1}'])
def test_a_tag_that_the_list_lost_is_known_by_its_generation(
    index, archive, left
) -> None:
    tag_generation(index.directory, "first")
    path = index.directory.path / "TAGS.json"
    if left is None:
        path.unlink()
    else:
        path.write_text(left)
    for number in range(1, 4):
        grow(index, archive, number)
    assert index.directory.numbers() == [1, 3, 4], "nothing that has a name goes"
    if left is None:
        assert find_generation(index.directory, "first") == 1
    found = verify_index(index.settings, "test", progress=lambda *_: None)
    said = [one.what for one in found.findings if one.where == "TAGS.json"]
    assert bool(said) == (left is not None)
    assert all("first of generation 1" in what for what in said)
    tag_generation(index.directory, "first", "1")
    remove_tag(index.directory, "first")
    kept = {"other": 1} if left and "other" in left else {}
    assert own_tags(index.directory.path) == kept


@pytest.mark.parametrize("tag", ["", "1", "a b", "../x", "-x", "é", "x" * 101])
def test_tags_that_are_none(index, tag) -> None:
    with pytest.raises(ConfigError, match="no tag"):
        tag_generation(index.directory, tag)


@pytest.mark.parametrize("text", ["", "[]", '{"a": "b"}', '{"a": true}', "[" * 9999])
def test_damaged_tags_stop_before_anything_goes(index, archive, text) -> None:
    grow(index, archive, 1)
    (index.directory.path / "TAGS.json").write_text(text)
    with pytest.raises(IndexCorruptError, match=r"TAGS\.json"):
        prune(index.directory)
    assert index.directory.numbers() == [1, 2]


def test_prune(index, archive) -> None:
    tag_generation(index.directory, "kept")
    for number in range(1, 4):
        grow(index, archive, number)
    assert index.directory.numbers() == [1, 3, 4]
    roll_back(index.directory, "3")
    gone, stores = prune(index.directory)
    assert gone == [4]
    assert [store.kind for store in stores] == ["exact"]
    assert index.directory.numbers() == [1, 3]
    assert prune(index.directory, keep=5) == ([], [])
    opened = open_index("test", index.settings)
    assert len(opened.store) == 3, "what is shared with those that went is whole"
    opened.store.verify()
    opened.store.close()


def test_a_manifest_that_cannot_be_read_is_listed(index, archive) -> None:
    grow(index, archive, 1)
    (index.directory.generation_path(1) / "manifest.json").write_text("{")
    (first, second) = list_generations(index.directory)
    assert (first.created, first.rows) == (None, None)
    assert second.current


def test_open_index_reads_current_once(index, archive, monkeypatch) -> None:
    """A switch between reading CURRENT and the manifest mixes no generations."""
    real = index.directory.__class__.current
    calls = []

    def current(self, *kind):
        number = real(self, *kind)
        if not calls:
            calls.append(number)
            grow(index, archive, 1)
        return number

    monkeypatch.setattr(index.directory.__class__, "current", current)
    opened = open_index("test", index.settings)
    assert opened.manifest.generation == calls[0] == 1
    assert opened.folder == index.directory.generation_path(1)
    assert len(opened.store) == opened.manifest.rows == 1
    opened.store.close()
    data = json.loads((opened.folder / "manifest.json").read_text())
    assert data["generation"] == 1
