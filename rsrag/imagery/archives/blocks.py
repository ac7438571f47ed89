"""The bytes of a file or of an archive's member, one block after another."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.members import Contents, Member
from rsrag.imagery.archives.tar_archive import tar_reader
from rsrag.imagery.archives.zip_archive import zip_stream

_UNREAD = (NotImplementedError, RuntimeError, struct.error, ValueError)
"""What zipfile raises for headers that contradict the directory."""


def read_blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """What is left of an open file, in blocks of ``size`` bytes."""
    while block := file.read(size):
        yield block


def member_blocks(contents: Contents, member: Member, size: int) -> Iterator[bytes]:
    """The bytes of a member too large to hold.

    Raises:
        ImageReadError: the archive is damaged.
        OSError: it cannot be read.
    """
    if contents.kind == "zip":
        # zipfile streams a member, whatever its size, and checks it at the end.
        try:
            with zip_stream(contents, member) as file:
                yield from read_blocks(file, size)
        except (zipfile.BadZipFile, zlib.error, EOFError, *_UNREAD) as exc:
            raise ImageReadError(f"{contents.path}: {exc}") from exc
        return
    with tar_reader(contents) as read_at:
        for start in range(0, member.size, size):
            length = min(size, member.size - start)
            yield read_at(member.offset + start, length)
