"""How the wait grows with the index: cold from the shell, and warm in one process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.children import Wait, surroundings, told, waits
from bench.cold.scripts import BBOX, QUERY, WARM
from bench.cold.shell import search_command
from bench.options import Options
from bench.result import Cell, Line, Plot, Table, exponent

Sizes = Mapping[int, tuple[str, str]]
"""Chips: name of the index, and what its store is."""

SERIES = {
    "cold": "cold search",
    "cold box": "cold search with a bbox",
    "open": "opening",
    "warm": "warm search",
    "warm box": "warm search with a bbox",
}


def growth(options: Options, root: Path, indexes: Sizes) -> tuple[list[Table], Plot]:
    """Measure each index, cold and warm.

    Args:
        options: see there.
        root: folder of the indexes.
        indexes: by their chips, ascending.
    """
    env = surroundings(options.work, RSRAG_INDEXES=str(root))
    commands = {}
    for count, (name, _) in indexes.items():
        commands[f"{count}"] = search_command(name)
        commands[f"{count} box"] = search_command(name, "--bbox", *BBOX)
    options.say("cold searches at each size")
    cold = waits(commands, env, options.rounds)
    turns = 40 if options.mode == "quick" else 200
    warm = {}
    for count, (name, _) in indexes.items():
        options.say(f"warm searches over {count:,} chips")
        warm[count] = told(WARM, env, name, QUERY, *BBOX, str(turns))
    points = {count: _seconds(count, cold, warm[count]) for count in indexes}
    lines = [
        Line(title, [(count, points[count][key]) for count in indexes])
        for key, title in SERIES.items()
    ]
    plot = Plot(
        "cold-growth",
        "Waiting for a text query",
        "chips",
        "seconds",
        lines,
        log_x=True,
        log_y=True,
    )
    tables = [_sizes(indexes, points), _split(warm, turns)]
    if len(indexes) > 1:
        tables.append(_exponents(lines))
    return tables, plot


def _seconds(
    count: int, cold: Mapping[str, Wait], warm: Mapping[str, Any]
) -> dict[str, float]:
    parts = warm["embed"] + warm["search"] + warm["rows"]
    return {
        "cold": cold[f"{count}"].median_s,
        "cold box": cold[f"{count} box"].median_s,
        "open": warm["open"] / 1e3,
        "warm": parts / 1e3,
        "warm box": (warm["embed"] + warm["box"]) / 1e3,
    }


def _sizes(indexes: Sizes, points: Mapping[int, Mapping[str, float]]) -> Table:
    rows: list[list[Cell]] = [
        [
            count,
            store,
            points[count]["cold"],
            points[count]["cold box"],
            *(1e3 * points[count][key] for key in ("open", "warm", "warm box")),
        ]
        for count, (_, store) in indexes.items()
    ]
    return Table(
        "Text queries at each size",
        (
            "chips",
            "store",
            "cold, s",
            "cold with bbox, s",
            "open, ms",
            "warm, ms",
            "warm with bbox, ms",
        ),
        rows,
        "Encoder mini, vectors of 256; the box of Europe holds 2 % of the chips. "
        "Opening is `open_index` in a process that has imported little else.",
    )


def _split(warm: Mapping[int, Mapping[str, Any]], turns: int) -> Table:
    keys = ("embed", "search", "rows", "table", "first box")
    rows: list[list[Cell]] = [
        [count, *(found[key] for key in keys)] for count, found in warm.items()
    ]
    return Table(
        "A warm text query, ms",
        (
            "chips",
            "embed the text",
            "search",
            "rows of the hits",
            "print the table",
            "first bbox of a process",
        ),
        rows,
        f"Medians of {turns} texts, each new, ten hits; the first three left out. The "
        "first bbox of a process reads the footprints' boxes of all chips.",
    )


def _exponents(lines: list[Line]) -> Table:
    return Table(
        "Growth",
        ("what", "grows as chips to the power of"),
        [[line.name, round(exponent(line.points), 2)] for line in lines],
        "Slope of a straight line through the points of the plot: 0 does not grow, 1 "
        "grows with the index.",
    )
