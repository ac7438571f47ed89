"""Schemas of parameters and answers, for the description of the API."""

from typing import Any

from rsrag.serve.stac.word_readers import MOST

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string", "minLength": 1}}
BOX: dict[str, Any] = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 6,
}
LIMIT: dict[str, Any] = {"type": "integer", "minimum": 1, "default": 10}
COMMON: dict[str, tuple[dict[str, Any], str]] = {
    "bbox": (BOX, "West, south, east, north, degrees; west > east crosses ±180."),
    "datetime": (TEXT, "RFC 3339: a time, A/B, A/.. or ../B."),
    "limit": (LIMIT, f"Items of a page; more than {MOST:,} are cut to that."),
    "q": (TEXTS, "What the picture shows; of several, the best counts."),
    "q_weight": (NUMBER, "Weight of q beside similar."),
    "subtract": (TEXTS, "What the picture does not show."),
    "min_score": ({**NUMBER, "minimum": -1, "maximum": 1}, "Least similarity."),
    "dedupe": ({"type": "boolean"}, "No two items of the same ground."),
    "uniform": ({"type": "boolean"}, "Also what is one colour all over."),
    "token": (TEXT, "Of the next page, as links have it."),
    "ids": (TEXTS, "Only these items."),
    "filter": (TEXT, "CQL2 over the queryables."),
    "filter-lang": ({"enum": ["cql2-text", "cql2-json"]}, "Of the filter."),
    "filter-crs": (TEXT, "Degrees, longitude first; nothing else."),
}
LIKE: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "required": ["collection", "id"],
            "properties": {"collection": TEXT, "id": TEXT, "weight": NUMBER},
        },
        {
            "type": "object",
            "required": ["image"],
            "properties": {"image": TEXT, "weight": NUMBER},
        },
    ]
}
GET: dict[str, tuple[dict[str, Any], str]] = {
    **COMMON,
    "similar": (TEXTS, "Items that these are like: [WEIGHT:]COLLECTION/ID."),
    "sortby": (TEXTS, "Fields, each with - before it for the largest first."),
    "fields": (TEXTS, "Fields to have; with - before them: not to have."),
}
SORT: dict[str, Any] = {
    "type": "object",
    "required": ["field"],
    "properties": {"field": TEXT, "direction": {"enum": ["asc", "desc"]}},
}
POST: dict[str, dict[str, Any]] = {
    **{
        name: {**schema, "description": told} for name, (schema, told) in COMMON.items()
    },
    "collections": TEXTS,
    "filter": {"anyOf": [TEXT, {"type": "object"}], "description": "CQL2."},
    "intersects": {"type": "object", "required": ["type"], "description": "GeoJSON."},
    "similar": {"type": "array", "items": LIKE, "maxItems": 16},
    "sortby": {"type": "array", "items": SORT, "maxItems": 8},
    "fields": {
        "type": "object",
        "properties": {"include": TEXTS, "exclude": TEXTS},
        "additionalProperties": False,
    },
}
FORM: dict[str, dict[str, Any]] = {
    "image": {"type": "array", "items": {**TEXT, "format": "binary"}, "minItems": 1},
    "search": {**TEXT, "description": "JSON, as of POST /search."},
}
FAILURE: dict[str, Any] = {
    "type": "object",
    "required": ["code", "description"],
    "properties": {
        "code": TEXT,
        "description": TEXT,
        "hint": TEXT,
        "error": {"type": "object", "description": "For OpenAI's clients."},
    },
    "additionalProperties": False,
}
REFUSALS = (400, 401, 403, 404, 408, 409, 410, 413, 415, 421, 429, 503)
PICTURE: dict[str, Any] = {
    "type": "string",
    "description": "data: URI, or rsrag://INDEX/CHIP.",
}
_PLACED: dict[str, Any] = {
    **BOX,
    "maxItems": 4,
    "description": "Where the edges of a picture that is sent lie.",
}
_SHARE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_FEW: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 100}
_NAMES: dict[str, Any] = {**TEXTS, "minItems": 1, "maxItems": 64}
SCENES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "localize": (
        "Where in a picture a thing lies",
        {
            "image": PICTURE,
            "bbox": _PLACED,
            "query": TEXT,
            "like": PICTURE,
            "window": TEXT,
            "threshold": _SHARE,
            "top_k": _FEW,
        },
        ("image",),
    ),
    "segment": (
        "What covers a picture",
        {
            "image": PICTURE,
            "bbox": _PLACED,
            "classes": _NAMES,
            "preset": TEXT,
            "thing": TEXT,
            "head": {"enum": ["auto", "cover", "text"]},
            "margin": _SHARE,
            "closed": {"type": "boolean"},
            "refine": {"type": "boolean"},
            "window": TEXT,
            "min_area": TEXT,
        },
        ("image",),
    ),
    "ground": (
        "The thing in a picture that a phrase means",
        {"image": PICTURE, "bbox": _PLACED, "phrase": TEXT, "top_k": _FEW},
        ("image", "phrase"),
    ),
    "change": (
        "What changed between two pictures",
        {
            "before": PICTURE,
            "after": PICTURE,
            "bbox": _PLACED,
            "head": {"enum": ["auto", "distance", "learned"]},
            "register": TEXT,
            "normalise": {"enum": ["match", "none"]},
            "clouds": {"enum": ["auto", "none"]},
            "threshold": _SHARE,
            "min_area": TEXT,
            "classes": _NAMES,
            "questions": {**TEXTS, "minItems": 1, "maxItems": 16},
        },
        ("before", "after"),
    ),
}
"""Of each question about what lies in pictures: summary, body, what it must have."""
