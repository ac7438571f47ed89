"""``python -m bench.page``: docs/benchmarks.md and its plots, from bench/results.

With ``--check`` nothing is written: it tells what does not agree with the results, and
needs no matplotlib, since each picture carries a digest of what it shows.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT
from bench.markdown import image_name, in_order, page
from bench.plots import digest, digest_in, draw
from bench.result import Plot, Result

RESULTS = ROOT / "bench" / "results"
DOCS = ROOT / "docs"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as it should be: its text, and its plots by path."""

    path: Path
    text: str
    plots: dict[Path, Plot]


def read_results(folder: Path) -> dict[str, Result]:
    """Results by stem of their file.

    Raises:
        ValueError: there are none, or a file holds something else.
    """
    results = {path.stem: Result.read(path) for path in sorted(folder.glob("*.json"))}
    if not results:
        raise ValueError(
            f"{folder} holds no results: python -m bench --full --out {folder}"
        )
    return results


def rendered(results: dict[str, Result], docs: Path) -> Rendered:
    """What the page and its plots should be.

    Raises:
        ValueError: two plots would have the same file.
    """
    plots: dict[Path, Plot] = {}
    for stem, result in in_order(results).items():
        for plot in result.plots:
            path = docs / "images" / image_name(stem, plot)
            if path in plots:
                raise ValueError(f"Two plots want to be {path.name}; rename one.")
            plots[path] = plot
    return Rendered(docs / "benchmarks.md", page(results), plots)


def differences(wanted: Rendered) -> list[str]:
    """What does not agree with the results, a line each; empty if all does."""
    found = []
    there = wanted.path.read_text(encoding="utf-8") if wanted.path.is_file() else ""
    if there != wanted.text:
        found.append(f"{wanted.path.name} is not what the results render")
    for path, plot in wanted.plots.items():
        if digest_in(path) != digest(plot):
            found.append(f"{path.name} is missing or shows other figures")
    found += [f"{path.name} belongs to no result" for path in _strays(wanted)]
    return found


def write(wanted: Rendered) -> None:
    """Write the page, draw plots that changed, remove those that none show."""
    images = wanted.path.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    for path, plot in wanted.plots.items():
        if digest_in(path) != digest(plot):
            draw(plot, path)
    for path in _strays(wanted):
        path.unlink()
    wanted.path.write_text(wanted.text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or check it; 1 if it could not be or does not agree."""
    told = _parser().parse_args(argv)
    try:
        wanted = rendered(read_results(told.source), told.docs)
        if told.check:
            found = differences(wanted)
            for line in found:
                print(line, file=sys.stderr)
            if found:
                print("To render anew: python -m bench.page", file=sys.stderr)
            return 1 if found else 0
        write(wanted)
    except ImportError as exc:
        print(f"{exc}: pip install 'rsrag[bench]'", file=sys.stderr)
        return 1
    except ValueError as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"{wanted.path} and {len(wanted.plots)} plots agree with the results")
    return 0


def _strays(wanted: Rendered) -> list[Path]:
    images = (wanted.path.parent / "images").glob("bench-*.png")
    return sorted(path for path in images if path not in wanted.plots)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.page", description="Render docs/benchmarks.md."
    )
    add = parser.add_argument
    add("--from", dest="source", type=Path, default=RESULTS, metavar="DIR")
    add("--docs", type=Path, default=DOCS, metavar="DIR", help="where the page goes")
    add("--check", action="store_true", help="write nothing; tell what differs")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
