"""Scans and updates of large indexes.

Three questions: how long does an update look at 100,000 files that have not changed,
how long at an archive of as many members, and how long does an index of many chips
take to take in 1,000 new ones. Vectors are made up: nothing is timed but the index.

    python bench/bench_update.py [--files 100000] [--chips 1000000] [--dim 192]
"""

import argparse
import dataclasses
import resource
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.config import Settings
from rsrag.factory import drop_store, store_creator
from rsrag.imagery.options import ImageryOptions
from rsrag.indexing.finish import make_manifest, publish
from rsrag.indexing.generations import IndexDirectory
from rsrag.indexing.ledger import Entry, ledger_table
from rsrag.indexing.parts import PART_ROWS, PartInfo, PartWriter
from rsrag.indexing.report import BuildReport
from rsrag.indexing.request import BuildRequest
from rsrag.indexing.schema import chip_table
from rsrag.indexing.sidecar import fill_store
from rsrag.indexing.update import UpdateRequest, update_index
from rsrag.stores.copying import copy_store
from rsrag.types import BBox, ChipRecord, EncoderIdentity, Vectors, Window
from rsrag.vectors import unit_rows


class Random:
    """Vectors by the pixels, of any width."""

    def __init__(self, dim: int) -> None:
        self.identity = EncoderIdentity("random", "ab" * 32, "none", dim)

    def prepare_image(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Leave it as it is."""
        return image[:2, :2]

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Unit rows that a batch always gets."""
        rng = np.random.default_rng(int(batch.sum()))
        return unit_rows(rng.normal(size=(len(batch), self.identity.dim)))


def silent(stage: str, done: int, skipped: int) -> None:
    pass


def bmp(number: int) -> bytes:
    """The smallest picture of its number: 2 x 2 pixels, quickly made."""
    pixel = bytes((number & 255, number >> 8 & 255, number >> 16 & 255))
    head = b"BM" + (70).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    size = (40).to_bytes(4, "little") + (2).to_bytes(4, "little") * 2
    return head + size + b"\1\0\x18\0" + bytes(24) + (pixel * 2 + b"\0\0") * 2


def entries(count: int, folder: Path, container: Path | None) -> Iterator[Entry]:
    """The ledger that a build of these files would have written."""
    archive = container.stat() if container else None
    for number in range(count):
        name = f"{number % 100:02}/{number:07}.bmp"
        path = folder / name
        status = archive or path.stat()
        yield Entry(
            source=f"{container}!/{name}" if container else str(path),
            container=str(container) if container else None,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=f"{number:064x}",
            cut="c",
            facts="{}",
            position=number << 24,
            chips=1,
            status="ok",
        )


def make_index(
    request: BuildRequest, folder: Path, count: int, container: Path | None
) -> None:
    """Publish an index of made-up vectors for files that are there."""
    building = request.directory.building
    (building / "parts").mkdir(parents=True)
    dim = request.encoder.identity.dim
    rng = np.random.default_rng(0)
    infos: list[PartInfo] = []
    ledger = list(entries(count, folder, container))
    for start in range(0, count, PART_ROWS):
        block = ledger[start : start + PART_ROWS]
        path = building / "parts" / f"part-{len(infos):05d}.parquet"
        writer = PartWriter(path, request.encoder.identity)
        for low in range(0, len(block), 8192):
            some = block[low : low + 8192]
            records = [
                ChipRecord(
                    id=str(entry.sha256)[-32:],
                    source=entry.source,
                    source_sha256=str(entry.sha256),
                    window=Window(0, 0, 2, 2),
                    bbox=BBox(0, 0, 1, 1),
                )
                for entry in some
            ]
            vectors = unit_rows(rng.normal(size=(len(some), dim)).astype(np.float32))
            writer.write(chip_table(records, vectors))
        infos.append(writer.close())
    number = request.directory.next_number()
    store, info = request.create_store(building / "store", dim, count, number)
    since = time.perf_counter()
    files = [building / "parts" / part.file for part in infos]
    extent = fill_store(store, files)
    store.close()
    print(
        f"  store {info.kind} {info.ann}: made in {time.perf_counter() - since:.1f} s"
    )
    manifest = make_manifest(request, number, infos, extent, 0, info)
    report = BuildReport("x", 1, "", count, count, count, (), (), {}, 0.0, info.kind)
    with request.directory.writing():
        publish(request, manifest, ledger_table(ledger), report)


def request_for(root: Path, source: Path, dim: int, ann: str) -> BuildRequest:
    settings = Settings.from_environment({"RSRAG_INDEXES": str(root)})
    return BuildRequest(
        directory=IndexDirectory(root, "bench"),
        sources=(source,),
        options=ImageryOptions(),
        metadata=None,
        encoder=Random(dim),  # type: ignore[arg-type]
        encoder_source={"name": "random"},
        create_store=store_creator("faiss", ann, "bench", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=2,
        batch_size=256,
    )


def timed_update(name: str, request: BuildRequest) -> None:
    since, busy = time.perf_counter(), time.process_time()
    report = update_index(UpdateRequest(request, copy_store), silent)
    seconds, busy = time.perf_counter() - since, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    stages = {k: round(v, 2) for k, v in report.seconds.items()}
    print(
        f"{name}: {seconds:.2f} s (processor {busy:.2f} s); "
        f"{report.added:,} added, {report.unchanged:,} "
        f"unchanged, {report.chips:,} chips; peak {peak:.2f} GB; {stages}"
    )


def write_files(folder: Path, count: int) -> None:
    for number in range(count):
        path = folder / f"{number % 100:02}" / f"{number:07}.bmp"
        if number < 100:
            path.parent.mkdir(parents=True)
        path.write_bytes(bmp(number))
    time.sleep(0.2)


def write_tar(path: Path, count: int) -> None:
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            info = tarfile.TarInfo(f"{number % 100:02}/{number:07}.bmp")
            data = bmp(number)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))
    time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--chips", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("--ann", default="auto")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="bench-update-", dir=given.folder))
    try:
        if given.files:
            source = root / "files"
            write_files(source, given.files)
            request = request_for(root / "indexes", source, 8, "flat")
            make_index(request, source, given.files, None)
            for _ in range(3):
                timed_update(f"{given.files:,} unchanged files", request)
        if given.chips:
            source = root / "archives"
            source.mkdir()
            write_tar(source / "all.tar", given.chips)
            request = dataclasses.replace(
                request_for(root / "large", source, given.dim, given.ann)
            )
            make_index(request, source, given.chips, source / "all.tar")
            timed_update(f"a tar of {given.chips:,} unchanged members", request)
            for part in range(2):
                for number in range(1000):
                    data = bmp(2_000_000 + 1000 * part + number)
                    (source / f"new-{part}-{number:04}.bmp").write_bytes(data)
                time.sleep(0.2)
                timed_update("1,000 new chips", request)
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
