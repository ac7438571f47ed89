"""Exports of an index for other tools: files, or points on a Qdrant server."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.imagery.reach import sensors_in, with_sensors
from rsrag.errors import ConfigError
from rsrag.filters import Filter
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.exports.export_run import ExportReport, Write

EXPORT_FORMATS = ("geoparquet", "stac", "qdrant", "npy")


def export_imagery(
    settings: Settings,
    name: str,
    format: str,
    out: Path | None,
    where: Filter | None = None,
    *,
    embeddings: bool = True,
    float16: bool = False,
    upload_to: str | None = None,
    collection: str | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> "ExportReport":
    """Write an index, or the chips of it that pass a filter.

    Args:
        settings: folders, and a server's key.
        name: of the index.
        format: one of :data:`EXPORT_FORMATS`.
        out: a file (``.parquet``) or a folder; ``None`` for an upload.
        where: conditions on the chips.
        embeddings: whether vectors go along.
        float16: vectors of half the size.
        upload_to: address of a Qdrant server, for ``qdrant`` instead of ``out``.
        collection: on that server; called as the index by default.
        force: replace what an export wrote there.
        progress: told how many chips are done, and how many there are.

    Raises:
        ConfigError: options that do not go together, or a place that is taken.
    """
    from rsrag.indexing.exports.export_run import export_index

    if format not in EXPORT_FORMATS:
        raise ConfigError(
            f"There is no export format {format!r}.",
            hint=f"--format {', '.join(EXPORT_FORMATS)}",
        )
    upload = upload_to if format == "qdrant" else None
    if upload is not None and out is not None:
        raise ConfigError(
            "--out writes files and --qdrant-url uploads; give one of them."
        )
    if out is None and upload is None:
        raise ConfigError("--out PATH says where to write.", hint="--out PATH")
    if collection is not None and upload is None:
        raise ConfigError("--collection goes with --format qdrant --qdrant-url URL.")
    if float16 and not embeddings:
        raise ConfigError("--float16 and --no-embeddings do not go together.")
    place = ""
    if upload is not None:
        address = upload.rpartition("@")[2]
        place = f"collection {collection or name} at {address}"
    directory = IndexDirectory(settings.at(name).indexes, name)
    if where:
        folder = directory.current_path()
        parts = read_manifest(folder, IMAGERY).part_paths(folder)
        where = with_sensors(where, lambda: sensors_in(parts))
    return export_index(
        directory,
        format,
        out,
        _writer(format, upload, collection or name, settings.qdrant_api_key),
        where=where,
        embeddings=embeddings,
        float16=float16,
        force=force,
        place=place,
        progress=progress,
    )


def _writer(
    format: str, upload: str | None, collection: str, api_key: str | None
) -> "Write":
    """The function that writes a format."""
    if upload is not None:
        from rsrag.indexing.exports.export_points import uploader

        return uploader(upload, collection, api_key)
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
