"""``.tar``, packed or not, read in place: a list of members, then their bytes."""

import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, cast

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import clean_member, is_notes_name
from rsrag.imagery.archives.members import (
    PACKED_NOTES_LIMIT,
    Contents,
    Member,
    companion_limit,
)
from rsrag.imagery.archives.packed_stream import DAMAGE, PackedStream, is_packed

ReadAt = Callable[[int, int], bytes]
"""Reads so many bytes at such a position of the unpacked stream."""


_NOTE_LIMIT = 4 * 2**20
"""Long names and pax records are smaller than this, in bytes."""

_SIZE_LIMIT = 2**60

_NOTES = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _StrictInfo(tarfile.TarInfo):
    """A header that reports damage, where tarfile takes it for the end.

    Sizes below zero would lead tarfile round in circles, and notes of any size
    into memory.
    """

    @classmethod
    def frombuf(
        cls, buf: bytes | bytearray, encoding: str, errors: str
    ) -> "_StrictInfo":
        info = super().frombuf(buf, encoding, errors)
        limit = _NOTE_LIMIT if info.type in _NOTES else _SIZE_LIMIT
        if not 0 <= info.size <= limit:
            raise tarfile.ReadError(f"a header claims {info.size} bytes")
        return info

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_StrictInfo":
        try:
            info = super().fromtarfile(tarfile_)
        except (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as exc:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"damaged header: {exc}") from exc
        # Records of an extended header may have changed the size.
        if not 0 <= info.size <= _SIZE_LIMIT:
            raise tarfile.ReadError(f"a header claims {info.size} bytes")
        return info


@contextmanager
def _unpacked(path: Path) -> Iterator[PackedStream | IO[bytes]]:
    """The tar stream, unpacked if it is packed."""
    with path.open("rb") as file:
        packed = is_packed(file.read(6))
        if not packed:
            file.seek(0)
            yield file
    if packed:
        with PackedStream(path) as stream:
            yield stream


def list_tar(path: Path, *, until_image: bool = False) -> Contents:
    """Read all headers.

    A packed archive is unpacked once for this, without keeping anything but small
    companion files: only so are bombs known before they are read.

    Args:
        path: the archive, packed or not, whatever its ending says.
        until_image: stop at the first picture: it only matters whether there is one.

    Returns:
        Its members. Damage is the last of the refusals; what lies before is whole.

    Raises:
        OSError: the file itself cannot be read.
    """
    with _unpacked(path) as stream:
        packed = isinstance(stream, PackedStream)
        kind: Literal["tar", "tar.gz", "tar.packed"] = "tar"
        if isinstance(stream, PackedStream):
            kind = "tar.gz" if stream.gzip else "tar.packed"
        contents = Contents(path, kind)
        try:
            _list_members(stream, contents, until_image)
        except (tarfile.TarError, *DAMAGE) as exc:
            contents.break_off(f"the archive is damaged or cut off: {exc}")
        except OSError as exc:
            if not packed:
                raise
            contents.break_off(f"the archive is damaged: {exc}")
    return contents


def _list_members(
    stream: PackedStream | IO[bytes], contents: Contents, until_image: bool
) -> None:
    archive = tarfile.TarFile(
        fileobj=cast("IO[bytes]", stream),
        mode="r",
        tarinfo=_StrictInfo,
        errors="surrogateescape",
    )
    pending: tuple[tarfile.TarInfo, int] | None = None
    try:
        while (info := archive.next()) is not None:
            _file_away(stream, contents, pending)
            pending = info, _packed_used(stream)
            if until_image and contents.members:
                return
            # tarfile would keep every header; a large archive has millions.
            archive.members.clear()  # type: ignore[attr-defined]
            if info.isreg():
                _keep_companion(stream, contents, info)
    finally:
        # Of a member before a break, only what is whole.
        if pending is not None and _is_whole(stream, pending[0]):
            _file_away(stream, contents, pending)


def _packed_used(stream: PackedStream | IO[bytes]) -> int:
    return stream.packed_used if isinstance(stream, PackedStream) else 0


def _is_whole(stream: PackedStream | IO[bytes], info: tarfile.TarInfo) -> bool:
    """Whether all bytes of a member are there; the last header read is its own."""
    end = info.offset_data + (info.size if info.isreg() else 0)
    if isinstance(stream, PackedStream):
        return stream.tell() >= end
    return os.fstat(stream.fileno()).st_size >= end


def _file_away(
    stream: PackedStream | IO[bytes],
    contents: Contents,
    pending: tuple[tarfile.TarInfo, int] | None,
) -> None:
    """Add a member, now that its packed size is known."""
    if pending is None:
        return
    info, start = pending
    if info.isdir():
        return
    packed = info.size
    if isinstance(stream, PackedStream):
        packed = stream.packed_used - start
    refusal = None
    if info.issym() or info.islnk():
        refusal = f"it is a link to {info.linkname!r}"
    elif not info.isreg():
        refusal = "it is a device or a pipe"
    elif info.issparse():
        refusal = "it is a sparse file, whose size is only claimed"
    member = Member(info.name, info.size, info.offset_data, packed, 0)
    contents.add(member, refusal)


def _keep_companion(
    stream: PackedStream | IO[bytes], contents: Contents, info: tarfile.TarInfo
) -> None:
    if not isinstance(stream, PackedStream):
        return
    name = clean_member(info.name)
    if is_notes_name(name):
        limit = PACKED_NOTES_LIMIT
    else:
        place = contents.companion_of(name)
        limit = companion_limit(place[1]) if place else -1
    if info.size <= limit:
        contents.small[name] = stream.read(info.size)


@contextmanager
def tar_reader(contents: Contents) -> Iterator[ReadAt]:
    """Open an archive for reading members.

    Args:
        contents: as :func:`list_tar` gave them.

    Yields:
        A function of position and size. In a packed archive positions must not
        go back.
    """
    with _unpacked(contents.path) as stream:

        def read_at(position: int, size: int) -> bytes:
            try:
                stream.seek(position)
                data = stream.read(size)
            except DAMAGE as exc:
                raise ImageReadError(f"{contents.path}: {exc}") from exc
            if len(data) != size:
                raise ImageReadError(
                    f"{contents.path} changed: {size} bytes expected at {position}, "
                    f"{len(data)} found."
                )
            return data

        yield read_at


def tar_gdal_path(contents: Contents, member: Member) -> str:
    """How GDAL finds a member without unpacking the archive to disk."""
    inner = "/vsigzip/" if contents.kind == "tar.gz" else ""
    return f"/vsisubfile/{member.offset}_{member.size},{inner}{contents.path}"
