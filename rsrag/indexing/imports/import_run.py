"""Make an index of embeddings that were made elsewhere; no imagery is needed."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.build.build_request import BuildProgress, WriteRequest
from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.build.publish import GenerationDraft, clear_stores, finish
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.manifest import Space, part_paths
from rsrag.indexing.format.origins import Imagery
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.imports.import_arrays import open_sources
from rsrag.indexing.imports.import_encoder import Encoding, Load, encoding_of
from rsrag.indexing.imports.import_layout import ColumnMap, map_columns
from rsrag.indexing.imports.import_raster import CellChoice
from rsrag.indexing.imports.import_rows import Tally, import_rows
from rsrag.indexing.imports.import_table import ForeignTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest(WriteRequest):
    """An import of vectors into an index of imagery.

    Attributes:
        sources: files and folders.
        encoder: name of the encoder that made the vectors, or ``None`` to go by
            what an export of our own says.
        load: identity of a named encoder that is here, and how to load it again.
        columns: column of a field, as typed by a person.
        force: a new generation over an index that is there.
        cells: how rasters of embeddings become rows; the files are none without it.
    """

    sources: tuple[Path, ...]
    encoder: str | None
    load: Load
    columns: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    cells: CellChoice | None = None


def import_index(request: ImportRequest, progress: BuildProgress) -> BuildReport:
    """Read foreign files into a new generation of an index.

    All files are looked at before anything is written. What was there before stays
    readable until the last moment, and stays if the import fails.

    Raises:
        SourceNotFoundError, IndexingError: a file that is not there or not fit.
        IndexMismatchError: vectors that the encoder named cannot have made, or the
            name is that of an index of knowledge.
        ConfigError: an index of that name is there, and ``force`` is not set.
        IndexLockedError: another process writes this index.
    """
    started = time.perf_counter()
    directory = request.directory
    tables = open_sources(request.sources, request.cells)
    maps = [map_columns(table, request.columns) for table in tables]
    encoder = request.encoder or getattr(tables[0], "encoder", None)
    encoding = encoding_of(tables, maps, encoder, request.load, directory.name)
    with directory.writing():
        directory.check_kind(IMAGERY)
        _check_free(directory, request.force)
        try:
            draft = _read(request, tables, maps, encoding, progress, started)
            return finish(request, draft)
        except BaseException:
            # There is nothing to go on from: it is read anew.
            clear_stores(request)
            shutil.rmtree(directory.building, ignore_errors=True)
            raise


def _check_free(directory: IndexDirectory, force: bool) -> None:
    if force:
        return
    if directory.exists():
        raise ConfigError(
            f"There is an index {directory.name!r} already.",
            hint="give another --name; --force puts a new generation over it",
        )
    if directory.building.exists():
        raise ConfigError(
            f"A stopped build of {directory.name!r} waits to be taken up.",
            hint="give another --name; --force throws away what it has done",
        )


def _read(
    request: ImportRequest,
    tables: Sequence[ForeignTable],
    maps: Sequence[ColumnMap],
    encoding: Encoding,
    progress: BuildProgress,
    started: float,
) -> GenerationDraft:
    building, identity = request.directory.building, encoding.identity
    shutil.rmtree(building, ignore_errors=True)
    files = PartFiles(building / "parts" / IMAGE, identity)
    tally = Tally()
    for table, columns in zip(tables, maps, strict=True):
        for rows in import_rows(table, columns, identity.dim, tally):
            files.write(rows)
            progress("read", files.rows, sum(tally.skipped.values()))
    parts = files.close()
    if not parts:
        raise IndexingError(
            f"There is no vector to import in {', '.join(map(str, request.sources))}. "
            + " ".join(f"{s.source}: {s.reason}." for s in tally.skips()[:3]),
            hint="--map embedding=COLUMN names the column of the vectors",
        )
    extent = measure(part_paths(building, IMAGE, parts))
    imported = {
        "layout": maps[0].layout,
        "columns": dict(maps[0].columns),
        "lengths": [tally.shortest, tally.longest],
        "pixels": encoding.imagery is not None,
    }
    return GenerationDraft(
        kind=IMAGERY,
        spaces={IMAGE: Space(files.rows, identity, encoding.source, tuple(parts))},
        origin=Imagery(
            sources=tuple(str(table.path.absolute()) for table in tables),
            options=encoding.imagery or _no_imagery(),
            scenes=extent.scenes,
            bbox=extent.bbox,
            time=extent.time,
            uniform=extent.uniform,
            imported=imported,
        ),
        started=started,
        skipped=tally.skips(),
        seconds={"read": time.perf_counter() - started},
        imported={"files": len(tables), **imported},
    )


def _no_imagery() -> dict[str, Any]:
    from rsrag.imagery.imagery_options import ImageryOptions

    return ImageryOptions().to_json()
