"""What a search asks for, read from a query string or from a JSON body."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rsrag.serve.guard.request_limits import parse_json
from rsrag.serve.stac.word_readers import NEVER_NULL, READERS, number_of, refused

_TEXTS = ("ids", "collections", "q", "subtract", "similar", "sortby", "fields")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """A search, checked; the attributes are named as the parameters are.

    Those pictures of ``similar`` that come along stand in ``pictures``.
    """

    collections: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    bbox: tuple[float, ...] | None = None
    intersects: Mapping[str, Any] | None = None
    datetime: tuple[dt.datetime | None, dt.datetime | None] | None = None
    limit: int = 10
    token: str | None = None
    filter: str | None = None
    q: tuple[str, ...] = ()
    q_weight: float = 1.0
    similar: tuple[tuple[str, str, float], ...] = ()
    pictures: tuple[tuple[str, float], ...] = ()
    subtract: tuple[str, ...] = ()
    min_score: float | None = None
    dedupe: bool = False
    uniform: bool = False
    sortby: tuple[tuple[str, bool], ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def ranked(self) -> bool:
        """Whether pictures are compared with something."""
        return bool(self.q or self.similar or self.pictures)

    @property
    def digest(self) -> str:
        """Of all that decides what comes, and in which order."""
        same = replace(self, token=None, limit=10, include=(), exclude=())
        text = json.dumps([getattr(same, n) for n in same.__slots__], default=str)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def words_of_query(pairs: Sequence[tuple[str, str]]) -> SearchWords:
    """Read a query string, whose lists have commas between.

    Raises:
        HttpFailure: 400.
    """
    given: dict[str, str] = {}
    for name, text in pairs:
        # pystac-client adds its parameters to links that have them.
        if given.setdefault(name, text) != text:
            raise refused(f"{name} is given twice.")
    return words_of(
        {
            name: _typed(name, text)
            for name, text in given.items()
            if text.strip() or name == "q"
        }
    )


def _typed(name: str, text: str) -> Any:
    """A value of the query string as a JSON body has it."""
    if name in _TEXTS:
        return [part.strip() for part in text.split(",")]
    if name == "bbox":
        return [number_of(part, "bbox") for part in text.split(",")]
    if name == "intersects":
        return parse_json(text, "intersects")
    if name == "limit":
        # What has more digits is cut to the most anyhow; Python refuses some thousands.
        return int(text[:18]) if text.isascii() and text.isdecimal() else text
    if name in ("q_weight", "min_score"):
        return number_of(text, name)
    if name in ("dedupe", "uniform"):
        return {"true": True, "false": False}.get(text, text)
    return text


def words_of(given: object) -> SearchWords:
    """Read a JSON body.

    Raises:
        HttpFailure: 400: a name that there is not, or a value that cannot be.
    """
    if not isinstance(given, Mapping):
        raise refused("The body is no JSON object.")
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in READERS:
            known = ", ".join(READERS)
            raise refused(
                f"There is no parameter {str(name)[:80]!r}.", f"known: {known}"
            )
        if value is not None or name in NEVER_NULL:
            found |= READERS[name](name, value)
    if "bbox" in found and "intersects" in found:
        raise refused("bbox and intersects are two answers to one question.")
    if found.pop("lang", None) == "cql2-json" and "filter" in found:
        parse_json(found["filter"], "filter")
    words = SearchWords(**found)
    if words.subtract and not words.ranked:
        raise refused("subtract takes from q or similar, and neither is given.")
    return words
