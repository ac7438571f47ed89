"""Payload rows as Qdrant keeps them: JSON, and back to the very values of the row.

Columns keep their names, so that other clients of the collection read them as they
are. What JSON has no word for stands in a small object that says its own kind::

    bytes       {"rsrag": "bytes", "base64": "AQM..."}
    datetime    {"rsrag": "time", "us": 1577836800000000, "utc": "2020-01-01T..."}
    NaN         {"rsrag": "nan"}

Beside the columns stand ``_box``, the footprint's bounds as plain numbers (south,
north, and one or, across the antimeridian, two pairs of longitudes), ``_exact``, the
digits of long numbers by their JSON pointer (Qdrant reads its own JSON back with a
parser that is off in the last place for some of them), and ``_apart`` where the order
of point ids is not that of ids.
"""

import base64
import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rsrag.errors import StoreError
from rsrag.geo import spans
from rsrag.types import BBox

BOX = "_box"
EXACT = "_exact"
APART = "_apart"
_OWN = frozenset({BOX, EXACT, APART})
_KIND = "rsrag"
_NAMESPACE = uuid.UUID("6a1b6f0e-93c7-5c0e-9d5a-2b7e0f3c4d11")
_HEX = re.compile(r"[0-9a-f]{32}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def point_id(id_: str) -> str:
    """The UUID under which Qdrant keeps an item; one id always gives the same.

    UUIDs of ids of 32 hex digits, which is what all of an index are, sort as the ids
    do. Any other id gets a hash, and its payload is marked with :data:`APART`.
    """
    if in_order(id_):
        return str(uuid.UUID(hex=id_))
    return str(uuid.uuid5(_NAMESPACE, id_))


def in_order(id_: str) -> bool:
    """Whether the point of this id stands among the others as the id does."""
    return _HEX.fullmatch(id_) is not None


def encode_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One payload row, of Python values, as JSON values.

    Raises:
        StoreError: a value that cannot be kept (infinity, a decimal, ...).
    """
    exact: dict[str, str] = {}
    payload = {
        name: _encode(value, _under("", name), exact) for name, value in row.items()
    }
    if exact:
        payload[EXACT] = exact
    if not in_order(str(row.get("id"))):
        payload[APART] = "yes"
    box = row.get("bbox")
    if isinstance(box, Mapping):
        sides: list[Any] = [box.get(name) for name in ("xmin", "ymin", "xmax", "ymax")]
        if not any(side is None or math.isnan(side) for side in sides):
            payload[BOX] = _numbers(BBox(*map(float, sides)))
    return payload


def decode_row(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The row that :func:`encode_row` was given."""
    return {name: column(payload, name) for name in payload if name not in _OWN}


def column(payload: Mapping[str, Any], name: str) -> Any:
    """One value of the row; ``None`` if the payload does not have it."""
    return _decode(payload.get(name), _under("", name), payload.get(EXACT) or {})


def _decode(value: Any, place: str, exact: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_decode(v, _under(place, i), exact) for i, v in enumerate(value)]
    if not isinstance(value, Mapping):
        return float(exact[place]) if place in exact else value
    kind = value.get(_KIND)
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    if kind == "time":
        time = _EPOCH + timedelta(microseconds=value["us"])
        return time if value["utc"].endswith("Z") else time.replace(tzinfo=None)
    if kind == "nan":
        return math.nan
    return {key: _decode(v, _under(place, key), exact) for key, v in value.items()}


def _encode(value: Any, place: str, exact: dict[str, str]) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if math.isinf(value):
            raise StoreError(f"The payload holds infinity at {place}; JSON cannot.")
        if math.isnan(value):
            return {_KIND: "nan"}
        if not _short(value):
            exact[place] = repr(value)
        return value
    if isinstance(value, bytes):
        return {_KIND: "bytes", "base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, datetime):
        return _encode_time(value)
    if isinstance(value, Mapping):
        return {key: _encode(v, _under(place, key), exact) for key, v in value.items()}
    if isinstance(value, list):
        return [_encode(v, _under(place, i), exact) for i, v in enumerate(value)]
    raise StoreError(
        f"The payload holds a {type(value).__name__} at {place}; Qdrant cannot.",
        hint="give numbers, strings, bytes, times, or lists and structs of them",
    )


def _under(place: str, key: str | int) -> str:
    """A step deeper in a JSON pointer (RFC 6901)."""
    return f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _short(value: float) -> bool:
    """Whether any parser reads the number exactly: few digits, small exponent."""
    middling = value == 0.0 or 1e-7 <= abs(value) < 1e15
    return middling and float(f"{value:.15g}") == value


def _encode_time(time: datetime) -> dict[str, Any]:
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    text = aware.replace(tzinfo=None).isoformat()
    return {
        _KIND: "time",
        "us": (aware - _EPOCH) // timedelta(microseconds=1),
        "utc": text if time.tzinfo is None else text + "Z",
    }


def _numbers(box: BBox) -> dict[str, float]:
    numbers = {"south": box.south, "north": box.north}
    for suffix, (west, east) in zip(("", "2"), spans(box), strict=False):
        numbers["west" + suffix], numbers["east" + suffix] = west, east
    return numbers
