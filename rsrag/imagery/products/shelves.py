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
        """Paths of its files, relative to the folder of the product."""
        ...

    def read(self, name: str) -> bytes:
        """Bytes of a small file of it."""
        ...

    def item(self, name: str) -> SourceItem:
        """A picture of it."""
        ...


class FolderShelf:
    """Files on the disk; links to folders stay shut, links out of it are refused."""

    def __init__(self, folder: Path, product: Product) -> None:
        self._folder = folder
        self._product = product

    def names(self) -> Iterator[str]:
        """See :class:`Shelf`."""
        if not self._product.whole:
            yield from self._product.files
            return
        for here, _, files in os.walk(self._folder):
            base = Path(here).relative_to(self._folder).as_posix()
            yield from (name if base == "." else f"{base}/{name}" for name in files)

    def read(self, name: str) -> bytes:
        """See :class:`Shelf`."""
        path = self._inside(name)
        if path.stat().st_size > NOTES_LIMIT:
            raise ImageReadError(f"{escape(path.as_posix())} is too large to be notes.")
        return path.read_bytes()

    def item(self, name: str) -> SourceItem:
        """See :class:`Shelf`."""
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

    def __init__(
        self, contents: Contents, folder: str, product: Product, reader: MemberReader
    ) -> None:
        self._contents = contents
        self._folder = folder
        self._product = product
        self._reader = reader

    def names(self) -> Iterator[str]:
        """See :class:`Shelf`."""
        if not self._product.whole:
            yield from self._product.files
            return
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

    def item(self, name: str) -> SourceItem:
        """See :class:`Shelf`."""
        member = self._contents.members[self._folder + name]
        if self._contents.kind == "tar.packed":
            # GDAL does not look into it, and the open stream does not go back.
            with archive_items(self._contents) as reader:
                return reader.item(member)
        return self._reader.item(member, hold=0)
