"""Stamps, which tell without reading that a file is unchanged."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from rsrag.imagery.sources.items import SourceItem
from rsrag.types import Skip

EMPTY = "empty"
"""Kind of the skip that stands for an archive without a picture."""


class Stamp(NamedTuple):
    """A file as the system describes it.

    Attributes:
        size: bytes.
        mtime_ns: time of the last change, nanoseconds since 1970.
        beside: digest of names, sizes and times of the small files that say
            something about it; empty if there are none.
    """

    size: int
    mtime_ns: int
    beside: str = ""


class Scanned(NamedTuple):
    """One thing that a scan came by.

    Attributes:
        source: as in :class:`rsrag.types.ChipRecord`; the archive itself if it is
            known or cannot be read.
        container: archive that it lies in, written as a source, or ``None``.
        stamp: of the file, or of the archive; ``None`` if it has none.
        item: the picture, or why it is none; ``None`` if it was known.
        auxiliary: files in which GDAL finds more about its pixels.
    """

    source: str
    container: str | None
    stamp: Stamp | None
    item: SourceItem | Skip | None
    auxiliary: tuple[Path, ...] = ()


class Known(Protocol):
    """Decides what a scan need not open."""

    def __call__(self, source: str, container: str | None, stamp: Stamp) -> bool:
        """Whether a file is known as it is.

        Args:
            source: a picture, a member, or an archive as a whole; of an archive that
                is known, members are not asked for.
            container: archive of a member, the archive's own name for an archive,
                ``None`` for a picture.
        """
        ...


def stamp_of(status: os.stat_result, beside: Iterable[Path] = ()) -> Stamp:
    """Stamp of a file.

    Raises:
        OSError: one of those beside it cannot be looked at.
    """
    return Stamp(status.st_size, status.st_mtime_ns, digest_beside(beside))


def digest_beside(paths: Iterable[Path]) -> str:
    """Digest of names, sizes and times; empty for no files."""
    lines = []
    for path in sorted(paths):
        status = path.stat()
        lines.append(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}")
    if not lines:
        return ""
    text = "\n".join(lines).encode(errors="surrogateescape")
    return hashlib.sha256(text).hexdigest()[:32]
