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

import pytest
from crash_server import Server
from crash_world import NAME, WRITE_ROWS, Whole, check_whole, encoded_chips

from rsrag.errors import IndexNotFoundError
from rsrag.indexing.generations import IndexDirectory

RUNS = os.environ.get("RSRAG_CRASH_RUNS", "")
BOUNDARIES = None if RUNS else 24
"""Boundaries of each command that are tried; ``None``: all."""

MOMENTS = int(RUNS) if RUNS.isdecimal() else 8
"""Random moments of each command."""

PUBLISHING = 22
"""The last boundaries of a command, where generations are switched; all are tried."""


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
        kept: what a reader may see before the command is done, else the result.
    """

    action: str
    before: Path | None
    job: dict[str, Any]
    folder: Path
    server: Server
    tally: Counter[str]
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
        self.old = check_whole(self.before) if self.before else None
        self.new = check_whole(root)

    def boundaries(self) -> list[int]:
        numbers = range(self.calls)
        if BOUNDARIES is None or self.calls <= BOUNDARIES:
            return list(numbers)
        early = numbers[:-PUBLISHING]
        step = len(early) / max(BOUNDARIES - PUBLISHING // 2, 1)
        chosen = {early[int(k * step)] for k in range(BOUNDARIES - PUBLISHING // 2)}
        return sorted(chosen | set(numbers[-PUBLISHING:]))

    def killed_at(self, number: int, kind: str) -> None:
        root = self._fresh(f"{kind}-{number}")
        code, log = self._run(root, {"root": str(root), "at": number, "kind": kind})
        assert code == -signal.SIGKILL, log
        self._survives(root, kind)

    def killed_after(self, seconds: float) -> None:
        root = self._fresh(f"after-{seconds:.4f}")
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
        shutil.rmtree(root)

    def _is_done(self, root: Path) -> bool:
        """Check what a reader finds right after the kill: old or new, and whole.

        Returns:
            Whether it is the new one; then the command, if it is typed again, has
            something else to do than to go on.
        """
        assert self.new is not None
        if self.old is None:
            try:
                check_whole(root).check_equal(self.new)
            except IndexNotFoundError:
                return False
            return True
        generation = IndexDirectory(root, NAME).current()
        seen = check_whole(root)
        if generation == IndexDirectory(self.before or root, NAME).current():
            seen.check_equal(self.old)
            return False
        seen.check_equal(self.new)
        return True

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


@pytest.fixture(scope="module", params=["build", "build over"])
def story(
    request: pytest.FixtureRequest,
    server: Server,
    archive: Path,
    tmp_path_factory: pytest.TempPathFactory,
    tally: Counter[str],
) -> Story:
    folder = tmp_path_factory.mktemp("kills")
    job = {"archive": str(archive)}
    before = None
    if request.param != "build":
        before = folder / "before"
        assert not server.run(
            "build", folder / "x.json", root=before, encoder_log=folder / "x", **job
        )
    story = Story("build", before, job, folder, server, tally)
    story.once()
    return story


def test_killed_at_boundaries(story: Story) -> None:
    every(story.boundaries(), lambda number: story.killed_at(number, "kill"))


def test_power_cut_at_boundaries(story: Story) -> None:
    every(story.boundaries()[1::2], lambda number: story.killed_at(number, "power"))


def test_killed_at_random_moments(story: Story) -> None:
    rng = random.Random(20)
    moments = [rng.uniform(0, story.seconds * 1.05) for _ in range(MOMENTS)]
    every(moments, story.killed_after)
