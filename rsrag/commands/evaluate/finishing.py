"""Output of an evaluation: its report printed and written."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.terminal.telling import show, tell

if TYPE_CHECKING:
    from rsrag.rendering.evaluations.report_page import Page


def _can_plot(out: Path | None) -> Path | None:
    """Refuse a report before hours of work for it, not after them."""
    if out is not None:
        from rsrag.rendering.evaluations.charts import check_plots

        check_plots()
    return out


ReportFolder = Annotated[Path | None, typer.Option(callback=_can_plot)]


def finish(
    report: Mapping[str, Any],
    page_of: Callable[[Mapping[str, Any]], "Page"],
    out: Path | None,
    as_json: bool,
) -> None:
    """Write a report if that is asked for, print it, and end the command.

    Raises:
        typer.Exit: 1 when ``report`` says that it is not complete.
    """
    from rsrag.rendering.evaluations.report_page import page_text, write_report

    page = page_of(report)
    if out is not None:
        for path in write_report(out, report, page):
            tell(f"wrote {path}")
    show(as_json, report, lambda: page_text(page))
    if not report.get("complete", True):
        tell("warning: not all that was to be scored is here; see what was left out.")
        raise typer.Exit(1)
