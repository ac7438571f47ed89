"""CQL2, text and JSON, as an expression over the columns of an index.

OGC 21-065r2: comparisons, ``LIKE``, ``IN``, ``BETWEEN``, ``IS NULL``, ``AND``, ``OR``,
``NOT``, ``S_INTERSECTS`` and ``S_DISJOINT`` of footprints, and times before, after and
during others.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from rsrag.columns.expressions import (
    Compare,
    Expression,
    Fits,
    Joined,
    Missing,
    Not,
    Touches,
    Value,
)
from rsrag.desk.filter_values import moments_of
from rsrag.errors import QueryError

EXAMPLE = "--filter \"eo:cloud_cover < 20 AND platform = 'landsat-8'\""
LONGEST = 4_000
"""Characters of a text; the parser of texts calls itself for each part of a part."""
DEEPEST = 20
"""Parentheses, and objects, inside one another."""
_MIRROR = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WHOLE = ("casei", "accenti")
"""Functions that make no difference: neither case nor accents count anyway."""
_STRINGS = re.compile(r"'(?:[^']|'')*'")
_DEEP = re.compile(r"(?:\bnot\b[\s(]*){9,}|(?:-\s*){9,}", re.IGNORECASE)
_PLACES = ("geometry", "geom", "footprint")


def parse_filter(given: str | Mapping[str, Any]) -> Expression:
    """Read CQL2 text, CQL2 JSON, or what JSON gave.

    Raises:
        QueryError: neither, too deep, or with an operator that is not known here.
    """
    if isinstance(given, str) and not given.lstrip().startswith("{"):
        given = _from_text(given)
    elif isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as exc:
            raise _unread(f"is not JSON: {exc}") from exc
    if not isinstance(given, Mapping):
        raise _unread(f"is {type(given).__name__}, neither a text nor an object")
    return _expression(given, 1)


def _from_text(text: str) -> Any:
    plain = _STRINGS.sub("''", text)
    depth = deepest = 0
    for mark in re.findall(r"[()]", plain):
        depth += 1 if mark == "(" else -1
        deepest = max(deepest, depth)
    if not text.strip():
        raise _unread("is empty")
    if len(text) > LONGEST:
        raise _unread(f"has {len(text):,} characters; {LONGEST:,} are the most")
    if deepest > DEEPEST or _DEEP.search(plain):
        raise _too_deep()
    import cql2

    try:
        return cql2.parse_text(text).to_json()
    except Exception as exc:  # the errors of cql2 share no class
        raise _unread(f"{text!r} is not CQL2: {_where(str(exc), text)}") from exc


def _where(said: str, text: str) -> str:
    """What a parser wants, and where, in a line."""
    place = re.search(r"--> \d+:(\d+)", said)
    if place is None:
        return said.strip().splitlines()[0] if said.strip() else "it cannot be read"
    at = int(place[1]) - 1
    return (
        f"it ends too early after {text[:at][-20:]!r}"
        if at >= len(text)
        else (f"stops making sense at {text[at:][:20]!r} (character {at + 1})")
    )


def _expression(node: Any, depth: int) -> Expression:
    if depth > DEEPEST:
        raise _too_deep()
    if not isinstance(node, Mapping) or not isinstance(node.get("op"), str):
        raise _unread(f"{_short(node)} is no condition")
    op, args = str(node["op"]), node.get("args")
    if not isinstance(args, list):
        raise _unread(f"{op} has no list of args")
    if op in ("and", "or") and args:
        parts = tuple(_expression(part, depth + 1) for part in args)
        return Joined(cast("Any", op), parts)
    if op == "not" and len(args) == 1:
        return Not(_expression(args[0], depth + 1))
    make: Callable[[str, list[Any]], Expression] | None = {
        **dict.fromkeys(_MIRROR, _comparison),
        **dict.fromkeys(_TIMES, _of_times),
        **dict.fromkeys(("s_intersects", "s_disjoint"), _of_places),
        "like": _like,
        "between": _between,
        "in": _among,
        "isNull": lambda op, args: Missing(_name(args[0])),
    }.get(op)
    if make is None:
        known = ", ".join([*_MIRROR, "like, between, in, isNull, and, or, not"])
        raise _unread(
            f"{op} is not known here; these are: {known}, s_intersects, s_disjoint, "
            f"{', '.join(_TIMES)}"
        )
    try:
        return make(op, args)
    except (IndexError, ValueError, TypeError) as exc:
        raise _unread(f"{op} cannot take {_short(args)}") from exc


def _comparison(op: str, args: list[Any]) -> Expression:
    left, right = args
    if not _is_column(left):
        left, right, op = right, left, _MIRROR[op]
    return Compare(_name(left), op, _value(right))


def _like(op: str, args: list[Any]) -> Expression:
    column, pattern = args
    if not isinstance(pattern := _bare(pattern), str):
        raise TypeError
    return Fits(_name(column), pattern)


def _between(op: str, args: list[Any]) -> Expression:
    column, low, high = args
    name = _name(column)
    ends = Compare(name, ">=", _value(low)), Compare(name, "<=", _value(high))
    return Joined("and", ends)


def _among(op: str, args: list[Any]) -> Expression:
    column, values = args
    name = _name(column)
    if not isinstance(values, list) or not values:
        raise TypeError
    return Joined("or", tuple(Compare(name, "=", _value(one)) for one in values))


def _of_places(op: str, args: list[Any]) -> Expression:
    from rsrag.desk.areas import read_area

    column, area = args
    if not _is_column(column):
        column, area = area, column
    if _name(column).casefold() not in _PLACES:
        raise _unread(f"{_name(column)} has no outlines; geometry has")
    if box := area.get("bbox"):
        from rsrag.geo import bbox_geometry, parse_bbox

        touched = Touches(bbox_geometry(parse_bbox(box)))
    else:
        touched = Touches(read_area(json.dumps(area)))
    return touched if op == "s_intersects" else Not(touched)


_TIMES = ("t_before", "t_after", "t_during", "t_intersects", "t_equals")


def _of_times(op: str, args: list[Any]) -> Expression:
    column, time = args
    name = _name(column)
    if isinstance(time, Mapping) and "interval" in time:
        start, end = time["interval"]
        low = None if start == ".." else moments_of(str(start))
        high = None if end == ".." else moments_of(str(end))
    else:
        low = high = moments_of(str(next(iter(time.values()))))
    if op in ("t_before", "t_after"):
        edge = low if op == "t_before" else high
        if edge is None:
            raise ValueError
        return Compare(name, "<" if op == "t_before" else ">", edge)
    first = () if low is None else (Compare(name, ">=", low),)
    last = () if high is None else (Compare(name, "<=", high),)
    return Joined("and", (*first, *last, Not(Missing(name))))


def _is_column(node: Any) -> bool:
    node = _bare(node)
    return isinstance(node, Mapping) and "property" in node


def _bare(node: Any) -> Any:
    while isinstance(node, Mapping) and node.get("op") in _WHOLE:
        (node,) = node["args"]
    return node


def _name(node: Any) -> str:
    if not _is_column(node):
        raise TypeError
    return str(_bare(node)["property"])


def _value(node: Any) -> Value:
    node = _bare(node)
    if isinstance(node, Mapping):
        for word in ("timestamp", "date"):
            if word in node:
                return moments_of(str(node[word]))
        if "property" in node:
            raise _unread(
                f"{node['property']} stands where a value should: columns are "
                "compared with values, texts stand in 'single' quotes"
            )
        raise TypeError
    if node is None:
        raise _unread("nothing equals null: use IS NULL")
    if isinstance(node, bool | str):
        return node
    return float(node)


def _short(node: Any) -> str:
    text = json.dumps(node, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _too_deep() -> QueryError:
    return _unread(f"has more than {DEEPEST} conditions inside one another")


def _unread(what: str) -> QueryError:
    return QueryError(f"The filter {what}.", hint=EXAMPLE)
