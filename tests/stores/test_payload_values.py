"""Arrow rows as Python dictionaries: the values that Arrow itself gives."""

import subprocess
import sys
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from rsrag.stores.files import payload_values
from rsrag.stores.files.payload_values import python_rows

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("gsd_m", pa.float64()),
        ("count", pa.int32()),
        ("cloudy", pa.bool_()),
        ("geometry", pa.binary()),
        ("datetime", pa.timestamp("us", tz="UTC")),
        ("bbox", pa.struct([("xmin", pa.float64()), ("ymin", pa.float64())])),
        ("tags", pa.list_(pa.string())),
        ("nothing", pa.null()),
    ]
)
ROW = st.fixed_dictionaries(
    {
        "id": st.text(max_size=3),
        "gsd_m": st.none() | st.floats(allow_nan=False),
        "count": st.none() | st.integers(-5, 5),
        "cloudy": st.none() | st.booleans(),
        "geometry": st.none() | st.binary(max_size=3),
        "datetime": st.none() | st.datetimes(),
        "bbox": st.none()
        | st.fixed_dictionaries(
            {"xmin": st.none() | st.floats(-9, 9), "ymin": st.floats(-9, 9)}
        ),
        "tags": st.none() | st.lists(st.text(max_size=2), max_size=2),
        "nothing": st.none(),
    }
)


@pytest.mark.parametrize("many", [1, 2, payload_values._MANY])
@settings(max_examples=80)
@given(st.lists(ROW, min_size=1, max_size=9), st.data())
def test_rows_come_as_arrow_itself_gives_them(many, rows, data):
    table = pa.Table.from_pylist(rows, SCHEMA)
    batches = table.to_batches(max_chunksize=4)
    places = [(batch, i) for batch in batches for i in range(len(batch))]
    chosen = data.draw(st.lists(st.sampled_from(range(len(places))), max_size=12))
    expected = [table.slice(i, 1).to_pylist()[0] for i in chosen]
    with mock.patch.object(payload_values, "_MANY", many):
        assert python_rows([places[i] for i in chosen]) == expected


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string()])
def test_a_column_of_nothing_but_nulls(kind):
    batch = pa.record_batch({"a": pa.array([None, None], kind)})
    for times in (1, 50):
        expected = [{"a": None}, {"a": None}] * times
        assert python_rows([(batch, 0), (batch, 1)] * times) == expected


def test_pandas_is_not_imported():
    code = """if True:
        import sys
        import pyarrow as pa
        from rsrag.stores.files.payload_values import python_rows
        zeros = [None, pa.py_buffer(bytes(16))]
        numbers = pa.Array.from_buffers(pa.float64(), 2, zeros)
        text = [None, pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]))]
        texts = pa.Array.from_buffers(pa.string(), 2, [*text, pa.py_buffer(b"ab")])
        both = pa.StructArray.from_arrays([numbers, texts], ["n", "t"])
        batch = pa.RecordBatch.from_arrays([numbers, texts, both], ["n", "t", "both"])
        for times in (1, 50):
            found = python_rows([(batch, 1), (batch, 0)] * times)
            assert found[0] == {"n": 0, "t": "b", "both": {"n": 0, "t": "b"}}, found
        assert "pandas" not in sys.modules
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
