"""GeoParquet parts: the rows of an index with their embeddings, on disk.

A part appears under its name only when it is whole and synced, so whatever is
found in a folder of parts can be read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import FileDraft, file_sha256
from rsrag.errors import IndexCorruptError
from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    EMBEDDING,
    RULES,
    geo_metadata,
)
from rsrag.indexing.format.index_kinds import FORMAT_VERSION, IMAGERY
from rsrag.types import EncoderIdentity

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP_ROWS = 8_192
PART_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class PartInfo:
    """What a manifest says of a part.

    Attributes:
        file: name inside the folder of the space's parts.
        rows: vectors in it.
        bytes: size of the file.
        sha256: hex digest of the file.
    """

    file: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PartLayout:
    """How the columns of a part are written, and what its footer says beside them.

    Attributes:
        kind: of the index.
        dictionary: columns whose values come often.
        statistics: columns worth their lowest and highest value in the footer.
        footer: further entries of ``rsrag`` in the footer.
        group_rows: most rows of a row group.
        entries: further keys of the footer itself, by name.
    """

    kind: str
    dictionary: tuple[str, ...]
    statistics: tuple[str, ...]
    footer: Mapping[str, Any] = field(default_factory=dict)
    group_rows: int = ROW_GROUP_ROWS
    entries: Mapping[str, str] = field(default_factory=dict)


_BBOX = tuple(f"bbox.{name}" for name in BBOX_FIELDS)
CHIPS = PartLayout(
    kind=IMAGERY,
    dictionary=("source", "source_sha256", "sensor", "crs", *RULES),
    statistics=("id", *_BBOX, "datetime"),
)


class PartWriter:
    """Writes one part, row group by row group, and publishes it when closed.

    Args:
        path: where the part shall be; it must not exist yet.
        encoder: written into the footer, so that a part alone is telling.
        layout: of its columns.
    """

    def __init__(
        self, path: Path, encoder: EncoderIdentity, layout: PartLayout = CHIPS
    ) -> None:
        self._path = path
        self._draft = FileDraft(path)
        self._encoder = encoder
        self._layout = layout
        self._writer: Any = None
        self._types: set[str] = set()
        self._bounds: list[float] | None = None
        self.rows = 0

    def write(self, table: "pa.Table") -> None:
        """Append the rows of one table as one row group."""
        import pyarrow.parquet as pq

        if self._writer is None:
            codecs = dict.fromkeys(_leaves(table.schema), "zstd")
            # Embeddings are noise to a compressor: leave them plain.
            codecs[f"{EMBEDDING}.list.element"] = "none"
            self._writer = pq.ParquetWriter(
                self._draft.path,
                table.schema,
                compression=codecs,
                use_dictionary=list(self._layout.dictionary),
                write_statistics=list(self._layout.statistics),
                store_schema=True,
                # A flipped bit in a vector is still a vector: only a checksum tells.
                write_page_checksum=True,
            )
        self._writer.write_table(table, row_group_size=self._layout.group_rows)
        self._note_geometry(table)
        self.rows += len(table)

    def close(self) -> PartInfo:
        """Finish the footer, sync, and give the part its name."""
        identity = {
            "kind": self._layout.kind,
            "format_version": FORMAT_VERSION,
            **self._layout.footer,
            "encoder": self._encoder.id,
            "weights_sha256": self._encoder.weights_sha256,
            "preprocessing": self._encoder.preprocessing,
            "dim": self._encoder.dim,
        }
        self._writer.add_key_value_metadata(
            {
                "geo": json.dumps(geo_metadata(sorted(self._types), self._bounds)),
                "rsrag": json.dumps(identity),
                **self._layout.entries,
            }
        )
        self._writer.close()
        self._draft.publish()
        return part_info(self._path, self.rows)

    def _note_geometry(self, table: "pa.Table") -> None:
        import shapely

        placed = table["geometry"].drop_null()
        if len(placed) == 0:
            return
        shapes = shapely.from_wkb(placed.to_numpy())
        self._types |= {shape.geom_type for shape in shapes}
        new = shapely.total_bounds(shapes).tolist()
        old = self._bounds or new
        self._bounds = [*map(min, old[:2], new[:2]), *map(max, old[2:], new[2:])]


def _leaves(schema: "pa.Schema") -> Iterator[str]:
    import pyarrow as pa

    for column in schema:
        if pa.types.is_struct(column.type):
            yield from (f"{column.name}.{child.name}" for child in column.type)
        elif column.name != EMBEDDING:
            yield column.name


def part_info(path: Path, rows: int) -> PartInfo:
    """Measure a part that is whole."""
    return PartInfo(path.name, rows, path.stat().st_size, file_sha256(path))


def read_parts(
    paths: Iterable[Path], columns: Sequence[str] | None = None, rows: int = 8_192
) -> "Iterator[pa.Table]":
    """Read parts in order as a stream of tables of at most ``rows``.

    Raises:
        IndexCorruptError: naming the part that is missing or cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names: set[str] | None = set(columns) if columns else None
    for path in paths:
        try:
            with pq.ParquetFile(
                path,
                memory_map=False,
                pre_buffer=False,
                page_checksum_verification=True,
            ) as file:
                there = set(file.schema_arrow.names)
                if names is not None and (
                    names - there or (not columns and names != there)
                ):
                    raise ValueError("its columns are not those of this index")
                names = names or there
                for batch in file.iter_batches(
                    rows, columns=list(columns) if columns else None
                ):
                    yield pa.Table.from_batches([batch])
        except (OSError, ValueError, pa.ArrowException) as exc:
            raise IndexCorruptError(
                f"Part {path} cannot be read: {' '.join(str(exc).split())}",
                hint=f"rsrag index verify {index_of(path)} says what mends it",
            ) from exc


def index_of(path: Path) -> str:
    """Name of the index that a file of a generation is of; ``NAME`` if of none."""
    generations = (p for p in path.absolute().parents if p.name == "generations")
    return next((found.parent.name for found in generations), "NAME")
