"""``rsrag index export``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    DatetimeOption,
    GsdOption,
    IndexesOption,
    JsonOption,
    MaxNodataOption,
    QdrantUrlOption,
    SensorOption,
    settings_with,
)
from rsrag.errors import ConfigError

if TYPE_CHECKING:
    from rsrag.indexing.exports.export_run import Write

FORMATS = ("geoparquet", "stac", "qdrant", "npy")


def export(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    format: Annotated[
        str, typer.Option("--format", help="geoparquet, stac, qdrant or npy.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            help="A file (.parquet) or a folder; stac, qdrant and npy make a folder.",
        ),
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            "--bbox", metavar="W S E N", help="Only footprints that touch this box."
        ),
    ] = None,
    intersects: Annotated[
        str | None,
        typer.Option(
            "--intersects",
            metavar="FILE|GEOJSON",
            help="Only footprints that touch this area.",
        ),
    ] = None,
    datetime: DatetimeOption = None,
    sensor: SensorOption = None,
    gsd: GsdOption = None,
    max_nodata: MaxNodataOption = None,
    no_embeddings: Annotated[
        bool, typer.Option("--no-embeddings", help="Leave the vectors out.")
    ] = False,
    float16: Annotated[
        bool, typer.Option("--float16", help="Vectors of half the size.")
    ] = False,
    collection: Annotated[
        str | None,
        typer.Option("--collection", help="On the Qdrant server. [default: NAME]"),
    ] = None,
    qdrant_url: QdrantUrlOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an export wrote there.")
    ] = False,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an index out for other tools.

    With --format qdrant and --qdrant-url, points go to a new collection of that
    server and no file is written.
    """
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.desk.filtering import filter_of
    from rsrag.indexing.exports.export_run import export_index
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.rendering.reports.transfer_reports import export_report_text

    if format not in FORMATS:
        raise ConfigError(
            f"There is no export format {format!r}.",
            hint=f"--format {', '.join(FORMATS)}",
        )
    upload = format == "qdrant" and qdrant_url is not None
    _check_options(format, out, upload, collection, no_embeddings, float16)
    settings = settings_with(indexes, qdrant_url)
    where = filter_of(bbox, intersects, datetime, sensor, gsd, max_nodata)
    place = ""
    if upload:
        from rsrag.indexing.exports.export_points import uploader

        write: Write = uploader(
            str(qdrant_url), collection or name, settings.qdrant_api_key
        )
        address = str(qdrant_url).rpartition("@")[2]
        place = f"collection {collection or name} at {address}"
    else:
        write = _writer(format)
    with CountBar("exporting", " chips") as bar:
        report = export_index(
            IndexDirectory(settings.indexes, name),
            format,
            out,
            write,
            where=where,
            embeddings=not no_embeddings,
            float16=float16,
            force=force,
            place=place,
            progress=bar,
        )
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print(export_report_text(report), end="")


def _check_options(
    format: str,
    out: Path | None,
    upload: bool,
    collection: str | None,
    no_embeddings: bool,
    float16: bool,
) -> None:
    if upload and out is not None:
        raise ConfigError(
            "--out writes files and --qdrant-url uploads; give one of them."
        )
    if out is None and not upload:
        raise ConfigError("--out PATH says where to write.", hint="--out PATH")
    if collection is not None and not upload:
        raise ConfigError("--collection goes with --format qdrant --qdrant-url URL.")
    if no_embeddings and float16:
        raise ConfigError("--float16 and --no-embeddings do not go together.")


def _writer(format: str) -> "Write":
    """The function that writes a format."""
    if format == "geoparquet":
        from rsrag.indexing.exports.export_parquet import write_geoparquet

        return write_geoparquet
    if format == "stac":
        from rsrag.indexing.exports.export_stac import write_stac

        return write_stac
    if format == "qdrant":
        from rsrag.indexing.exports.export_points import write_points

        return write_points
    from rsrag.indexing.exports.export_arrays import write_arrays

    return write_arrays
