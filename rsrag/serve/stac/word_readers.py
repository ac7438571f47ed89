"""The parameters of a search, each read and checked by itself."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.request_limits import check_text

MOST = 1_000
"""Items of a page at most; larger limits are cut to it."""
_VERTICES = 10_000
_FILTER = 8_000
_TERMS, _PICTURES, _LONGEST = 16, 4, 2_000
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def refused(description: str, hint: str | None = None) -> HttpFailure:
    """A refusal of what was given."""
    return HttpFailure(400, description, hint)


def number_of(value: Any, name: str) -> float:
    """A number, from a number or from a text."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise refused(f"{name} has {str(value)[:40]!r}, which is no number.") from None


def _texts(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = [value]
    if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise refused(f"{name} is a list of texts.")
    if any(not one.strip() for one in value):
        raise refused(f"{name} holds a blank text.")
    if name in ("q", "subtract") and len(value) > _TERMS:
        raise refused(f"{name} has {len(value)} terms; {_TERMS} are the most.")
    if len(value) > MOST or any(len(one) > _LONGEST for one in value):
        raise refused(f"{name} is too long.")
    return {name: tuple(check_text(one.strip(), name) for one in value)}


def _bbox(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or len(value) not in (4, 6):
        raise refused("bbox has 4 or 6 numbers: west, south, east, north.")
    if any(isinstance(one, str) for one in value):
        raise refused("bbox has numbers, not texts.")
    box = tuple(number_of(one, name) for one in value)
    return {name: box if len(box) == 4 else (box[0], box[1], box[3], box[4])}


def _intersects(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "type" not in value or "crs" in value:
        raise refused("intersects is a GeoJSON geometry in degrees.")
    count = 0
    level: list[Any] = [value]
    while level:
        lists = [one for one in level if isinstance(one, list)]
        count += sum(len(one) for one in lists)
        if count > 3 * _VERTICES:
            raise refused(f"intersects has more than {_VERTICES:,} vertices.")
        inner = [list(one.values()) for one in level if isinstance(one, dict)]
        level = [part for one in (*lists, *inner) for part in one]
    return {name: value}


def _datetime(name: str, value: Any) -> dict[str, Any]:
    parts = value.split("/") if isinstance(value, str) else []
    hint = "RFC 3339: 2020-06-01T00:00:00Z, A/B, A/.. or ../B"
    if len(parts) not in (1, 2):
        raise refused(f"datetime is {str(value)[:80]!r}.", hint)
    ends = [None if one in ("", "..") else _moment(one, hint) for one in parts]
    if ends == [None, None] or ends == [None]:
        raise refused("datetime is open at both ends.", hint)
    start, end = ends[0], ends[-1]
    if start and end and start > end:
        raise refused("datetime ends before it starts.", hint)
    return {name: (start, end)}


def _moment(text: str, hint: str) -> dt.datetime:
    if _TIME.fullmatch(text):
        fraction = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
        try:
            return dt.datetime.fromisoformat(fraction).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
    raise refused(f"datetime has {text[:40]!r}, which is no time.", hint)


def _limit(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refused(f"limit is {str(value)[:40]!r}; it is a whole number from 1 on.")
    return {name: min(value, MOST)}


def _text(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise refused(f"{name} is a text.")
    return {name: value}


def _flag(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise refused(f"{name} is true or false.")
    return {name: value}


def _real(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        raise refused(f"{name} is a number.")
    number = number_of(value, name)
    if name == "min_score" and not -1 <= number <= 1:
        raise refused(f"min_score is {number:g}; a cosine is between -1 and 1.")
    return {name: number}


def _similar(name: str, value: Any) -> dict[str, Any]:
    """``[{collection, id, weight}]``, or ``[WEIGHT:]COLLECTION/ID`` in texts.

    Or pictures that come along: ``[{image, weight}]``.
    """
    found: list[tuple[str, str, float]] = []
    pictures: list[tuple[str, float]] = []
    if not isinstance(value, list) or len(value) > _TERMS:
        raise refused(f"similar is a list of at most {_TERMS} chips.")
    for one in value:
        if isinstance(one, str):
            head, colon, rest = one.rpartition(":")
            place, _, id_ = rest.partition("/")
            one = {"collection": place, "id": id_}
            one |= {"weight": number_of(head, "similar")} if colon else {}
        if isinstance(one, dict) and isinstance(one.get("image"), str):
            weight = number_of(one.get("weight", 1.0), "weight")
            pictures.append((one["image"], weight))
            continue
        if not isinstance(one, dict) or not {"collection", "id"} <= one.keys():
            raise refused("similar names chips: {collection, id, weight}.")
        names = one["collection"], one["id"]
        if not all(isinstance(name, str) for name in names):
            raise refused("similar names chips by texts.")
        found.append((*names, number_of(one.get("weight", 1.0), "weight")))
    if len(pictures) > _PICTURES:
        raise refused(f"similar has more than {_PICTURES} pictures.")
    return {name: tuple(found), "pictures": tuple(pictures)}


def _sortby(name: str, value: Any) -> dict[str, Any]:
    """``[{field, direction}]``, or texts with + or - before them."""
    found = []
    for one in value if isinstance(value, list) and len(value) <= 8 else [None]:
        if isinstance(one, str):
            down = one.startswith("-")
            one = {"field": one.lstrip("+- "), "direction": "desc" if down else "asc"}
        if not isinstance(one, dict) or not isinstance(one.get("field"), str):
            raise refused("sortby is a list of {field, direction}.")
        if one.get("direction", "asc") not in ("asc", "desc"):
            raise refused("sortby has a direction that is neither asc nor desc.")
        found.append((one["field"], one.get("direction") == "desc"))
    return {name: tuple(found)}


def _fields(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        value = {
            "include": [one.lstrip("+ ") for one in value if not one.startswith("-")],
            "exclude": [one[1:] for one in value if one.startswith("-")],
        }
    if not isinstance(value, dict) or not value.keys() <= {"include", "exclude"}:
        raise refused("fields is {include, exclude}, lists of names.")
    lists = {part: one for part, one in value.items() if one}
    return {k: v for part, one in lists.items() for k, v in _texts(part, one).items()}


def _filter(name: str, value: Any) -> dict[str, Any]:
    """CQL2, as text or JSON; a text from either."""
    if isinstance(value, dict):
        value = json.dumps(value)
    if not isinstance(value, str) or not value.strip() or len(value) > _FILTER:
        raise refused(f"filter is CQL2, at most {_FILTER:,} characters.")
    return {name: check_text(value, name)}


def _filter_lang(name: str, value: Any) -> dict[str, Any]:
    if value not in ("cql2-text", "cql2-json"):
        raise refused("filter-lang is cql2-text or cql2-json.")
    return {"lang": value}


def _filter_crs(name: str, value: Any) -> dict[str, Any]:
    if value not in (CRS84, "EPSG:4326"):
        raise refused("filter-crs is degrees, longitude first.", CRS84)
    return {}


CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
NEVER_NULL = ("fields",)
READERS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    **dict.fromkeys(("collections", "ids", "q", "subtract"), _texts),
    "bbox": _bbox,
    "intersects": _intersects,
    "datetime": _datetime,
    "limit": _limit,
    "token": _text,
    "filter": _filter,
    "filter-lang": _filter_lang,
    "filter-crs": _filter_crs,
    **dict.fromkeys(("q_weight", "min_score"), _real),
    **dict.fromkeys(("dedupe", "uniform"), _flag),
    "similar": _similar,
    "sortby": _sortby,
    "fields": _fields,
}
"""How each parameter is read: its name, and what a JSON body has for it."""
