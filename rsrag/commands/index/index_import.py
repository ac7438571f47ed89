"""``rsrag index import``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    AnnOption,
    CheckpointOption,
    IndexesOption,
    JsonOption,
    QdrantUrlOption,
    StoreOption,
    settings_with,
)

if TYPE_CHECKING:
    from rsrag.types import EncoderIdentity


def import_embeddings(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="GeoParquet or Parquet files, .npy, .npz, or folders of them.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the index.")],
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            help="That made the vectors: as of `rsrag index build`, or external:NAME "
            "for one that is not here. [default: what an export of rsrag says]",
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Column of a field (embedding, id, geometry, bbox, lon, lat, source, "
            "datetime, gsd_m, sensor, crs, nodata_share); FIELD= leaves it out.",
        ),
    ] = None,
    store: StoreOption = "faiss",
    ann: AnnOption = "auto",
    qdrant_url: QdrantUrlOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Put a new generation over an index of the name."),
    ] = False,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an index of embeddings that were made elsewhere."""
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.factory import EncoderChoice, drop_store, store_creator
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.imports.import_layout import parse_map
    from rsrag.indexing.imports.import_run import ImportRequest, import_index
    from rsrag.rendering.reports.transfer_reports import import_report_text

    settings = settings_with(indexes, qdrant_url)

    def load(wanted: str) -> tuple["EncoderIdentity", Mapping[str, str]]:
        choice = EncoderChoice(wanted, checkpoint)
        return choice.load(settings).identity, choice.to_json()

    request = ImportRequest(
        directory=IndexDirectory(settings.indexes, name),
        sources=tuple(sources),
        encoder=encoder,
        load=load,
        create_store=store_creator(store, ann, name, settings),
        drop_store=lambda info: drop_store(info, settings),
        columns=parse_map(mapping or []),
        force=force,
    )
    with BuildBar() as bar:
        report = import_index(request, bar)
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print(import_report_text(report), end="")
