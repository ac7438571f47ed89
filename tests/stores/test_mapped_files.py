"""Mapped rows: what they show, and that letting pages go changes nothing."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from rsrag.stores.files import append_file as mapped_files
from rsrag.stores.files.append_file import MappedRows


@pytest.fixture
def rows(tmp_path):
    values = np.random.default_rng(0).standard_normal((3000, 64)).astype("<f4")
    (tmp_path / "v").write_bytes(values.tobytes() + b"behind what counts")
    return tmp_path / "v", values


ROLLUP = Path("/proc/self/smaps_rollup")


def resident():
    lines = ROLLUP.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


def test_rows_are_those_of_the_file_and_cannot_be_written(rows):
    path, values = rows
    mapped = MappedRows(path, 3000, 64)
    assert (mapped.array == values).all()
    with pytest.raises(ValueError, match="read-only"):
        mapped.array[0, 0] = 1


def test_the_file_may_lose_its_name_and_the_array_outlives_its_owner(rows):
    path, values = rows
    array = MappedRows(path, 3000, 64).array
    path.unlink()
    assert (array == values).all()


@pytest.mark.skipif(not ROLLUP.exists(), reason="Linux tells what is resident")
def test_pages_are_let_go_after_many_rows_and_come_back(tmp_path, monkeypatch):
    values = np.random.default_rng(1).standard_normal((20_000, 512)).astype("<f4")
    values.tofile(tmp_path / "v")
    mapped = MappedRows(tmp_path / "v", *values.shape)
    total = float(mapped.array.sum())
    before = resident()
    mapped.looked_up(mapped_files._TOUCHED)
    mapped.looked_up(1)
    assert resident() > before - 1_000, "a small file is kept"
    monkeypatch.setattr(mapped_files, "_SMALL_BYTES", 1)
    mapped.looked_up(1)
    assert resident() < before - 30_000
    assert float(mapped.array.sum()) == total


@pytest.mark.parametrize("preadv", [True, False])
def test_rows_are_gathered_in_order(rows, monkeypatch, preadv):
    path, values = rows
    if not preadv:
        monkeypatch.delattr("os.preadv", raising=False)
    mapped = MappedRows(path, 3000, 64)
    path.unlink()
    for chosen in ([2999, 0, 7, 7], [], [5]):
        chosen = np.array(chosen, np.int64)
        found = mapped.gather(chosen)
        assert found.shape == (len(chosen), 64)
        assert (found == values[chosen]).all()


def test_gathering_keeps_nothing_resident_and_closes_its_file(tmp_path):
    values = np.random.default_rng(1).standard_normal((20_000, 512)).astype("<f4")
    values.tofile(tmp_path / "v")
    mapped = MappedRows(tmp_path / "v", *values.shape)
    file = mapped._file
    mapped.gather(np.arange(10))
    before = resident()
    for i in range(0, 20_000, 500):
        mapped.gather(np.arange(i, i + 500))
    assert resident() < before + 10_000
    del mapped
    gc.collect()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(file)
