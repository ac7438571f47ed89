"""Write an index out for other tools: whole or filtered, in bounded memory.

Chips are read from the parts, table by table, so the search structure is not
opened. What is written appears under its name only when it is whole.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import staged
from rsrag.errors import ConfigError, IndexingError, QueryError
from rsrag.filters import Filter, FilterColumns
from rsrag.indexing.format.chip_schema import EMBEDDING, chip_schema
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.format.manifest import Manifest, Space
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory

if TYPE_CHECKING:
    import pyarrow as pa

Write = Callable[[Path, "Iterator[pa.Table]", "ExportSpec"], Mapping[str, Any]]
"""Path to write to, chips, what is wanted: gives remarks for the report."""

MARK = "export.json"
"""Stands in every folder that an export wrote: only such a folder is replaced."""

CountProgress = Callable[[int, int], None]
"""Told how many chips of how many are written."""


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """What an exporter needs to know beside the chips.

    Attributes:
        manifest: of the generation that is written out.
        chips: how many will come.
        embeddings: whether the tables have the embedding column.
        float16: write embeddings as float16.
    """

    manifest: Manifest
    chips: int
    embeddings: bool = True
    float16: bool = False

    @property
    def space(self) -> Space:
        """Encoder and parts of the chips."""
        return self.manifest.image

    @property
    def dtype(self) -> str:
        """Of the embeddings, as NumPy and STAC call it."""
        return "float16" if self.float16 else "float32"

    def provenance(self) -> dict[str, Any]:
        """Where the rows come from, for footers and ``export.json``."""
        manifest, origin = self.manifest, self.manifest.imagery
        blind = origin.imported is not None and not origin.imported.get("pixels")
        return {
            "index": manifest.name,
            "generation": manifest.generation,
            "encoder": dataclasses.asdict(self.space.encoder),
            "encoder_source": dict(self.space.encoder_source),
            "imagery": None if blind else dict(origin.options),
            "sources": list(origin.sources),
        }


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Outcome of one ``rsrag index export``.

    Attributes:
        index, generation: that were read.
        format: that was written.
        out: path, or address and collection of a server.
        chips: rows written.
        of: chips of the index.
        embeddings: their dtype, ``None`` if they were left out.
        dim: their width.
        files: files written; 0 for a server.
        bytes: their size together.
        seconds: wall time.
        remarks: what the format has to say (``undated`` items of STAC, ...).
    """

    index: str
    generation: int
    format: str
    out: str
    chips: int
    of: int
    embeddings: str | None
    dim: int
    files: int
    bytes: int
    seconds: float
    remarks: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``--json`` gives them."""
        return {**dataclasses.asdict(self), "seconds": round(self.seconds, 3)}


def export_index(
    directory: IndexDirectory,
    format: str,
    out: Path | None,
    write: Write,
    *,
    where: Filter | None = None,
    embeddings: bool = True,
    float16: bool = False,
    force: bool = False,
    place: str = "",
    progress: CountProgress = lambda done, total: None,
) -> ExportReport:
    """Write the chips of an index that match a filter.

    Args:
        directory: of the index.
        format: for the report.
        out: file or folder that shall appear; ``None`` if ``write`` writes none.
        write: the format's writer; it is given a path beside ``out``.
        where: only chips that match.
        embeddings: hand the embedding column over.
        float16: write embeddings as float16.
        force: replace a file, or a folder that an earlier export wrote.
        place: what the report calls the target when there is no ``out``.
        progress: told what is done.

    Raises:
        QueryError: no chip matches.
        ConfigError: ``out`` is there already, or must not be replaced.
        IndexingError: ``out`` cannot be written. Nothing half-written stays.
    """
    started = time.perf_counter()
    folder = directory.current_path()
    manifest = read_manifest(folder, IMAGERY)
    parts, rows = manifest.part_paths(folder), manifest.image.rows
    if out is not None:
        _check_target(out, force)
    chips = sum(map(len, chip_tables(parts, where, False))) if where else rows
    if chips == 0:
        raise QueryError(
            f"No chip of the {rows:,} in {manifest.name!r} passes the "
            "filters: there is nothing to export.",
            hint=f"rsrag index info {manifest.name} shows what it covers",
        )
    spec = ExportSpec(manifest, chips, embeddings, float16)
    tables = _told(chip_tables(parts, where, embeddings), chips, progress)
    files = size = 0
    if out is None:
        remarks = write(Path(), tables, spec)
    else:
        try:
            out.absolute().parent.mkdir(parents=True, exist_ok=True)
            with staged(out.absolute(), shared=True) as draft:
                remarks = write(draft, tables, spec)
                if draft.is_dir():
                    _mark(draft, format, spec)
                files, size = _measure(draft)
        except OSError as exc:
            raise IndexingError(
                f"{out} cannot be written: {exc}", hint="--out PATH on another disk"
            ) from exc
    return ExportReport(
        index=manifest.name,
        generation=manifest.generation,
        format=format,
        out=str(out.absolute()) if out is not None else place,
        chips=chips,
        of=rows,
        embeddings=spec.dtype if embeddings else None,
        dim=spec.space.encoder.dim,
        files=files,
        bytes=size,
        seconds=time.perf_counter() - started,
        remarks=remarks,
    )


def _check_target(out: Path, force: bool) -> None:
    """Refuse a target that is there, or, with ``force``, one not of our making."""
    if not out.absolute().name:
        raise ConfigError(f"{out} cannot be replaced.", hint="--out PATH")
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise ConfigError(f"{out} is there already.", hint="--force replaces it")
    if out.is_dir() and not (out / MARK).is_file() and any(out.iterdir()):
        raise ConfigError(
            f"{out} is a folder that no export wrote; it is not replaced.",
            hint="give another --out, or remove the folder yourself",
        )


def chip_tables(
    parts: list[Path], where: Filter | None, embeddings: bool
) -> "Iterator[pa.Table]":
    """Rows that match a filter, part by part."""
    columns = None if embeddings else [f.name for f in chip_schema()]
    for table in read_parts(parts, columns):
        rows = FilterColumns(table).rows(where)
        chosen = table if rows is None else table.take(rows)
        if len(chosen):
            yield chosen


def _told(
    tables: "Iterator[pa.Table]", total: int, progress: CountProgress
) -> "Iterator[pa.Table]":
    done = 0
    for table in tables:
        yield table
        done += len(table)
        progress(done, total)


def _mark(folder: Path, format: str, spec: ExportSpec) -> None:
    data = {"rsrag_export": 1, "format": format, "chips": spec.chips}
    data["embedding"] = EMBEDDING if spec.embeddings else None
    text = json.dumps({**data, **spec.provenance()}, indent=2, ensure_ascii=False)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")


def _measure(path: Path) -> tuple[int, int]:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return len(files), sum(file.stat().st_size for file in files)
