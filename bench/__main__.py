"""``python -m bench``: measure, print tables, keep each result once it is there."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import ROOT, one
from bench.cells import duration
from bench.registry import BENCHMARKS
from bench.result import Result
from bench.terminal import shown

ROUNDS = {"quick": 3, "full": 5}
QUICK_S = 600
STDERR = 2
# Nothing that is measured asks a hub. OpenVINO's converter reports each call to Google
# Analytics without asking, unless it believes to run in continuous integration.
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "CI": "true"}


class BenchmarkError(Exception):
    """A benchmark ended without a result."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run benchmarks one after the other; 1 if any of them failed."""
    parser = _parser()
    told = parser.parse_args(argv)
    if told.list:
        width = max(map(len, BENCHMARKS))
        for name, benchmark in BENCHMARKS.items():
            print(f"{name:<{width}}  {benchmark.line}")
        return 0
    for name in told.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    if told.data is not None and not told.data.is_dir():
        parser.error(f"--data {told.data}: no such folder")
    told.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    failed = {}
    for name in told.names or BENCHMARKS:
        print(f"== {name}", file=sys.stderr, flush=True)
        try:
            result = run(name, told)
        except BenchmarkError as exc:
            failed[name] = str(exc)
            continue
        except KeyboardInterrupt:
            print(f"Stopped in {name}. Results are in {told.out}.", file=sys.stderr)
            return 128 + signal.SIGINT
        print(shown(result), flush=True)
    elapsed = time.monotonic() - started
    print(f"Results are in {told.out}. All of it took {duration(elapsed)}.")
    if not told.full and elapsed > QUICK_S:
        print(f"Quick mode is meant to stay under {duration(QUICK_S)}.")
    for name, error in failed.items():
        print(f"failed: {name}: {error}", file=sys.stderr)
    return 1 if failed else 0


def run(name: str, told: argparse.Namespace) -> Result:
    """Run one benchmark in a fresh process and keep its result in ``--out``.

    Raises:
        BenchmarkError: it failed; the message says how.
    """
    mode = "full" if told.full else "quick"
    with tempfile.TemporaryDirectory(prefix=f"rsrag-bench-{name}-") as made:
        report = Path(made)
        work = report / "work" if told.keep is None else told.keep.resolve() / name
        work.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bench.one", BENCHMARKS[name].module]
        command += [f"--mode={mode}", f"--work={work}", f"--report={report}"]
        command += [f"--rounds={told.rounds or ROUNDS[mode]}"]
        command += [f"--command={_command(name, told)}"]
        if told.data is not None:
            command.append(f"--data={told.data.resolve()}")
        if told.sizes:
            command += ["--sizes", *map(str, told.sizes)]
        env = os.environ | OFFLINE
        ended = subprocess.run(command, cwd=ROOT, env=env, stdout=STDERR, check=False)
        if ended.returncode or not (report / one.RESULT).is_file():
            raise BenchmarkError(_reason(ended.returncode, report / one.ERROR))
        result = Result.read(report / one.RESULT)
        kept = told.out / f"{name}.json"
        part = kept.with_suffix(".part")
        shutil.copyfile(report / one.RESULT, part)
        part.replace(kept)
        return result


def _reason(code: int, error: Path) -> str:
    if error.is_file():
        return error.read_text(encoding="utf-8")
    if code < 0:
        hint = " (out of memory?)" if -code == signal.SIGKILL else ""
        return f"ended by {signal.Signals(-code).name}{hint}"
    return f"ended with exit code {code}; see above"


def _command(name: str, told: argparse.Namespace) -> str:
    """What a reader types to get the same, without this machine's folders."""
    words = ["python", "-m", "bench", name]
    if told.full:
        words.append("--full")
    if told.sizes:
        words += ["--sizes", ",".join(map(str, told.sizes))]
    if told.rounds:
        words += ["--rounds", str(told.rounds)]
    if told.data is not None:
        words += ["--data", "DATA"]
    return " ".join(words)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(sorted(int(word.replace("_", "")) for word in text.split(",")))
    if min(sizes) < 1:
        raise ValueError(text)
    return sizes


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure rsrag beside its peers. Run it in the repository root.",
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="which (all; see --list)")
    add("--list", action="store_true", help="print the names")
    add("--full", action="store_true", help="larger sizes; takes hours")
    add("--sizes", type=_sizes, default=(), metavar="N,N", help="instead of the mode's")
    add("--rounds", type=_positive, metavar="N", help="of each timing (3; full: 5)")
    data = os.environ.get("RSRAG_BENCH_DATA")
    add(
        "--data",
        type=Path,
        default=Path(data) if data else None,
        metavar="DIR",
        help="with rsicd/, rswk/ and whurs19/ (RSRAG_BENCH_DATA)",
    )
    add("--out", type=Path, default=Path("bench-output"), metavar="DIR", help="of JSON")
    add(
        "--keep",
        type=Path,
        metavar="DIR",
        help="scratch folders go here and stay, so that a stopped benchmark goes on",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
