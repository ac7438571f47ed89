"""Runs jobs in children that may be killed: everything is imported once, then forked.

As a program: one JSON job a line on stdin, one answer a line on stdout. As a module:
:class:`Server` starts that program and talks to it.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any


class Server:
    """The parent of the children, in a process without threads."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, action: str, log: Path, **job: Any) -> int:
        """Start a child; gives its process id."""
        job = {k: str(v) if isinstance(v, Path) else v for k, v in job.items()}
        return int(self._ask({"action": action, "log": str(log), **job}))

    def wait(self, pid: int, kill_after_s: float | None = None) -> int:
        """Wait for a child; negative is the signal that ended it.

        Args:
            pid: of :meth:`start`.
            kill_after_s: SIGKILL after this time, if it still runs.
        """
        return int(self._ask({"wait": pid, "kill_after_s": kill_after_s}))

    def run(self, action: str, log: Path, **job: Any) -> int:
        """Start and wait."""
        kill_after_s = job.pop("kill_after_s", None)
        return self.wait(self.start(action, log, **job), kill_after_s)

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _wait(pid: int, kill_after_s: float | None) -> int:
    limit = time.monotonic() + (60 if kill_after_s is None else kill_after_s)
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= limit:
            os.kill(pid, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            return code if kill_after_s is not None else -signal.SIGALRM
        time.sleep(0.001)


def _child(job: dict[str, Any]) -> int:
    """Run one job; 0 fine, 1 an RsragError, 3 any other: the log has the words."""
    import crash_actions
    from crash_faults import Fault, arm

    from rsrag.errors import RsragError

    log = Path(job.pop("log"))
    action = getattr(crash_actions, job.pop("action"))
    fault = job.pop("fault", None)
    limit = job.pop("file_limit", None)
    answer: dict[str, Any] = {}
    # Kills do not lose what the system holds; the gate notes what was never synced.
    os.fsync = lambda handle: None
    try:
        if limit is not None:
            import resource

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        gate = arm(Fault(**fault)) if fault else None
        answer = action(**job) or {}
        answer["calls"] = gate.count if gate else None
        code = 0
    except RsragError as error:
        answer = {
            "error": type(error).__name__,
            "message": str(error),
            "hint": error.hint,
        }
        code = 1
    except BaseException:
        answer = {"traceback": traceback.format_exc()}
        code = 3
    if limit is not None:
        return code  # The answer could not be written.
    # Under a name of its own: the log's name itself may be what is broken.
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(handle, json.dumps(answer).encode())
    os.close(handle)
    return code


def _import_what_children_need() -> None:
    """Let one child do every kind of job, and import here what it has imported.

    Nothing is run in this process, as a library that has run may have threads, which
    no fork takes along. Imports are four fifths of what a child would do.
    """
    import crash_actions as actions
    from crash_world import draw_archive

    with tempfile.TemporaryDirectory(prefix="rsrag-crash-") as folder:
        names = Path(folder, "names")
        if os.fork() == 0:
            try:
                os.fsync = lambda handle: None
                source = str(draw_archive(Path(folder, "archive")))
                root, seen = str(Path(folder, "root")), str(Path(folder, "seen"))
                for action in (actions.build, actions.update, actions.rebuild):
                    action(root, source, seen)
                actions.encode_anew(root, source, seen)
                names.write_text("\n".join(sys.modules))
            finally:
                os._exit(0)
        os.wait()
        for name in names.read_text().split():
            with contextlib.suppress(ImportError):  # Some are made, not found.
                importlib.import_module(name)


def main() -> None:
    import faiss  # noqa: F401
    import filelock  # noqa: F401

    _import_what_children_need()
    for line in sys.stdin:
        job = json.loads(line)
        if "wait" in job:
            answer = _wait(job["wait"], job["kill_after_s"])
        else:
            answer = os.fork()
            if answer == 0:
                os._exit(_child(job))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
