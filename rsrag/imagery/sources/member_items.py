"""Members of an archive on their way in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import RAW_SUFFIXES, suffix_of
from rsrag.imagery.archives.members import IN_MEMORY_LIMIT, Contents, Member
from rsrag.imagery.archives.packed_stream import is_packed
from rsrag.imagery.archives.tar_archive import list_tar, tar_gdal_path, tar_reader
from rsrag.imagery.archives.zip_archive import list_zip, zip_gdal_path, zip_reader
from rsrag.imagery.sources.items import SourceItem, member_source
from rsrag.imagery.sources.mosaics import is_mosaic_name, member_mosaic

ReadMember = Callable[[Member], bytes]
"""Gives the bytes of a member of an open archive."""


def list_archive(path: Path, *, until_image: bool = False) -> Contents:
    """Members of an archive, told by its content, not its ending; not to be changed.

    The directory of a zip is read once, while the file stays as it is.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(512)
    is_tar = is_packed(head) or head[257:262] == b"ustar"
    is_zip = head[:2] == b"PK" or path.suffix.lower() == ".zip"
    if is_zip and not is_tar:
        status = path.stat()
        return _listed_zip(path, status.st_mtime_ns, status.st_size)
    return _settled(list_tar(path, until_image=until_image))


@lru_cache(maxsize=2)
def _listed_zip(path: Path, mtime_ns: int, size: int) -> Contents:
    return _settled(list_zip(path))


def _settled(contents: Contents) -> Contents:
    """An archive's members, those with raw values by what their headers say."""
    if contents.raw:
        with archive_items(contents) as reader:
            contents.settle(reader.read)
    return contents


@contextmanager
def archive_items(contents: Contents) -> Iterator["MemberReader"]:
    """Open an archive to make items of its members."""
    if contents.kind == "zip":
        with zip_reader(contents) as read_zip:
            yield MemberReader(contents, read_zip)
    else:
        with tar_reader(contents) as read_at:

            def read_tar(member: Member) -> bytes:
                if member.name in contents.small:
                    return contents.small[member.name]
                return read_at(member.offset, member.size)

            yield MemberReader(contents, read_tar)


class MemberReader:
    """Makes items of an open archive's members, one at a time.

    Args:
        read: gives the bytes of a member.
    """

    def __init__(self, contents: Contents, read: ReadMember) -> None:
        self._contents = contents
        self.read = read

    def item(self, member: Member, hold: int | None = None) -> SourceItem:
        """One member, its bytes read unless it is too large to hold.

        Args:
            hold: bytes that are not too large; by default ``IN_MEMORY_LIMIT``.

        Raises:
            ImageReadError: the member, or a companion of it, is damaged.
        """
        contents = self._contents
        if is_mosaic_name(member.name) and hold is None:
            if member.size > IN_MEMORY_LIMIT or contents.kind == "tar.packed":
                raise ImageReadError("Such a VRT is read from a folder only: unpack.")
            written = self.read(member)
            return member_mosaic(
                contents, member, written, lambda part: self.item(part, hold=0)
            )
        # Companions of a packed tar are known already; of the rest, reading may jump.
        beside = contents.beside(member.name).items()
        companions = {suffix: self.read(small) for suffix, small in beside}
        large = member.size > (IN_MEMORY_LIMIT if hold is None else hold)
        if contents.kind == "tar.packed":  # Nobody but us can look into it.
            large = member.size > IN_MEMORY_LIMIT
            if large:
                raise ImageReadError(
                    f"It has {member.size:,} bytes, more than are held in memory, and "
                    "GDAL does not look into such archives: unpack it first."
                )
        return SourceItem(
            source=member_source(contents.path, member.name),
            name=member.name,
            size=member.size,
            data=None if large else self.read(member),
            gdal_path=_gdal_path(contents, member) if large else None,
            companions=companions,
            member=(contents, member) if large else None,
            made_of=(contents.path,),
        )


def _gdal_path(contents: Contents, member: Member) -> str:
    if suffix_of(member.name) in RAW_SUFFIXES:
        # Its header must be found beside it.
        if member.within is not None:
            raise ImageReadError(
                f"It has {member.size:,} bytes of raw values and lies in an archive "
                "in an archive: unpack it first."
            )
        driver = "zip" if contents.kind == "zip" else "tar"
        return f"/vsi{driver}/{{{contents.path}}}/{member.name}"
    if contents.kind == "zip":
        return zip_gdal_path(contents, member)
    return tar_gdal_path(contents, member)
