"""Layouts of a part: row groups, compression, encoding and width of embeddings."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.clouds import Clustered
from bench.made_index import chips
from bench.options import Options
from bench.timing import in_turns
from rsrag.indexing.format.chip_schema import EMBEDDING
from rsrag.indexing.format.parts import CHIPS, PartWriter, read_parts
from rsrag.types import EncoderIdentity

DIM = 512
ROWS = {"quick": 16_384, "full": 65_536}
GROUP = 8_192
GROUPS = (1_024, 65_536)
OURS = "rsrag's own"


@dataclass(frozen=True, slots=True)
class Layout:
    """How embeddings are written; other columns are as rsrag writes them.

    Attributes:
        half: as float16.
        split: bytes of equal weight together (``BYTE_STREAM_SPLIT``).
        codec: ``none``, ``snappy``, ``lz4`` or ``zstd-LEVEL``.
        group: rows of a row group.
        checksums: of pages.
    """

    half: bool = False
    split: bool = False
    codec: str = "none"
    group: int = GROUP
    checksums: bool = True

    @property
    def name(self) -> str:
        """In a few words."""
        words = ["float16" if self.half else "float32"]
        words += ["split"] if self.split else []
        words.append(self.codec)
        words += [] if self.checksums else ["no checksums"]
        return ", ".join(words)


def layouts(mode: str) -> list[Layout]:
    """What is measured: codecs and widths at one row group, then row groups."""
    codecs: Sequence[str] = ("none", "snappy", "lz4", "zstd-1", "zstd-3", "zstd-9")
    if mode == "quick":
        codecs = ("none", "snappy", "zstd-3")
    found = [
        Layout(half, split, codec)
        for half in (False, True)
        for split in (False, True)
        for codec in codecs
        if codec != "none" or not split
    ]
    found += [Layout(group=group) for group in GROUPS]
    found += [Layout(split=True, codec="zstd-3", group=group) for group in GROUPS]
    return [*found, Layout(checksums=False)]


def table_of(rows: int) -> pa.Table:
    """One part's rows."""
    vectors = Clustered(rows, DIM).block(0)
    numbers = range(rows)
    sources = [f"/archive/scene-{number // 16:07d}.tif" for number in numbers]
    return chips(vectors, 0, sources, [f"{n // 16:064x}" for n in numbers])


def as_half(table: pa.Table) -> pa.Table:
    """The same with float16 embeddings."""
    flat = table[EMBEDDING].combine_chunks().flatten().to_numpy()
    halves = pa.FixedSizeListArray.from_arrays(pa.array(flat.astype(np.float16)), DIM)
    field = pa.field(EMBEDDING, halves.type, nullable=False)
    place = table.schema.get_field_index(EMBEDDING)
    return table.set_column(place, field, halves)


def write(table: pa.Table, layout: Layout, path: Path) -> None:
    """Write a part as rsrag does, except for the embeddings.

    Args:
        table: with embeddings of the layout's width.
        layout: of the embeddings.
        path: of the part.
    """
    leaf = f"{EMBEDDING}.list.element"
    codec, _, level = layout.codec.partition("-")
    codecs = dict.fromkeys(_leaves(table), "zstd") | {leaf: codec}
    with pq.ParquetWriter(
        path,
        table.schema,
        compression=codecs,
        compression_level={leaf: int(level)} if level else None,
        column_encoding={leaf: "BYTE_STREAM_SPLIT"} if layout.split else None,
        use_dictionary=list(CHIPS.dictionary),
        write_statistics=list(CHIPS.statistics),
        write_page_checksum=layout.checksums,
    ) as writer:
        writer.write_table(table, row_group_size=layout.group)


def read_vectors(path: Path, checked: bool = True) -> NDArray[np.float32]:
    """All vectors of a part as float32, read as rsrag reads them."""
    kept = []
    with pq.ParquetFile(path, page_checksum_verification=checked) as file:
        for batch in file.iter_batches(8_192, columns=[EMBEDDING]):
            flat = batch[EMBEDDING].flatten().to_numpy(zero_copy_only=False)
            kept.append(flat.astype(np.float32, copy=False).reshape(-1, DIM))
    return np.concatenate(kept)


def read_group(path: Path, checked: bool = True) -> pa.Table:
    """The last row group, every column."""
    with pq.ParquetFile(path, page_checksum_verification=checked) as file:
        return file.read_row_group(file.num_row_groups - 1)


def sizes_of(path: Path) -> tuple[int, int]:
    """Bytes of a file, and of the embeddings in it."""
    footer = pq.read_metadata(path)
    column = footer.num_columns - 1
    groups = range(footer.num_row_groups)
    taken = sum(
        footer.row_group(g).column(column).total_compressed_size for g in groups
    )
    return path.stat().st_size, taken


def measure_layouts(options: Options) -> list[dict[str, Any]]:
    """Write and read each layout, and see that the vectors come back."""
    table = table_of(ROWS[options.mode])
    tables = {False: table, True: as_half(table)}
    work = options.work / "layouts"
    work.mkdir(exist_ok=True)
    plain = vectors_of(table)
    found = []
    for number, layout in enumerate(layouts(options.mode)):
        path = work / f"{number}.parquet"
        times = _timed(tables[layout.half], layout, path, options.rounds)
        wrong = float(np.abs(read_vectors(path) - plain).max())
        if wrong > (1e-3 if layout.half else 0):
            raise RuntimeError(f"{layout.name} gave other vectors back: {wrong}.")
        size, taken = sizes_of(path)
        found.append(
            {
                "name": layout.name,
                "group": layout.group,
                "file_bytes": size,
                "embedding_bytes": taken,
                **times,
            }
        )
        path.unlink()
    return found


def _timed(
    table: pa.Table, layout: Layout, path: Path, rounds: int
) -> dict[str, float]:
    times = in_turns(
        {
            "write_s": lambda: write(table, layout, path),
            "read_s": lambda: read_vectors(path, layout.checksums),
            "group_s": lambda: read_group(path, layout.checksums),
        },
        rounds,
    )
    return {name: statistics.median(taken) for name, taken in times.items()}


def measure_peers(options: Options) -> list[dict[str, Any]]:
    """Whole parts: rsrag's way, pyarrow's defaults, geopandas, and the bytes alone."""
    table = table_of(ROWS[options.mode])
    work = options.work / "layouts"
    work.mkdir(exist_ok=True)
    ours, plain, raw = (work / f"{name}.parquet" for name in ("ours", "plain", "raw"))
    flat = vectors_of(table)

    def own() -> None:
        ours.unlink(missing_ok=True)
        writer = PartWriter(ours, EncoderIdentity("synthetic", "0" * 64, "none", DIM))
        for start in range(0, len(table), 8_192):
            writer.write(table.slice(start, 8_192))
        writer.close()

    writes = in_turns(
        {
            OURS: own,
            "pyarrow's defaults": lambda: pq.write_table(table, plain),
            "the vectors alone, in a NumPy file": lambda: flat.tofile(raw),
        },
        options.rounds,
    )
    reads = in_turns(
        {
            OURS: lambda: list(read_parts([ours])),
            "pyarrow's defaults": lambda: pq.read_table(plain),
            "geopandas.read_parquet of rsrag's part": lambda: _geopandas(ours),
            "the vectors alone, in a NumPy file": lambda: np.fromfile(raw, np.float32),
            "rsrag's part, all bytes and no more": lambda: ours.read_bytes(),
        },
        options.rounds,
    )
    sizes = {OURS: ours, "pyarrow's defaults": plain}
    return [
        {
            "name": name,
            "file_bytes": sizes[name].stat().st_size if name in sizes else None,
            "write_s": statistics.median(writes[name]) if name in writes else None,
            "read_s": statistics.median(reads[name]) if name in reads else None,
        }
        for name in dict.fromkeys([*writes, *reads])
    ]


def vectors_of(table: pa.Table) -> NDArray[np.float32]:
    """The vectors of a table in memory, ``(n, DIM)``."""
    flat = table[EMBEDDING].combine_chunks().flatten().to_numpy()
    return np.asarray(flat.reshape(-1, DIM))


def _leaves(table: pa.Table) -> Iterator[str]:
    for column in table.schema:
        if pa.types.is_struct(column.type):
            yield from (f"{column.name}.{child.name}" for child in column.type)
        elif column.name != EMBEDDING:
            yield column.name


def _geopandas(path: Path) -> Any:
    import geopandas

    return geopandas.read_parquet(path)
