"""An index that was updated many times is nearly as small as a new one."""

from pathlib import Path

import pytest
from updating import Archive, Index, assert_equal, png

from rsrag.factory import open_index

PICTURES, UPDATES = 40, 12
STORES = ["exact", "faiss", "faiss:hnsw", "faiss:ivf-sq8", "faiss:ivf-pq"]


def in_store(index: Index, name: str = "*") -> int:
    """Bytes of the store's files of this name."""
    files = (index.directory.current_path() / "store").rglob(name)
    return sum(path.stat().st_size for path in files if path.is_file())


def on_disk(index: Index) -> int:
    """Bytes that the store takes: less than its files have where they have holes."""
    files = (index.directory.current_path() / "store").rglob("*")
    return sum(512 * path.stat().st_blocks for path in files if path.is_file())


@pytest.mark.parametrize("store", [*STORES, "qdrant-edge"])
def test_many_updates_leave_little_more_than_a_new_build(
    tmp_path: Path, store: str
) -> None:
    archive = Archive(tmp_path / "archive")
    for number in range(PICTURES):
        archive.write(f"{number}.png", png(number))
    index = Index(tmp_path / "indexes", [archive.folder], store)
    index.build()
    for update in range(UPDATES if store in STORES else 3):
        for place in range(PICTURES // 10):
            number = PICTURES + update * 4 + place
            archive.write(f"{number % PICTURES}.png", png(number))
        report = index.update()
        assert (report.sources.changed, report.rows) == (4, PICTURES)
    again = Index(tmp_path / "fresh", [archive.folder], store)
    again.build()
    assert_equal(index, again)
    with open_index("test", index.settings) as opened:
        assert opened.store.dead <= PICTURES // 4
    if store in STORES:
        for name in ("vectors.f32", "payload.arrows"):
            assert in_store(index, name) <= 1.3 * in_store(again, name)
    assert in_store(index) <= 1.3 * in_store(again)
    # Opened alike: on some disks, to look at a hole fills it.
    again.stored()
    assert on_disk(index) <= 1.3 * on_disk(again) + 1e6


@pytest.mark.parametrize("store", ["exact", "faiss"])
def test_rows_that_were_moved_count_as_dead_too(tmp_path: Path, store: str) -> None:
    archive = Archive(tmp_path / "archive")
    for number in range(PICTURES):
        archive.write(f"{number}.png", png(number))
    index = Index(tmp_path / "indexes", [archive.folder], store)
    index.build()
    for update in range(6):
        for number in range(4):
            archive.move(f"{number + 4 * update}.png", f"moved-{update}-{number}.png")
        index.update()
        with open_index("test", index.settings) as opened:
            assert len(opened.store) == PICTURES
            assert opened.store.dead <= PICTURES // 4
