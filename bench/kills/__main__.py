"""Forty kills and faults an engine: ids, each once, and vectors of one process.

    python -m bench.kills --engine local ray dask slurm [--kills 40]

Eight tars of made pictures are built in one process, then again and again in eight
shards on two workers of an engine that is started here, where workers die (before a
shard, with its vectors in hand, between its part and its report, after both), nodes are
lost, drivers die after 2, 4 and 6 shards, committers before and after readers are
switched, a shard kills whoever takes it, workers are of another version, the disk is
full. The same command is run until it ends well. After each, the index has the ids of
one process's, each once, and its vectors to the bit.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bench.kills.engines import ENGINES, Engine
from bench.kills.faults import DRIVER, WORKER
from bench.services.processes import wait_until
from bench.shards import rows

SHARDS, PICTURES = 8, 12
_RUNS = 12
_LIMIT_S = 240


def main() -> None:
    """Print a line a round, and one an engine; exit code 1 where anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=[*ENGINES])
    parser.add_argument("--kills", type=int, default=40)
    args = parser.parse_args()
    # Vectors are equal to the bit for one number of threads.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="rsrag-kills-") as name:
        folder = Path(name)
        write_archive(folder / "archive")
        run(folder, ["index", "build", str(folder / "archive"), "--name", "one"])
        for engine in args.engine:
            place = folder / engine
            place.mkdir()
            with ENGINES[engine](place) as started:
                wrong += Rounds(folder, engine, started).all(args.kills)
    if wrong:
        raise SystemExit(f"{wrong} rounds are not what one process builds")


def write_archive(folder: Path) -> None:
    """Tars of pictures like no other."""
    from PIL import Image

    folder.mkdir()
    rng = np.random.default_rng(0)
    for part in range(SHARDS):
        with tarfile.open(folder / f"{part}.tar", "w") as tar:
            for number in range(PICTURES):
                small = rng.integers(0, 255, (8, 8, 3), np.uint8)
                buffer = io.BytesIO()
                Image.fromarray(small).resize((96, 96)).save(buffer, "JPEG")
                info = tarfile.TarInfo(f"{number}.jpg")
                info.size = buffer.tell()
                tar.addfile(info, io.BytesIO(buffer.getvalue()))


def run(
    folder: Path,
    words: list[str],
    faults: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """A command of rsrag: to its end, or with faults, begun."""
    command = [sys.executable, "-m", "rsrag"]
    if faults is not None:
        command = [sys.executable, "-m", "bench.kills.faults", str(faults), "drive"]
    process = subprocess.Popen(
        [*command, *words, "--indexes", str(folder / "ix")],
        env={**os.environ, **(more or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if faults is None and (process.communicate()[1] or "") and process.returncode:
        raise SystemExit("the build in one process failed")
    return process


class Rounds:
    """Rounds of one engine.

    Args:
        folder: with the archive and the index of one process.
        name: of the engine.
        engine: that runs.
    """

    def __init__(self, folder: Path, name: str, engine: Engine) -> None:
        self._folder, self._name, self._engine = folder, name, engine
        self._right = rows(folder, "one")
        self._count = self._twice = self._builds = 0

    def all(self, kills: int) -> int:
        """Rounds until so many faults have happened; how many went wrong."""
        wrong, faults, since = 0, 0, time.perf_counter()
        for what in self.plan(kills):
            begun = time.perf_counter()
            told = self.round(what)
            faults += sum(what.values())
            wrong += bool(told)
            names = ", ".join(f"{kind} {n}" for kind, n in what.items())
            took = time.perf_counter() - begun
            print(f"  {names}: {told or 'equal'} ({took:.0f} s)", flush=True)
        took = time.perf_counter() - since
        print(
            f"{self._name}: {faults} kills and faults in {self._count} rounds, "
            f"{wrong} wrong; {self._builds} commands, {self._twice} shards embedded "
            f"twice; {took:.0f} s",
            flush=True,
        )
        return wrong

    @staticmethod
    def plan(kills: int) -> Iterator[Counter[str]]:
        """What happens in each round, so many faults in all."""
        worker = Counter(dict.fromkeys(WORKER, 1)) + Counter(["embedded", "between"])
        driver = Counter(DRIVER)
        every = [
            worker,
            driver,
            Counter(poison=1),
            Counter(skew=3),
            Counter(full=3),
            Counter(node=1),
            Counter(other=1),
        ]
        left = kills
        while left > 0:
            for one in every:
                one = Counter([*one.elements()][:left])
                left -= sum(one.values())
                if one:
                    yield one
            every = [worker, driver]

    def round(self, what: Counter[str]) -> str:
        """Build with faults until it ends well; what is wrong, in words."""
        self._count += 1
        folder = self._folder / self._name
        name = f"{self._name}-{self._count}"
        faults, work = folder / f"{name}-faults", folder / f"{name}-work"
        faults.mkdir()
        (faults / "embedded").touch()
        lay(faults, what)
        words = ["index", "build", str(self._folder / "archive"), "--name", name]
        words += ["--on", self._engine.on, "--work", str(work), "--shard-chips", "1"]
        held = what.keys() & {"node", "other"}
        refused = False
        for _ in range(_RUNS):
            self._builds += 1
            driver = run(self._folder, words, faults, self._engine.environment)
            for kind in held:
                self._lose(faults, kind, driver)
            held = set()
            try:
                _, said = driver.communicate(timeout=_LIMIT_S)
            except subprocess.TimeoutExpired:
                driver.kill()
                return "it hangs"
            if driver.returncode == 0:
                break
            if "poison" in what and (faults / "3.poison").exists():
                refused = driver.returncode == 1 and "1 of 8 shards failed" in said
                if (self._folder / "ix" / name / "CURRENT").exists():
                    return "published without a shard"
                (faults / "3.poison").unlink()
            elif driver.returncode != -9:
                return f"exit code {driver.returncode}: {said.strip()[-300:]}"
        else:
            return "it does not end"
        if "poison" in what and not refused:
            return "a poison shard was not told"
        left = [path.name for path in faults.iterdir() if path.suffix == ".0"]
        if left:
            return f"never happened: {', '.join(sorted(left))}"
        done = (faults / "embedded").read_text().split()
        self._twice += len(done) - len(set(done))
        return "" if rows(self._folder, name) == self._right else "other rows"

    def _lose(self, faults: Path, kind: str, driver: subprocess.Popen[str]) -> None:
        file = faults / "held-5"
        wait_until(
            lambda: file.exists() or driver.poll() is not None, "a worker", _LIMIT_S
        )
        if not file.exists():
            return
        who = json.loads(file.read_text())
        (self._engine.node if kind == "node" else self._engine.other)(who)
        (faults / "release").touch()


def lay(folder: Path, what: Counter[str]) -> None:
    """Put the files of faults: one a shard, or of the driver."""
    shard = 0
    for kind, count in what.items():
        for _ in range(count):
            if kind in DRIVER:
                (folder / f"driver.{kind}.0").touch()
            elif kind == "poison":
                (folder / "3.poison").touch()
            elif kind in ("node", "other"):
                (folder / "5.hold.0").touch()
            else:
                (folder / f"{shard}.{kind}.0").touch()
                shard += 1


if __name__ == "__main__":
    main()
