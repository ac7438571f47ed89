"""Files and folders that are there whole or not at all."""

import os
from pathlib import Path

import pytest

from rsrag.durable import (
    FileDraft,
    append_durably,
    copy_with_holes,
    link_or_copy,
    staged,
    write_atomically,
)


@pytest.mark.parametrize("data", ["wörter\n", b"\x00\xff", ""])
def test_what_is_written_is_there_and_nothing_else(tmp_path, data):
    path = tmp_path / "a.json"
    path.write_text("before")
    write_atomically(path, data)
    assert path.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_a_part(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("before")
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def noted(*args, real=real, name=name):
            steps.append((name, path.read_text()))
            return real(*args)

        monkeypatch.setattr(os, name, noted)
    write_atomically(path, "after")
    assert steps == [("fsync", "before"), ("replace", "before"), ("fsync", "after")]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("before")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path):
    path = tmp_path / "out.d"
    path.mkdir()
    (path / "old").touch()
    with staged(path) as draft:
        assert draft.suffix == ".d" and not draft.exists()
        draft.mkdir()
        (draft / "new").touch()
    assert [file.name for file in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_publishes_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "a") as draft:
        draft.mkdir()
        (draft / "half").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_drafts_of_several_processes_have_names_of_their_own(tmp_path):
    first, second = (FileDraft(tmp_path / "a", shared=True) for _ in range(2))
    assert first.path != second.path
    alone = FileDraft(tmp_path / "a")
    alone.path.write_text("what a kill has left")
    FileDraft(tmp_path / "a")
    assert not alone.path.exists()


def test_appending(tmp_path):
    for data in (b"one\n", b"", b"two\n"):
        append_durably(tmp_path / "log", data)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("links", [True, False])
def test_a_second_name(tmp_path, monkeypatch, links):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"0123456789")
    target.write_bytes(b"something else")
    if not links:

        def refused(*_, **__):
            raise OSError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refused)
    link_or_copy(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert target.samefile(source) == links


def test_only_the_bytes_that_count_are_copied(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"0123456789")
    link_or_copy(source, target, 4)
    assert target.read_bytes() == b"0123" and not target.samefile(source)
    link_or_copy(source, target, 10)
    assert target.samefile(source)
    with pytest.raises(ValueError, match="fewer than 11 bytes"):
        link_or_copy(source, target, 11)


@pytest.mark.parametrize("tail", [b"", b"end", bytes(5)])
def test_a_copy_has_holes_where_there_are_zeros(tmp_path: Path, tail: bytes) -> None:
    data = b"head" + bytes(1 << 20) + b"middle" + bytes(1 << 20) + tail
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(data)
    copy_with_holes(str(source), str(target))
    assert target.read_bytes() == data
    assert target.stat().st_blocks * 512 < len(data) / 4
