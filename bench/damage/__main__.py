"""``python -m bench.damage``: run all cases, or a sample, and print the bad ones."""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.damage.kinds import damages
from bench.damage.trying import Trials
from bench.damage.world import World, kept_warm, make, own_home


def all_cases(world: World) -> list[tuple[Path, str, bytes | None]]:
    """Every damage to every file of a world."""
    files = world.files()
    cases = []
    for file in files:
        likes = [
            path.read_bytes()
            for path in sorted(world.whole.rglob(file.name))
            if path.relative_to(world.whole) != file
        ]
        data = (world.whole / file).read_bytes()
        cases += [(file, *damage) for damage in damages(data, file.name, likes)]
    return cases


def main() -> int:
    """Print one line a bad case, and the counts."""
    parser = argparse.ArgumentParser(prog="python -m bench.damage", description=__doc__)
    parser.add_argument("--sample", type=int, help="run so many, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files and damages with this text")
    parser.add_argument("--show", action="store_true", help="print what is told, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, kept_warm(), own_home(Path(scratch)):
        world = make(Path(scratch) / "world")
        trials = Trials(world, Path(scratch) / "cases")
        cases = [c for c in all_cases(world) if given.only in f"{c[0]}: {c[1]}"]
        if given.sample:
            drawn = random.Random(given.seed).sample(range(len(cases)), given.sample)
            cases = [cases[number] for number in sorted(drawn)]
        counts: Counter[str] = Counter()
        since = time.monotonic()
        for number, (file, damage, data) in enumerate(cases, 1):
            case = trials.run(file, damage, data)
            counts["told" if case.told else "mended or harmless"] += not case.problems
            for problem in case.problems:
                kind = "silent" if ": silent: " in problem else "traceback or long"
                counts[kind] += 1
                print(f"{file}: {damage}: {problem}", flush=True)
            if number % 50 == 0:
                took = time.monotonic() - since
                print(f"{number} of {len(cases)} in {took:.0f} s", file=sys.stderr)
            if given.show:
                for name, words in case.told.items():
                    print(f"{file}: {damage}: {name}: {words.strip()}")
    print(
        f"{len(cases)} cases in {time.monotonic() - since:.0f} s: {counts['told']} "
        f"told, {counts['mended or harmless']} mended or harmless, {counts['silent']} "
        f"silent wrong answers, {counts['traceback or long']} tracebacks or long errors"
    )
    return 1 if counts["silent"] or counts["traceback or long"] else 0


if __name__ == "__main__":
    sys.exit(main())
