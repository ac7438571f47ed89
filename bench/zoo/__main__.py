"""``python -m bench.zoo``: draw the zoo, build it, and print what is wrong."""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.zoo.judging import build, draw, judge


def main() -> int:
    """Print counts on one line, and a line for each fault."""
    parser = argparse.ArgumentParser(prog="python -m bench.zoo", description=__doc__)
    parser.add_argument(
        "--keep", type=Path, help="draw it in this new folder, and leave it"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.keep or Path(scratch)
        zoo = draw(root.resolve())
        verdict = judge(zoo, *build(zoo, Path(scratch).resolve() / "indexes"))
    for fault in verdict.faults:
        print(fault.replace(f"{root.resolve()}/", ""))
    print(
        f"{verdict.files} files, {len(zoo.animals)} scenes, {verdict.scenes} indexed, "
        f"{verdict.skipped} skipped, {verdict.passed} passed over; wrong outlines "
        f"{len(verdict.outlines)}, wrong times {len(verdict.times)}, unreported "
        f"{len(verdict.unreported)}, unread {len(verdict.unread)}"
    )
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
