"""Arrow columns as arrays, held to pyarrow's own conversion."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from rsrag.columns.arrow_columns import (
    few_of,
    field_floats,
    filled,
    floats,
    integers,
    texts,
    truths,
)

CHUNKS = st.lists(st.lists(st.none() | st.floats(width=32), max_size=20), max_size=4)


def sliced(values, kind, skip):
    """A chunk that does not begin where its buffers do."""
    return pa.array([None] * skip + values, kind).slice(skip)


@given(CHUNKS, st.integers(0, 9), st.sampled_from([pa.float64(), pa.float32()]))
def test_floats_are_those_of_arrow(chunks, skip, kind):
    column = pa.chunked_array([sliced(c, kind, skip) for c in chunks], kind)
    np.testing.assert_array_equal(floats(column), column.cast(pa.float64()).to_numpy())


@given(st.lists(st.lists(st.none() | st.booleans(), max_size=20)), st.integers(0, 9))
def test_null_is_not_true_and_not_filled(chunks, skip):
    column = pa.chunked_array([sliced(c, pa.bool_(), skip) for c in chunks], pa.bool_())
    values = [value for chunk in chunks for value in chunk]
    assert truths(column).tolist() == [value is True for value in values]
    assert filled(column).tolist() == [value is not None for value in values]


def test_integers_and_nothing_become_floats():
    column = pa.chunked_array([[1, None], [3]], pa.int32())
    np.testing.assert_array_equal(floats(column), [1, np.nan, 3])
    nothing = pa.chunked_array([pa.nulls(2)])
    assert np.isnan(floats(nothing)).all()
    assert filled(nothing).tolist() == [False, False]


def test_a_field_is_nan_where_its_struct_is_null():
    kind = pa.struct([("a", pa.float64()), ("b", pa.float32())])
    rows = [{"a": 1.0, "b": 2.0}, None, {"a": None, "b": 4.0}]
    column = pa.chunked_array([pa.array([None, *rows], kind).slice(1)])
    np.testing.assert_array_equal(field_floats(column, "a"), [1, np.nan, np.nan])
    np.testing.assert_array_equal(field_floats(column, "b"), [2, np.nan, 4])
    with pytest.raises(KeyError):
        field_floats(column, "c")


@given(st.lists(st.text()), st.sampled_from([pa.string(), pa.large_string()]))
def test_texts_are_an_array_of_their_kind(values, kind):
    made = texts(values, kind)
    made.validate(full=True)
    assert made.type == kind
    assert made.to_pylist() == values


def test_integers_share_their_memory():
    numbers = np.arange(5)
    made = integers(numbers)
    numbers[0] = 7
    assert made.to_pylist() == [7, 1, 2, 3, 4]
    assert integers(numbers[::2]).to_pylist() == [7, 2, 4]


def test_pandas_is_not_imported():
    code = """if True:
        import sys
        import numpy as np
        import pyarrow as pa
        from rsrag.columns.arrow_columns import *
        array = pa.Array.from_buffers(pa.float64(), 2, [None, pa.py_buffer(bytes(16))])
        column = pa.chunked_array([array])
        structs = pa.StructArray.from_arrays([array], ["a"])
        floats(column), filled(column), texts(["a"], pa.string())
        floats(pa.chunked_array([integers(np.arange(2))]))
        field_floats(pa.chunked_array([structs]), "a")
        truths(pa.chunked_array([array.is_valid()]))
        column.take(integers(np.arange(1)))
        assert "pandas" not in sys.modules
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1), st.data())
def test_some_rows_of_a_column_in_chunks(chunks, data):
    column = pa.chunked_array(chunks, pa.int64())
    every = range(len(column))
    rows = sorted(data.draw(st.sets(st.sampled_from(every)))) if every else []
    found = few_of(column, np.array(rows, dtype=np.intp))
    assert found == [column[row].as_py() for row in rows]
