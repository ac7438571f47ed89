"""Where the files of a product lie: in a folder, or in an archive."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from rsrag.errors import ImageReadError, UnsafeArchiveError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.archives.members import Contents
from rsrag.imagery.products.product_names import Product
from rsrag.imagery.products.safe_notes import NOTES_LIMIT
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.member_items import MemberReader, archive_items


class Shelf(Protocol):
    """Where the files of a product lie."""

    def names(self) -> Iterable[str]:
        """Paths of all files in the folder of the product, relative to it."""
        ...

    def read(self, name: str) -> bytes:
        """Bytes of a small file of it."""
        ...

    def items(self, names: Iterable[str]) -> dict[str, SourceItem]:
        """Pictures of it, by their names."""
        ...


class FolderShelf:
    """Files on the disk; links to folders stay shut, links out of it are refused."""

    def __init__(self, folder: Path, product: Product) -> None:
        self._folder = folder
        self._product = product

    def names(self) -> Iterator[str]:
        """See :class:`Shelf`."""
        for here, _, files in os.walk(self._folder):
            base = Path(here).relative_to(self._folder).as_posix()
            yield from (name if base == "." else f"{base}/{name}" for name in files)

    def read(self, name: str) -> bytes:
        """See :class:`Shelf`."""
        path = self._inside(name)
        if path.stat().st_size > NOTES_LIMIT:
            raise ImageReadError(f"{escape(path.as_posix())} is too large to be notes.")
        return path.read_bytes()

    def items(self, names: Iterable[str]) -> dict[str, SourceItem]:
        """See :class:`Shelf`."""
        return {name: self._item(name) for name in names}

    def _item(self, name: str) -> SourceItem:
        path = self._inside(name)
        return SourceItem(
            source=escape(path.as_posix()),
            name=path.name,
            size=path.stat().st_size,
            path=path,
            made_of=(path,),
        )

    def _inside(self, name: str) -> Path:
        path = self._folder / name
        shown = escape(path.as_posix())
        # Files that share a folder with others are taken as they would be alone.
        if self._product.whole and not path.resolve().is_relative_to(
            self._folder.resolve()
        ):
            raise UnsafeArchiveError(
                f"{shown} is a link that leads out of its product."
            )
        if not path.is_file():  # A pipe would be waited for without end.
            raise ImageReadError(f"{shown} is no file.")
        return path


class ArchiveShelf:
    """Members of an archive; bands stay in it, as many products wait at once."""

    def __init__(self, contents: Contents, folder: str, reader: MemberReader) -> None:
        self._contents = contents
        self._folder = folder
        self._reader = reader

    def names(self) -> Iterator[str]:
        """See :class:`Shelf`."""
        start = len(self._folder)
        for name in self._contents.members:
            if name.startswith(self._folder):
                yield name[start:]

    def read(self, name: str) -> bytes:
        """See :class:`Shelf`."""
        member = self._contents.notes[self._folder + name]
        if member.size > NOTES_LIMIT:
            raise ImageReadError(f"{member.name} is too large to be notes.")
        return self._reader.read(member)

    def items(self, names: Iterable[str]) -> dict[str, SourceItem]:
        """See :class:`Shelf`."""
        members = {name: self._contents.members[self._folder + name] for name in names}
        if self._contents.kind != "tar.packed":
            return {n: self._reader.item(one, hold=0) for n, one in members.items()}
        # GDAL does not look into it, and the open stream does not go back.
        in_order = sorted(members.items(), key=lambda pair: pair[1].offset)
        with archive_items(self._contents) as reader:
            return {name: reader.item(member) for name, member in in_order}
