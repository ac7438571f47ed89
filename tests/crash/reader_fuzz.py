"""A seeded fuzzer over everything that rsrag reads from disk: a program of its own.

    python tests/crash/reader_fuzz.py --cases 20000 --seed 1

Each case is valid bytes, damaged, and read the way a command reads them. A case is
bad if anything but an ``RsragError`` comes out of it, if it takes longer than
``--limit`` seconds, or if it writes anywhere but in its own folder. Prints one JSON
object: cases, seconds, outcomes by target, and the bad ones with their seeds.
"""

# An audit hook must not raise the events that it hears.
# ruff: noqa: PTH100, PTH115, PTH118, PTH123

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from fuzz_targets import WEIGHTS, Target, make_targets

from rsrag.errors import RsragError

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = (
    *("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink"),
    *("os.truncate", "os.chmod", "os.chown", "subprocess.Popen", "os.system"),
    *("os.exec", "socket.connect", "pickle.find_class"),
)

BROKEN = 70
"""Exit status of a child that failed outside its cases."""


class HangError(BaseException):
    """A case took too long."""


class Watch:
    """Notes every change outside one folder, as the interpreter reports them."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self.active = False
        self.outside: list[str] = []
        sys.addaudithook(self._hear)

    def __enter__(self) -> None:
        self.active = True

    def __exit__(self, *error: object) -> None:
        self.active = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int) or not (flags or 0) & WRITES:
                return
        elif event in CHANGES:
            path = arguments[0]
        else:
            return
        base = "."
        if event in ("os.remove", "os.rmdir", "os.mkdir") and arguments[-1] >= 0:
            base = os.readlink(f"/proc/self/fd/{arguments[-1]}")
        place = os.path.abspath(os.path.join(base, os.fsdecode(path)))
        if not place.startswith((self._folder, "/dev/")):
            self.outside.append(f"{event} {place}")


def run_case(target: Target, folder: Path, seed: int, watch: "Watch | None") -> None:
    """Damage and read one case."""
    rng = random.Random(seed)
    name = rng.choice(sorted(target.files))
    (folder / name).write_bytes(target.mutate(name)(target.files[name], rng))
    try:
        with watch or contextlib.nullcontext():
            target.read(folder)
    finally:
        target.restore(folder, name)


def outcome(
    target: Target, folder: Path, seed: int, limit: float, watch: Watch
) -> tuple[str, str]:
    """What came of a case in one word, and if that is ``bad``, the whole story."""
    problem = ""
    word = "read"
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        run_case(target, folder, seed, watch)
    except RsragError as error:
        word = type(error).__name__
    except HangError:
        problem = f"longer than {limit} s:\n{traceback.format_exc()}"
    except Exception:
        problem = traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if watch.outside:
        problem += f" wrote outside: {watch.outside}"
        watch.outside.clear()
    return ("bad", problem) if problem else (word, "")


def run_cases(
    order: list[tuple[str, int]], first: int, limit: float, pipe: int, root: Path
) -> None:
    """Run cases from ``first`` on in this process; tell each to the pipe."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise HangError

    signal.signal(signal.SIGALRM, too_long)
    root.mkdir()
    targets = make_targets(root)
    watch = Watch(root)
    for number in range(first, len(order)):
        name, case = order[number]
        since = time.monotonic()
        word, problem = outcome(targets[name], root / name, case, limit, watch)
        seconds = time.monotonic() - since
        line = json.dumps([number, word, problem[-3000:], seconds]) + "\n"
        os.write(pipe, line.encode())


def fuzz(names: list[str], cases: int, seed: int, limit: float) -> dict[str, Any]:
    """Run ``cases`` in a child; if it dies, another one goes on behind the case."""
    rng = random.Random(seed)
    weights = {name: w for name, w in WEIGHTS.items() if not names or name in names}
    chosen = rng.choices(list(weights), list(weights.values()), k=cases)
    order = [(n, zlib.crc32(f"{seed} {i}".encode())) for i, n in enumerate(chosen)]
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in weights}
    bad: list[dict[str, Any]] = []
    since = time.monotonic()
    slowest = (0.0, "", 0)
    done = 0
    with tempfile.TemporaryDirectory(prefix="rsrag-fuzz-") as temporary:
        while done < cases:
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                try:
                    run_cases(order, done, limit, writer, Path(temporary) / f"{done}")
                except BaseException:
                    traceback.print_exc()
                    os._exit(BROKEN)
                os._exit(0)
            os.close(writer)
            with open(reader) as lines:
                for line in lines:
                    number, word, problem, seconds = json.loads(line)
                    name, case = order[number]
                    outcomes[name][word] += 1
                    slowest = max(slowest, (seconds, name, case))
                    if word == "bad":
                        bad.append({"target": name, "case": case, "problem": problem})
                    done = number + 1
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if code == BROKEN:
                raise RuntimeError("the fuzzer itself does not work")
            if code:
                name, case = order[done]
                outcomes[name]["bad"] += 1
                problem = f"the process died: {code}"
                bad.append({"target": name, "case": case, "problem": problem})
                done += 1
    return {
        "cases": cases,
        "seconds": round(time.monotonic() - since, 1),
        "slowest": slowest,
        "outcomes": {k: dict(v) for k, v in sorted(outcomes.items())},
        "bad": bad,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--one", type=int, help="seed of one case, as a run told it")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    if given.one is not None:
        with tempfile.TemporaryDirectory() as temporary:
            target = make_targets(Path(temporary))[given.target[0]]
            run_case(target, Path(temporary) / given.target[0], given.one, None)
        return 0
    result = fuzz(given.target, given.cases, given.seed, given.limit)
    print(json.dumps(result, indent=1))
    return 1 if result["bad"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
