"""The endpoints of STAC and OGC API Features."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from rsrag.desk.imagery.stages import stage
from rsrag.errors import StoreError
from rsrag.serve.endpoints import Asked, endpoint, json_response
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service
from rsrag.serve.stac.item_files import GEOPACKAGE, geopackage
from rsrag.serve.stac.item_pages import GEOJSON, link, stac_items
from rsrag.serve.stac.item_search import found_items
from rsrag.serve.stac.search_words import SearchWords, words_of, words_of_query
from rsrag.serve.stac.sent_forms import search_of_form
from rsrag.serve.stac.stac_collections import (
    CONFORMS,
    landing_page,
    stac_collection,
)

_KINDS = {"number": "number", "truth": "boolean"}
_IN_ITEMS = ("collections",)


def stac_routes(service: Service, gate: Gate) -> list[Route]:
    """All of them."""

    def made(operation: str, path: str, *more: Any, **words: Any) -> Route:
        return endpoint(service, operation, path, *more, **words)

    place = "/collections/{collection}"
    return [
        made("landing", "/", _landing, scope=None),
        made("conformance", "/conformance", _conformance, scope=None),
        made("collections", "/collections", _collections),
        made("collection", place, _collection),
        made("queryables", f"{place}/queryables", _queryables),
        made("all_queryables", "/queryables", _queryables),
        made("items", f"{place}/items", _collection_items, gate=gate),
        made("item", f"{place}/items/{{item}}", _one_item),
        made("search", "/search", _search, methods=("GET", "POST"), gate=gate),
        made(
            "similar",
            "/similar",
            lambda service, asked: _search(service, replace(asked, path="/search")),
            methods=("POST",),
            gate=gate,
            read=search_of_form,
        ),
    ]


def _landing(service: Service, asked: Asked) -> Response:
    page = landing_page(asked.base, service.names, page=service.options.ui)
    return json_response(page)


def _conformance(service: Service, asked: Asked) -> Response:
    return json_response({"conformsTo": CONFORMS})


def _collections(service: Service, asked: Asked) -> Response:
    found = [stac_collection(service.index(n), asked.base) for n in service.names]
    links = [
        link("self", f"{asked.base}/collections"),
        link("root", f"{asked.base}/"),
        link("parent", f"{asked.base}/"),
    ]
    return json_response(
        {
            "collections": found,
            "links": links,
            "numberMatched": len(found),
            "numberReturned": len(found),
        }
    )


def _collection(service: Service, asked: Asked) -> Response:
    index = service.index(asked.names["collection"])
    return json_response(stac_collection(index, asked.base))


def _queryables(service: Service, asked: Asked) -> Response:
    """What a filter may name, of one index or of all."""
    names = [asked.names["collection"]] if asked.names else service.names
    properties: dict[str, Any] = {
        "id": {"type": "string"},
        "datetime": {"type": "string", "format": "date-time"},
        "geometry": {"$ref": "https://geojson.org/schema/Geometry.json"},
        "gsd": {"type": "number"},
        "platform": {"type": "string"},
        "rsrag:nodata_share": {"type": "number"},
    }
    for name in names:
        with service.index(name).use() as generation:
            for column, kinds in generation.columns.items():
                known = sorted({_KINDS.get(kind, "string") for kind in kinds})
                properties.setdefault(column, {"type": known})
    schema = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": asked.base + asked.path,
        "type": "object",
        "title": "What a filter may name",
        "properties": properties,
        "additionalProperties": False,
    }
    return json_response(schema, "application/schema+json")


def _one_item(service: Service, asked: Asked) -> Response:
    index = service.index(asked.names["collection"])
    id_ = asked.names["item"]
    with index.use() as generation:
        try:
            hit = index.get(id_)
        except StoreError:
            raise HttpFailure(404, f"There is no item {id_[:80]!r}.") from None
        item = stac_items([hit], generation.manifest, asked.base)[0]
    return json_response(item, GEOJSON)


def _search(service: Service, asked: Asked) -> Response:
    if asked.method == "GET":
        return _found(service, asked, words_of_query(asked.query))
    body = asked.body
    if isinstance(body, dict):
        # pystac-client has no q, and sends what it does not know in the address.
        in_address = [pair for pair in asked.query if pair[0] not in body]
        more = words_of_query(in_address)
        names = dict.fromkeys(name for name, _ in in_address)
        body = body | {name: _plain(more, name) for name in names}
    return _found(service, asked, words_of(body), body)


def _plain(words: SearchWords, name: str) -> Any:
    """A parameter of the address, as a body has it."""
    value = getattr(words, name, None)
    if name in ("q", "ids", "collections", "subtract"):
        return list(value or ())
    if name in ("limit", "token", "q_weight", "min_score", "dedupe", "uniform"):
        return value
    raise HttpFailure(400, f"{name} is sent in the body of a POST.")


def _collection_items(service: Service, asked: Asked) -> Response:
    name = service.index(asked.names["collection"]).name
    if any(key in _IN_ITEMS for key, _ in asked.query):
        raise HttpFailure(400, "The collection stands in the path.")
    pairs = [*asked.query, ("collections", name)]
    return _found(service, asked, words_of_query(pairs))


def _found(
    service: Service,
    asked: Asked,
    words: SearchWords,
    body: dict[str, Any] | None = None,
) -> Response:
    """A page of a search, with links to itself and to the next."""
    found = found_items(service, words, asked.base)
    if GEOPACKAGE in asked.headers.get("accept", ""):
        pictured = "pictures" in asked.scopes
        file = geopackage(found.hits, found.manifests, pictured=pictured)
        named = {"content-disposition": 'attachment; filename="rsrag.gpkg"'}
        return Response(file, media_type=GEOPACKAGE, headers=named)
    here = asked.base + asked.path
    links = [link("root", f"{asked.base}/"), _self(here, asked.query)]
    if asked.path != "/search":
        links.append(link("collection", here.rsplit("/", 1)[0]))
    if found.token and asked.method == "GET":
        pairs = [pair for pair in asked.query if pair[0] != "token"]
        query = urlencode([*dict.fromkeys(pairs), ("token", found.token)])
        links.append(link("next", f"{here}?{query}", GEOJSON, method="GET"))
    elif found.token:
        following = {**(body or {}), "token": found.token}
        links.append(link("next", here, GEOJSON, method="POST", body=following))
    answer: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": found.items,
        "links": links,
        "numberReturned": len(found.items),
    }
    if found.matched is not None:
        answer["numberMatched"] = found.matched
    with stage("render"):
        return json_response(answer, GEOJSON)


def _self(here: str, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return link("self", f"{here}?{urlencode(query)}" if query else here, GEOJSON)
