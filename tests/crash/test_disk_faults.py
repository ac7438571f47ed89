"""A disk that is full, fails or forbids; sources that change under the reader.

Whatever happens, the error is one that rsrag explains and says what to do about, and
the last good generation is what readers see.
"""

import errno
import json
import os
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from crash_faults import Fault, arm
from crash_server import Server
from crash_world import (
    Corners,
    Whole,
    build,
    check_whole,
    draw_archive,
    picture,
    tar_of,
)

from rsrag.errors import IndexingError, RsragError
from rsrag.imagery.sources.items import SourceItem

STEP = 9
"""Every so-manieth call on the disk fails once; ``RSRAG_CRASH_RUNS``: each."""

SWEEPING = 14
"""Calls after readers were switched: drafts, five batches and five files go."""

if os.environ.get("RSRAG_CRASH_RUNS"):
    STEP = 1


@pytest.fixture(scope="module")
def good(server: Server, archive: Path, tmp_path_factory: pytest.TempPathFactory):
    """An index, what it holds, and how often a further build of it goes to disk."""
    folder = tmp_path_factory.mktemp("faults")
    root = folder / "good"
    build(root, archive)
    again = shutil.copytree(root, folder / "again")
    log = folder / "log.json"
    fault = {"root": str(again), "at": None}
    code = server.run(
        "build", log, root=again, archive=archive, encoder_log=folder / "x", fault=fault
    )
    assert code == 0, log.read_text()
    return root, check_whole(root), json.loads(log.read_text())["calls"]


def fails(server: Server, root: Path, archive: Path, **job: Any) -> dict[str, Any]:
    """Run a build that must fail as rsrag fails; gives its words."""
    log = root.with_suffix(".json")
    log.unlink(missing_ok=True)
    job.setdefault("encoder_log", root.with_suffix(".encoded"))
    code = server.run("build", log, root=root, archive=archive, **job)
    said = json.loads(log.read_text()) if log.exists() else {}
    assert code == 1, said.get("traceback", said)
    if said:
        assert said["hint"] and said["message"]
        assert "Error" in said["error"]
    return said


def goes_on(server: Server, root: Path, archive: Path, whole: Whole) -> None:
    log = root.with_suffix(".json")
    code = server.run(
        "build", log, root=root, archive=archive, encoder_log=root.with_suffix(".e2")
    )
    assert code == 0, log.read_text()
    check_whole(root).check_equal(whole)


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS"])
def test_a_disk_that_refuses_from_the_nth_call_on(
    server: Server, archive: Path, tmp_path: Path, good, tally: Counter[str], kind: str
) -> None:
    before, whole, calls = good
    start = {"ENOSPC": 1, "EIO": 3, "EACCES": 5}.get(kind, 7)
    # Sweeping up after the switch may fail: readers have the new generation.
    for at in range(start, calls, STEP * (1 if kind == "ENOSPC" else 3)):
        root = shutil.copytree(before, tmp_path / f"{kind}-{at}")
        fault = {"root": str(root), "at": at, "kind": kind}
        log = root.with_suffix(".json")
        code = server.run(
            "build",
            log,
            root=root,
            archive=archive,
            encoder_log=root.with_suffix(".e"),
            fault=fault,
        )
        said = json.loads(log.read_text())
        tally["disk faults"] += 1
        check_whole(root).check_equal(whole)
        assert "traceback" not in said, (at, said)
        if code == 0:
            assert at > calls - SWEEPING, f"the failure of call {at} passed unnoticed"
        else:
            assert said["hint"], (at, said)
        if at % 2:
            goes_on(server, root, archive, whole)
        shutil.rmtree(root)


def test_one_failure_in_passing(
    server: Server, archive: Path, tmp_path: Path, good, tally: Counter[str]
) -> None:
    """A single call fails and the next would not: still an error, not a hole."""
    before, whole, calls = good
    for at in range(2, calls, STEP * 2):
        root = shutil.copytree(before, tmp_path / f"once-{at}")
        fault = {"root": str(root), "at": at, "kind": "EIO", "lasting": False}
        log = root.with_suffix(".json")
        code = server.run(
            "build",
            log,
            root=root,
            archive=archive,
            encoder_log=root.with_suffix(".e"),
            fault=fault,
        )
        said = json.loads(log.read_text())
        tally["disk faults"] += 1
        assert "traceback" not in said, (at, said)
        assert code == 0 or said["hint"], (at, said)
        check_whole(root).check_equal(whole)
        shutil.rmtree(root)


@pytest.mark.parametrize("limit", [0, 600, 4_000, 7_000])
def test_files_may_not_grow(
    server: Server,
    archive: Path,
    tmp_path: Path,
    good,
    tally: Counter[str],
    limit: int,
) -> None:
    """A limit of the system, which also the libraries in C meet."""
    before, whole, _ = good
    root = shutil.copytree(before, tmp_path / "limited")
    (tmp_path / "limited.encoded").touch()
    fails(server, root, archive, file_limit=limit, encoder_log="/dev/null")
    tally["disk faults"] += 1
    check_whole(root).check_equal(whole)
    goes_on(server, root, archive, whole)


def test_a_first_build_on_a_full_disk_leaves_no_index(
    server: Server, archive: Path, tmp_path: Path, tally: Counter[str]
) -> None:
    root = tmp_path / "new"
    root.mkdir()
    fault = {"root": str(root), "at": 0, "kind": "ENOSPC"}
    fails(server, root, archive, fault=fault)
    tally["disk faults"] += 1
    assert not (root / "test" / "CURRENT").exists()


def test_an_index_folder_that_may_not_be_written(
    server: Server, archive: Path, tmp_path: Path, good, tally: Counter[str]
) -> None:
    before, whole, _ = good
    root = shutil.copytree(before, tmp_path / "forbidden")
    fault = {"root": str(root), "at": 0, "kind": "EACCES"}
    said = fails(server, root, archive, fault=fault)
    tally["disk faults"] += 1
    assert "Permission denied" in said["message"]
    check_whole(root).check_equal(whole)


def failing_source(monkeypatch, name: str, number: int) -> None:
    """Reading one source fails as a broken disk fails."""
    real = SourceItem._blocks

    def blocks(item: SourceItem, size: int):
        if item.name == name:
            raise OSError(number, os.strerror(number), item.source)
        return real(item, size)

    monkeypatch.setattr(SourceItem, "_blocks", blocks)


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_a_source_that_cannot_be_read_is_skipped_and_named(
    tmp_path: Path, monkeypatch, tally: Counter[str], number: int
) -> None:
    source = draw_archive(tmp_path / "archive")
    real = Path.open

    def opened(path: Path, *args: Any, **kwargs: Any):
        if path.name in ("2.png", "a.tar"):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr("PIL.Image.open", _refusing(number))
    report = build(tmp_path / "indexes", source)
    tally["source faults"] += 1
    named = {Path(skip.source).name: skip for skip in report.skipped}
    assert {"2.png", "a.tar", "broken.png", "twice.png"} == set(named)
    assert os.strerror(number) in named["2.png"].reason
    assert report.rows == 18 - 1 - 4
    monkeypatch.undo()
    check_whole(tmp_path / "indexes")


def _refusing(number: int):
    from PIL import Image

    real = Image.open

    def opened(file: Any, *args: Any, **kwargs: Any):
        if str(getattr(file, "name", file)).endswith("2.png"):
            raise OSError(number, os.strerror(number), str(file))
        return real(file, *args, **kwargs)

    return opened


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_source_without_permission(tmp_path: Path, tally: Counter[str]) -> None:
    source = draw_archive(tmp_path / "archive")
    (source / "3.png").chmod(0)
    report = build(tmp_path / "indexes", source)
    tally["source faults"] += 1
    assert any("3.png" in skip.source for skip in report.skipped)


def vanishing(source: Path, victim: Path, after: int) -> Corners:
    """An encoder that removes a source while it is at work."""

    class Vanishing(Corners):
        calls = 0

        def encode_prepared(self, batch):
            self.calls += 1
            if self.calls == after and victim.exists():
                victim.rename(source.parent / "gone")
            return super().encode_prepared(batch)

    return Vanishing()


@pytest.mark.parametrize("name", ["3.png", "a.tar", "b.tar.gz", "c.zip", "deep"])
def test_a_source_that_vanishes_mid_run(
    tmp_path: Path, tally: Counter[str], monkeypatch, name: str
) -> None:
    """What was read before is kept, what is gone is named, nothing breaks."""
    monkeypatch.setattr("rsrag.indexing.build.pipeline.LOOK_AHEAD", 1)
    source = draw_archive(tmp_path / "archive")
    encoder = vanishing(source, source / name, 1)
    report = build(tmp_path / "indexes", source, encoder=encoder)
    tally["source faults"] += 1
    whole = check_whole(tmp_path / "indexes")
    assert whole.counts[0] == report.rows < 18
    gone = [skip for skip in report.skipped if name in skip.source]
    # What is found by walking was walked before; a folder is listed when its turn
    # comes.
    assert gone or name == "deep", report.skipped


def test_an_archive_that_shrinks_mid_run(tmp_path: Path, tally: Counter[str]) -> None:
    source = draw_archive(tmp_path / "archive")

    class Cutting(Corners):
        def encode_prepared(self, batch):
            os.truncate(source / "a.tar", 1_500)
            return super().encode_prepared(batch)

    report = build(tmp_path / "indexes", source, encoder=Cutting())
    tally["source faults"] += 1
    check_whole(tmp_path / "indexes")
    assert any("a.tar" in skip.source for skip in report.skipped) or report.rows == 18


def test_an_archive_that_is_replaced_mid_run(
    tmp_path: Path, tally: Counter[str]
) -> None:
    """Rows say what the pictures were whose vectors stand beside them."""
    source = draw_archive(tmp_path / "archive")

    class Replacing(Corners):
        def encode_prepared(self, batch):
            draft = source.parent / "draft"
            tar_of(draft, {f"{n}.png": picture(n + 60) for n in range(5, 9)})
            draft.replace(source / "a.tar")
            return super().encode_prepared(batch)

    build(tmp_path / "indexes", source, encoder=Replacing())
    tally["source faults"] += 1
    check_whole(tmp_path / "indexes")


def test_the_fault_injector_counts_and_fails(tmp_path: Path, server: Server) -> None:
    """Or the tests above would pass for nothing."""
    log = tmp_path / "log.json"
    source = draw_archive(tmp_path / "archive")
    for at, code in ((None, 0), (3, 1)):
        root = tmp_path / f"r{at}"
        journal = tmp_path / f"journal{at}"
        fault = {"root": str(root), "at": at, "kind": "EIO", "journal": str(journal)}
        assert code == server.run(
            "build",
            log,
            root=root,
            archive=source,
            encoder_log=tmp_path / "e",
            fault=fault,
        )
        calls = [line.split()[1] for line in journal.read_text().splitlines()]
        if at is None:
            assert {"fsync", "replace", "open", "mkdir", "parquet"} <= set(calls)
            assert len(calls) > 50
    assert issubclass(IndexingError, RsragError) and arm and Fault and time
