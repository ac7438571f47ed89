"""Checks of an index, and exports of its chips for other tools."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.config import Settings
from rsrag.desk.imagery.reach import spelled_in
from rsrag.errors import ConfigError, IndexCorruptError
from rsrag.filters import Filter
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    from rsrag.indexing.build.build_request import StageProgress
    from rsrag.indexing.checks.audit_report import Audit
    from rsrag.indexing.checks.verify import OpenStores, VerifyReport
    from rsrag.indexing.exports.export_run import ExportReport, Write


def verify_index(
    settings: Settings,
    name: str,
    *,
    sources: bool = False,
    sample: int = 100,
    progress: "StageProgress",
) -> "VerifyReport":
    """Read all of an index and gather what is wrong with it; nothing is changed.

    Args:
        settings: folders, and a server's key.
        name: of the index.
        sources: hash the archives too.
        sample: queries that compare the store with an exact search; 0 for none.
        progress: told each stage, what is done of it, and how much there is.
    """
    from rsrag.indexing.checks.verify import verify_index as verify

    directory = IndexDirectory(settings.at(name).indexes, name)
    return verify(
        directory, store_opener(settings), progress, sources=sources, sample=sample
    )


def audit_index(settings: Settings, name: str, progress: "StageProgress") -> "Audit":
    """Look for what is doubtful in an index of imagery; nothing is changed.

    Args:
        progress: told each stage, what is done of it, and how much there is.
    """
    from rsrag.indexing.checks.audit import audit_index as audit

    return audit(IndexDirectory(settings.at(name).indexes, name), progress)


def refuse_problems(report: "VerifyReport", name: str) -> None:
    """Raise for what :func:`verify_index` found.

    Raises:
        IndexCorruptError: there is a problem; it tells of the first.
    """
    from rsrag.indexing.checks.findings import problems

    found = problems(report.findings)
    if found:
        raise IndexCorruptError(
            f"Index {name!r} has {len(found)} problem{'s' * (len(found) > 1)}, the "
            f"first: {found[0].where} {found[0].what.rstrip('.')}.",
            hint=found[0].next,
        )


def store_opener(settings: Settings) -> "OpenStores":
    """A function that opens the stores of an index."""
    from rsrag.store_factory import open_stores

    return lambda manifest, folder: open_stores(manifest, folder, settings)


def prune_index(
    settings: Settings, name: str, keep: int
) -> tuple[list[int], list[int]]:
    """Remove generations without a tag, older than those to keep.

    Returns:
        Numbers of those that went, and of those that are left.
    """
    from rsrag.indexing.generations.history import prune
    from rsrag.store_factory import drop_store

    directory = IndexDirectory(settings.at(name).indexes, name)
    gone, stores = prune(directory, keep)
    for info in stores:
        drop_store(info, settings)
    return gone, directory.numbers()


EXPORT_FORMATS = ("geoparquet", "stac", "qdrant", "npy")


def check_export(
    format: str,
    out: Path | None,
    upload_to: str | None = None,
    collection: str | None = None,
    *,
    embeddings: bool = True,
    float16: bool = False,
) -> None:
    """Refuse options of an export that do not go together.

    Raises:
        ConfigError: which, and what to type instead.
    """
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

    vectors: dict[str, bool] = {"embeddings": embeddings, "float16": float16}
    check_export(format, out, upload_to, collection, **vectors)
    upload = upload_to if format == "qdrant" else None
    place = ""
    if upload is not None:
        address = upload.rpartition("@")[2]
        place = f"collection {collection or name} at {address}"
    directory = IndexDirectory(settings.at(name).indexes, name)
    if where:
        folder = directory.current_path()
        parts = read_manifest(folder, IMAGERY).part_paths(folder)
        where = spelled_in(parts, where)
    return export_index(
        directory,
        format,
        out,
        _writer(format, upload, collection or name, settings.qdrant_api_key),
        where=where,
        **vectors,
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
