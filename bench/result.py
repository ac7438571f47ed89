"""What a benchmark found: tables, plots, goals, and what was tried.

A result is plain data. It is written as JSON by the process that measured, read back by
``bench.page``, and rendered to the terminal and to ``docs/benchmarks.md``. Whatever a
page says of a figure must stand in here.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Cell = str | int | float | None
Mode = Literal["quick", "full"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a page.

    Attributes:
        title: what is compared.
        columns: heads, with units (``p99, ms``).
        rows: as many cells each; ``None`` prints as a dash: not measured.
        note: a sentence below the table: what a reader must know to read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that has another number of cells than there are heads."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{self.title}: {len(row)} cells under {len(self.columns)} heads: "
                    f"{row}"
                )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: a name and points ``(x, y)``, x ascending."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: file stem, title, axes with units, lines; both axes may be log."""

    name: str
    title: str
    x: str
    y: str
    lines: list[Line]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached and what was.

    Attributes:
        text: of what, on which data.
        wanted: as the project states it, ``at least 0.97``.
        measured: in the same words and unit.
        met: whether.
        why: if not met, what stands in the way.
    """

    text: str
    wanted: str
    measured: str
    met: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """All that one benchmark found.

    Attributes:
        name: of the benchmark, as ``python -m bench NAME`` takes it.
        title: heading on the page.
        text: one paragraph: what was measured, how, against which peer or limit.
        mode: ``quick`` or ``full``.
        command: that prints it.
        elapsed_s: the whole benchmark.
        machine: hardware, threads, load when it began; see ``bench.machine``.
        versions: of what took part.
        settings: sizes, rounds, parameters.
        tables: in the order of the page.
        plots: likewise.
        goals: met or not.
        tried: what was tried and its effect, ``(what, effect)``; also what lost.
    """

    name: str
    title: str
    text: str
    mode: Mode
    command: str = ""
    elapsed_s: float = 0.0
    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write as JSON, keys in a fixed order."""
        text = json.dumps(
            asdict(self), indent=1, ensure_ascii=False, default=_without_numpy
        )
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read what :meth:`write` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data["tables"] = [
                Table(**{**one, "columns": tuple(one["columns"])})
                for one in data["tables"]
            ]
            data["plots"] = [_plot(one) for one in data["plots"]]
            data["goals"] = [Goal(**one) for one in data["goals"]]
            data["tried"] = [(what, effect) for what, effect in data["tried"]]
            return cls(**data)
        except (KeyError, TypeError) as exc:
            raise ValueError(f"{path} holds no result of a benchmark: {exc!r}") from exc


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Slope of the least-squares line through ``(log x, log y)``: y grows as x**slope.

    Raises:
        ValueError: fewer than two points, or one that has no logarithm.
    """
    if len(points) < 2:
        raise ValueError(f"An exponent needs two points, not {len(points)}.")
    xs, ys = ([math.log(point[i]) for point in points] for i in (0, 1))
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return (
        sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    )


def _without_numpy(value: Any) -> Any:
    """NumPy's figure as Python's: what took hours is not lost for a type."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{value!r} cannot stand in a result; write it as text.")


def _plot(data: dict[str, Any]) -> Plot:
    lines = [
        Line(one["name"], [(x, y) for x, y in one["points"]]) for one in data["lines"]
    ]
    return Plot(**{**data, "lines": lines})
