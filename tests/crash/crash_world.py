"""A small archive, an encoder without a model, and what is whole about an index."""

import dataclasses
import hashlib
import io
import os
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rsrag.config import Settings
from rsrag.desk.upkeep.checking import store_opener
from rsrag.factory import open_index
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.indexing.build import batches, part_files
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.checks.verify import verify_index
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.rebuild.rebuild import rebuild_stores
from rsrag.indexing.rebuild.rebuild_part import rebuild_parts
from rsrag.indexing.update.update import UpdateRequest, update_index
from rsrag.store_factory import drop_store, store_creator
from rsrag.stores.files.copying import copy_store
from rsrag.types import EncoderIdentity
from rsrag.vectors import unit_rows

NAME = "test"
BATCH = 2
WRITE_ROWS = 4
"""Chips a staged batch holds in these tests: what a kill may cost."""


class Corners:
    """Embeds a picture as the colours of its corners, and notes what it is asked."""

    identity = EncoderIdentity("corners", "ef" * 32, "corners", 12)
    max_tokens = 1

    def __init__(self, log: Path | None = None, weights: str | None = None) -> None:
        self._log = log
        if weights is not None:
            self.identity = dataclasses.replace(self.identity, weights_sha256=weights)

    def prepare_image(self, image):
        return np.ascontiguousarray(image[:: len(image) - 1, :: image.shape[1] - 1])

    def encode_prepared(self, batch):
        if self._log is not None:
            handle = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(handle, f"{len(batch)}\n".encode())
            os.close(handle)
        flat = batch.reshape(len(batch), 12).astype(np.float64) + 1
        return unit_rows(np.roll(flat, int(self.identity.weights_sha256[:1], 16), 1))

    def encode_images(self, images):
        return self.encode_prepared(np.stack([self.prepare_image(i) for i in images]))

    def encode_texts(self, texts):
        raise NotImplementedError

    def count_tokens(self, texts):
        raise NotImplementedError


def encoded_chips(log: Path) -> int:
    return sum(map(int, log.read_text().split())) if log.exists() else 0


def picture(number: int, side: int = 8) -> bytes:
    rng = np.random.default_rng(number)
    stream = io.BytesIO()
    pixels = rng.integers(1, 255, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def tar_of(path: Path, members: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def zip_of(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def draw_archive(folder: Path) -> Path:
    """18 chips of a folder, a tar, a packed tar and a zip, one broken, one twice."""
    deep = folder / "deep"
    deep.mkdir(parents=True)
    for number in range(4):
        (folder / f"{number}.png").write_bytes(picture(number))
    (deep / "four.png").write_bytes(picture(4, 16))  # Four chips of 8 px.
    (deep / "twice.png").write_bytes(picture(0))
    (deep / "broken.png").write_bytes(b"\x89PNG not really")
    tar_of(folder / "a.tar", {f"{n}.png": picture(n) for n in range(5, 9)})
    tar_of(folder / "b.tar.gz", {f"{n}.png": picture(n) for n in range(9, 12)}, "w:gz")
    zip_of(folder / "c.zip", {f"{n}.png": picture(n) for n in range(12, 15)})
    return folder


def change_archive(folder: Path) -> None:
    """One file gone, one changed, one moved, one new, and a member more in the zip."""
    (folder / "0.png").unlink()
    (folder / "1.png").write_bytes(picture(101))
    (folder / "2.png").rename(folder / "deep" / "moved.png")
    (folder / "new.png").write_bytes(picture(102, 16))
    numbers = [12, 13, 14, 103, 104]
    zip_of(folder / "c.zip", {f"{n}.png": picture(n) for n in numbers})


def settings_of(root: Path) -> Settings:
    return Settings.from_environment({"RSRAG_INDEXES": str(root)})


def build_request(
    root: Path, archive: Path, log: Path | None = None, **changes: Any
) -> BuildRequest:
    settings = settings_of(root)
    store = changes.pop("store", "exact")
    return BuildRequest(
        directory=IndexDirectory(root, NAME),
        sources=(archive,),
        options=ImageryOptions(chip_size=Size.parse("8")),
        metadata=None,
        encoder=changes.pop("encoder", Corners(log)),
        encoder_source={"name": "corners"},
        create_stores=store_creator(store, "auto", NAME, settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=1,
        batch_size=BATCH,
        **changes,
    )


def silent(stage: str, done: int, skipped: int) -> None:
    pass


def small_files() -> None:
    """Batches and parts of a few rows, so that there are several."""
    batches.WRITE_ROWS = WRITE_ROWS
    part_files.GROUP_ROWS, part_files.PART_ROWS = 4, 8


def build(root: Path, archive: Path, log: Path | None = None, **changes: Any) -> Any:
    small_files()
    return build_index(build_request(root, archive, log, **changes), silent)


def update(root: Path, archive: Path, log: Path | None = None, **changes: Any) -> Any:
    small_files()
    request = build_request(root, archive, log, **changes)
    return update_index(UpdateRequest(request, copy_store), silent)


def rebuild(
    root: Path, archive: Path, log: Path | None = None, part: str | None = None
) -> Any:
    """The store again, or one part from its sources."""
    small_files()
    request = build_request(root, archive, log)
    if part is not None:
        return rebuild_parts(request, [part], silent)
    return rebuild_stores(request)


@dataclasses.dataclass(frozen=True)
class Whole:
    """All that must be equal of two indexes of one archive: rows by id, and counts."""

    rows: dict[str, dict[str, Any]]
    vectors: dict[str, np.ndarray]
    counts: tuple[Any, ...]

    def check_equal(self, other: "Whole") -> None:
        assert self.counts == other.counts
        assert self.rows == other.rows
        for chip, vector in self.vectors.items():
            np.testing.assert_allclose(vector, other.vectors[chip], rtol=0, atol=1e-5)


def check_verified(root: Path) -> None:
    """``rsrag index verify`` finds nothing."""
    directory = IndexDirectory(root, NAME)
    report = verify_index(directory, store_opener(settings_of(root)), silent)
    assert not report.findings, report.findings


def check_whole(root: Path, archive: Path | None = None, unit: float = 1e-5) -> Whole:
    """Open an index as a reader does, and check every promise of its manifest.

    Parts: present, of the size and hash announced, ids unique, vectors of length
    one. The store: as many items, the same ids, payloads and vectors, and a search
    by a chip's vector finds that chip. ``rsrag index verify`` must agree.

    Args:
        root: folder of the indexes.
        archive: that all chips must be of, by path.
        unit: how far from one the length of a vector may be.
    """
    check_verified(root)
    opened = open_index(NAME, settings_of(root))
    manifest, store, folder = opened.manifest, opened.store, opened.folder
    try:
        assert folder.name == f"{manifest.generation:06d}"
        listed = sorted(p.name for p in (folder / "parts" / "image").iterdir())
        assert listed == sorted(part.file for part in manifest.image.parts)
        rows: dict[str, dict[str, Any]] = {}
        vectors: dict[str, np.ndarray] = {}
        for part in manifest.image.parts:
            path = folder / "parts" / "image" / part.file
            data = path.read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (
                part.bytes,
                part.sha256,
            )
            seen = 0
            for table in read_parts([path]):
                payload, matrix = split_embeddings(table)
                assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=unit)
                for row, vector in zip(payload.to_pylist(), matrix, strict=True):
                    assert row["id"] not in rows, "a chip stands twice"
                    rows[row["id"]], vectors[row["id"]] = row, vector
                seen += len(table)
            assert seen == part.rows
        assert len(rows) == manifest.rows == len(store)
        ids = list(rows)
        stored = store.fetch(ids)
        np.testing.assert_allclose(stored, np.stack([*vectors.values()]), atol=1e-5)
        for chip, hits in zip(ids, store.search(stored, 2), strict=True):
            assert chip in {hit.id for hit in hits if hit.score > 1 - 1e-5}
            assert all(dict(hit.payload) == rows[hit.id] for hit in hits)
    finally:
        store.close()
    scenes = Counter(row["source"] for row in rows.values())
    assert archive is None or all(s.startswith(str(archive)) for s in scenes)
    assert len(scenes) == manifest.imagery.scenes
    return Whole(
        rows, vectors, (manifest.rows, manifest.imagery.scenes, manifest.skipped)
    )
