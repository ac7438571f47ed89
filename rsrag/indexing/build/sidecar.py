"""The store beside the parts: made from them alone, the imagery is not needed."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import integers, truths, word_counts
from rsrag.imagery.archives.archive_names import IMAGE_SUFFIXES
from rsrag.imagery.catalogues.stac_documents import STAC_SUFFIXES
from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    RULES,
    UNIFORM,
    split_embeddings,
)
from rsrag.indexing.format.parts import read_parts

if TYPE_CHECKING:
    import pyarrow as pa

    from rsrag.interfaces import VectorStore

_READ = (*IMAGE_SUFFIXES, *STAC_SUFFIXES)
EVERYWHERE = (-180.0, 180.0)


def _ending(source: str) -> str:
    """Of the file that a scene is, or that tells of it: ``.json`` of an item."""
    parts = [*reversed(source.split("!/")), *reversed(source.split(":"))]
    endings = [PurePosixPath(part).suffix.lower() for part in parts]
    return next((one for one in endings if one in _READ), endings[0])


@dataclass(slots=True)
class Extent:
    """What all chips of an index cover, gathered table by table.

    Attributes:
        chips: rows seen.
        scenes: different sources seen.
        bbox: west, south, east, north, or ``None`` before the first footprint.
        first, last: acquisition times, or ``None``.
        uniform: chips that are one colour all over.
        met: with chips of a scene in several places, sources that were seen.
    """

    chips: int = 0
    scenes: int = 0
    bbox: tuple[float, float, float, float] | None = None
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    uniform: int = 0
    met: set[str] | None = None
    _counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in ("format", *RULES)}
    )
    _last_source: str = ""

    def add(self, table: "pa.Table") -> None:
        """Take in the rows of a table of chips, in the order of the parts."""
        import pyarrow.compute as pc

        self.chips += len(table)
        if len(table):
            starts = scene_starts(table["source"], self._last_source)
            if self.met is not None:
                starts = _unmet(table, starts, self.met)
            self.scenes += len(starts)
            self._last_source = table["source"][-1].as_py()
            self._count(table.take(integers(starts)))
        self.uniform += pc.sum(pc.less(table["contrast"], UNIFORM)).as_py() or 0
        boxes = table["bbox"].drop_null()
        if len(boxes):
            ends = [pc.struct_field(boxes, name) for name in BBOX_FIELDS]
            west, east = pc.min(ends[0]).as_py(), pc.max(ends[2]).as_py()
            if pc.any(pc.greater(ends[0], ends[2])).as_py():
                west, east = EVERYWHERE
            south, north = pc.min(ends[1]).as_py(), pc.max(ends[3]).as_py()
            w, s, e, n = self.bbox or (west, south, east, north)
            self.bbox = min(w, west), min(s, south), max(e, east), max(n, north)
        times = pc.min_max(table["datetime"]).as_py()
        if times["min"] is not None:
            self.first = min(self.first or times["min"], times["min"])
            self.last = max(self.last or times["max"], times["max"])

    def _count(self, scenes: "pa.Table") -> None:
        import pyarrow.compute as pc

        self._counts["format"].update(map(_ending, scenes["source"].to_pylist()))
        for name in RULES:
            self._counts[name] += word_counts(pc.fill_null(scenes[name], ""))

    @property
    def scenes_by(self) -> dict[str, dict[str, int]]:
        """Scenes by ending (``format``) and by what is in the columns :data:`RULES`.

        Most first; the empty word stands for none.
        """
        return {name: dict(found.most_common()) for name, found in self._counts.items()}

    @property
    def time(self) -> tuple[str, str] | None:
        """First and last acquisition as RFC 3339, or ``None``."""
        if self.first is None or self.last is None:
            return None
        return rfc3339(self.first), rfc3339(self.last)


def _unmet(
    table: "pa.Table", starts: NDArray[np.intp], met: set[str]
) -> NDArray[np.intp]:
    """Those of some rows whose source was not met before; it is from now on."""
    new = []
    for row in starts.tolist():
        source = table["source"][row].as_py()
        if source not in met:
            met.add(source)
            new.append(row)
    return np.array(new, np.intp)


def scene_starts(column: "pa.ChunkedArray", before: str) -> NDArray[np.intp]:
    """Rows at which another scene begins: chips of a scene follow each other.

    Args:
        column: sources of some rows, at least one.
        before: source of the row before them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    sources = column.combine_chunks()
    changes = pa.chunked_array([pc.not_equal(sources[1:], sources[:-1])])
    first = sources[0].as_py() != before
    return np.flatnonzero(np.append(first, truths(changes)))


def rfc3339(time: dt.datetime) -> str:
    """A UTC time as ``2024-05-01T10:00:00Z``, with microseconds if it has any."""
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def measure(parts: Sequence[Path], apart: bool = False) -> Extent:
    """What all chips of some parts cover, without reading their vectors.

    Args:
        apart: chips of a scene may stand apart from one another.
    """
    extent = Extent(met=set() if apart else None)
    columns = ["source", "bbox", "datetime", *RULES, "contrast"]
    for table in read_parts(parts, columns, 1 << 16):
        extent.add(table)
    return extent


def fill_store(
    store: "VectorStore", parts: Sequence[Path], tick: Callable[[], None] = lambda: None
) -> None:
    """Put all rows of parts of one space into an empty store, and flush it.

    Memory is bounded by a row group, whatever the size of the index.
    """
    for table in read_parts(parts):
        tick()
        payload, vectors = split_embeddings(table)
        store.upsert(vectors, payload)
    store.flush()
