"""Peak memory of ``rsrag index build``, at archives of different sizes."""

import json
import subprocess
import sys
from pathlib import Path

from bench import ROOT
from bench.embedding.workers import WorkerError

PEAK = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
scale = 1 if sys.platform == "darwin" else 1024
print(json.dumps([done.returncode, seconds, peak * scale]))
"""
"""A process of its own for each, for its children's peak is counted."""


def build_cost(archive: Path, root: Path, model: str) -> tuple[float, float]:
    """Seconds from the shell to the published index, and peak resident MB.

    Raises:
        WorkerError: the command failed.
    """
    command = [sys.executable, str(ROOT / "cli.py"), "index", "build", str(archive)]
    command += ["--name", "bench", "--indexes", str(root), "--encoder", model]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *command], capture_output=True, text=True
    )
    status, seconds, peak = json.loads(done.stdout or "[1, 0, 0]")
    if status:
        raise WorkerError(f"{' '.join(command)} failed:\n{done.stderr[-2_000:]}")
    return seconds, peak / 1e6
