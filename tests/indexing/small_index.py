"""An index made of records and vectors, without imagery or an encoder."""

from pathlib import Path

import numpy as np

from rsrag.config import Settings
from rsrag.factory import store_creator
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.sidecar import fill_store
from rsrag.indexing.format.chip_schema import chip_table, split_embeddings
from rsrag.indexing.format.manifest import Manifest, write_manifest
from rsrag.indexing.format.parts import PartWriter, read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory


def make_index(root: Path, records, vectors, identity, rows_a_part: int = 4):
    """Publish generation 1 of ``toy`` with parts of a few rows."""
    directory = IndexDirectory(root, "toy")
    parts = directory.building / "parts"
    parts.mkdir(parents=True)
    infos = []
    for start in range(0, len(records), rows_a_part):
        part = PartWriter(parts / f"part-{len(infos):05d}.parquet", identity)
        rows = slice(start, start + rows_a_part)
        part.write(chip_table(records[rows], vectors[rows]))
        infos.append(part.close())
    create = store_creator("exact", "auto", "toy", Settings.from_environment({}))
    store, info = create(directory.building / "store", identity.dim, len(records), 1)
    extent = fill_store(store, [parts / i.file for i in infos])
    store.close()
    manifest = Manifest(
        name="toy",
        generation=1,
        created="2026-01-01T00:00:00Z",
        rsrag_version="0",
        encoder=identity,
        encoder_source={"name": identity.id},
        imagery=ImageryOptions().to_json(),
        sources=("/archive",),
        chips=extent.chips,
        scenes=extent.scenes,
        skipped=0,
        bbox=extent.bbox,
        time=extent.time,
        parts=tuple(infos),
        store=info,
    )
    write_manifest(manifest, directory.building)
    directory.publish(1)
    return directory


def all_rows(directory: IndexDirectory) -> tuple[list[dict], np.ndarray]:
    """Payload rows and vectors of the current generation, in the parts' order."""
    folder = directory.current_path()
    manifest = directory.read_manifest()
    rows, vectors = [], []
    for table in read_parts([folder / "parts" / p.file for p in manifest.parts]):
        payload, matrix = split_embeddings(table)
        rows += payload.to_pylist()
        vectors.append(matrix)
    return rows, np.concatenate(vectors)
