"""Scan of sources of several files: products, catalogues, servers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rsrag.errors import ConfigError, ImageryError, LeftOutError
from rsrag.imagery.archives.archive_names import escape, is_archive_name
from rsrag.imagery.archives.members import Contents
from rsrag.imagery.catalogues.stac import iter_stac, remote_item
from rsrag.imagery.catalogues.stac_api import iter_api
from rsrag.imagery.catalogues.stac_documents import is_stac_name
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.product_names import Product
from rsrag.imagery.products.products import (
    archive_product,
    archive_products,
    folder_product,
    lone_members,
    product_source,
)
from rsrag.imagery.sources.items import SourceItem, member_source, part_item
from rsrag.imagery.sources.member_items import archive_items, list_archive
from rsrag.imagery.sources.mosaics import mosaic_item
from rsrag.imagery.sources.selection import check_told, selects
from rsrag.imagery.sources.stamps import EMPTY, Known, Scanned, Stamp, stamp_of
from rsrag.types import Skip


def scan_stac(
    root: Path, options: ImageryOptions, known: Known | None
) -> Iterator[Scanned]:
    """Scenes of a STAC document. The document is read; of pictures, only the stamps.

    Raises:
        ImageryError: the document is not STAC, or holds no item.
    """
    for found in iter_stac(root, options):
        if isinstance(found, Skip):
            yield Scanned(found.source, None, None, found)
        else:
            yield _stamped(found, options, known)


def scan_api(url: str, options: ImageryOptions) -> Iterator[Scanned]:
    """Scenes of a STAC API; nothing of them is known without asking.

    Raises:
        ImageReadError: the server does not answer as an API does.
    """
    for found in iter_api(url, options):
        item = found if isinstance(found, Skip) else _wanted(found, options)
        yield Scanned(found.source, None, None, item)


def scan_product(
    folder: Path, product: Product, options: ImageryOptions, known: Known | None
) -> Scanned:
    """The scene of a product in a folder."""
    try:
        return _stamped(folder_product(folder, product, options), options, known)
    except (ImageryError, OSError) as exc:
        source = product_source(folder, product.key)
        return Scanned(source, None, None, skip_for(source, exc))


def scan_archive(
    path: Path,
    ignored: Counter[str],
    known: Known | None,
    options: ImageryOptions,
    keeper: object = None,
) -> Iterator[Scanned]:
    """Pictures of an archive, then its products, then what must not be read.

    Args:
        keeper: held as long as a picture may be read from the archive.
    """
    source = escape(path.as_posix())
    stamp = None
    try:
        if known is not None:
            stamp = stamp_of(path.stat())
            if known(source, source, stamp):
                yield Scanned(source, source, stamp, None)
                return
        contents = list_archive(path)
        contents.keeper = keeper
        ignored.update(contents.ignored)
        if not contents.members and not contents.refusals:
            empty = Skip(source, "it holds no picture", EMPTY)
            yield Scanned(source, source, stamp, empty)
        yield from _members(contents, source, stamp, known, options)
    except OSError as exc:
        yield Scanned(source, source, stamp, unreadable(path, exc))


def _members(
    contents: Contents,
    container: str,
    stamp: Stamp | None,
    known: Known | None,
    options: ImageryOptions,
) -> Iterator[Scanned]:
    with archive_items(contents) as reader:
        products = archive_products(contents)
        for member in lone_members(contents, products.values()):
            source = member_source(contents.path, member.name)
            item: SourceItem | Skip | None = None
            if not (known and stamp and known(source, container, stamp)):
                try:
                    item = reader.item(member)
                except ImageryError as exc:
                    item = skip_for(source, exc)
            yield Scanned(source, container, stamp, item)
        for path, found in products.items():
            source = member_source(contents.path, path)
            item = None
            if not (known and stamp and known(source, container, stamp)):
                try:
                    made = archive_product(contents, path, found, reader, options)
                    item = _wanted(made, options)
                except (ImageryError, OSError) as exc:
                    item = skip_for(source, exc)
            yield Scanned(source, container, stamp, item)
    for refusal in contents.refusals:
        source = container
        if refusal.name:
            source = member_source(contents.path, refusal.name)
        skip = Skip(source, refusal.reason, refusal.kind)
        yield Scanned(source, container, stamp, skip)


def unreadable(path: Path, exc: OSError) -> Skip:
    """A file that the system does not give."""
    return Skip(
        escape(path.as_posix()),
        f"cannot be read: {exc.strerror or exc}",
        "ImageReadError",
    )


def scan_mosaic(path: Path, known: Known | None) -> Scanned:
    """The scene of a VRT."""
    try:
        return _stamped(mosaic_item(path), ImageryOptions(), known)
    except (ImageryError, OSError) as exc:
        source = escape(path.as_posix())
        return Scanned(source, None, None, skip_for(source, exc))


def scan_part(path: Path, name: str, known: Known | None) -> Scanned:
    """A variable or a page of a file."""
    try:
        return _stamped(part_item(path, name), ImageryOptions(), known)
    except OSError as exc:
        source = member_source(path, name)
        return Scanned(source, None, None, skip_for(source, exc))


def scan_url(url: str) -> Scanned:
    """A picture on a server; it is asked when the scene is opened.

    Raises:
        ConfigError: no address, one that holds a password, or one of a file that is
            no picture.
    """
    item = remote_item(url)
    if is_stac_name(item.name):
        raise ConfigError(
            f"{item.source}: a STAC document is read from the disk.",
            hint=f"curl -LO {item.source}; its assets may be on servers (--remote)",
        )
    if is_archive_name(item.name):
        raise ConfigError(
            f"{item.source}: an archive cannot be read in parts.",
            hint=f"curl -LO {item.source}",
        )
    return Scanned(item.source, None, None, item)


def skip_for(source: str, exc: ImageryError | ConfigError | OSError) -> Skip:
    """An error about a source as a skip."""
    if isinstance(exc, OSError):
        return Skip(source, f"cannot be read: {exc.strerror or exc}", "ImageReadError")
    return Skip(source, exc.with_hint, type(exc).__name__)


def _stamped(item: SourceItem, options: ImageryOptions, known: Known | None) -> Scanned:
    """An item of files that lie about, or nothing if all of them are known."""
    if known is None or not item.made_of:
        return Scanned(item.source, None, None, _wanted(item, options))
    first, *others = item.made_of
    try:
        stamp = stamp_of(first.stat(), others)
    except OSError as exc:
        return Scanned(item.source, None, None, skip_for(item.source, exc))
    if known(item.source, None, stamp):
        return Scanned(item.source, None, stamp, None)
    return Scanned(item.source, None, stamp, _wanted(item, options))


def _wanted(item: SourceItem, options: ImageryOptions) -> SourceItem | Skip:
    """The item, or that its catalogue says it was not asked for.

    So its files need not be hashed. Rows of a sidecar, which know better, are only
    looked up when a scene is opened.
    """
    if options.metadata is None and selects(options):
        try:
            check_told(item.source, item.told, None, options)
        except LeftOutError as exc:
            return Skip(item.source, str(exc), exc.kind)
    return item


def unasked(source: str) -> Scanned:
    """What stands in the place of objects that may not be asked for."""
    why = "it is on a server, and RSRAG_OFFLINE forbids to ask it"
    return Scanned(source, None, None, Skip(source, why, "ImageReadError"))
