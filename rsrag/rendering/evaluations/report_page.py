"""A report of an evaluation: on a terminal, and as a folder to keep."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.rendering.evaluations.charts import Bar, bar_chart
from rsrag.rendering.text_table import Row, markdown_table, printable, text_table


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot of a block.

    Attributes:
        file: its name, ``.png``.
        title: above the bars; what a reader without pictures is told.
        series: names of the bars of a row.
    """

    file: str
    title: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Bar]]]
    top: float | None = 100.0
    unit: str = "%"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a report.

    Attributes:
        rows: a table, its header first; may be empty.
        chart: a plot below them, on the page only.
        brief: whether a terminal shows it.
    """

    heading: str
    rows: Sequence[Row] = ()
    lines: Sequence[str] = ()
    chart: Chart | None = None
    brief: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A report as a person reads it."""

    title: str
    blocks: Sequence[Block]


def page_text(page: Page) -> str:
    """Tables and sentences for a terminal."""
    parts = []
    for block in page.blocks:
        if not block.brief:
            continue
        text = f"{printable(block.heading)}\n"
        if block.rows:
            text += text_table(block.rows[0], block.rows[1:])
        text += "".join(f"{printable(line)}\n" for line in block.lines)
        parts.append(text)
    return "\n".join(parts)


def page_markdown(page: Page) -> str:
    """The page with links to its plots."""
    parts = [f"# {printable(page.title)}\n"]
    for block in page.blocks:
        parts.append(f"## {printable(block.heading)}\n")
        if block.rows:
            parts.append(markdown_table(block.rows[0], block.rows[1:]))
        parts += [f"{printable(line)}\n" for line in block.lines]
        if block.chart is not None:
            parts.append(f"![{block.chart.title}]({block.chart.file})\n")
    return "\n".join(parts)


def write_report(folder: Path, report: Mapping[str, Any], page: Page) -> list[Path]:
    """Write ``report.json``, ``report.md`` and the plots.

    Args:
        folder: made if it is not there; files of these names are replaced.

    Returns:
        What was written.

    Raises:
        ConfigError: the folder cannot be written.
    """
    text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    written = [folder / "report.json", folder / "report.md"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written[0].write_text(text, encoding="utf-8", errors="backslashreplace")
        markdown = page_markdown(page)
        written[1].write_text(markdown, encoding="utf-8", errors="backslashreplace")
    except OSError as exc:
        raise ConfigError(f"The report {folder} cannot be written: {exc}") from exc
    for block in page.blocks:
        if (chart := block.chart) is not None:
            path = folder / chart.file
            bar_chart(
                path,
                chart.title,
                chart.series,
                chart.rows,
                top=chart.top,
                unit=chart.unit,
            )
            written.append(path)
    return written
