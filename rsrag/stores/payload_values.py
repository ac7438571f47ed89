"""Arrow rows as Python dictionaries, column by column.

The same values as ``pyarrow``'s own ``to_pylist``, which makes a scalar object of every
cell: ten hits of a thousand queries take a third of the time this way.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_FEW = 100
"""Up to so many rows go one by one, some 50 µs each: what takes many at once makes
pyarrow import pandas, and a cold search would wait 200 ms for it."""


def python_rows(places: "Sequence[tuple[pa.RecordBatch, int]]") -> list[dict[str, Any]]:
    """One dictionary a place, in order.

    Args:
        places: a record batch and a row in it; all batches of one schema.
    """
    if len(places) <= _FEW:
        return [batch.slice(row, 1).to_pylist()[0] for batch, row in places]
    import pyarrow as pa

    together: dict[int, list[int]] = {}
    for position, (batch, _) in enumerate(places):
        together.setdefault(id(batch), []).append(position)
    found: list[dict[str, Any]] = [{}] * len(places)
    for positions in together.values():
        batch = places[positions[0]][0]
        rows = pa.array([places[position][1] for position in positions], pa.int64())
        for position, values in zip(positions, _dicts(batch.take(rows)), strict=True):
            found[position] = values
    return found


def _dicts(batch: "pa.RecordBatch") -> list[dict[str, Any]]:
    names = batch.schema.names
    columns = [_values(batch.column(i)) for i in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(array: "pa.Array") -> list[Any]:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_struct(kind) and not array.null_count:
        children = [_values(child) for child in array.flatten()]
        names = [field.name for field in kind]
        return [
            dict(zip(names, row, strict=True)) for row in zip(*children, strict=True)
        ]
    texts = pa.types.is_string(kind) or pa.types.is_binary(kind)
    numbers = pa.types.is_floating(kind) or pa.types.is_integer(kind)
    if texts or (numbers and not array.null_count):
        return list(array.to_numpy(zero_copy_only=False).tolist())
    if pa.types.is_null(kind) or array.null_count == len(array):
        return list(np.full(len(array), None).tolist())
    return list(array.to_pylist())
