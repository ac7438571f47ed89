"""A small index for tests that break it: pictures of one colour each in a tar."""

import dataclasses
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsrag.config import Settings
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.parts import part_info
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.store_factory import drop_store, open_stores, store_creator
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows


class Colours:
    """Embeds a picture as its mean colour in 8 numbers; counts what it embedded."""

    def __init__(self, id_: str = "colours", shift: float = 1.0) -> None:
        self.identity = EncoderIdentity(id_, f"{id_:0<64}", "mean", 8)
        self.shift = shift
        self.encoded = 0
        self.break_after: int | None = None

    def prepare_image(self, image):
        return image.mean(axis=(0, 1), keepdims=True).round().astype(np.uint8)

    def encode_prepared(self, batch):
        if self.break_after is not None and self.encoded >= self.break_after:
            raise KeyboardInterrupt
        self.encoded += len(batch)
        mean = batch.reshape(len(batch), 3).astype(np.float64) + self.shift
        return unit_rows(mean @ np.random.default_rng(1).normal(size=(3, 8)))

    def encode_images(self, images):
        return self.encode_prepared(np.stack([self.prepare_image(i) for i in images]))

    def encode_texts(self, texts):
        raise NotImplementedError


def silent(*_: object) -> None:
    pass


def write_tar(path: Path, count: int = 20, first: int = 0) -> Path:
    with tarfile.open(path, "w") as tar:
        for number in range(first, first + count):
            buffer = io.BytesIO()
            colour = (number * 37 % 256, number * 101 % 256, number * 7 % 256)
            Image.new("RGB", (16, 16), colour).save(buffer, "PNG")
            info = tarfile.TarInfo(f"{number:03}.png")
            info.size = len(buffer.getvalue())
            tar.addfile(info, io.BytesIO(buffer.getvalue()))
    return path


def settings_of(root: Path) -> Settings:
    return Settings.from_environment({"RSRAG_INDEXES": str(root), "RSRAG_THREADS": "2"})


def make_index(root: Path, sources, store="exact", encoder=None) -> IndexDirectory:
    """Build an index called ``small`` with parts of eight rows."""
    settings = settings_of(root)
    directory = IndexDirectory(root, "small")
    request = BuildRequest(
        directory=directory,
        sources=tuple(sources),
        options=ImageryOptions(),
        metadata=None,
        encoder=encoder or Colours(),
        encoder_source={"name": "colours"},
        create_stores=store_creator(store, "auto", "small", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
        batch_size=4,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsrag.indexing.build.batches.WRITE_ROWS", 8)
        patch.setattr("rsrag.indexing.build.part_files.GROUP_ROWS", 8)
        patch.setattr("rsrag.indexing.build.part_files.PART_ROWS", 8)
        build_index(request, silent)
    return directory


def stores_of(manifest, folder):
    return open_stores(manifest, folder, settings_of(folder))


def part_of(directory: IndexDirectory, number: int = 0) -> Path:
    return directory.current_path() / "parts" / "image" / f"part-{number:05d}.parquet"


def table_of(directory: IndexDirectory) -> pa.Table:
    """All rows, in the order of the parts."""
    paths = directory.read_manifest().part_paths(directory.current_path())
    return pa.concat_tables([pq.read_table(path) for path in paths])


def rewrite(path: Path, change) -> None:
    """Replace a part's rows by ``change(table)``, its footer kept."""
    with pq.ParquetFile(path) as file:
        footer = file.metadata.metadata
        table = file.read()
    changed = change(table)
    with pq.ParquetWriter(path, changed.schema, store_schema=True) as writer:
        writer.write_table(changed)
        writer.add_key_value_metadata(
            {key: footer[key] for key in (b"geo", b"rsrag") if key in footer}
        )


def agree(directory: IndexDirectory) -> None:
    """Make the manifest say what the parts' bytes are now, rows included."""
    folder = directory.current_path()
    data = json.loads((folder / "manifest.json").read_text())
    del data["digest"]
    space = data["spaces"]["image"]
    for part in space["parts"]:
        path = folder / "parts" / "image" / part["file"]
        rows = pq.read_metadata(path).num_rows
        part.update(dataclasses.asdict(part_info(path, rows)))
    space["rows"] = sum(part["rows"] for part in space["parts"])
    (folder / "manifest.json").write_text(json.dumps(data))


def with_column(table: pa.Table, name: str, values) -> pa.Table:
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    array = values if isinstance(values, pa.Array) else pa.array(values, field.type)
    return table.set_column(index, pa.field(name, array.type, field.nullable), array)


def with_vectors(table: pa.Table, vectors: np.ndarray) -> pa.Table:
    flat = pa.array(vectors.astype(np.float32).ravel(), pa.float32())
    lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return with_column(table, "embedding", lists)


def vectors_of(table: pa.Table) -> np.ndarray:
    flat = table["embedding"].combine_chunks().flatten().to_numpy()
    return flat.reshape(len(table), -1).copy()
