"""STAC items as scenes: their assets opened, what they say of them kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from rsrag.errors import ConfigError, ImageReadError, ImageryError, SourceNotFoundError
from rsrag.imagery.archives.archive_names import escape, unescape
from rsrag.imagery.catalogues.json_fields import Fields
from rsrag.imagery.catalogues.stac_assets import Asset, choose_asset
from rsrag.imagery.catalogues.stac_documents import (
    PlacedItem,
    read_items,
    resolve,
    shown,
)
from rsrag.imagery.catalogues.stac_fields import describe_item
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.sources.items import Layer, SourceItem, file_item
from rsrag.imagery.sources.remote import RemoteFile
from rsrag.imagery.sources.urls import public
from rsrag.types import Skip


def iter_stac(root: Path, options: ImageryOptions) -> Iterator[SourceItem | Skip]:
    """Scenes of a STAC document, one an item.

    A scene's source is ``ROOT!/ID``, or ``ROOT!/DOCUMENT!/ID`` where the item stands
    in a document that the root links to.

    Args:
        root: absolute; see :func:`rsrag.imagery.catalogues.stac_documents.read_items`.
        options: for ``asset``, ``bands`` and ``remote``.

    Raises:
        ImageReadError: the document is not STAC.
        SourceNotFoundError: it holds no item.
    """
    seen: set[str] = set()
    empty = True
    for found in read_items(root):
        empty = False
        if isinstance(found, Skip):
            yield found
            continue
        source = shown(root)
        try:
            source = _source(root, found)
            if source in seen:
                raise ImageReadError(f"{source} is there twice: ids must differ.")
            seen.add(source)
            yield _scene(root, found, source, options)
        except OSError as exc:
            yield Skip(
                source, f"cannot be read: {exc.strerror or exc}", "ImageReadError"
            )
        except (ImageryError, ConfigError) as exc:
            yield skipped_item(source, exc)
    if empty:
        raise SourceNotFoundError(f"{shown(root)} holds no STAC item.")


def skipped_item(source: str, exc: ImageryError | ConfigError) -> Skip:
    """An item that cannot be a scene; a wrong option shows only at its assets."""
    kind = type(exc).__name__ if isinstance(exc, ImageryError) else "ImageReadError"
    return Skip(source, exc.with_hint, kind)


def find_stac(
    root: Path, rest: str, source: str, options: ImageryOptions
) -> SourceItem:
    """The scene behind a source.

    Args:
        rest: of the source, behind ``ROOT!/``, still escaped.

    Raises:
        SourceNotFoundError: the item or its asset is gone.
        ImageReadError: the item is not what it was.
    """
    inner, _, name = rest.rpartition("!/")
    document = root
    if inner:
        linked = resolve(unescape(inner), root, root.parent.resolve())
        assert isinstance(linked, Path), "sources name documents by path"
        document = linked
    status = document.stat()
    known = _known(document, status.st_mtime_ns, status.st_size)
    item = known.get(unquote(unescape(name)))
    if item is None:
        raise SourceNotFoundError(
            f"{shown(document)} no longer holds the item {name}.",
            hint="build the index again",
        )
    return _scene(root, PlacedItem(document, item), source, options)


@lru_cache(maxsize=4)
def _known(document: Path, mtime_ns: int, size: int) -> dict[str, Fields]:
    """Items of one document by id; a map of twelve hits reads it once."""
    found: dict[str, Fields] = {}
    for one in read_items(document):
        if isinstance(one, PlacedItem) and one.document == document:
            found.setdefault(item_id(one.item), one.item)
        else:
            break  # What it links to has sources of its own.
    return found


def item_id(item: Fields) -> str:
    """The name of an item.

    Raises:
        ImageReadError: it has none.
    """
    name = item.text("id")
    if name is None:
        raise item.wrong("id", "a name")
    return name


def _source(root: Path, found: PlacedItem) -> str:
    # A slash or an exclamation mark in an id would end the document's name.
    name = escape(quote(item_id(found.item), safe=" :+@,;=()[]~$&'*"))
    if found.document == root:
        return f"{shown(root)}!/{name}"
    inner = found.document
    if inner.is_relative_to(root.parent):
        inner = inner.relative_to(root.parent)
    else:  # Linked to by its real path, where the root was named by a symlink.
        inner = inner.resolve().relative_to(root.parent.resolve())
    return f"{shown(root)}!/{shown(inner)}!/{name}"


def _scene(
    root: Path, found: PlacedItem, source: str, options: ImageryOptions
) -> SourceItem:
    def open_asset(asset: Asset) -> SourceItem:
        return _asset(asset, root, found, options)

    return item_scene(found.item, source, options, open_asset, (found.document,))


def item_scene(
    item: Fields,
    source: str,
    options: ImageryOptions,
    open_asset: Callable[[Asset], SourceItem],
    documents: tuple[Path, ...] = (),
) -> SourceItem:
    """One item as a scene.

    Args:
        open_asset: gives the picture that an asset is.
        documents: that the item stands in, of which a change may change the scene.

    Raises:
        ImageryError: it has no picture that may be read.
    """
    item_id(item)
    choice = choose_asset(item, options)
    first = choice.parts[0][0]
    told = describe_item(item, first.fields, choice.bands)
    if choice.doubt:
        told = replace(told, doubts=(choice.doubt, *told.doubts))
    opened: dict[str, SourceItem] = {}
    for asset, _ in choice.parts:
        if asset.key not in opened:
            opened[asset.key] = open_asset(asset)
    files = list(dict.fromkeys(p for one in opened.values() for p in one.made_of))
    made_of = (*files, *documents)
    picture = opened[first.key]
    if choice.parts[0][1] == 0:
        return replace(picture, source=source, told=told, made_of=made_of)
    layers = tuple(
        Layer(opened[asset.key], band, fact)
        for (asset, band), fact in zip(choice.parts, choice.bands, strict=True)
    )
    return SourceItem(
        source=source,
        name=picture.name,
        size=sum(one.size for one in opened.values() if one.remote is None) or 1,
        layers=layers,
        told=told,
        made_of=made_of,
    )


def _asset(
    asset: Asset, root: Path, found: PlacedItem, options: ImageryOptions
) -> SourceItem:
    target = resolve(asset.href, found.document, root.parent.resolve())
    if isinstance(target, Path):
        item = file_item(target)
        # A .json beside it is most likely this very item.
        small = {k: v for k, v in item.companions.items() if k != ".json"}
        return replace(item, companions=small)
    if not options.remote:
        raise ImageReadError(
            f"{asset.fields.where} is on a server: {public(target)}.",
            hint="give --remote to read it there",
        )
    return remote_item(target)


def remote_item(url: str) -> SourceItem:
    """A picture on a server.

    Raises:
        ConfigError: no address, or one that holds a password.
    """
    remote = RemoteFile(url)
    return SourceItem(
        source=escape(remote.source), name=remote.name, size=1, remote=remote
    )
