"""Sources: folders, archives and files as a stream of pictures."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.imagery.archives.archive_names import (
    ARCHIVE_SUFFIXES,
    IMAGE_SUFFIXES,
    escape,
    is_archive_name,
    is_image_name,
    is_notes_name,
)
from rsrag.imagery.catalogues.stac_api import check_api
from rsrag.imagery.catalogues.stac_documents import is_stac_name
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.product_names import Product
from rsrag.imagery.products.products import (
    folder_products,
)
from rsrag.imagery.sources.bucket_scan import is_prefix, scan_object, scan_prefix
from rsrag.imagery.sources.folders import (
    FolderListing,
    FoundProduct,
    list_beside,
    walk_folder,
)
from rsrag.imagery.sources.items import SourceItem, file_item, inner_part
from rsrag.imagery.sources.member_items import list_archive
from rsrag.imagery.sources.mosaics import is_mosaic_name
from rsrag.imagery.sources.scanning import (
    scan_api,
    scan_archive,
    scan_mosaic,
    scan_part,
    scan_product,
    scan_stac,
    scan_url,
    unreadable,
)
from rsrag.imagery.sources.stamps import EMPTY, Known, Scanned, stamp_of
from rsrag.imagery.sources.stored_objects import object_of
from rsrag.imagery.sources.urls import api_parts, as_url, in_bucket, source_text
from rsrag.types import Skip

__all__ = ["SourceItem", "iter_sources", "scan_sources"]


def iter_sources(
    paths: Sequence[Path | str],
    *,
    ignored: Counter[str] | None = None,
    options: ImageryOptions | None = None,
) -> Iterator[SourceItem | Skip]:
    """List pictures, in an order that is the same on every run.

    Folders are walked (files before subfolders, by name; hidden ones left
    alone), archives are read in place in their own order, wherever they lie. At
    any moment the bytes of at most one member are held here.

    Args:
        ignored: counts files that were passed over, by ending.
        options: which bands or asset to take, of scenes that have several files.

    Returns:
        An iterator over pictures, and over what must not or cannot be read.

    Raises:
        SourceNotFoundError: at once, if a path is not there, or is a folder or an
            archive without a picture.
        ConfigError: no path at all.
    """
    counts: Counter[str] = Counter() if ignored is None else ignored
    options = options or ImageryOptions()
    return _items(_scan(_check_all(paths, None, options), counts, None, options))


def _items(scanned: Iterator[Scanned]) -> Iterator[SourceItem | Skip]:
    for one in scanned:
        item = one.item
        if item is not None and not (isinstance(item, Skip) and item.kind == EMPTY):
            yield item


def _check_all(
    paths: Sequence[Path | str], known: Known | None, options: ImageryOptions
) -> list[Path | str]:
    """Absolute paths and addresses, each looked at as far as that is quick."""
    if not paths:
        raise ConfigError("No source given.", hint="name a folder, archive or picture")
    absolute: list[Path | str] = []
    for given in paths:
        url = as_url(given)
        if url is None:
            path = Path(given).absolute()
            _check_there(path, known)
            absolute.append(path)
        else:
            absolute.append(url)
            if api_parts(url):
                check_api(url, options)
            elif in_bucket(url) and is_prefix(url):
                object_of(source_text(url))
            else:
                scan_url(url)
    return absolute


def _check_there(path: Path, known: Known | None) -> None:
    wanted = " ".join((*IMAGE_SUFFIXES, *ARCHIVE_SUFFIXES))
    shown = escape(path.as_posix())
    if not path.exists() and inner_part(path) is None:
        raise SourceNotFoundError(f"{shown} is not there.", hint="check the path")
    if path.is_dir():
        if next(walk_folder(path, Counter()), None) is None:
            hint = f"looked for files ending in {wanted}"
            for name in ("catalog.json", "collection.json"):
                if (path / name).is_file():
                    hint = f"a STAC catalogue is named itself: {shown}/{name}"
            raise SourceNotFoundError(f"{shown} holds no image.", hint=hint)
    elif path.exists() and not path.is_file():
        raise SourceNotFoundError(f"{shown} is neither a file nor a folder.")
    elif is_archive_name(path.name):
        with suppress(OSError):  # Reported when its turn comes.
            if known is not None and known(shown, shown, stamp_of(path.stat())):
                return
            contents = list_archive(path, until_image=True)
            if not contents.members and not contents.refusals:
                raise SourceNotFoundError(
                    f"{shown} holds no image.",
                    hint=f"looked for members ending in {' '.join(IMAGE_SUFFIXES)}",
                )


def scan_sources(
    paths: Sequence[Path | str],
    known: Known,
    *,
    ignored: Counter[str] | None = None,
    options: ImageryOptions | None = None,
) -> Iterator[Scanned]:
    """:func:`iter_sources` for one who knows most of it already.

    Args:
        known: what need not be opened. It still comes by, in its turn.
        ignored: counts files that were passed over, by ending.
        options: which bands or asset to take, of scenes that have several files.

    Raises:
        SourceNotFoundError: at once, if a path is not there.
        ConfigError: no path at all.
    """
    counts: Counter[str] = Counter() if ignored is None else ignored
    options = options or ImageryOptions()
    return _scan(_check_all(paths, known, options), counts, known, options)


def _scan(
    paths: list[Path | str],
    ignored: Counter[str],
    known: Known | None,
    options: ImageryOptions,
) -> Iterator[Scanned]:
    listings: dict[Path, FolderListing] = {}
    for path in paths:
        if isinstance(path, str):
            yield from _scan_address(path, ignored, known, options)
        elif path.is_dir():
            for found in walk_folder(path, ignored):
                if isinstance(found, Skip):
                    yield Scanned(found.source, None, None, found)
                elif isinstance(found, FoundProduct):
                    yield scan_product(*found, options, known)
                elif is_archive_name(found.path.name):
                    yield from scan_archive(found.path, ignored, known, options)
                else:
                    yield _file(*found, known)
        elif is_archive_name(path.name) and not is_image_name(path.name):
            yield from scan_archive(path, ignored, known, options)
        elif product := _product_of(path):
            yield scan_product(path.parent, product, options, known)
        elif is_stac_name(path.name):
            yield from scan_stac(path, options, known)
        elif part := inner_part(path):
            yield scan_part(*part, known)
        else:
            try:
                if path.parent not in listings:  # Of thousands named, one by one.
                    listings = {path.parent: list_beside(path)}
                yield _file(path, listings[path.parent], path.stat(), known)
            except OSError as exc:
                skip = unreadable(path, exc)
                yield Scanned(skip.source, None, None, skip)


def _scan_address(
    url: str, ignored: Counter[str], known: Known | None, options: ImageryOptions
) -> Iterator[Scanned]:
    if api_parts(url):
        return scan_api(url, options)
    if in_bucket(url) and is_prefix(url):
        return scan_prefix(url, ignored, known, options)
    return iter([scan_object(url, known) if in_bucket(url) else scan_url(url)])


def _product_of(path: Path) -> Product | None:
    """The product whose notes a file is, as GDAL takes notes for their product."""
    if not is_notes_name(path.name):
        return None
    products = folder_products(path.parent)
    return next((one for one in products if path.name in one.notes), None)


def _file(
    path: Path, listing: FolderListing, status: os.stat_result, known: Known | None
) -> Scanned:
    if is_mosaic_name(path.name):
        return scan_mosaic(path, known)
    source = escape(path.as_posix())
    stamp = None
    try:
        if known is not None:
            stamp = stamp_of(status, listing.beside_paths(path.name))
            if known(source, None, stamp):
                return Scanned(source, None, stamp, None)
        item = file_item(path, listing.beside(path.name))
        return Scanned(source, None, stamp, item, tuple(listing.auxiliary(path.name)))
    except OSError as exc:
        return Scanned(source, None, stamp, unreadable(path, exc))
