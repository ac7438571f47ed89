"""Results as a page: goals and machine first, then a section for each benchmark."""

from collections.abc import Mapping
from typing import Any

from bench.cells import cell, duration, is_numeric, setting
from bench.registry import BENCHMARKS
from bench.result import Goal, Plot, Result, Table

MARK = "<!-- Rendered by `python -m bench.page` from bench/results. Do not edit. -->"
INTRODUCTION = (
    "Each figure stands beside a named peer or a limit of the machine, taken in the "
    "same run and in turns; times are medians. Such machines are noisy, so read the "
    "ratios.\n`make bench` measures anew in minutes, at smaller sizes; the command of "
    "a section gives that section. [How it is done](../bench/README.md)."
)

Results = Mapping[str, Result]


def page(results: Results) -> str:
    """The whole page.

    Args:
        results: by stem of their file: ``search``, or ``search-gpu`` for the same
            benchmark on another machine.

    Raises:
        ValueError: there are none.
    """
    if not results:
        raise ValueError("A page needs results; there are none.")
    ordered = in_order(results)
    first = next(iter(ordered.values()))
    parts = [MARK, "# Figures", INTRODUCTION, *_goals(ordered), *_machine(first)]
    for stem, result in ordered.items():
        parts += _section(
            stem, result, other_machine=_hardware(result) != _hardware(first)
        )
    return "\n\n".join(part for part in parts if part) + "\n"


def in_order(results: Results) -> dict[str, Result]:
    """As the registry has them; what it does not name comes last."""
    names = list(BENCHMARKS)

    def place(stem: str) -> tuple[int, str]:
        name = results[stem].name
        return (names.index(name) if name in names else len(names), stem)

    return {stem: results[stem] for stem in sorted(results, key=place)}


def heading(stem: str, result: Result) -> str:
    """Of a section: the title, and the file's stem where it is not the plain name."""
    return result.title if stem == result.name else f"{result.title}: {stem}"


def image_name(stem: str, plot: Plot) -> str:
    """File name of a plot's picture."""
    return f"bench-{stem}-{plot.name}.png"


def _goals(results: Results) -> list[str]:
    rows = [
        f"| [{_text(heading(stem, result))}](#{anchor(heading(stem, result))}) "
        f"{_goal_cells(goal)} |"
        for stem, result in results.items()
        for goal in result.goals
    ]
    if not rows:
        return []
    met = sum(goal.met for result in results.values() for goal in result.goals)
    head = "| | goal | wanted | measured | met |\n|---|---|---|---|---|"
    return [
        "## Goals",
        f"{met} of {len(rows)} are met.",
        "\n".join([head, *rows]),
    ]


def _goal_cells(goal: Goal) -> str:
    met = "yes" if goal.met else f"**no**: {_text(goal.why or 'no reason is known')}"
    texts = (goal.text, goal.wanted, goal.measured)
    return "| " + " | ".join([*map(_text, texts), met])


def _machine(result: Result) -> list[str]:
    rows = [
        f"| {_text(key)} | {_text(setting(value))} |"
        for key, value in result.machine.items()
        if key in _hardware(result)
    ]
    return ["## Machine", "\n".join(["| | |\n|---|---|", *rows])] if rows else []


def _hardware(result: Result) -> dict[str, Any]:
    """What tells one machine from another; the load and settings vary on one."""
    return {
        key: value
        for key, value in result.machine.items()
        if not key.startswith(("load", "thread"))
    }


def _section(stem: str, result: Result, *, other_machine: bool) -> list[str]:
    parts = [f"## {heading(stem, result)}", result.text]
    parts.append(f"```sh\n{result.command}\n```")
    if result.mode == "quick":
        parts.append(
            "**Quick mode:** few rounds at small sizes. Not the figures to quote."
        )
    parts.append(_facts(result, other_machine=other_machine))
    if result.goals:
        head = "| goal | wanted | measured | met |\n|---|---|---|---|"
        parts.append(
            "\n".join([head, *(f"{_goal_cells(one)} |" for one in result.goals)])
        )
    parts += [_table(one) for one in result.tables]
    parts += [f"![{one.title}](images/{image_name(stem, one)})" for one in result.plots]
    if result.tried:
        rows = [f"| {_text(what)} | {_text(effect)} |" for what, effect in result.tried]
        head = "| tried | effect |\n|---|---|"
        parts += [
            "### What was tried: " + heading(stem, result),
            "\n".join([head, *rows]),
        ]
    return parts


def _facts(result: Result, *, other_machine: bool) -> str:
    """Settings, time, load and versions as a list; the machine if it is another."""
    facts = []
    if other_machine:
        facts.append(("Machine", _listed(_hardware(result))))
    if result.settings:
        facts.append(("Settings", _listed(result.settings)))
    run = {k: v for k, v in result.machine.items() if k not in _hardware(result)}
    taken = duration(result.elapsed_s)
    facts.append(("Run", "; ".join(filter(None, [f"took {taken}", _listed(run)]))))
    if result.versions:
        facts.append(("Versions", _listed(result.versions, between=", ")))
    return "\n".join(f"- {name}: {text}" for name, text in facts)


def _listed(values: Mapping[str, Any], between: str = "; ") -> str:
    return between.join(
        f"{key} {_text(setting(value))}" for key, value in values.items()
    )


def _table(one: Table) -> str:
    columns = [[row[number] for row in one.rows] for number in range(len(one.columns))]
    rules = ["---:" if is_numeric(column) else "---" for column in columns]
    lines = [f"| {' | '.join(map(_text, one.columns))} |", f"|{'|'.join(rules)}|"]
    lines += [
        f"| {' | '.join(_text(cell(value)) for value in row)} |" for row in one.rows
    ]
    note = f"\n\n{one.note}" if one.note else ""
    return f"### {one.title}\n\n" + "\n".join(lines) + note


def _text(text: str) -> str:
    """Text that stays in its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def anchor(heading: str) -> str:
    """What GitHub makes of a heading for links to it."""
    kept = (c for c in heading.lower() if c.isalnum() or c in " -_")
    return "".join(kept).replace(" ", "-")
