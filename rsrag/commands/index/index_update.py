"""``rsrag index update``."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    BatchSizeOption,
    IndexesOption,
    JsonOption,
    QdrantUrlOption,
    StrictOption,
    ThreadsOption,
    settings_with,
)


def update(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SOURCE...]",
            help="Further sources, remembered from now on. Those of the index are "
            "looked at in any case.",
        ),
    ] = None,
    remove: Annotated[
        list[Path] | None,
        typer.Option(
            "--remove", metavar="SOURCE", help="Forget a source; may be given again."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    retry_skipped: Annotated[
        bool,
        typer.Option(
            "--retry-skipped", help="Read again only what could not be read before."
        ),
    ] = False,
    strict: StrictOption = False,
    batch_size: BatchSizeOption = 64,
    threads: ThreadsOption = None,
    qdrant_url: QdrantUrlOption = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring an index up to date with its archives, reading only what is new."""
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.stopping import going_on, stop_softly
    from rsrag.desk.updating import run_update
    from rsrag.rendering.reports.update_pages import update_text

    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        report = run_update(
            settings_with(indexes, qdrant_url, threads),
            name,
            sources or (),
            remove or (),
            dry_run=dry_run,
            retry=retry_skipped,
            strict=strict,
            batch_size=batch_size,
            progress=bar,
            stop=stop,
        )
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print(update_text(report), end="", file=sys.stderr)
