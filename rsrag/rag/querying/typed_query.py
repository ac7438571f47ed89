"""What a question asks for, as data: read from words, or written by hand as JSON."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from rsrag.errors import QueryError

Op = Literal[
    "value",
    "compare",
    "rank",
    "list",
    "count",
    "distance",
    "near",
    "between",
    "direction",
    "describe",
    "open",
]
"""*value* of a place, *compare* places, *rank*, *list* or *count* a kind, the
*distance* of two, what lies *near* one, *between* two or in a *direction*, *describe* a
place; *open*: for passages."""
Summary = Literal["total", "mean", "median"]
"""How the values of many are given as one number."""
Wants = Literal[
    "value", "yes", "difference", "ratio", "share", "same", "age", "duration", Summary
]
"""How the value is to be given: as it is, as yes or no, reckoned with another (*share*:
as per cent of it; *same*: whether they are much the same), as years, as one number for
all."""
Relation = Literal["in", "near", "within", "between", "north", "south", "east", "west"]
_HINT = "rsrag ask QUESTION --explain --json prints a query to start from"


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """What a value must be.

    Attributes:
        variables: whose value it is; the first that a place has decides.
        low: the least that passes, with its unit (``300 m``), or a year.
        high: the most that passes.
        strict: ``low`` and ``high`` themselves do not pass.
        names: words that the value must hold (``Black Sea``), one of them.
        negated: what does not pass, passes.
        words: how the question said it.
    """

    variables: tuple[str, ...]
    low: str | None = None
    high: str | None = None
    strict: bool = False
    names: tuple[str, ...] = ()
    negated: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Where a place must lie.

    Attributes:
        relation: *in* one of ``names``, *within* ``km`` of it, *between* two, or to
            one side of it.
        names: of continents, countries, cities, landmarks.
        at: ``(lon, lat)`` degrees instead of a name.
        km: for *within* and *near*.
        negated: it must not lie there.
        alone: it must lie nowhere else (*entirely in Canada*).
    """

    relation: Relation
    names: tuple[str, ...] = ()
    at: tuple[float, float] | None = None
    km: float | None = None
    negated: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood.

    Attributes:
        op: what is to be done.
        entities: names of landmarks that it is about, in order.
        kind: of landmark that is ranked, listed, counted or looked for (``lake``).
        variables: what is asked for; candidates for the same words stand together, the
            likelier first.
        filters: what the values of a place must be, all of them.
        place: where it must lie, all of them.
        order: for *rank* and *compare*: ``most`` or ``least`` of the variable.
        nth: the first, second, … in that order.
        top: how many are asked for.
        unit: in which the value is to be given.
        wants: how the value is to be given.
        factor: for *ratio*: whether the first is so many times the second; for *share*:
            whether so much of a kind meets the conditions, 1 for all.
        negated: the question denies what it asks (*is it not …*).
        time: periods for which a value must hold (``2019-01``).
        left_over: words of the question that no slot took.
    """

    op: Op
    entities: tuple[str, ...] = ()
    kind: str | None = None
    variables: tuple[tuple[str, ...], ...] = ()
    filters: tuple[ValueFilter, ...] = ()
    place: tuple[PlaceFilter, ...] = ()
    order: Literal["most", "least"] | None = None
    nth: int = 1
    top: int = 1
    unit: str | None = None
    wants: Wants = "value"
    factor: float | None = None
    negated: bool = False
    time: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values; what is not set is left out."""
        read: dict[str, Any] = json.loads(json.dumps(_pruned(dataclasses.asdict(self))))
        return read

    @classmethod
    def from_json(cls, given: object) -> "Query":
        """A query that was written by hand.

        Raises:
            QueryError: a key that is not known, or a value that does not fit it.
        """
        read: Query = _made(cls, given, "query")
        if read.nth < 1 or read.top < 1:
            raise QueryError("A query's nth and top count from 1.", hint=_HINT)
        return read


def queries_from(text: str) -> tuple[Query, ...]:
    """Queries from JSON: one, or a list of several.

    Raises:
        QueryError: no JSON, or no query.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise QueryError(f"The query is no JSON: {exc}.", hint=_HINT) from exc
    several = given if isinstance(given, list) else [given]
    if not several:
        raise QueryError("The query is an empty list.", hint=_HINT)
    return tuple(Query.from_json(one) for one in several)


def queries_of(given: str | Path | Mapping[str, Any] | None) -> tuple[Query, ...]:
    """Queries from a JSON file, or from the values of one; none if none are given.

    Raises:
        QueryError: the file cannot be read, or holds no query.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return (Query.from_json(given),)
    try:
        return queries_from(Path(given).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"The query cannot be read: {exc}.", hint=_HINT) from exc


def _pruned(fields: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in fields.items():
        if value in (None, (), False, "") or (key in ("nth", "top") and value == 1):
            continue
        if key == "wants" and value == "value":
            continue
        if key in ("filters", "place"):
            value = [_pruned(one) for one in value]
        kept[key] = value
    return kept


_CHOICES: dict[str, tuple[str, ...]] = {
    "op": get_args(Op),
    "wants": get_args(Wants),
    "relation": get_args(Relation),
    "order": ("most", "least"),
}


def _made(cls: type[Any], given: object, what: str) -> Any:
    """A dataclass from JSON, each key and value looked at."""
    if not isinstance(given, Mapping):
        raise QueryError(f"A {what} is a JSON object, not {given!r}.", hint=_HINT)
    fields = [one.name for one in dataclasses.fields(cls)]
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise QueryError(
            f"A {what} has no {', '.join(map(repr, unknown))}.",
            hint=f"it has {', '.join(fields)}",
        )
    if fields[0] not in given:
        raise QueryError(f"A {what} needs {fields[0]!r}.", hint=_HINT)
    return cls(**{key: _value(cls, key, value) for key, value in given.items()})


def _value(cls: type[Any], key: str, value: object) -> Any:
    if key in _CHOICES and value not in _CHOICES[key]:
        choices = ", ".join(_CHOICES[key])
        raise QueryError(f"{key!r} cannot be {value!r}.", hint=f"one of {choices}")
    grouped = key == "variables" and cls is Query
    match key, value:
        case (("op" | "wants" | "relation" | "order"), _):
            return value
        case (("kind" | "unit" | "low" | "high" | "words"), str()):
            return value
        case (("negated" | "strict" | "alone"), bool()):
            return value
        case (("nth" | "top" | "km" | "factor"), bool()):
            pass
        case (("nth" | "top"), int()):
            return value
        case (("km" | "factor"), int() | float()):
            return float(value)
        case "at", [int() | float() as lon, int() | float() as lat]:
            return float(lon), float(lat)
        case "filters", [*entries]:
            return tuple(_made(ValueFilter, one, "filter") for one in entries)
        case "place", [*entries]:
            return tuple(_made(PlaceFilter, one, "place") for one in entries)
        case "variables", [*entries] if grouped:
            return tuple(_texts(key, e) for e in entries)
        case (("entities" | "names" | "time" | "left_over" | "variables"), [*_]):
            return _texts(key, value)
    raise QueryError(f"{key!r} of a query cannot be {value!r}.", hint=_HINT)


def _texts(key: str, value: object) -> tuple[str, ...]:
    entries = [value] if isinstance(value, str) else value
    if isinstance(entries, list) and all(isinstance(one, str) for one in entries):
        return tuple(entries)
    raise QueryError(f"{key!r} of a query cannot be {value!r}.", hint=_HINT)
