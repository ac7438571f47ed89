"""The parts of an index against its manifest, and every row of them by itself."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import file_sha256
from rsrag.indexing.checks.findings import Finding, some
from rsrag.indexing.checks.verify_rows import (
    KEY,
    geometry_faults,
    id_bytes,
    keys_of,
    repeated,
    vector_faults,
)
from rsrag.indexing.format.chip_schema import (
    EMBEDDING,
    chip_schema,
    embedding_field,
    split_embeddings,
)
from rsrag.indexing.format.index_kinds import IMAGERY, KNOWLEDGE
from rsrag.indexing.format.knowledge_schema import knowledge_schema
from rsrag.indexing.format.manifest import Manifest, Space
from rsrag.indexing.format.parts import PartInfo
from rsrag.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

READ_ROWS = 8_192

COLUMNS = {IMAGERY: chip_schema, KNOWLEDGE: knowledge_schema}
"""By kind of index, what makes the schema of a part, the embedding left out."""

Told = Callable[[int], None]
"""Called with the rows that were looked at since the last call."""


class PartsCheck:
    """The parts of one space, looked at once.

    Attributes:
        name, space: what is looked at.
        folder: of its parts, in the generation's.
        paths: of its parts.
        findings: what was wrong.
        keys: of all rows that could be read, in the order of the parts.
        queries: vectors of some rows, the same ones every time.
        sources: chips by source, with the source's sha256 (imagery only).
    """

    def __init__(
        self, manifest: Manifest, name: str, generation: Path, sample: int = 0
    ) -> None:
        self.name = name
        self.space: Space = manifest.spaces[name]
        self.folder = f"parts/{name}"
        self.paths = manifest.part_paths(generation, name)
        self.findings: list[Finding] = []
        self.keys: list[NDArray[np.void]] = []
        self.queries: list[Vectors] = []
        self.sources: list[pa.Table] = []
        rows = self.space.rows
        chosen = np.random.default_rng(0).choice(rows, min(sample, rows), False)
        self._manifest, self._wanted, self._read = manifest, np.sort(chosen), 0

    def run(self, told: Told) -> None:
        """Look at all parts."""
        for path, info in zip(self.paths, self.space.parts, strict=True):
            if self._bytes(path, info):
                self._rows(path, info, told)
        count, names = repeated(self.keys)
        if count:
            self._problem(
                self.folder,
                f"{count:,} ids stand in more than one row: {some(names, count)}",
                self._manifest.mend_part(self.paths[-1].name),
            )
        self._strangers()

    @property
    def rows(self) -> int:
        """Rows that could be read."""
        return sum(len(keys) for keys in self.keys)

    def _bytes(self, path: Path, info: PartInfo) -> bool:
        """Compare size and sha256; gives whether there is a file to read."""
        try:
            size = path.stat().st_size
            digest = file_sha256(path)
        except OSError as exc:
            what = "is missing" if isinstance(exc, FileNotFoundError) else f"{exc}"
            self._part(path, what)
            return False
        if size != info.bytes:
            self._part(path, f"has {size:,} bytes, the manifest says {info.bytes:,}")
        elif info.sha256 and digest != info.sha256:
            self._part(
                path,
                f"has sha256 {digest[:12]}…, the manifest says {info.sha256[:12]}…",
            )
        return True

    def _rows(self, path: Path, info: PartInfo, told: Told) -> None:
        """Read a part to its end, and look at each row."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        seen = 0
        faults: dict[str, tuple[str, int]] = {}
        try:
            with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
                if not self._columns(path, file):
                    return
                if file.metadata.num_rows != info.rows:
                    self._part(
                        path,
                        f"has {file.metadata.num_rows:,} rows, the manifest says "
                        f"{info.rows:,}",
                    )
                for table in _tables(file):
                    for what, example, count in self._look(table, seen):
                        first, before = faults.get(what, (example, 0))
                        faults[what] = first, before + count
                    seen += len(table)
                    told(len(table))
        except (OSError, pa.ArrowException, UnicodeError) as exc:
            reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
            self._part(path, f"cannot be read beyond row {seen:,}: {reason}")
        for what, (example, count) in faults.items():
            self._part(path, f"{count:,} {what}: {example}")

    def _columns(self, path: Path, file: "pq.ParquetFile") -> bool:
        """Compare schema and footer; gives whether rows can be looked at."""
        columns = COLUMNS[self._manifest.kind]()
        expected = columns.append(embedding_field(self.space.encoder.dim))
        found = file.schema_arrow
        types = {column.name: column.type for column in found}
        wrong = [
            f"{column.name} is {types.get(column.name, 'missing')}, not {column.type}"
            for column in expected
            if types.get(column.name) != column.type
        ]
        if wrong:
            self._part(path, f"columns are not those of the format: {some(wrong)}")
        footer = (file.metadata.metadata or {}).get(b"rsrag")
        identity = self.space.encoder
        try:
            said = json.loads(footer or b"{}")
            encoder = said.get("encoder"), said.get("weights_sha256"), said.get("dim")
        except (ValueError, AttributeError, RecursionError):
            encoder = (None, None, None)
        if encoder != (identity.id, identity.weights_sha256, identity.dim):
            self._part(
                path,
                f"says that it holds vectors of {encoder[0]} (dim {encoder[2]}), the "
                f"manifest names {identity.id} (dim {identity.dim}) and its weights",
            )
        return not wrong

    def _look(self, table: "pa.Table", start: int) -> Iterator[tuple[str, str, int]]:
        """Faults of some rows: of what kind, the first one, how many."""
        names = table["id"]
        for column in table.schema:
            if not column.nullable or column.name == EMBEDDING:
                nulls = table[column.name].null_count
                if nulls:
                    yield f"rows have no {column.name}", f"after row {start:,}", nulls
        if table[EMBEDDING].null_count:
            return
        payload, vectors = split_embeddings(table)
        ids = id_bytes(names)
        if ids is None:
            # Without good ids, rows of this block cannot be told apart elsewhere.
            yield "blocks have ids that are not 32 hex digits", f"row {start:,} on", 1
        else:
            self.keys.append(keys_of(ids, vectors))
        near = self._wanted[(self._wanted >= self._read)] - self._read
        self.queries.append(vectors[near[near < len(table)]])
        self._read += len(table)
        for what, rows in vector_faults(vectors):
            place = f"row {start + rows[0]:,} ({names[int(rows[0])]}) {what}"
            yield "vectors are not of length one", place, len(rows)
        rows = geometry_faults(payload["geometry"])
        if len(rows):
            place = f"row {start + rows[0]:,} ({names[int(rows[0])]})"
            yield "geometries cannot be read", place, len(rows)
        if self._manifest.kind == IMAGERY:
            pairs = payload.select(["source", "source_sha256"])
            counted = pairs.append_column("chips", [[1] * len(pairs)])
            groups = counted.group_by(["source", "source_sha256"])
            self.sources.append(groups.aggregate([("chips", "sum")]))

    def _strangers(self) -> None:
        """Files that the manifest does not name, but ``*.parquet`` finds."""
        named = {path.name for path in self.paths}
        for folder in {path.parent for path in self.paths}:
            for path in sorted(folder.glob("*.parquet")):
                if path.name not in named:
                    what = "is not in the manifest; tools that read *.parquet see it"
                    where = f"{self.folder}/{path.name}"
                    self.findings.append(
                        Finding("warning", where, what, f"rm {path.absolute()}")
                    )

    def _part(self, path: Path, what: str) -> None:
        where = f"{self.folder}/{path.name}"
        self._problem(where, what, self._manifest.mend_part(path.name))

    def _problem(self, where: str, what: str, next_: str) -> None:
        self.findings.append(Finding("problem", where, what, next_))

    def all_keys(self) -> NDArray[np.void]:
        """Keys of all rows that could be read, sorted by id."""
        keys = np.concatenate(self.keys) if self.keys else np.empty(0, KEY)
        return keys[np.argsort(keys["id"], kind="stable")]


def _tables(file: "pq.ParquetFile") -> "Iterator[pa.Table]":
    import pyarrow as pa

    for batch in file.iter_batches(READ_ROWS):
        table = pa.Table.from_batches([batch])
        # Arrow takes text from Parquet as it is; a damaged page shows here.
        table.validate(full=True)
        yield table
