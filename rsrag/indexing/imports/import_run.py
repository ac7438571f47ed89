"""Make an index of embeddings that were made elsewhere; no imagery is needed."""

import datetime as dt
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag import __version__
from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.build.build_request import CreateStore, Progress
from rsrag.indexing.build.sidecar import fill_store, rfc3339
from rsrag.indexing.format.manifest import IMAGERY, Manifest, StoreInfo, write_manifest
from rsrag.indexing.format.parts import PART_ROWS, PartInfo, PartWriter
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.imports.import_encoder import Encoding, Load, encoding_of
from rsrag.indexing.imports.import_layout import ColumnMap, map_columns
from rsrag.indexing.imports.import_report import ImportReport
from rsrag.indexing.imports.import_rows import Tally, import_rows
from rsrag.indexing.imports.import_source import open_sources
from rsrag.indexing.imports.import_table import Table
from rsrag.types import EncoderIdentity

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 4_096
"""Rows of a row group of a part."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """All that an import needs to know.

    Attributes:
        directory: of the index.
        sources: files and folders.
        encoder: name of the encoder that made the vectors, or ``None`` to go by
            what an export of our own says.
        load: identity of a named encoder that is here, and how to load it again.
        create_store: makes the sidecar.
        drop_store: removes a store that is not in the index's folder.
        columns: column of a field, as typed by a person.
        force: a new generation over an index that is there.
    """

    directory: IndexDirectory
    sources: tuple[Path, ...]
    encoder: str | None
    load: Load
    create_store: CreateStore
    drop_store: Callable[[StoreInfo], None]
    columns: Mapping[str, str] = field(default_factory=dict)
    force: bool = False


def import_index(request: ImportRequest, progress: Progress) -> ImportReport:
    """Read foreign files into a new generation of an index.

    All files are looked at before anything is written. What was there before stays
    readable until the last moment, and stays if the import fails.

    Raises:
        SourceNotFoundError, IndexingError: a file that is not there or not fit.
        IndexMismatchError: vectors that the encoder named cannot have made.
        ConfigError: an index of that name is there, and ``force`` is not set.
        IndexLockedError: another process writes this index.
    """
    started = time.perf_counter()
    directory = request.directory
    tables = open_sources(request.sources)
    maps = [map_columns(table, request.columns) for table in tables]
    encoding = encoding_of(tables, maps, request.encoder, request.load, directory.name)
    with directory.writing():
        directory.check_kind(IMAGERY)
        _check_free(directory, request.force)
        shutil.rmtree(directory.building, ignore_errors=True)
        try:
            return _import(request, tables, maps, encoding, progress, started)
        except OSError as exc:
            raise IndexingError(
                f"{directory.path} cannot be written: {exc}",
                hint="make room, or give another folder: --indexes DIR",
            ) from exc
        finally:
            # Nothing is there any more once it is published.
            shutil.rmtree(directory.building, ignore_errors=True)


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


def _import(
    request: ImportRequest,
    tables: Sequence[Table],
    maps: Sequence[ColumnMap],
    encoding: Encoding,
    progress: Progress,
    started: float,
) -> ImportReport:
    directory, identity = request.directory, encoding.identity
    folder = directory.building / "parts"
    folder.mkdir(parents=True)
    tally = Tally()
    parts = _Parts(folder, identity)
    for table, columns in zip(tables, maps, strict=True):
        for rows in import_rows(table, columns, identity.dim, tally):
            parts.write(rows)
            progress("read", parts.rows, sum(tally.skipped.values()))
    infos = parts.close()
    if not infos:
        raise IndexingError(
            f"There is no vector to import in {', '.join(map(str, request.sources))}. "
            + " ".join(f"{s.source}: {s.reason}." for s in tally.skips()[:3]),
            hint="--map embedding=COLUMN names the column of the vectors",
        )
    read_s = time.perf_counter() - started
    number = directory.next_number()
    store, info = request.create_store(
        directory.building / "store", identity.dim, parts.rows, number
    )
    try:
        extent = fill_store(store, [folder / part.file for part in infos])
        store.close()
        known = maps[0]
        imported = {
            "layout": known.layout,
            "columns": dict(known.columns),
            "lengths": [tally.shortest, tally.longest],
            "pixels": encoding.imagery is not None,
        }
        manifest = Manifest(
            name=directory.name,
            generation=number,
            created=rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0)),
            rsrag_version=__version__,
            encoder=identity,
            encoder_source=encoding.source,
            imagery=encoding.imagery or _no_imagery(),
            sources=tuple(str(table.path.absolute()) for table in tables),
            chips=extent.chips,
            scenes=extent.scenes,
            skipped=sum(tally.skipped.values()),
            bbox=extent.bbox,
            time=extent.time,
            parts=tuple(infos),
            store=info,
            imported=imported,
        )
        total_s = time.perf_counter() - started
        report = ImportReport(
            index=manifest.name,
            generation=number,
            path=str(directory.generation_path(number)),
            encoder=identity.id,
            dim=identity.dim,
            chips=extent.chips,
            sources=extent.scenes,
            files=len(tables),
            layout=known.layout,
            columns=dict(known.columns),
            lengths=(tally.shortest, tally.longest),
            skipped=tuple(tally.skips()),
            store=f"{info.kind}{f' {info.ann}' if info.ann else ''}: {info.reason}",
            seconds={"read": read_s, "store": total_s - read_s, "total": total_s},
        )
        write_manifest(manifest, directory.building)
        report.write(directory.building)
        gone = directory.publish(number)
    except BaseException:
        request.drop_store(info)
        raise
    for old in gone:
        request.drop_store(old.store)
    return report


class _Parts:
    """Gathers rows into row groups and parts, as a build does."""

    def __init__(self, folder: Path, identity: EncoderIdentity) -> None:
        self._folder, self._identity = folder, identity
        self._waiting: list[pa.Table] = []
        self._infos: list[PartInfo] = []
        self._writer: PartWriter | None = None
        self.rows = 0

    def write(self, table: "pa.Table") -> None:
        self._waiting.append(table)
        self.rows += len(table)
        if sum(map(len, self._waiting)) >= GROUP_ROWS:
            self._flush()

    def close(self) -> list[PartInfo]:
        self._flush()
        if self._writer is not None:
            self._infos.append(self._writer.close())
        return self._infos

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._waiting:
            return
        if self._writer is None:
            name = f"part-{len(self._infos):05d}.parquet"
            self._writer = PartWriter(self._folder / name, self._identity)
        self._writer.write(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting.clear()
        if self._writer.rows >= PART_ROWS:
            self._infos.append(self._writer.close())
            self._writer = None


def _no_imagery() -> dict[str, Any]:
    from rsrag.imagery.imagery_options import ImageryOptions

    return ImageryOptions().to_json()
