"""STAC APIs: items found by a search on a server, their assets read there.

An address is one of a search (``https://HOST/search?collections=NAME``), of the items
of a collection (``.../collections/NAME/items``) or of one item (``.../items/ID``). A
scene's source is the address of its item, where it is asked again when a chip is
looked at.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from rsrag.errors import ConfigError, ImageReadError, ImageryError, MissingExtraError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.catalogues.json_fields import Fields
from rsrag.imagery.catalogues.stac import item_id, item_scene, remote_item, skipped_item
from rsrag.imagery.catalogues.stac_assets import Asset
from rsrag.imagery.catalogues.stac_documents import parse
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.remote import TIMEOUT_S
from rsrag.imagery.sources.urls import api_parts, as_url, check_url, offline, public
from rsrag.packages import need
from rsrag.types import Skip

ITEMS_LIMIT = 1_000_000
_ITEM_LIMIT = 16 * 2**20


def iter_api(url: str, options: ImageryOptions) -> Iterator[SourceItem | Skip]:
    """Scenes of a STAC API, one an item.

    Args:
        url: of a search, of a collection's items, or of one item.
        options: ``datetime`` and ``bbox`` are asked for, where the address does not
            say others; ``asset`` and ``bands`` choose.

    Raises:
        ConfigError: without ``remote``, or an address that cannot be.
        ImageReadError: the server does not answer as a STAC API does.
    """
    check_api(url, options)
    root, collection, name = _parts(url)
    if name is not None:
        yield _found(_fetch(url), root, options)
        return
    for item in _search(url, root, collection, options):
        yield _found(item, root, options)


def check_api(url: str, options: ImageryOptions) -> None:
    """Refuse what cannot be searched, before any server is asked.

    Raises:
        ConfigError: without ``remote``, without pystac-client, or no such address.
    """
    check_url(url)
    if not options.remote:
        raise ConfigError(
            f"{public(url)} is a STAC API: its pictures are on servers.",
            hint="give --remote to read them there",
        )
    try:
        need("pystac_client", "A STAC API")
    except MissingExtraError as exc:
        raise ConfigError(str(exc), hint=exc.hint) from exc


def api_item(url: str, options: ImageryOptions) -> SourceItem:
    """The scene of one item of an API.

    Raises:
        ImageReadError: the server does not answer, or the item has no picture.
    """
    root, _, _ = _parts(url)
    item = _fetch(url)
    return _scene(item, _source(item, root), options)


def _parts(url: str) -> tuple[str, str | None, str | None]:
    parts = api_parts(url)
    if parts is None:
        raise ConfigError(f"{public(url)} is no address of a STAC API.")
    return parts


def _found(
    item: dict[str, Any], root: str, options: ImageryOptions
) -> SourceItem | Skip:
    source = root
    try:
        source = _source(item, root)
        return _scene(item, source, options)
    except (ImageryError, ConfigError) as exc:
        return skipped_item(source, exc)


def _source(item: dict[str, Any], root: str) -> str:
    """The address of an item, made of names and never of links in it."""
    fields = Fields(item, "An item")
    collection = fields.text("collection")
    if collection is None:
        raise fields.wrong("collection", "a name")
    name = quote(item_id(fields), safe="")
    return f"{root}/collections/{quote(collection, safe='')}/items/{name}"


def _scene(item: dict[str, Any], address: str, options: ImageryOptions) -> SourceItem:
    def open_asset(asset: Asset) -> SourceItem:
        url = as_url(urljoin(address, asset.href))
        if url is None:
            raise ImageReadError(
                f"{asset.fields.where}: {asset.href[:200]!r}: no address."
            )
        return remote_item(url)

    return item_scene(Fields(item, address), escape(address), options, open_asset)


def _search(
    url: str, root: str, collection: str | None, options: ImageryOptions
) -> Iterator[dict[str, Any]]:
    _check_online(url)
    from pystac_client import Client
    from pystac_client.exceptions import APIError

    asked = dict(parse_qsl(urlsplit(url).query))
    given: dict[str, Any] = {"method": "GET", "max_items": ITEMS_LIMIT}
    collections = collection or asked.get("collections")
    if collections:
        given["collections"] = collections.split(",")
    if "ids" in asked:
        given["ids"] = asked["ids"].split(",")
    if box := asked.get("bbox"):
        given["bbox"] = [float(part) for part in box.split(",")]
    elif options.bbox is not None:
        given["bbox"] = list(options.bbox)
    if moment := asked.get("datetime") or options.datetime:
        given["datetime"] = moment
    if "limit" in asked:
        given["limit"] = int(asked["limit"])
    if "filter" in asked:
        given |= {"filter": asked["filter"], "filter_lang": "cql2-text"}
    try:
        client = Client.open(root, timeout=TIMEOUT_S)
        yield from client.search(**given).items_as_dicts()
    except (APIError, OSError, ValueError, KeyError, TypeError, LookupError) as exc:
        raise ImageReadError(
            f"{public(url)} does not answer as a STAC API does: {str(exc)[:300]}",
            hint="name https://HOST/PATH/search, as the API's first page links to it",
        ) from exc


def _fetch(url: str) -> dict[str, Any]:
    """One item from its server."""
    import urllib.error
    import urllib.request

    check_url(url)
    _check_online(url)
    request = urllib.request.Request(url, headers={"User-Agent": "rsrag"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
            data = reply.read(_ITEM_LIMIT + 1)
    except (OSError, ValueError) as exc:
        raise ImageReadError(f"{public(url)}: no item from the server: {exc}") from exc
    if len(data) > _ITEM_LIMIT:
        raise ImageReadError(f"{public(url)} is over {_ITEM_LIMIT >> 20} MB long.")
    value = parse(data, public(url))
    if not isinstance(value, dict):
        raise ImageReadError(f"{public(url)} is no STAC item.")
    return value


def _check_online(url: str) -> None:
    if offline():
        raise ImageReadError(
            f"{public(url)} is on a server, and RSRAG_OFFLINE forbids to ask it.",
            hint="unset RSRAG_OFFLINE",
        )
