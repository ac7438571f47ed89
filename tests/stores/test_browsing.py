"""Browsing a store of rows reads the ids of all, and the payload of one page."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings, strategies as st

from rsrag.stores.files.payload_log import PayloadLog
from rsrag.stores.live_rows import first_ids
from rsrag.stores.rows import ExactStore

WORDS = st.lists(st.text("aé🛰b", max_size=3), unique=True, min_size=1)


@settings(deadline=None)
@given(WORDS, st.data())
def test_first_ids_are_those_of_a_sort(words, data):
    kind = data.draw(st.sampled_from([pa.string(), pa.large_string()]))
    size = data.draw(st.integers(1, len(words)))
    parts = [words[i : i + size] for i in range(0, len(words), size)]
    allow = data.draw(st.none() | st.sets(st.integers(0, len(words) - 1)).map(sorted))
    after = data.draw(st.none() | st.text("aé🛰b", max_size=3))
    limit = data.draw(st.integers(1, len(words) + 1))
    rows = first_ids(
        pa.chunked_array([pa.array(part, kind) for part in parts]),
        None if allow is None else np.array(allow, np.int64),
        after,
        limit,
    )
    left = range(len(words)) if allow is None else allow
    wanted = sorted(words[i] for i in left if after is None or words[i] > after)
    assert [words[i] for i in rows] == wanted[:limit]


def test_only_payloads_of_the_page_become_python(tmp_path, monkeypatch):
    store = ExactStore.create(tmp_path / "store", 2)
    names = [f"{i:05}" for i in range(20_000)]
    rows = np.repeat(np.eye(2, dtype=np.float32)[:1], len(names), axis=0)
    store.upsert(rows, pa.table({"id": names[::-1]}))
    read, dicts = [], PayloadLog.dicts

    def counted(log, rows):
        read.append(len(rows))
        return dicts(log, rows)

    monkeypatch.setattr(PayloadLog, "dicts", counted)
    assert [hit.id for hit in store.browse(limit=50)] == names[:50]
    assert store.count() == 20_000
    assert read == [50]
    store.close()
