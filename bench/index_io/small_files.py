"""The smallest pictures there are, in files and in a tar, and the ledger of them."""

import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from rsrag.indexing.format.ledger import Entry

SETTLE_S = 0.2
"""A file that is too new says nothing by its time: it would be hashed again."""


def bmp(number: int) -> bytes:
    """The smallest picture of its number: 2 x 2 pixels, quickly made."""
    pixel = bytes((number & 255, number >> 8 & 255, number >> 16 & 255))
    head = b"BM" + (70).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    size = (40).to_bytes(4, "little") + (2).to_bytes(4, "little") * 2
    return head + size + b"\1\0\x18\0" + bytes(24) + (pixel * 2 + b"\0\0") * 2


def write_files(folder: Path, count: int) -> None:
    """So many pictures in a hundred folders."""
    for number in range(min(100, count)):
        (folder / f"{number:02}").mkdir(parents=True)
    for number in range(count):
        (folder / name_of(number)).write_bytes(bmp(number))
    time.sleep(SETTLE_S)


def write_tar(path: Path, count: int) -> None:
    """So many pictures as members of a tar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            info = tarfile.TarInfo(name_of(number))
            data = bmp(number)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))
    time.sleep(SETTLE_S)


def write_new(folder: Path, count: int, first: int) -> None:
    """Further pictures, unlike those before."""
    for number in range(first, first + count):
        (folder / f"new-{number:07}.bmp").write_bytes(bmp(number))
    time.sleep(SETTLE_S)


def entries(folder: Path, count: int, container: Path | None) -> Iterator[Entry]:
    """The ledger that a build of these pictures would have written."""
    archive = container.stat() if container else None
    for number in range(count):
        path = folder / name_of(number)
        status = archive or path.stat()
        yield Entry(
            source=f"{container}!/{name_of(number)}" if container else str(path),
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


def name_of(number: int) -> str:
    """Of a picture, below its folder or in its archive."""
    return f"{number % 100:02}/{number:07}.bmp"
