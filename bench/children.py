"""Processes that are measured from outside: a shell's wait, and memory of their own.

They run a copy of the package with its bytecode beside it, as pip installs it: a
checkout whose bytecode is not kept would be compiled again by every process, which no
user waits for, and one that is being edited would change in the middle.
"""

import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ROOT

RSRAG = (sys.executable, "-m", "rsrag")


@dataclass(frozen=True, slots=True)
class Wait:
    """What runs of one command took.

    Attributes:
        median_s, fastest_s: from start to exit.
        processor_s: median of user and system time, children included.
    """

    median_s: float
    fastest_s: float
    processor_s: float


def surroundings(work: Path, **more: str) -> dict[str, str]:
    """Environment of children: rsrag as installed, caches of their own, no model hub.

    Args:
        work: where the package is copied to by the first call, and caches are.
        more: variables of this child.
    """
    installed = work / "installed"
    if not installed.is_dir():
        shutil.copytree(
            ROOT / "rsrag",
            installed / "rsrag",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        compileall.compile_dir(installed, quiet=1)
    return {
        **os.environ,
        "XDG_CACHE_HOME": str(work / "cache"),
        "PYTHONPATH": str(installed),
        # Or the folder that a command is typed in comes first.
        "PYTHONSAFEPATH": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        **more,
    }


def waits(
    commands: Mapping[str, Sequence[str]], env: Mapping[str, str], rounds: int
) -> dict[str, Wait]:
    """Run commands in turns, once untimed and then ``rounds`` times each.

    Raises:
        RuntimeError: one failed; with what it said.
    """
    walls: dict[str, list[float]] = {name: [] for name in commands}
    busy: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            before, since = os.times(), time.perf_counter()
            _run(command, env)
            took, after = time.perf_counter() - since, os.times()
            if turn:
                walls[name].append(took)
                spent = (
                    after.children_user
                    - before.children_user
                    + after.children_system
                    - before.children_system
                )
                busy[name].append(spent)
    return {
        name: Wait(
            statistics.median(walls[name]),
            min(walls[name]),
            statistics.median(busy[name]),
        )
        for name in commands
    }


PRELUDE = """
import json, sys, time
def memory():
    'MB: resident, anonymous, of files; and the most that was ever resident.'
    rows = dict(l.split(":") for l in open("/proc/self/smaps_rollup") if ":" in l[:20])
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    rss, own = (int(rows[k].split()[0]) / 1e3 for k in ("Rss", "Anonymous"))
    return {"rss": rss, "anonymous": own, "files": rss - own,
            "peak": int(status["VmHWM"].split()[0]) / 1e3}
"""


def told(
    code: str, env: Mapping[str, str], *arguments: str, timeout: float | None = None
) -> Any:
    """Run Python code in a child and give the JSON of the last line that it prints.

    The code may call ``memory()``. Its peak is its own: that of ``getrusage`` is
    inherited from the process that starts it.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    command = [sys.executable, "-c", PRELUDE + code, *arguments]
    return json.loads(_run(command, env, timeout).splitlines()[-1])


def medians(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Medians of all numbers of like runs, however deep they lie."""
    return {
        key: medians([run[key] for run in runs])
        if isinstance(value, Mapping)
        else statistics.median(run[key] for run in runs)
        for key, value in runs[0].items()
    }


def import_times(command: Sequence[str], env: Mapping[str, str]) -> dict[str, int]:
    """Microseconds that each module's own code took to import, by its name.

    Args:
        command: of Python, as ``(python, "-m", "rsrag", ...)``.
        env: of the child.

    Raises:
        RuntimeError: it failed.
    """
    python, *rest = command
    done = subprocess.run(
        [python, "-X", "importtime", *rest],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr[-2000:]}")
    return parse_import_times(done.stderr)


def parse_import_times(text: str) -> dict[str, int]:
    """The table that ``python -X importtime`` writes, as microseconds by module."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        if not line.startswith("import time:"):
            continue
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            found[name.strip()] = found.get(name.strip(), 0) + int(own)
    return found


def _run(
    command: Sequence[str], env: Mapping[str, str], timeout: float | None = None
) -> str:
    done = subprocess.run(
        list(command),
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise RuntimeError(f"{' '.join(command[:4])} … failed: {said}")
    return done.stdout
