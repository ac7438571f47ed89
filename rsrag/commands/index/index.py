"""``rsrag index``: all its commands; ``list``, ``info``, ``verify``."""

from pathlib import Path
from typing import Any

import typer

from rsrag.commands.index.index_build import build, import_embeddings, rebuild, update
from rsrag.commands.index.index_export import export
from rsrag.commands.index.index_history import prune, rollback, tag
from rsrag.commands.index.index_knowledge import build_knowledge
from rsrag.commands.options.arguments import (
    IndexSettings,
    ServerSettings,
)
from rsrag.commands.options.declarations import command
from rsrag.desk.chosen_settings import settings_with

app = typer.Typer(
    help="Build indexes from archives, and look at them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("build")(build)
app.command("build-knowledge")(build_knowledge)
app.command("update")(update)
app.command("rebuild")(rebuild)


@app.command()
@command
def verify(
    name: str,
    *,
    sources: bool = False,
    sample: int = 100,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Read all of an index and say what is wrong with it. Nothing is changed.

    Options:
        sources: Hash the archives, too, and compare them with what was indexed.
        sample N: Queries that compare the store with an exact search; 0 for none.
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.showing import show
    from rsrag.desk.upkeep.checking import refuse_problems, verify_index
    from rsrag.rendering.reports.finding_pages import verify_text

    with StageBar() as bar:
        report = verify_index(
            settings, name, sources=sources, sample=sample, progress=bar
        )
    show(json, report.to_json, verify_text(report))
    refuse_problems(report, name)


app.command("rollback")(rollback)
app.command("tag")(tag)
app.command("prune")(prune)
app.command("export")(export)
app.command("import")(import_embeddings)


@app.command("list")
@command
def list_command(*, indexes: Path | None = None, json: bool = False) -> None:
    """List the indexes, and the folders that were searched by their path."""
    from rsrag.commands.terminal.showing import show
    from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
    from rsrag.indexing.generations.listing_indexes import index_summary
    from rsrag.rendering.reports.index_pages import (
        index_table_text,
        searched_table_text,
    )

    def rows_of(root: Path) -> list[dict[str, Any]]:
        return [
            {**index_summary(IndexDirectory(root, name)), "root": str(root.absolute())}
            for name in list_indexes(root)
        ]

    settings = settings_with(indexes=indexes)
    rows = rows_of(settings.indexes)
    searched = rows_of(settings.folders) if indexes is None else []
    text = index_table_text(rows, str(settings.indexes))
    if searched:
        text += "\n" + searched_table_text(searched, str(settings.folders))
    show(json, [*rows, *searched], text)


@app.command()
@command
def info(name: str, *, settings: IndexSettings, json: bool = False) -> None:
    """Show what an index knows of itself."""
    from rsrag.commands.terminal.showing import show
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.generations.listing_indexes import index_details
    from rsrag.rendering.reports.index_pages import index_details_text

    details = index_details(IndexDirectory(settings.at(name).indexes, name))
    show(json, details, lambda: index_details_text(details))
