"""Columns of Arrow as NumPy arrays, without pandas.

Where pandas is installed, and geopandas brings it, pyarrow imports it the first time
an array becomes one of NumPy's (``to_numpy``, ``__array__``) or is made of Python
values (``pa.array``). That takes 200 ms, which a search with a filter does not have;
what stands here reads and writes Arrow's buffers instead
(https://arrow.apache.org/docs/format/Columnar.html).
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T", bound=np.generic)


def floats(column: "pa.ChunkedArray") -> NDArray[np.float64]:
    """Numbers as float64; null is NaN.

    Args:
        column: of integers or floats; integers beyond 2**53 are rounded.
    """
    import pyarrow as pa

    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    return _joined([_floats(chunk) for chunk in column.chunks], np.dtype(np.float64))


def field_floats(column: "pa.ChunkedArray", name: str) -> NDArray[np.float64]:
    """A field of structs, as :func:`floats` has it; NaN, too, where a struct is null.

    Raises:
        KeyError: no such field.
    """
    import pyarrow as pa

    number = column.type.get_field_index(name)
    if number < 0:
        raise KeyError(name)
    # Unlike `field`, this minds the nulls of the structs themselves.
    chunks = [chunk.flatten()[number] for chunk in column.chunks]
    return floats(pa.chunked_array(chunks, column.type.field(number).type))


def boxes(column: "pa.ChunkedArray") -> NDArray[np.float64]:
    """``(n, 4)`` west, south, east, north of structs; NaN where there is none.

    Each edge lies by itself in memory: a condition reads one of them.
    """
    sides = ("xmin", "ymin", "xmax", "ymax")
    return np.stack([field_floats(column, side) for side in sides]).T


def truths(column: "pa.ChunkedArray") -> NDArray[np.bool_]:
    """Booleans; null is false."""
    found = []
    for chunk in column.chunks:
        values = chunk.buffers()[1]
        found.append(_bits(values, chunk.offset, len(chunk)) & _filled(chunk))
    return _joined(found, np.dtype(bool))


def filled(column: "pa.ChunkedArray") -> NDArray[np.bool_]:
    """Which rows are not null."""
    return _joined([_filled(chunk) for chunk in column.chunks], np.dtype(bool))


def word_counts(column: "pa.ChunkedArray") -> Counter[str]:
    """How often each text stands in a column; of other kinds none does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return Counter()
    found = pc.value_counts(column).flatten()
    pairs = zip(found[0].to_pylist(), found[1].to_pylist(), strict=True)
    return Counter({word: count for word, count in pairs if isinstance(word, str)})


def coded(column: "pa.ChunkedArray") -> tuple[NDArray[np.int64], list[Any]]:
    """For each row the number of its value, -1 where it is null, and the values."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    parts = [
        np.where(_filled(chunk), numbers(chunk.indices), np.int64(-1))
        for chunk in column.chunks
    ]
    values = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    return _joined(
        [part.astype(np.int64) for part in parts], np.dtype(np.int64)
    ), values


def texts(values: Sequence[str], kind: "pa.DataType") -> "pa.Array":
    """An array of texts.

    Args:
        values: none of them null.
        kind: string or large_string.
    """
    import pyarrow as pa

    data = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, data)])
    width = np.int64 if pa.types.is_large_string(kind) else np.int32
    buffers = [None, pa.py_buffer(ends.astype(width)), pa.py_buffer(b"".join(data))]
    return pa.Array.from_buffers(kind, len(data), buffers)


def few_of(column: "pa.ChunkedArray", rows: NDArray[np.intp]) -> list[Any]:
    """Values of rows, ascending; the column's own ``take`` joins its chunks first."""
    ends = np.cumsum([len(chunk) for chunk in column.chunks])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    starts = (0, *ends[:-1])
    return [
        value
        for chunk, start, part in zip(column.chunks, starts, parts, strict=True)
        if len(part)
        for value in chunk.take(integers(part - start)).to_pylist()
    ]


def integers(values: NDArray[np.int64]) -> "pa.Array":
    """An array of int64, none of them null, over the same memory."""
    import pyarrow as pa

    whole = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])


def numbers(array: "pa.Array") -> NDArray[Any]:
    """Values of integers or floats, of their own width, over the same memory.

    Args:
        array: what stands where it has nulls is anything.
    """
    kind = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.empty(0, kind)
    whole = np.frombuffer(array.buffers()[1], kind, array.offset + len(array))
    return whole[array.offset :]


def _floats(chunk: "pa.Array") -> NDArray[np.float64]:
    values = numbers(chunk)
    if chunk.null_count:
        values = np.where(_filled(chunk), values, np.nan)
    return values


def _filled(chunk: "pa.Array") -> NDArray[np.bool_]:
    if not chunk.null_count:
        return np.ones(len(chunk), dtype=bool)
    bitmap = chunk.buffers()[0]
    # An array of type null has no bitmap: nothing is there.
    if bitmap is None:
        return np.zeros(len(chunk), dtype=bool)
    return _bits(bitmap, chunk.offset, len(chunk))


def _bits(buffer: "pa.Buffer | None", offset: int, count: int) -> NDArray[np.bool_]:
    if buffer is None or not count:
        return np.zeros(count, dtype=bool)
    packed = np.frombuffer(buffer, np.uint8, -(-(offset + count) // 8))
    bits = np.unpackbits(packed, count=offset + count, bitorder="little")
    return bits[offset:].astype(bool)


def _joined(parts: list[NDArray[T]], kind: "np.dtype[T]") -> NDArray[T]:
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, kind), *parts])
