"""``rsrag index export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import IndexSettings
from rsrag.commands.options.declarations import From, command
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
    from rsrag.commands.terminal.showing import show
    from rsrag.desk.upkeep.exporting import export_imagery
    from rsrag.rendering.reports.transfer_reports import export_report_text

    with CountBar("exporting", " chips") as bar:
        report = export_imagery(
            settings,
            name,
            format,
            out,
            where,
            embeddings=not no_embeddings,
            float16=float16,
            upload_to=qdrant_url,
            collection=collection,
            force=force,
            progress=bar,
        )
    show(json, report.to_json, export_report_text(report))
