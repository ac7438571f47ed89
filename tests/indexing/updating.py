"""A small archive that changes, and an index of it that keeps up."""

import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from PIL import Image

from rsrag.config import Settings
from rsrag.factory import open_index
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import read_metadata
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.ledger import read_ledger
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.update.update import UpdateRequest, update_index
from rsrag.store_factory import drop_store, store_creator
from rsrag.stores.files.copying import copy_store
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows


class Colours:
    """Embeds a picture as its mean colour; counts what it is given."""

    identity = EncoderIdentity("colours", "cd" * 32, "mean", 3)

    def __init__(self) -> None:
        self.prepared = 0
        self.encoded = 0

    def prepare_image(self, image):
        self.prepared += 1
        return image.mean(axis=(0, 1), keepdims=True).round().astype(np.uint8)

    def encode_prepared(self, batch):
        self.encoded += len(batch)
        return unit_rows(batch.reshape(len(batch), 3).astype(np.float64) + 1)


def png(number: int, size=(8, 8)) -> bytes:
    """A picture like no other of another number."""
    buffer = io.BytesIO()
    colour = (number % 256, number // 256 % 256, 255 - number % 256)
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def world_file(west: float) -> bytes:
    return f"0.01\n0\n0\n-0.01\n{west}\n10\n".encode()


class Archive:
    """A folder whose files always look as if they had been there for long.

    Args:
        folder: is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._clock = int(time.time()) - 1_000_000

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, data: bytes) -> Path:
        path = self.path(name)
        path.write_bytes(data)
        self.touch(name)
        return path

    def touch(self, name: str) -> None:
        self._clock += 1
        os.utime(self.path(name), (self._clock, self._clock))

    def tar(self, name: str, members: dict[str, bytes]) -> None:
        mode = "w:gz" if name.endswith("gz") else "w"
        with tarfile.open(self.path(name), mode) as tar:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        self.touch(name)

    def zip(self, name: str, members: dict[str, bytes]) -> None:
        with zipfile.ZipFile(self.path(name), "w") as file:
            for member, data in members.items():
                file.writestr(zipfile.ZipInfo(member), data)
        self.touch(name)

    def move(self, name: str, other: str) -> None:
        self.path(name).rename(self.path(other))

    def remove(self, name: str) -> None:
        self.path(name).unlink()


def silent(stage, done, skipped) -> None:
    pass


class Index:
    """An index under test.

    Args:
        root: folder of indexes.
        sources: of the index.
        store: its kind; of FAISS with the index inside it: ``faiss:hnsw``.
        options: of reading.
    """

    def __init__(self, root: Path, sources, store="exact", name="test", **options):
        self.settings = Settings.from_environment({"RSRAG_INDEXES": str(root)})
        self.directory = IndexDirectory(root, name)
        self.sources = tuple(sources)
        self.store = store
        self.options = ImageryOptions(**options)

    def request(self, encoder=None, **changes) -> BuildRequest:
        metadata = self.options.metadata
        kind, _, ann = self.store.partition(":")
        values = {
            "directory": self.directory,
            "sources": self.sources,
            "options": self.options,
            "metadata": read_metadata(metadata) if metadata else None,
            "encoder": encoder or Colours(),
            "encoder_source": {"name": "colours"},
            "create_stores": store_creator(
                kind, ann or "auto", self.directory.name, self.settings
            ),
            "drop_store": lambda info: drop_store(info, self.settings),
            "threads": 2,
            "batch_size": 4,
        }
        return BuildRequest(**{**values, **changes})

    def build(self, encoder=None, **changes) -> BuildReport:
        return build_index(self.request(encoder, **changes), silent)

    def update(
        self, encoder=None, *, retry=False, dry_run=False, **changes
    ) -> BuildReport:
        build = self.request(encoder, **changes)
        request = UpdateRequest(build, copy_store, retry, dry_run)
        return update_index(request, silent)

    def rows(self) -> dict[str, dict]:
        """Every row of the parts, by id."""
        folder = self.directory.current_path()
        table = ds.dataset(folder / "parts" / "image", format="parquet").to_table()
        rows = table.to_pylist()
        found = {row["id"]: row for row in rows}
        assert len(found) == len(rows), "an id stands twice"
        return found

    def ledger(self) -> dict[str, dict]:
        """What the ledger says of each source, without its stamps."""
        table = read_ledger(self.directory.current_path())
        assert table is not None
        names = ("sha256", "cut", "chips", "left_out", "status", "kind")
        return {
            row["source"]: {name: row[name] for name in names}
            for row in table.to_pylist()
        }

    def stored(self) -> dict[str, dict]:
        """Every row of the store, by id, found by its own vector."""
        with open_index(self.directory.name, self.settings) as opened:
            rows = self.rows()
            assert len(opened.store) == len(rows)
            some = np.float32([[1, 0, 0]])
            hits = opened.store.search(some, len(rows))[0]
            return {hit.id: dict(hit.payload) for hit in hits}


def assert_equal(one: Index, other: Index) -> None:
    """Two indexes hold the same, whatever order it stands in."""
    left, right = one.rows(), other.rows()
    assert left.keys() == right.keys()
    for key, row in left.items():
        twin = right[key]
        vectors = row.pop("embedding"), twin.pop("embedding")
        assert np.allclose(*vectors, atol=1e-5)
        assert row == twin
    assert one.ledger() == other.ledger()
    mine, theirs = one.directory.read_manifest(), other.directory.read_manifest()
    assert mine.origin == theirs.origin
    assert (mine.rows, mine.skipped) == (theirs.rows, theirs.skipped)
    stored = one.stored()
    assert stored.keys() == left.keys()
    for key, payload in stored.items():
        assert payload["source"] == left[key]["source"]
        assert payload["datetime"] == left[key]["datetime"]
    assert mine.image.encoder == theirs.image.encoder
