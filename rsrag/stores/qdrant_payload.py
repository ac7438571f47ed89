"""Payload rows as Qdrant keeps them: JSON, and back to the very values of the row.

Columns keep their names, so that other clients of the collection read them as they
are. What JSON has no word for stands in a small object that says its own kind::

    bytes       {"rsrag": "bytes", "base64": "AQM..."}
    datetime    {"rsrag": "time", "us": 1577836800000000, "utc": "2020-01-01T..."}
    NaN         {"rsrag": "nan"}

Beside the columns stands ``_box``, the footprint's bounds as plain numbers: south,
north, and one or, across the antimeridian, two pairs of longitudes.
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
_KIND = "rsrag"
_NAMESPACE = uuid.UUID("6a1b6f0e-93c7-5c0e-9d5a-2b7e0f3c4d11")
_HEX = re.compile(r"[0-9a-f]{32}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def point_id(id_: str) -> str:
    """The UUID under which Qdrant keeps an item; one id always gives the same."""
    if _HEX.fullmatch(id_):
        return str(uuid.UUID(hex=id_))
    return str(uuid.uuid5(_NAMESPACE, id_))


def encode_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One payload row as JSON values.

    Args:
        row: Python values as ``pyarrow.Table.to_pylist`` gives them.

    Raises:
        StoreError: a value that cannot be kept (infinity, a decimal, ...).
    """
    payload = {name: _encode(value, name) for name, value in row.items()}
    box = row.get("bbox")
    if isinstance(box, Mapping):
        sides = [_side(box.get(name)) for name in ("xmin", "ymin", "xmax", "ymax")]
        if not any(map(math.isnan, sides)):
            payload[BOX] = _numbers(BBox(*sides))
    return payload


def decode_row(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The row that :func:`encode_row` was given."""
    return {name: decode(value) for name, value in payload.items() if name != BOX}


def decode(value: Any) -> Any:
    """One JSON value back to what it was."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kind = value.get(_KIND)
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    if kind == "time":
        time = _EPOCH + timedelta(microseconds=value["us"])
        return time if value["utc"].endswith("Z") else time.replace(tzinfo=None)
    if kind == "nan":
        return math.nan
    return {name: decode(item) for name, item in value.items()}


def _encode(value: Any, name: str) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if math.isinf(value):
            raise StoreError(f"Column {name} holds infinity, which JSON cannot.")
        return {_KIND: "nan"} if math.isnan(value) else value
    if isinstance(value, bytes):
        return {_KIND: "bytes", "base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, datetime):
        return _encode_time(value)
    if isinstance(value, Mapping):
        return {key: _encode(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_encode(item, name) for item in value]
    raise StoreError(
        f"Column {name} holds a {type(value).__name__}, which Qdrant cannot keep.",
        hint="give numbers, strings, bytes, times, or lists and structs of them",
    )


def _encode_time(time: datetime) -> dict[str, Any]:
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    text = aware.replace(tzinfo=None).isoformat()
    return {
        _KIND: "time",
        "us": (aware - _EPOCH) // timedelta(microseconds=1),
        "utc": text if time.tzinfo is None else text + "Z",
    }


def _side(value: Any) -> float:
    return math.nan if value is None else float(value)


def _numbers(box: BBox) -> dict[str, float]:
    numbers = {"south": box.south, "north": box.north}
    for suffix, (west, east) in zip(("", "2"), spans(box), strict=False):
        numbers["west" + suffix], numbers["east" + suffix] = west, east
    return numbers
