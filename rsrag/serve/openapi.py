"""The description of the API in OpenAPI 3.0, and a page that lists it."""

from html import escape
from typing import Any

from rsrag import __version__
from rsrag.serve.api_schemas import (
    BOX,
    FAILURE,
    FORM,
    GET,
    PICTURE,
    POST,
    REFUSALS,
    SCENES,
    TEXT,
    TEXTS,
)
from rsrag.serve.serve_options import ServeOptions
from rsrag.serve.stac.item_pages import GEOJSON
from rsrag.serve.stac.sent_forms import KIND


def openapi_document(base: str, options: ServeOptions) -> dict[str, Any]:
    """The description.

    Args:
        base: address of the service, without a slash at its end.
        options: what there is.
    """
    place = ("collection",)
    one = ("collection", "item")
    items = {name: one for name, one in GET.items() if name != "ids"}
    search = {**GET, "collections": (TEXTS, "Only these collections.")}
    search["intersects"] = (TEXT, "GeoJSON geometry.")
    root = "/collections/{collection}"
    paths: dict[str, Any] = {
        "/": _get("landing", "What there is"),
        "/conformance": _get("conformance", "What it conforms to"),
        "/collections": _get("collections", "All indexes"),
        root: _get("collection", "An index", place),
        f"{root}/queryables": _get(
            "queryables", "Its fields", place, kind="application/schema+json"
        ),
        "/queryables": _get(
            "allQueryables", "Fields of all", kind="application/schema+json"
        ),
        f"{root}/items": _get("items", "Its chips", place, items, GEOJSON),
        f"{root}/items/{{item}}": _get("item", "A chip", one, kind=GEOJSON),
        f"{root}/items/{{item}}/thumbnail": _get(
            "thumbnail", "Its small picture", one, kind="image/jpeg"
        ),
        f"{root}/items/{{item}}/chip.png": _get(
            "chip",
            "Its picture",
            one,
            {"size": ({"type": "integer", "minimum": 1, "maximum": 2048}, "Pixels.")},
            "image/png",
        ),
        "/search": {
            **_get("searchGet", "Search", (), search, GEOJSON),
            **_post("searchPost", "Search", POST, kind=GEOJSON),
        },
        "/similar": _post(
            "similar", "Search by pictures", FORM, ("image",), GEOJSON, sent=KIND
        ),
        "/healthz": _get("healthz", "Whether the service lives"),
        "/readyz": _get("readyz", "Whether it is ready"),
    }
    if options.metrics is None:
        paths["/metrics"] = _get("metrics", "For Prometheus", kind="text/plain")
    if options.chat:
        paths |= _answering()
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "rsrag",
            "version": __version__,
            "description": "Items ranked by what their pixels show.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": {"Failure": FAILURE},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{}, {"bearer": []}, {"header": []}],
    }


def _answering() -> dict[str, Any]:
    shared = {"image": PICTURE, "collection": TEXT}
    ask = {
        **shared,
        "question": {"type": "string", "minLength": 1},
        "at": {**BOX, "minItems": 2, "maxItems": 2},
        "bbox": {**BOX, "maxItems": 4},
        "radius": {"type": "number", "minimum": 0, "maximum": 20000},
        "after": {"type": "object", "description": "The answer before."},
        "max_tokens": {"type": "integer", "minimum": 1, "maximum": 1024},
    }
    classify = {
        **shared,
        "labels": {**TEXTS, "minItems": 1},
        "unsure": {"type": "number", "minimum": 0, "maximum": 1},
        "closed": {"type": "boolean"},
        "top_k": {"type": "integer", "minimum": 1, "maximum": 1000},
    }
    caption = {**shared, "neighbours": {"type": "integer", "minimum": 1}}
    chat = {"model": TEXT, "messages": {"type": "array", "items": {"type": "object"}}}
    embed = {"model": TEXT, "input": {"anyOf": [{"type": "string"}, TEXTS]}}
    return {
        "/ask": _post("ask", "Answer a question", ask, ("question",)),
        "/caption": _post("caption", "Describe a picture", caption, ("image",)),
        "/classify": _post("classify", "Label a picture", classify, ("image",)),
        **{f"/{name}": _post(name, *SCENES[name]) for name in SCENES},
        "/v1/models": _get("models", "Models, as OpenAI's"),
        "/v1/chat/completions": _post(
            "chat", "Chat, as OpenAI's", chat, ("messages",), more=True
        ),
        "/v1/embeddings": _post(
            "embeddings", "Vectors of texts", embed, ("input",), more=True
        ),
    }


def _get(
    operation: str,
    summary: str,
    path: tuple[str, ...] = (),
    query: dict[str, tuple[dict[str, Any], str]] | None = None,
    kind: str = "application/json",
) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": TEXT} for name in path
    ]
    for name, (schema, told) in (query or {}).items():
        one: dict[str, Any] = {
            "name": name,
            "in": "query",
            "description": told,
            "schema": schema,
        }
        if schema.get("type") == "array":
            one |= {"style": "form", "explode": False}
        parameters.append(one)
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": parameters,
            "responses": _responses(kind),
        }
    }


def _post(
    operation: str,
    summary: str,
    properties: dict[str, dict[str, Any]],
    required: tuple[str, ...] = (),
    kind: str = "application/json",
    more: bool = False,
    sent: str = "application/json",
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": more,
    }
    if required:
        schema["required"] = list(required)
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "requestBody": {
                "required": bool(required),
                "content": {sent: {"schema": schema}},
            },
            "responses": _responses(kind),
        }
    }


def _responses(kind: str) -> dict[str, Any]:
    good: dict[str, Any] = {"type": "object"}
    if "json" not in kind:
        good = (
            {"type": "string"}
            if kind.startswith("text")
            else {**TEXT, "format": "binary"}
        )
    refusal = {"$ref": "#/components/schemas/Failure"}
    found: dict[str, Any] = {
        "200": {"description": "Found.", "content": {kind: {"schema": good}}}
    }
    for status in REFUSALS:
        found[str(status)] = {
            "description": "Refused.",
            "content": {"application/json": {"schema": refusal}},
        }
    return found


def reference_page(document: dict[str, Any]) -> str:
    """A table of all operations, in HTML without scripts."""
    rows = []
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            names = [part["name"] for part in one.get("parameters", ())]
            body = one.get("requestBody", {}).get("content", {})
            for content in body.values():
                names += content["schema"]["properties"]
            cells = (method.upper(), path, one["summary"], ", ".join(names))
            rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>rsrag API</title></head><body><h1>rsrag API</h1>"
        "<p>The same for programs: <a href='api'>/api</a> (OpenAPI).</p>"
        f"<table><tr><th>Method<th>Path<th>What<th>Parameters</tr>{table}</table>"
        "</body></html>"
    )
