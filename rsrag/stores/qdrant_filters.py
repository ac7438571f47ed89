"""A :class:`rsrag.filters.Filter` in Qdrant's words, for the server and for Edge.

Both dialects have the same conditions under slightly different names; a
:class:`Dialect` holds the constructors. All but ``area`` is exact here. Of
``area`` only the bounds are asked for, and :class:`AreaTest` then looks at the outlines
that come.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.filters import Filter, microseconds
from rsrag.geo import geometry_bbox, spans
from rsrag.stores.qdrant_payload import BOX, decode, point_id

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST = sys.float_info.max

NOT_INDEXED = frozenset({"text", "properties", "crs", "source_sha256"})
"""String columns that are too long, or too odd, to narrow a search by."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Constructors of conditions.

    Attributes:
        group: all of ``must``, one of ``should`` and none of ``must_not``.
        between: key, lowest and highest number allowed, both included.
        one_of: key and the strings allowed.
        has_id: point ids.
    """

    group: Callable[..., Any]
    between: Callable[[str, float, float], Any]
    one_of: Callable[[str, list[str]], Any]
    has_id: Callable[[list[str]], Any]


def translate(where: Filter | None, words: Dialect) -> Any:
    """The filter's conditions, or ``None`` if there are none.

    With an ``area`` the result matches all footprints whose bounds touch its bounds:
    more than the filter does.
    """
    if not where:
        return None
    must: list[Any] = []
    for name, allowed in where.keywords.items():
        must.append(words.one_of(_key(name), sorted(allowed)))
    for name, (low, high) in where.ranges.items():
        # A column of times keeps its number one step deeper.
        keys = (_key(name), f"{_key(name)}.us")
        must.append(words.group(should=[_between(words, k, low, high) for k in keys]))
    if where.datetime:
        start, end = (microseconds(time) for time in where.datetime)
        must.append(_between(words, "datetime.us", start, end))
    if where.area is not None:
        must.extend(_touches(where.area, words))
    must_not = []
    if where.exclude:
        must_not.append(words.has_id([point_id(id_) for id_ in sorted(where.exclude)]))
    return words.group(must=must, must_not=must_not)


def index_fields(schema: "pa.Schema") -> Iterable[tuple[str, str]]:
    """Payload keys worth an index, with Qdrant's name of their kind."""
    import pyarrow as pa

    for field in schema:
        kind, key = field.type, _key(field.name)
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            if field.name not in NOT_INDEXED:
                yield key, "keyword"
        elif pa.types.is_timestamp(kind):
            yield f"{key}.us", "integer"
        elif pa.types.is_integer(kind):
            yield key, "integer"
        elif pa.types.is_floating(kind):
            yield key, "float"
        elif field.name == "bbox":
            for side in ("south", "north", "west", "east", "west2", "east2"):
                yield f"{BOX}.{side}", "float"


class AreaTest:
    """Whether outlines share a point with an area; ``None`` passes everything."""

    def __init__(self, area: "BaseGeometry | None") -> None:
        """Prepare the area for many tests."""
        self._area = area
        if area is not None:
            import shapely

            shapely.prepare(area)

    def passing(self, payloads: Sequence[Mapping[str, Any]]) -> list[bool]:
        """For each payload, as Qdrant keeps it, whether its ``geometry`` passes."""
        if self._area is None:
            return [True] * len(payloads)
        import shapely

        outlines = [decode(payload.get("geometry")) for payload in payloads]
        shapes = shapely.from_wkb(np.array(outlines, dtype=object))
        passed: list[bool] = shapely.intersects(self._area, shapes).tolist()
        return passed


def _touches(area: "BaseGeometry", words: Dialect) -> list[Any]:
    box = geometry_bbox(area)
    lon = [
        words.group(
            must=[
                words.between(f"{BOX}.west{suffix}", -_LARGEST, east),
                words.between(f"{BOX}.east{suffix}", west, _LARGEST),
            ]
        )
        for west, east in spans(box)
        for suffix in ("", "2")
    ]
    return [
        words.between(f"{BOX}.south", -_LARGEST, box.north),
        words.between(f"{BOX}.north", box.south, _LARGEST),
        words.group(should=lon),
    ]


def _between(words: Dialect, key: str, low: float | None, high: float | None) -> Any:
    # A range without bounds would match items that have no value.
    return words.between(
        key, -_LARGEST if low is None else low, _LARGEST if high is None else high
    )


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else f'"{name}"'
