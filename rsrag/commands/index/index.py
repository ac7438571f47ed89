"""``rsrag index``: build, list, info."""

import json
from typing import Annotated, Any

import typer

from rsrag.commands.index.index_build import build
from rsrag.commands.index.index_export import export
from rsrag.commands.index.index_history import prune, rollback, tag
from rsrag.commands.index.index_import import import_embeddings
from rsrag.commands.index.index_knowledge import build_knowledge
from rsrag.commands.index.index_rebuild import rebuild
from rsrag.commands.index.index_update import update
from rsrag.commands.index.index_verify import verify
from rsrag.commands.options.arguments import IndexesOption, JsonOption, settings_with

app = typer.Typer(
    help="Build indexes from archives, and look at them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


app.command("build")(build)
app.command("build-knowledge")(build_knowledge)
app.command("update")(update)
app.command("rebuild")(rebuild)
app.command("verify")(verify)
app.command("rollback")(rollback)
app.command("tag")(tag)
app.command("prune")(prune)
app.command("export")(export)
app.command("import")(import_embeddings)


@app.command("list")
def list_command(indexes: IndexesOption = None, as_json: JsonOption = False) -> None:
    """List the indexes of the folder."""
    from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
    from rsrag.indexing.generations.listing_indexes import index_summary
    from rsrag.rendering.reports.build_reports import index_table_text

    root = settings_with(indexes).indexes
    rows: list[dict[str, Any]] = [
        index_summary(IndexDirectory(root, name)) for name in list_indexes(root)
    ]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(index_table_text(rows, str(root)), end="")


@app.command()
def info(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what an index knows of itself."""
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.generations.listing_indexes import index_details
    from rsrag.rendering.reports.build_reports import index_details_text
    from rsrag.rendering.reports.knowledge_reports import knowledge_details_text

    details = index_details(IndexDirectory(settings_with(indexes).indexes, name))
    if as_json:
        print(json.dumps(details, indent=2, ensure_ascii=False))
    else:
        imagery = details["kind"] != "knowledge"
        page = index_details_text if imagery else knowledge_details_text
        print(page(details), end="")
