"""Sentinel-2 products as sources: in a folder, or in a zip that is read in place."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rsrag.errors import ImageReadError, SourceNotFoundError, UnsafeArchiveError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.archives.members import Contents, Member
from rsrag.imagery.catalogues.safe import (
    NOTES,
    SafeScene,
    choose_scene,
    is_product_listing,
)
from rsrag.imagery.catalogues.safe_notes import NOTES_LIMIT, read_notes
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.sources.items import Layer, MemberReader, SourceItem, member_source

_IMAGES = "GRANULE"


def is_product(folder: Path) -> bool:
    """Whether a folder is a Sentinel-2 product with its notes.

    Raises:
        OSError: it cannot be listed.
    """
    if not folder.is_dir():
        return False
    return is_product_listing(folder.name, (path.name for path in folder.iterdir()))


def folder_product(folder: Path, options: ImageryOptions) -> SourceItem:
    """The scene of a product that is a folder.

    Raises:
        ImageReadError: its notes or its bands are not what they must be.
        UnsafeArchiveError: a band of it is a link out of it.
        OSError: it cannot be read.
    """
    where = escape(folder.as_posix())
    names = (path.name for path in folder.iterdir())
    notes = sorted(name for name in names if NOTES.fullmatch(name))
    if not notes:
        raise SourceNotFoundError(f"{where} no longer holds the notes of a product.")
    path = _inside(folder, notes[0])
    if path.stat().st_size > NOTES_LIMIT:
        raise ImageReadError(f"{where}/{notes[0]} is too large to be notes.")
    known = read_notes(path.read_bytes(), f"{where}/{notes[0]}")
    scene = choose_scene(_names(folder), known, options, where)
    parts = {name: _file(folder, name) for name, _, _ in scene.parts}
    return _item(where, scene, parts, (path,))


def zip_product(
    contents: Contents, product: str, reader: MemberReader, options: ImageryOptions
) -> SourceItem:
    """The scene of a product in a zip.

    Args:
        product: path of the product in it; empty: the zip itself is one.

    Raises:
        ImageReadError: its notes or its bands are not what they must be.
    """
    where = member_source(contents.path, product)
    notes = contents.products[product]
    if notes.size > NOTES_LIMIT:
        raise ImageReadError(f"{where}: {notes.name} is too large to be notes.")
    known = read_notes(reader.read(notes), f"{where}: {notes.name}")
    folder = f"{product}/" if product else ""
    names = [n[len(folder) :] for n in contents.members if n.startswith(folder)]
    scene = choose_scene(names, known, options, where)
    # Bands are large, and many products wait at once: they stay in the archive.
    parts = {
        name: reader.item(contents.members[folder + name], hold=0)
        for name, _, _ in scene.parts
    }
    return _item(where, scene, parts, ())


def lone_members(contents: Contents) -> Iterator[Member]:
    """Members that belong to no product."""
    owners = tuple(f"{product}/" if product else "" for product in contents.products)
    for member in contents.members.values():
        if not (owners and member.name.startswith(owners)):
            yield member


def _item(
    source: str, scene: SafeScene, parts: dict[str, SourceItem], notes: tuple[Path, ...]
) -> SourceItem:
    first = parts[scene.parts[0][0]]
    files = dict.fromkeys(p for part in parts.values() for p in part.made_of)
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


def _names(folder: Path) -> Iterator[str]:
    """Files of the granules, relative to the product; links to folders stay shut."""
    for here, _, files in os.walk(folder / _IMAGES):
        base = Path(here).relative_to(folder).as_posix()
        yield from (f"{base}/{name}" for name in files)


def _file(folder: Path, name: str) -> SourceItem:
    path = _inside(folder, name)
    return SourceItem(
        source=escape(path.as_posix()),
        name=path.name,
        size=path.stat().st_size,
        path=path,
        made_of=(path,),
    )


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        shown = escape(path.as_posix())
        raise UnsafeArchiveError(f"{shown} is a link that leads out of its product.")
    if not path.is_file():  # A pipe would be waited for without end.
        raise ImageReadError(f"{escape(path.as_posix())} is no file.")
    return path
