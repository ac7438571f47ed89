"""Programs that embed, each in a process of its own that has its model loaded.

A worker is a script that reads one JSON object a line (what to embed, where to put the
vectors) and answers each with one (``seconds``, and what else it has to say). So peers
take turns without loading their models again, and nothing of one touches another.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench import ROOT

FOLDER = Path(__file__).parent


class WorkerError(RuntimeError):
    """A worker ended or said something that is no answer; its last words are told."""


class Worker:
    """A running script.

    Args:
        script: in this folder.
        arguments: of its command line.
        python: interpreter that runs it.
        gpu: whether it may see one.
        environment: set besides; an empty value unsets.
    """

    def __init__(
        self,
        script: str,
        arguments: Sequence[str | Path],
        *,
        python: str = sys.executable,
        gpu: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it; it loads its model in the meantime."""
        env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
        env |= {} if gpu else {"CUDA_VISIBLE_DEVICES": ""}
        env |= {"PYTHONPATH": str(ROOT)} if python == sys.executable else {}
        env |= environment or {}
        self._script = script
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, str(FOLDER / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=env,
        )

    def ask(self, **job: Any) -> dict[str, Any]:
        """Let it do one job; gives its answer.

        Raises:
            WorkerError: it ended instead.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as exc:
            self._process.wait(30)
            self._errors.seek(0)
            words = self._errors.read()[-2_000:]
            raise WorkerError(f"{self._script} failed:\n{words}") from exc
        return answer

    def __enter__(self) -> Self:
        """Wait until its model is loaded."""
        self.ask(warm=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                stream.close()
