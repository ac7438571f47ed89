"""``rsrag index``: all its commands; ``list``, ``info``, ``verify``, ``export``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rsrag.commands.finding.listing_command import facets
from rsrag.commands.index.index_build import build, rebuild, update
from rsrag.commands.index.index_densify import densify
from rsrag.commands.index.index_history import audit, prune, rollback, tag
from rsrag.commands.index.index_shards import commit, embed_shard, plan
from rsrag.commands.index.index_transfer import (
    append,
    import_embeddings,
    merge,
    pull,
    push,
)
from rsrag.commands.options.arguments import IndexSettings, ServerSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.config import Settings
from rsrag.desk.chosen_settings import settings_with
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def export(
    name: str,
    *,
    format: str,
    out: Path | None = None,
    where: Annotated["Filter", From(filter_of)],
    no_embeddings: bool = False,
    float16: bool = False,
    collection: str | None = None,
    qdrant_url: str | None = None,
    force: bool = False,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Write an index out for other tools.

    With --format qdrant and --qdrant-url, points go to a new collection of that
    server and no file is written.

    Options:
        format WORD: geoparquet, stac, qdrant or npy.
        out PATH: File (.parquet) or folder to write; stac, qdrant and npy make a
            folder.
        no_embeddings: Leave the vectors out.
        float16: Write vectors of half the size.
        collection NAME: Collection to make on the Qdrant server. [default: NAME]
        force: Replace what an export wrote there.
    """
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.checking import check_export, export_imagery
    from rsrag.rendering.reports.transfer_reports import export_report_text

    vectors: dict[str, bool] = {"embeddings": not no_embeddings, "float16": float16}
    with as_typed():
        check_export(format, out, qdrant_url, collection, **vectors)
    with CountBar("exporting", " chips") as bar:
        report = export_imagery(
            settings,
            name,
            format,
            out,
            where,
            **vectors,
            upload_to=qdrant_url,
            collection=collection,
            force=force,
            progress=bar,
        )
    show(json, report.to_json, export_report_text(report))


@command
def build_knowledge(
    *,
    name: str = "knowledge",
    collection: list[str] | None = None,
    text_encoder: str = "minilm",
    encoder: str | None = None,
    checkpoint: Path | None = None,
    store: str = "faiss",
    ann: str = "auto",
    settings: Annotated[Settings, From(settings_with)],
    json: bool = False,
) -> None:
    """Build the vectors of knowledge. Run it again after an import, or when stopped.

    Options:
        collection NAME: Only this collection. May be given several times.
        text_encoder NAME: Encoder of texts: minilm, or a folder or hub id of a
            sentence-transformers model.
        encoder NAME: Image-text encoder, as of `rsrag index build`; none leaves its
            vectors out. [default: $RSRAG_ENCODER or mini]
    """
    # Words only are embedded, in products so small that a second thread of BLAS doubles
    # the time. It is read when NumPy is imported, so it must stand here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import going_on, show, tell_text
    from rsrag.desk.upkeep.building import build_knowledge as build
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.reports.build_reports import build_report_text

    choice = EncoderChoice(encoder or settings.encoder, checkpoint)
    with going_on(name), StageBar(" records") as bar:
        report = build(
            settings, name, collection or (), text_encoder, choice, store, ann, bar
        )
    tell_text(build_report_text(report))
    if json:
        show(True, report.to_json, "")


app = typer.Typer(
    help="Build indexes from archives, and look at them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("build")(build)
app.command("build-knowledge")(build_knowledge)
app.command("update")(update)
app.command("densify")(densify)
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
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.checking import refuse_problems, verify_index
    from rsrag.rendering.reports.finding_pages import verify_text

    with StageBar() as bar:
        report = verify_index(
            settings, name, sources=sources, sample=sample, progress=bar
        )
    show(json, report.to_json, verify_text(report))
    refuse_problems(report, name)


app.command("audit")(audit)
app.command("facets")(facets)
app.command("rollback")(rollback)
app.command("tag")(tag)
app.command("prune")(prune)
app.command("export")(export)
app.command("import")(import_embeddings)
app.command("merge")(merge)
app.command("append")(append)
app.command("plan")(plan)
app.command("embed-shard")(embed_shard)
app.command("commit")(commit)
app.command("push")(push)
app.command("pull")(pull)


@app.command("list")
@command
def list_command(
    place: str | None = None, *, indexes: Path | None = None, json: bool = False
) -> None:
    """List the indexes, and the folders that were searched by their path.

    Options:
        place [PLACE]: List those that were pushed to a bucket or a folder instead.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
    from rsrag.indexing.generations.listing_indexes import index_summary
    from rsrag.rendering.reports.index_pages import (
        index_table_text,
        searched_table_text,
    )

    if place is not None:
        from rsrag.desk.upkeep.transferring import pushed_indexes
        from rsrag.rendering.reports.index_pages import pushed_table_text

        there = pushed_indexes(place)
        show(json, there, pushed_table_text(there, place))
        return

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
    from rsrag.commands.terminal.telling import show
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.generations.listing_indexes import index_details
    from rsrag.rendering.reports.index_pages import index_details_text

    details = index_details(IndexDirectory(settings.at(name).indexes, name))
    show(json, details, lambda: index_details_text(details))
