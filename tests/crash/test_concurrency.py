"""Two writers at once, and readers while generations come and go."""

import json
import shutil
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from crash_server import Server
from crash_world import (
    NAME,
    Corners,
    build,
    change_archive,
    check_whole,
    draw_archive,
    rebuild,
    settings_of,
    update,
)

from rsrag.errors import RsragError
from rsrag.factory import open_index
from rsrag.indexing.generations.index_directory import IndexDirectory

READERS = 8
QUERY = np.eye(1, 12, dtype=np.float32)


@pytest.mark.parametrize("action", ["build", "update", "rebuild"])
def test_of_two_writers_one_wins_and_nothing_is_lost(
    server: Server, tmp_path: Path, action: str
) -> None:
    source = draw_archive(tmp_path / "archive")
    root = tmp_path / "indexes"
    build(root, source)
    change_archive(source)
    logs = [tmp_path / f"{n}.json" for n in range(4)]
    job = {"root": root, "archive": source, "encoder_log": tmp_path / "log"}
    pids = [server.start(action, log, **job) for log in logs]
    codes = [server.wait(pid) for pid in pids]
    said = [json.loads(log.read_text()) for log in logs]
    assert 0 in codes and set(codes) <= {0, 1}, said
    for code, words in zip(codes, said, strict=True):
        if code:
            assert words["error"] == "IndexLockedError"
            assert "being written by" in words["message"] and words["hint"]
    whole = check_whole(root)
    build(tmp_path / "afresh", source)
    if action != "rebuild":
        fresh = check_whole(tmp_path / "afresh")
        assert fresh.rows == whole.rows
    assert not (root / NAME / "building").exists()


def test_a_writer_is_refused_by_name_while_another_holds_the_index(
    server: Server, tmp_path: Path, archive: Path
) -> None:
    root = tmp_path / "indexes"
    build(root, archive)
    directory = IndexDirectory(root, NAME)
    log = tmp_path / "x.json"
    with directory.writing():
        holder = json.loads((directory.path / "WRITER").read_text())["pid"]
        for action in ("build", "update", "rebuild"):
            job = {"root": root, "archive": archive, "encoder_log": tmp_path / "e"}
            assert server.run(action, log, **job) == 1
            assert f"process {holder}" in json.loads(log.read_text())["message"]
    assert directory.current() == 1


def test_readers_while_generations_come_and_go(tmp_path: Path) -> None:
    """Each answer is of one generation: its ids, its manifest, its count."""
    source = draw_archive(tmp_path / "archive")
    root = tmp_path / "indexes"
    build(root, source)
    settings = settings_of(root)
    known: dict[int, frozenset[str]] = {}
    answers: list[tuple[int, int, frozenset[str]]] = []
    errors: list[str] = []
    done = threading.Event()

    def learn() -> None:
        folder = IndexDirectory(root, NAME).current_path()
        known[int(folder.name)] = frozenset(check_whole(root).rows)

    def read() -> None:
        while not done.is_set():
            try:
                opened = open_index(NAME, settings)
                # A reader that takes its time: the generation may go meanwhile.
                time.sleep(0.01)
                hits = opened.store.search(QUERY, 100)[0]
                ids = frozenset(hit.id for hit in hits)
                assert len(ids) == len(hits) == len(opened.store)
                assert opened.manifest.rows == len(ids)
                answers.append((opened.manifest.generation, len(ids), ids))
                opened.store.close()
            except (RsragError, OSError, AssertionError) as error:
                errors.append(repr(error))

    learn()
    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(4):
            if turn == 0:
                change_archive(source)
                update(root, source)
            elif turn == 1:
                rebuild(root, source)
            elif turn == 2:
                shutil.copy(source / "new.png", source / "deep" / "copy.png")
                (source / "3.png").unlink()
                update(root, source)
            else:
                build(root, source, encoder=Corners(weights="12" * 32))
            learn()
    finally:
        done.set()
        for reader in readers:
            reader.join(30)
    assert not errors, Counter(errors)
    assert len({generation for generation, _, _ in answers}) > 2
    for generation, _, ids in answers:
        assert ids == known[generation], "an answer of two generations"


def test_a_store_that_is_open_outlives_its_generation(tmp_path: Path) -> None:
    """Opened, not yet searched, and then three generations later."""
    source = draw_archive(tmp_path / "archive")
    root = tmp_path / "indexes"
    build(root, source)
    opened = open_index(NAME, settings_of(root))
    for _ in range(3):
        rebuild(root, source)
    assert not opened.folder.exists()
    assert len(opened.store.search(QUERY, 100)[0]) == 18
    opened.store.close()
