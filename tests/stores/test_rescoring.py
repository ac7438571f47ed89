"""Exact scores of candidates, and when candidates do not tell."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from rsrag.stores.payload_values import python_rows
from rsrag.stores.rescoring import rescore
from rsrag.stores.scan import nearest
from rsrag.vectors import unit_rows

NAMES = np.array([f"{i * 7919 % 1000:03d}" for i in range(1000)])


def ids_of(rows):
    return NAMES[rows]


def ask(queries, vectors, *rest):
    return rescore(queries, vectors, *rest, lambda rows: vectors[rows])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 10**6), st.booleans())
def test_all_rows_as_candidates_give_the_exact_answer(count, k, seed, doubled):
    rng = np.random.default_rng(seed)
    vectors = unit_rows(rng.standard_normal((count, 6)))
    if doubled:
        vectors = vectors[rng.integers(0, count, count)]
    queries = unit_rows(rng.standard_normal((5, 6)))
    named = np.stack([rng.permutation(count) for _ in queries])
    named = np.concatenate([named, np.full((5, 2), -1)], axis=1)
    found = ask(queries, vectors, named, ids_of, k, count)
    expected = nearest(queries, vectors, None, ids_of, k)
    for got, (rows, scores) in zip(found, expected, strict=True):
        assert got is not None
        assert ids_of(got[0]).tolist() == ids_of(rows).tolist()
        assert got[1].tolist() == scores.tolist()


def test_too_few_candidates_do_not_tell():
    vectors = unit_rows(np.eye(4))
    named = np.array([[0, 1, -1, -1]])
    assert ask(vectors[:1], vectors, named, ids_of, 3, 4) == [None]
    (found,) = ask(vectors[:1], vectors, named, ids_of, 3, 2)
    assert found is not None and found[0].tolist() == [0, 1]


def test_candidates_that_all_tie_do_not_tell_unless_they_are_all():
    vectors = np.repeat(unit_rows([[3.0, 4.0]]), 5, axis=0)
    named = np.array([[4, 2, 0]])
    assert ask(vectors[:1], vectors, named, ids_of, 2, 5) == [None]
    (found,) = ask(vectors[:1], vectors, named, ids_of, 2, 3)
    assert found is not None
    assert ids_of(found[0]).tolist() == sorted(NAMES[[0, 2, 4]])[:2]


def test_blocks_do_not_show(monkeypatch):
    rng = np.random.default_rng(2)
    vectors = unit_rows(rng.standard_normal((50, 8)))
    queries = unit_rows(rng.standard_normal((9, 8)))
    named = np.stack([rng.permutation(50)[:20] for _ in queries])
    whole = ask(queries, vectors, named, ids_of, 5, 50)
    monkeypatch.setattr("rsrag.stores.rescoring._BLOCK_BYTES", 1)
    for one, other in zip(
        whole, ask(queries, vectors, named, ids_of, 5, 50), strict=True
    ):
        assert one[0].tolist() == other[0].tolist()
        assert one[1].tolist() == other[1].tolist()


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


@settings(max_examples=80, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=9), st.data())
def test_rows_come_as_arrow_itself_gives_them(rows, data):
    table = pa.Table.from_pylist(rows, SCHEMA)
    batches = table.to_batches(max_chunksize=4)
    places = [(batch, i) for batch in batches for i in range(len(batch))]
    chosen = data.draw(st.lists(st.sampled_from(range(len(places))), max_size=12))
    expected = [table.slice(i, 1).to_pylist()[0] for i in chosen]
    assert python_rows([places[i] for i in chosen]) == expected


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string()])
def test_a_column_of_nothing_but_nulls(kind):
    batch = pa.record_batch({"a": pa.array([None, None], kind)})
    assert python_rows([(batch, 0), (batch, 1)]) == [{"a": None}, {"a": None}]
