"""Starts a child that builds or searches, and watches its memory."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.search.child import Job
from bench.search.memory import quick_look
from bench.search.systems import THREADS

_LOOK_S = 0.1
_TAIL = 300
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "LANCE_CPU_THREADS",
    "TOKIO_WORKER_THREADS",
)


class Ended(Exception):
    """A child gave no figures.

    Attributes:
        again: whether a later run may try once more.
    """

    def __init__(self, text: str, again: bool) -> None:
        """Say what happened."""
        super().__init__(text)
        self.again = again


def run_child(
    phase: str, job: dict[str, Any], work: Path, limit_s: float
) -> dict[str, Any]:
    """What the child measured, and the most memory it held meanwhile.

    Raises:
        Ended: it failed, was killed, or took longer than ``limit_s``.
    """
    asked, report, said = (work / f"job.{end}" for end in ("json", "report", "log"))
    report.unlink(missing_ok=True)
    Job(**job, phase=phase, report=str(report)).write(asked)
    command = [sys.executable, "-m", "bench.search.child", str(asked)]
    threads = dict.fromkeys(_THREAD_VARIABLES, str(THREADS))
    peak = own = 0
    with said.open("wb") as log:
        child = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | threads
        )
        try:
            deadline = time.monotonic() + limit_s
            while child.poll() is None:
                total, anonymous = quick_look(child.pid)
                peak, own = max(peak, total), max(own, anonymous)
                if time.monotonic() > deadline:
                    hours = limit_s / 3600
                    raise Ended(f"{phase} not done within {hours:.3g} h", again=False)
                time.sleep(_LOOK_S)
        finally:
            child.kill()
            child.wait()
    if child.returncode or not report.exists():
        tail = said.read_text(errors="replace").strip()[-_TAIL:]
        raise Ended(f"{phase} failed ({child.returncode}): {tail}", again=True)
    told: dict[str, Any] = json.loads(report.read_text())
    return {**told, "peak": peak, "peak_anonymous": own}
