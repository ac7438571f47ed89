"""Indexes as STAC collections, and the landing page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rsrag.serve.stac.item_pages import GEOJSON, STAC_VERSION, link

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_STAC = "https://api.stacspec.org/v1.0.0"
_OGC = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_CQL2 = (
    *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
    "basic-spatial-functions",
)
CONFORMS = [
    f"{_STAC}/core",
    f"{_STAC}/collections",
    f"{_STAC}/ogcapi-features",
    f"{_STAC}/ogcapi-features#sort",
    f"{_STAC}/ogcapi-features#fields",
    f"{_STAC}/item-search",
    f"{_STAC}/item-search#sort",
    f"{_STAC}/item-search#fields",
    f"{_STAC}/item-search#filter",
    f"{_STAC}/ogcapi-features#filter",
    *(f"http://www.opengis.net/spec/cql2/1.0/conf/{part}" for part in _CQL2),
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    f"{_STAC}-rc.1/item-search#free-text",
    f"{_STAC}-rc.1/ogcapi-features#free-text",
    f"{_OGC}/core",
    f"{_OGC}/oas30",
    f"{_OGC}/geojson",
    "https://rsrag.github.io/rsrag/stac-api/v0.1.0/item-search#similarity",
]


def landing_page(base: str, names: Sequence[str], *, page: bool) -> dict[str, Any]:
    """The root of the API.

    Args:
        base: address of the service, without a slash at its end.
        names: of the collections.
        page: whether there is a page for people.
    """
    links = [
        link("self", f"{base}/"),
        link("root", f"{base}/"),
        link("service-desc", f"{base}/api", OPENAPI),
        link("service-doc", f"{base}/docs", "text/html"),
        link("conformance", f"{base}/conformance"),
        link("data", f"{base}/collections"),
        link(QUERYABLES, f"{base}/queryables", SCHEMA),
        link("search", f"{base}/search", GEOJSON, method="GET"),
        link("search", f"{base}/search", GEOJSON, method="POST"),
    ]
    if page:
        links.append(link("alternate", f"{base}/ui/", "text/html", title="Map"))
    links += [link("child", f"{base}/collections/{n}", title=n) for n in names]
    return {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": "rsrag",
        "title": "rsrag",
        "description": "Satellite and aerial imagery, searched by what it shows: `q` "
        "ranks items by their pixels.",
        "conformsTo": CONFORMS,
        "links": links,
    }


def stac_collection(index: "Index", base: str) -> dict[str, Any]:
    """An index as a collection."""
    with index.use() as generation:
        manifest, sensors = generation.manifest, generation.sensors
    imagery, place = manifest.imagery, f"{base}/collections/{manifest.name}"
    box = list(imagery.bbox or (-180.0, -90.0, 180.0, 90.0))
    found: dict[str, Any] = {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": [],
        "id": manifest.name,
        "title": manifest.name,
        "description": f"{imagery.holds(manifest.rows)}, embedded with "
        f"{manifest.image.encoder.id}.",
        "license": "other",
        "keywords": ["satellite imagery", "image search"],
        "extent": {
            "spatial": {"bbox": [box]},
            "temporal": {"interval": [list(imagery.time or (None, None))]},
        },
        "item_assets": {
            "thumbnail": {"type": "image/jpeg", "roles": ["thumbnail"]},
            "chip": {"type": "image/png", "roles": ["overview"]},
        },
        "rsrag:encoder": manifest.image.encoder.id,
        "rsrag:generation": manifest.generation,
        "rsrag:chips": manifest.rows,
        "links": [
            link("self", place, title=manifest.name),
            link("root", f"{base}/", title="rsrag"),
            link("parent", f"{base}/", title="rsrag"),
            link("items", f"{place}/items", GEOJSON, title="Chips"),
            link(QUERYABLES, f"{place}/queryables", SCHEMA, title="Columns"),
        ],
    }
    if sensors:
        found["summaries"] = {"platform": sorted(sensors)}
    return found
