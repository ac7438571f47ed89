"""An index made of records and vectors, without imagery or an encoder."""

from pathlib import Path

import numpy as np

from rsrag.config import Settings
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.sidecar import fill_store, measure
from rsrag.indexing.format.chip_schema import chip_table, split_embeddings
from rsrag.indexing.format.manifest import Manifest, Space
from rsrag.indexing.format.manifest_file import write_manifest
from rsrag.indexing.format.origins import Imagery
from rsrag.indexing.format.parts import PartWriter, read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import store_creator


def make_index(root: Path, records, vectors, identity, rows_a_part: int = 4):
    """Publish generation 1 of ``toy`` with parts of a few rows."""
    directory = IndexDirectory(root, "toy")
    parts = directory.building / "parts" / "image"
    parts.mkdir(parents=True)
    infos = []
    for start in range(0, len(records), rows_a_part):
        part = PartWriter(parts / f"part-{len(infos):05d}.parquet", identity)
        rows = slice(start, start + rows_a_part)
        part.write(chip_table(records[rows], vectors[rows]))
        infos.append(part.close())
    create = store_creator("exact", "auto", "toy", Settings.from_environment({}))
    sizes = {"image": (identity.dim, len(records))}
    store, info = create(directory.building / "store", sizes, 1)["image"]
    paths = [parts / i.file for i in infos]
    fill_store(store, paths)
    store.close()
    extent = measure(paths)
    manifest = Manifest(
        name="toy",
        generation=1,
        created="2026-01-01T00:00:00Z",
        rsrag_version="0",
        kind="imagery",
        spaces={
            "image": Space(
                extent.chips, identity, {"name": identity.id}, tuple(infos), info
            )
        },
        origin=Imagery(
            sources=("/archive",),
            options=ImageryOptions().to_json(),
            scenes=extent.scenes,
            bbox=extent.bbox,
            time=extent.time,
            uniform=extent.uniform,
        ),
        skipped=0,
    )
    write_manifest(manifest, directory.building)
    directory.switch(1)
    return directory


def all_rows(directory: IndexDirectory) -> tuple[list[dict], np.ndarray]:
    """Payload rows and vectors of the current generation, in the parts' order."""
    paths = directory.read_manifest().part_paths(directory.current_path())
    rows, vectors = [], []
    for table in read_parts(paths):
        payload, matrix = split_embeddings(table)
        rows += payload.to_pylist()
        vectors.append(matrix)
    return rows, np.concatenate(vectors)
