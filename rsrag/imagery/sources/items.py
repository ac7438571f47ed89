"""One picture on its way in: a file, bytes from an archive, or a place in one."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import escape, is_image_name, suffix_of
from rsrag.imagery.archives.blocks import member_blocks, read_blocks
from rsrag.imagery.archives.members import Contents, Member
from rsrag.imagery.catalogues.described import BandInfo, Description
from rsrag.imagery.pixels.file_formats import HEAD_BYTES
from rsrag.imagery.sources.folders import companions_beside
from rsrag.imagery.sources.remote import RemoteFile
from rsrag.imagery.sources.stored_objects import read_object

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One picture file, one member of an archive, or one scene of a product.

    Exactly one of ``path``, ``data``, ``gdal_path``, ``remote``, ``layers`` and
    ``mosaic`` says how to open it.

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
        mosaic: a VRT, looked through, and the files that it is made of.
        inner: part of the file that is the picture: a variable, a page.
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
    mosaic: "Mosaic | None" = None
    inner: str = ""
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
        if self.mosaic is not None:
            return self.mosaic.description[:HEAD_BYTES]
        if self.remote is not None:
            return self.remote.head(HEAD_BYTES)
        for block in self._blocks(HEAD_BYTES):
            return block
        return b""

    def fetched(self) -> "SourceItem":
        """Itself; of an object in a bucket, with what lies beside it, and its bytes.

        An object that is read in blocks has none.

        Raises:
            ImageReadError: it cannot be had.
        """
        if self.remote is None:
            return self
        small = {suffix: read_object(url) for suffix, url in self.remote.beside.items()}
        item = replace(self, companions={**self.companions, **small})
        if not self.remote.whole:
            return item
        data = self.remote.read()
        return replace(item, data=data, size=len(data), remote=None)

    def sha256(self) -> str:
        """Hex digest of the bytes; reads all of them.

        Of several files, a digest of their digests. Of a file on a server, a digest
        of what identifies it there: it is not fetched for this.

        Raises:
            ImageReadError: the file cannot be read.
        """
        if self.inner:  # Another part of the same file is another picture.
            whole = replace(self, inner="").sha256()
            return hashlib.sha256(f"{whole} {self.inner}".encode()).hexdigest()
        if self.data is not None:
            return hashlib.sha256(self.data).hexdigest()
        if self.mosaic is not None:
            files = [file.sha256() for file in self.mosaic.files]
            text = b" ".join([self.mosaic.written, *(one.encode() for one in files)])
            return hashlib.sha256(text).hexdigest()
        if self.remote is not None:
            if self.remote.whole:
                return self.fetched().sha256()
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


def inner_part(path: Path) -> tuple[Path, str] | None:
    """File and name of ``FILE:PART``: a variable of a netCDF or HDF5 file, a page."""
    if path.exists():
        return None
    for at in (i for i, c in enumerate(str(path)) if c == ":"):
        file, name = Path(str(path)[:at]), str(path)[at + 1 :].strip("/")
        if name and is_image_name(file.name) and file.is_file():
            return file, name
    return None


def part_item(path: Path, name: str) -> SourceItem:
    """A part of a file as a picture: ``FILE!/PART`` is its source.

    Raises:
        OSError: no such file.
    """
    whole = file_item(path)
    return replace(whole, source=member_source(path, name), inner=name)


class Mosaic(NamedTuple):
    """A description of one raster made of others (VRT).

    Attributes:
        written: as it stands on the disk.
        description: for GDAL, with the absolute paths of files that were looked at.
        files: that it is made of.
    """

    written: bytes
    description: bytes
    files: tuple[SourceItem, ...]


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


def member_source(archive: Path, name: str) -> str:
    """How a member is written as a source."""
    return f"{escape(archive.as_posix())}!/{escape(name)}"
