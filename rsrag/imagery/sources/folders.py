"""Walks folder trees: sorted, safe against loops, hidden files left alone."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rsrag.imagery.archives.archive_names import (
    AUXILIARY_SUFFIXES,
    companion_of,
    escape,
    is_archive_name,
    is_auxiliary_name,
    is_image_name,
    is_notes_name,
    suffix_of,
)
from rsrag.imagery.archives.members import companion_limit
from rsrag.imagery.products.product_names import Product, find_products
from rsrag.types import Skip


class FolderListing:
    """Small files of one folder that say something about its pictures."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder = folder
        self._by_stem: dict[str, dict[str, str]] = {}
        for name in names:
            if place := companion_of(name):
                self._by_stem.setdefault(place[0], {})[place[1]] = name
        self._auxiliary = frozenset(n for n in names if n.endswith(AUXILIARY_SUFFIXES))

    def auxiliary(self, name: str) -> list[Path]:
        """Files of GDAL beside a picture, which change what its pixels are."""
        if not self._auxiliary:
            return []
        wanted = (name + suffix for suffix in AUXILIARY_SUFFIXES)
        return [self._folder / other for other in wanted if other in self._auxiliary]

    def is_raw(self, name: str) -> bool:
        """Whether an ENVI header beside a file says that it holds raw values."""
        header = self._companions(name).get(".hdr")
        if header is None or header.name == name or is_notes_name(name):
            return False
        try:
            if not header.is_file():
                return False
            with header.open("rb") as file:
                return file.read(4) == b"ENVI"
        except OSError:
            return False

    def beside_paths(self, name: str) -> list[Path]:
        """Every file that says something about a picture."""
        return list({*self.auxiliary(name), *self._companions(name).values()})

    def _companions(self, name: str) -> dict[str, Path]:
        lower = name.lower()
        found = {
            **self._by_stem.get(lower.rpartition(".")[0], {}),
            **self._by_stem.get(lower, {}),
        }
        return {suffix: self._folder / small for suffix, small in found.items()}

    def beside(self, name: str) -> dict[str, bytes]:
        """Bytes of a picture's companions, by their ending.

        Raises:
            OSError: one is there and cannot be read.
        """
        if not self._by_stem:
            return {}
        return {
            # GDAL finds the mask of a file by itself; that there is one counts.
            suffix: b"" if suffix == ".msk" else path.read_bytes()
            for suffix, path in self._companions(name).items()
            if path.is_file() and path.stat().st_size <= companion_limit(suffix)
        }


class FoundFile(NamedTuple):
    """A file with the listing of its folder."""

    path: Path
    listing: FolderListing
    status: os.stat_result


class FoundProduct(NamedTuple):
    """A product, with the folder in which its files lie."""

    folder: Path
    product: Product


def list_beside(path: Path) -> FolderListing:
    """Listing of the folder that one file lies in.

    Raises:
        OSError: the folder cannot be read.
    """
    return FolderListing(path.parent, [p.name for p in path.parent.iterdir()])


def companions_beside(path: Path) -> Mapping[str, bytes]:
    """Companions of one file, found by listing its folder."""
    return list_beside(path).beside(path.name)


def walk_folder(
    folder: Path, ignored: Counter[str]
) -> Iterator[FoundFile | FoundProduct | Skip]:
    """Pictures and archives of a tree.

    Files of a folder come before its subfolders, both sorted by name. Links are
    followed; a folder that was seen already is not entered again.

    Args:
        folder: absolute.
        ignored: counts what is passed over, by ending (``""``: none; ``"."``:
            hidden).

    Yields:
        A file with the listing of its folder, a product in place of its files, or
        what could not be read and why.
    """
    seen: set[tuple[int, int]] = set()
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(here) as scan:
                entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
        except OSError as exc:
            yield Skip(
                escape(here.as_posix()),
                f"cannot be read: {exc.strerror or exc}",
                "OSError",
            )
            continue
        names = [entry.name for entry in entries]
        listing = FolderListing(here, names)
        products = find_products(here.name, names)
        yield from (FoundProduct(here, product) for product in products)
        if any(product.whole for product in products):
            continue
        owned = {name for product in products for name in product.files}
        folders = []
        for entry in entries:
            if entry.name.startswith("."):
                ignored["."] += 1
            elif _is_folder(entry):
                folders.append(here / entry.name)
            elif entry.name in owned or is_notes_name(entry.name):
                pass
            elif not (
                is_image_name(entry.name)
                or is_archive_name(entry.name)
                or listing.is_raw(entry.name)
            ):
                if not (companion_of(entry.name) or is_auxiliary_name(entry.name)):
                    ignored[suffix_of(entry.name)] += 1
            elif problem := _problem(entry):
                source = escape((here / entry.name).as_posix())
                yield Skip(source, problem, "ImageReadError")
            else:
                yield FoundFile(here / entry.name, listing, entry.stat())
        pending.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _problem(entry: os.DirEntry[str]) -> str | None:
    """Why an entry with a picture's name is no file to open."""
    try:
        mode = entry.stat().st_mode
    except OSError as exc:
        return f"the link leads nowhere: {exc.strerror}"
    # Opening a pipe would wait for a writer for ever.
    return None if stat.S_ISREG(mode) else "it is a device or a pipe"
