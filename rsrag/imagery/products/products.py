"""Products as sources: in a folder, or in an archive that is read in place."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rsrag.errors import SourceNotFoundError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.archives.members import Contents, Member
from rsrag.imagery.catalogues.described import ProductScene
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.landsat import band_scene, read_mtl
from rsrag.imagery.products.product_names import Product, find_products
from rsrag.imagery.products.radar import radar_scene
from rsrag.imagery.products.safe import safe_scene
from rsrag.imagery.products.safe_notes import read_notes
from rsrag.imagery.products.shelves import ArchiveShelf, FolderShelf, Shelf
from rsrag.imagery.products.tile_notes import tile_scene
from rsrag.imagery.sources.items import Layer, SourceItem, member_source
from rsrag.imagery.sources.member_items import MemberReader


def folder_products(folder: Path) -> list[Product]:
    """Products in a folder on the disk, those that share it included.

    Raises:
        OSError: it cannot be listed.
    """
    return find_products(folder.name, (path.name for path in folder.iterdir()))


def folder_product(
    folder: Path, product: Product | str, options: ImageryOptions
) -> SourceItem:
    """The scene of a product in a folder.

    Args:
        product: or its key.

    Raises:
        SourceNotFoundError: it is no longer there.
        ImageReadError: its notes or its bands are not what they must be.
        UnsafeArchiveError: a file of it is a link out of its folder.
        OSError: it cannot be read.
    """
    if isinstance(product, str):
        found = {one.key: one for one in folder_products(folder)}
        if product not in found:
            raise SourceNotFoundError(
                f"{product_source(folder, product)} is no longer a product.",
                hint="build the index again",
            )
        product = found[product]
    shelf = FolderShelf(folder, product)
    notes = tuple(folder / name for name in product.notes)
    return _item(product_source(folder, product.key), product, shelf, notes, options)


def product_source(folder: Path, key: str) -> str:
    """How a product in a folder is written as a source."""
    return member_source(folder, key) if key else escape(folder.as_posix())


class ShelvedProduct(NamedTuple):
    """A product in an archive, and its folder there."""

    folder: str
    product: Product


def archive_products(contents: Contents) -> dict[str, ShelvedProduct]:
    """Products in an archive by their path in it; empty: the archive is one."""
    listing: dict[str, set[str]] = {}
    for name in (*contents.members, *contents.notes):
        while name:
            folder, _, own = name.rpartition("/")
            if own in listing.setdefault(folder, set()):
                break
            listing[folder].add(own)
            name = folder
    found: dict[str, ShelvedProduct] = {}
    closed: list[str] = []
    for folder in sorted(listing):
        if folder.startswith(tuple(closed)):
            continue
        title = folder or contents.path.name.partition(".")[0]
        for product in find_products(title.rpartition("/")[2], listing[folder]):
            path = "/".join(part for part in (folder, product.key) if part)
            found[path] = ShelvedProduct(folder, product)
            if product.whole:
                closed.append(f"{folder}/" if folder else "")
    return found


def archive_product(
    contents: Contents,
    path: str,
    found: ShelvedProduct,
    reader: MemberReader,
    options: ImageryOptions,
) -> SourceItem:
    """The scene of a product in an archive.

    Args:
        path: of the product in it.
        found: at that path.

    Raises:
        ImageReadError: its notes or its bands are not what they must be.
    """
    folder, product = found
    shelf = ArchiveShelf(contents, f"{folder}/" if folder else "", reader)
    return _item(member_source(contents.path, path), product, shelf, (), options)


def lone_members(
    contents: Contents, products: Iterable[ShelvedProduct]
) -> Iterator[Member]:
    """Members that belong to none of the products."""
    owned: set[str] = set()
    owners: list[str] = []
    for folder, product in products:
        start = f"{folder}/" if folder else ""
        if product.whole:
            owners.append(start)
        owned.update(start + name for name in product.files)
    closed = tuple(owners)
    for member in contents.members.values():
        if member.name not in owned and not (owners and member.name.startswith(closed)):
            yield member


def _item(
    source: str,
    product: Product,
    shelf: Shelf,
    notes: tuple[Path, ...],
    options: ImageryOptions,
) -> SourceItem:
    scene = _scene(source, product, shelf, options)
    parts = shelf.items(dict.fromkeys(name for name, _, _ in scene.parts))
    first = parts[scene.parts[0][0]]
    files = dict.fromkeys(p for name, _, _ in scene.parts for p in parts[name].made_of)
    made_of = (*files, *notes)
    if scene.parts[0][1] == 0:
        return replace(
            first, source=source, told=scene.told, made_of=made_of, companions={}
        )
    return SourceItem(
        source=source,
        name=first.name,
        size=sum(part.size for part in parts.values()),
        layers=tuple(
            Layer(parts[name], band, fact) for name, band, fact in scene.parts
        ),
        told=scene.told,
        made_of=made_of,
    )


def _scene(
    source: str, product: Product, shelf: Shelf, options: ImageryOptions
) -> ProductScene:
    names = list(shelf.names()) if product.whole else product.files
    notes = product.notes
    if product.kind == "tile":
        told = {name: shelf.read(name) for name in notes}
        return tile_scene(names, told, options, source)
    first = shelf.read(notes[0]) if notes else b""
    if product.kind == "safe":
        known = read_notes(first, f"{source}: {notes[0]}")
        return safe_scene(names, known, options, source)
    if product.kind == "radar":
        return radar_scene(names, first, options, source)
    mtl = read_mtl(first, f"{source}: {notes[0]}") if notes else {}
    return band_scene(product.kind, product.key, names, mtl, options, source)
