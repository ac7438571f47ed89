"""What a cold command imports, and the memory of a process that waits."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.children import import_times, surroundings, told
from bench.cold.scripts import (
    ASK_MEMORY,
    PLAIN_MEMORY,
    QUERY,
    QUESTION,
    SEARCH_MEMORY,
)
from bench.cold.shell import SEARCH_ST, Shelf, ask_command, has, search_command
from bench.options import Options
from bench.result import Cell, Table
from rsrag.config.homes import PACKAGED
from rsrag.encoders.text_towers.minilm import WEIGHTS

PACKAGES, MODULES = 12, 15
LIBRARY = "the standard library"


def imports(options: Options, shelf: Shelf) -> list[Table]:
    """Import time of a cold search and a cold question, by package and by module."""
    env = surroundings(options.work, RSRAG_INDEXES=str(shelf.root))
    commands = {
        "search": search_command(shelf.name),
        "ask": ask_command("--no-llm"),
    }
    times = {name: _medians(commands[name], env, options.rounds) for name in commands}
    return [_packages(times), _modules(times["search"])]


def package_of(module: str, known: frozenset[str]) -> str:
    """The package a module belongs to; all of Python's own are one.

    Args:
        module: dotted.
        known: packages that are installed, or rsrag.
    """
    top = module.partition(".")[0]
    return top if top in known else LIBRARY


def by_package(
    times: Mapping[str, int], known: frozenset[str]
) -> dict[str, tuple[int, int]]:
    """Modules and microseconds of each package, the slowest first."""
    count: Counter[str] = Counter()
    spent: dict[str, int] = defaultdict(int)
    for module, own in times.items():
        package = package_of(module, known)
        count[package] += 1
        spent[package] += own
    slowest = sorted(spent, key=lambda name: -spent[name])
    return {name: (count[name], spent[name]) for name in slowest}


def memory(options: Options, shelf: Shelf) -> Table:
    """Resident memory at each step of a first search and a first answer."""
    env = surroundings(
        options.work,
        RSRAG_INDEXES=str(shelf.root),
        RSRAG_KNOWLEDGE=PACKAGED,
    )
    found = {
        f"rsrag search, mini, {shelf.chips:,} chips": told(
            SEARCH_MEMORY, env, shelf.name, QUERY
        ),
        "rsrag ask --no-llm": told(ASK_MEMORY, env, QUESTION),
    }
    note = ""
    if has(SEARCH_ST):
        vectors: Path = options.work / "minilm.npy"
        folder = str(WEIGHTS.locate().parent)
        found["plain sentence-transformers"] = told(
            PLAIN_MEMORY, env, folder, str(vectors), QUERY
        )
    else:
        note = " sentence-transformers is not installed: pip install 'rsrag[bench]'."
    rows: list[list[Cell]] = [
        [what, step, at["rss"], at["anonymous"], at["files"]]
        for what, steps in found.items()
        for step, at in steps
    ]
    return Table(
        "Memory at rest",
        ("process", "after", "resident, MB", "its own, MB", "of files, MB"),
        rows,
        "From the kernel's smaps_rollup. Pages of files (mapped vectors, weights, "
        f"libraries) go when others need the memory; a process's own do not.{note}",
    )


def _medians(
    command: Sequence[str], env: Mapping[str, str], rounds: int
) -> dict[str, int]:
    runs = [import_times(command, env) for _ in range(rounds)]
    return {
        module: round(statistics.median(run.get(module, 0) for run in runs))
        for module in runs[-1]
    }


def _known() -> frozenset[str]:
    from importlib.metadata import packages_distributions

    return frozenset(packages_distributions()) | {"rsrag"}


def _packages(times: Mapping[str, Mapping[str, int]]) -> Table:
    known = _known()
    search, ask = (by_package(times[name], known) for name in ("search", "ask"))
    names = list(dict.fromkeys([*search, *ask]))
    names.sort(key=lambda name: -search.get(name, (0, 0))[1])
    rows: list[list[Cell]] = []
    for name in names[:PACKAGES]:
        row: list[Cell] = [name]
        for found in (search, ask):
            count, spent = found.get(name, (0, 0))
            row += [count, spent / 1e3] if count else [None, None]
        rows.append(row)
    total: list[Cell] = ["all"]
    for found in (search, ask):
        total += [
            sum(count for count, _ in found.values()),
            sum(spent for _, spent in found.values()) / 1e3,
        ]
    return Table(
        "Imports by package",
        ("package", "search: modules", "search, ms", "ask: modules", "ask, ms"),
        [*rows, total],
        "Own time of the modules, of `python -X importtime`, which itself costs some; "
        f"the {PACKAGES} slowest.",
    )


def _modules(times: Mapping[str, int]) -> Table:
    slowest = sorted(times, key=lambda name: -times[name])[:MODULES]
    return Table(
        "Slowest imports of a cold search",
        ("module", "own time, ms"),
        [[name, times[name] / 1e3] for name in slowest],
    )
