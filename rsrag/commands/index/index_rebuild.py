"""``rsrag index rebuild``."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    ANN,
    BatchSizeOption,
    CheckpointOption,
    IndexesOption,
    JsonOption,
    PrecisionOption,
    QdrantUrlOption,
    ThreadsOption,
    settings_with,
)


def rebuild(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            help="faiss, exact, qdrant-edge or qdrant, from the stored embeddings. "
            "[default: as it is]",
        ),
    ] = None,
    ann: Annotated[str | None, ANN] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Embed the archives again with another one."),
    ] = None,
    checkpoint: CheckpointOption = None,
    precision: PrecisionOption = "auto",
    from_archive: Annotated[
        bool,
        typer.Option("--from-archive", help="Read, cut and embed everything again."),
    ] = False,
    chip_size: Annotated[
        str | None,
        typer.Option("--chip-size", help="Cut the archives again: 256, or 1280m."),
    ] = None,
    stride: Annotated[
        str | None, typer.Option("--stride", help="Step from chip to chip.")
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            metavar="FILE",
            help="Embed again only the chips of a damaged part; may be given again.",
        ),
    ] = None,
    batch_size: BatchSizeOption = 64,
    threads: ThreadsOption = None,
    qdrant_url: QdrantUrlOption = None,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an index again: its store, or all of it. Run it again if it was stopped."""
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.desk.rebuilding import Wishes, run_rebuild
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.rendering.reports.rebuild_pages import (
        knowledge_stores_text,
        rebuild_text,
    )

    settings = settings_with(indexes, qdrant_url, threads)
    wishes = Wishes(
        store=store,
        ann=ann,
        encoder=encoder,
        checkpoint=Path(checkpoint) if checkpoint else None,
        precision=precision,
        from_archive=from_archive,
        chip_size=chip_size,
        stride=stride,
        parts=tuple(part or ()),
        batch_size=batch_size,
    )
    try:
        with BuildBar() as bar:
            report = run_rebuild(settings, name, wishes, bar)
    except KeyboardInterrupt:
        print(
            f"stopped; {name!r} is as it was before. Run the same command again to go "
            "on.",
            file=sys.stderr,
        )
        raise
    if isinstance(report, BuildReport):
        text, data = rebuild_text(report), report.to_json()
    else:
        text, data = knowledge_stores_text(report), dataclasses.asdict(report)
    if as_json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print(text, end="")
