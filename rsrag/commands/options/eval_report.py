"""Options and output that all of ``rsrag eval`` share."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.terminal.telling import tell

if TYPE_CHECKING:
    from rsrag.rendering.evaluations.report_page import Page

ImagesOption = Annotated[
    list[Path],
    typer.Option(
        "--images",
        metavar="SRC",
        help="Folder or archive of pictures. May be given several times.",
    ),
]
EncoderOption = Annotated[
    str | None,
    typer.Option("--encoder", help="[default: $RSRAG_ENCODER or mini]"),
]


def _can_plot(out: Path | None) -> Path | None:
    """Refuse a report before hours of work for it, not after them."""
    from rsrag.rendering.evaluations.charts import check_plots

    if out is not None:
        check_plots()
    return out


OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write report.json, report.md and plots there.",
        callback=_can_plot,
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", help="[default: all processors]")
]


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
    if as_json:
        text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
        # A file may name pictures in what is no Unicode; a report still comes out.
        print(text.encode("utf-8", "backslashreplace").decode())
    else:
        sys.stdout.write(page_text(page))
    if not report.get("complete", True):
        tell("warning: not all that was to be scored is here; see what was left out.")
        raise typer.Exit(1)
