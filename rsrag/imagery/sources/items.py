"""One picture on its way in: a file, bytes from an archive, or a place in one."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import escape, suffix_of
from rsrag.imagery.archives.blocks import member_blocks, read_blocks
from rsrag.imagery.archives.members import IN_MEMORY_LIMIT, Contents, Member
from rsrag.imagery.archives.tar_archive import list_tar, tar_gdal_path, tar_reader
from rsrag.imagery.archives.zip_archive import list_zip, zip_gdal_path, zip_reader
from rsrag.imagery.catalogues.described import BandInfo, Description
from rsrag.imagery.pixels.file_formats import HEAD_BYTES
from rsrag.imagery.sources.folders import companions_beside
from rsrag.imagery.sources.remote import RemoteFile

_COPY_BYTES = 1 << 20

ReadMember = Callable[[Member], bytes]
"""Gives the bytes of a member of an open archive."""


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One picture file, one member of an archive, or one scene of a product.

    Exactly one of ``path``, ``data``, ``gdal_path``, ``remote`` and ``layers`` says
    how to open it.

    Attributes:
        source: absolute POSIX path, or ``ARCHIVE!/MEMBER``, escaped as
            :mod:`rsrag.imagery.archives.archive_names` says.
        name: the picture's own name, not escaped.
        size: bytes.
        path: a file of its own.
        data: all bytes of a member.
        gdal_path: where GDAL finds a member that is too large to hold.
        companions: bytes of the world file, ``.prj``, ``.json`` and ``.aux.xml``
            beside the picture, by their ending in lower case; ``.msk`` too, empty
            where GDAL finds it beside a file.
        member: archive and member behind ``gdal_path``.
        remote: a file on a server.
        layers: files whose bands make the scene, in order.
        told: what a catalogue or a product's notes say of it.
        made_of: files of which a change may change the scene (the picture, its
            archive, the catalogue that describes it); empty for what is remote.
    """

    source: str
    name: str
    size: int
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    gdal_path: str | None = None
    companions: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    member: tuple[Contents, Member] | None = field(default=None, repr=False)
    remote: RemoteFile | None = None
    layers: tuple["Layer", ...] = ()
    told: Description = field(default_factory=Description, repr=False)
    made_of: tuple[Path, ...] = ()

    @property
    def suffix(self) -> str:
        """Ending of the name, lower case, with its dot."""
        return suffix_of(self.name)

    def head(self) -> bytes:
        """The first bytes, enough to recognise the format.

        Raises:
            ImageReadError: the file cannot be read.
        """
        if self.data is not None:
            return self.data[:HEAD_BYTES]
        if self.layers:
            return self.layers[0].item.head()
        if self.remote is not None:
            return self.remote.head(HEAD_BYTES)
        for block in self._blocks(HEAD_BYTES):
            return block
        return b""

    def sha256(self) -> str:
        """Hex digest of the bytes; reads all of them.

        Of several files, a digest of their digests. Of a file on a server, a digest
        of what identifies it there: it is not fetched for this.

        Raises:
            ImageReadError: the file cannot be read.
        """
        if self.data is not None:
            return hashlib.sha256(self.data).hexdigest()
        if self.remote is not None:
            return self.remote.digest()
        if self.layers:
            parts = [f"{part.item.sha256()} {part.band}\n" for part in self.layers]
            return hashlib.sha256("".join(parts).encode()).hexdigest()
        digest = hashlib.sha256()
        for block in self._blocks(_COPY_BYTES):
            digest.update(block)
        return digest.hexdigest()

    def _blocks(self, size: int) -> Iterator[bytes]:
        try:
            if self.path is not None:
                with self.path.open("rb") as file:
                    yield from read_blocks(file, size)
            elif self.member is not None:
                yield from member_blocks(*self.member, size)
        except OSError as exc:
            raise ImageReadError(f"{self.source} cannot be read: {exc}") from exc


class Layer(NamedTuple):
    """One band of a scene that is kept in several files.

    Attributes:
        item: the file.
        band: 1-based number in it.
        info: its name and what else is said of it.
    """

    item: SourceItem
    band: int
    info: BandInfo


def list_archive(path: Path, *, until_image: bool = False) -> Contents:
    """Members of an archive, told by its content, not its ending.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(512)
    is_tar = head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"
    is_zip = head[:2] == b"PK" or path.suffix.lower() == ".zip"
    if is_zip and not is_tar:
        return list_zip(path)
    return list_tar(path, until_image=until_image)


def file_item(path: Path, companions: Mapping[str, bytes] | None = None) -> SourceItem:
    """A picture that is a file of its own.

    Args:
        path: absolute.
        companions: if the caller knows them; else they are looked for.

    Raises:
        OSError: no such file.
    """
    if companions is None:
        companions = companions_beside(path)
    return SourceItem(
        source=escape(path.as_posix()),
        name=path.name,
        size=path.stat().st_size,
        path=path,
        companions=companions,
        made_of=(path,),
    )


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

    def item(self, member: Member, hold: int = IN_MEMORY_LIMIT) -> SourceItem:
        """One member, its bytes read unless it is too large to hold.

        Args:
            hold: bytes that are not too large.

        Raises:
            ImageReadError: the member, or a companion of it, is damaged.
        """
        contents = self._contents
        # Companions of a packed tar are known already; of the rest, reading may jump.
        beside = contents.beside(member.name).items()
        companions = {suffix: self.read(small) for suffix, small in beside}
        large = member.size > hold
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
    if contents.kind == "zip":
        return zip_gdal_path(contents, member)
    return tar_gdal_path(contents, member)


def member_source(archive: Path, name: str) -> str:
    """How a member is written as a source."""
    return f"{escape(archive.as_posix())}!/{escape(name)}"
