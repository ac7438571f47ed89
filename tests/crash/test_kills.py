"""SIGKILL at every boundary of a command, and at random moments; then it goes on.

After each kill: the index is whole as a reader sees it (the old generation or the
new one), the same command finishes the work, and the result is what one go gives. By
default some of the boundaries are taken, always those of publishing;
``RSRAG_CRASH_RUNS=all`` takes every one, ``RSRAG_CRASH_RUNS=200`` so many random
moments besides.
"""

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crash_server import Server
from crash_world import (
    NAME,
    WRITE_ROWS,
    Whole,
    build,
    change_archive,
    check_whole,
    draw_archive,
    encoded_chips,
    settings_of,
)

from rsrag.errors import IndexNotFoundError
from rsrag.factory import open_index
from rsrag.indexing.generations.index_directory import IndexDirectory

pytestmark = pytest.mark.slow

RUNS = os.environ.get("RSRAG_CRASH_RUNS", "")
BOUNDARIES = None if RUNS else 7
"""Boundaries of each command that are tried; ``None``: all."""

MOMENTS = int(RUNS) if RUNS.isdecimal() else 1
"""Random moments of each command."""

PUBLISHING = 14
"""The last boundaries of a command, where generations are switched."""


@dataclass
class Story:
    """One command on one index, run whole once, then with kills.

    Attributes:
        action: of ``crash_actions``.
        before: the index that it starts from, or ``None``.
        job: arguments of the action.
        embeds: chips that it embeds in one go.
        folder: room for the runs.
        server: runs children.
        tally: counts the kills.
        damaged: a part of the index that it starts from cannot be read.
        calls: how often the command goes to disk.
        seconds: that it takes.
        old, new: what it starts from, and what comes of it.
    """

    action: str
    before: Path | None
    job: dict[str, Any]
    folder: Path
    server: Server
    tally: Counter[str]
    damaged: bool = False
    embeds: int = 0
    calls: int = 0
    seconds: float = 0.0
    old: Whole | None = None
    new: Whole | None = None

    def once(self) -> None:
        """Run it whole: how many boundaries, how long, what comes of it."""
        root = self._fresh("whole")
        since = time.monotonic()
        code, log = self._run(root, {"root": str(root), "at": None})
        assert code == 0, log
        self.seconds = time.monotonic() - since
        self.calls = int(log["calls"])
        self.embeds = encoded_chips(root.with_suffix(".encoded"))
        if self.before and not self.damaged:
            self.old = check_whole(self.before)
        self.new = check_whole(root)

    def boundaries(self) -> list[int]:
        """Numbers of calls to be killed before: all, or half of them at the end."""
        numbers = range(self.calls)
        if BOUNDARIES is None:
            return list(numbers)
        half = BOUNDARIES // 2
        early, late = numbers[:-PUBLISHING], numbers[-PUBLISHING:]
        return [early[len(early) * k // (half + 1)] for k in range(1, half + 1)] + [
            late[len(late) * k // (half + 1)] for k in range(half + 1)
        ]

    def killed_at(self, number: int, kind: str) -> None:
        root = self._fresh(f"{kind}-{number}")
        code, log = self._run(root, {"root": str(root), "at": number, "kind": kind})
        assert code == -signal.SIGKILL, log
        self._survives(root, kind)

    def killed_after(self, seconds: float) -> None:
        root = self._fresh(f"after-{round(seconds * 1e6)}")
        code, log = self._run(root, None, kill_after_s=seconds)
        assert code in (0, -signal.SIGKILL), log
        if code:
            self._survives(root, "random kill")
        shutil.rmtree(root, ignore_errors=True)

    def _survives(self, root: Path, kind: str) -> None:
        self.tally[f"{kind}s"] += 1
        done = self._is_done(root)
        code, log = self._run(root, None)
        assert code == 0, log
        assert self.new is not None
        check_whole(root).check_equal(self.new)
        if not done:
            spent = encoded_chips(root.with_suffix(".encoded"))
            again = spent - self.embeds
            assert again <= WRITE_ROWS, f"{again} chips were embedded again"
        index = root / "test"
        assert {p.name for p in index.iterdir()} <= {"CURRENT", "LOCK", "generations"}
        left = {"plan.json", "journal.jsonl", "batches", "switching"}
        assert not left & {p.name for p in index.glob("generations/*/*")}
        shutil.rmtree(root)

    def _is_done(self, root: Path) -> bool:
        """Check what a reader finds right after the kill: old or new, and whole.

        Returns:
            Whether it is the new one; then the command, if it is typed again, has
            something else to do than to go on.
        """
        assert self.new is not None
        number = 0
        if self.before is not None:
            number = IndexDirectory(self.before, NAME).current()
        elif not (root / NAME / "CURRENT").exists():
            with pytest.raises(IndexNotFoundError):
                open_index(NAME, settings_of(root))
            return False
        if IndexDirectory(root, NAME).current() != number:
            check_whole(root).check_equal(self.new)
            return True
        if self.old is not None:
            check_whole(root).check_equal(self.old)
        else:
            # A damaged part does not keep anybody from searching.
            opened = open_index(NAME, settings_of(root))
            assert opened.store.search(np.eye(1, 12, dtype=np.float32), 18)[0]
            opened.store.close()
        return False

    def _fresh(self, name: str) -> Path:
        root = self.folder / name
        if self.before is not None:
            shutil.copytree(self.before, root)
        return root

    def _run(
        self, root: Path, fault: dict[str, Any] | None, **more: Any
    ) -> tuple[int, Any]:
        log = root.with_suffix(".json")
        log.unlink(missing_ok=True)
        code = self.server.run(
            self.action,
            log,
            root=str(root),
            encoder_log=str(root.with_suffix(".encoded")),
            fault=fault,
            **self.job,
            **more,
        )
        return code, json.loads(log.read_text()) if log.exists() else None


def every(cases: list[Any], check: Callable[[Any], None]) -> None:
    """Run all cases, then fail with all that failed."""
    failed = []
    for case in cases:
        try:
            check(case)
        except AssertionError as error:
            failed.append(f"{case}: {str(error).strip()[:2000]}")
        except Exception as error:
            failed.append(f"{case}: {error!r}")
    assert not failed, f"{len(failed)} of {len(cases)}\n" + "\n".join(failed)


STORIES = ["build", "build over", "update", "encoder", "store", "part"]


@pytest.fixture(scope="module", params=STORIES)
def story(
    request: pytest.FixtureRequest,
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
    tally: Counter[str],
) -> Story:
    """A command, the index that it starts from, and what comes of it in one go."""
    folder = tmp_path_factory.mktemp("kills")
    source = draw_archive(folder / "archive")
    before = folder / "before"
    job = {"archive": str(source)}
    name = request.param
    if name != "build":
        code = server.run(
            "build", folder / "x.json", root=before, encoder_log=folder / "x", **job
        )
        assert code == 0
    if name == "update":
        change_archive(source)
    if name == "part":
        path = IndexDirectory(before, NAME).current_path() / "parts" / "image"
        job["part"] = "part-00001.parquet"
        (path / job["part"]).write_bytes(b"a disk that forgets")
    actions = {"build over": "build", "encoder": "encode_anew"}
    actions |= {"store": "rebuild", "part": "rebuild"}
    story = Story(
        action=actions.get(name, name),
        before=before if name != "build" else None,
        job=job,
        folder=folder,
        server=server,
        tally=tally,
        damaged=name == "part",
    )
    story.once()
    return story


def test_in_one_go(story: Story) -> None:
    """What all the killed runs are compared with."""
    assert story.new is not None and story.calls > 20
    source = Path(story.job["archive"])
    if story.action == "update":
        # Two chips of 1.png and of the zip, four of new.png; moved ones are taken over.
        assert story.embeds == 1 + 4 + 2
        other = story.folder / "afresh"
        build(other, source)
        fresh = check_whole(other)
        assert fresh.rows == story.new.rows
        assert fresh.vectors.keys() == story.new.vectors.keys()
        for chip, vector in fresh.vectors.items():
            np.testing.assert_allclose(vector, story.new.vectors[chip], atol=1e-5)
    elif story.damaged:
        assert 0 < story.embeds < 18
        build(story.folder / "afresh", source)
        check_whole(story.folder / "afresh").check_equal(story.new)
    elif story.action == "rebuild":
        assert story.embeds == 0
        assert story.old is not None
        story.old.check_equal(story.new)
    else:
        assert story.embeds == 18


def test_killed_at_boundaries(story: Story) -> None:
    every(story.boundaries(), lambda number: story.killed_at(number, "kill"))


def test_power_cut_at_boundaries(story: Story) -> None:
    numbers = story.boundaries()
    some = numbers if BOUNDARIES is None else numbers[1::6]
    every(some, lambda number: story.killed_at(number, "power"))


def test_killed_at_random_moments(story: Story) -> None:
    rng = random.Random(20)
    moments = [rng.uniform(0, story.seconds * 0.95) for _ in range(MOMENTS)]
    every(moments, story.killed_after)
