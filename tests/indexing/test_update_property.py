"""Whatever happens to an archive, an update gives what a fresh build would."""

import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings, strategies as st
from updating import Archive, Index, assert_equal, png, world_file

from rsrag.factory import open_index
from rsrag.filters import Filter
from rsrag.stores.scan import exact_scores
from rsrag.vectors import top_k, unit_rows

NAMES = [
    *(
        "a.png",
        "b.png",
        "S2A_MSIL1C_20240102T101112_a.png",
        "sub/c.png",
        "sub/S2B_MSIL1C_20230405T101112_b.png",
    ),
    "sub/deep/d.png",
]
TARS = ["one.tar", "sub/two.tar.gz", "three.zip"]
MEMBERS = ["x.png", "in/S2A_MSIL1C_20220202T101112_c.png", "in/z.png"]

names = st.sampled_from(NAMES)
contents = st.integers(0, 5)
members = st.dictionaries(
    st.sampled_from(MEMBERS), st.one_of(contents, st.none()), max_size=3
)
changes = st.one_of(
    st.tuples(st.just("write"), names, contents),
    st.tuples(st.just("break"), names),
    st.tuples(st.just("touch"), names),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("move"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("place"), names, st.integers(0, 2)),
    st.tuples(st.just("unplace"), names),
    st.tuples(st.just("facts"), names, st.integers(0, 2)),
    st.tuples(st.just("pack"), st.sampled_from(TARS), members),
    st.tuples(st.just("unpack"), st.sampled_from(TARS)),
)


def apply(archive: Archive, change) -> None:
    kind, name, *rest = change
    path = archive.path(name)
    stem = name.rpartition(".")[0]
    if kind == "write":
        archive.write(name, png(rest[0]))
    elif kind == "break":
        archive.write(name, b"\x89PNG not really")
    elif kind == "touch" and path.exists():
        archive.touch(name)
    elif kind in ("remove", "unpack"):
        path.unlink(missing_ok=True)
    elif kind == "move" and path.exists():
        archive.move(name, rest[0])
    elif kind == "copy" and path.exists() and name != rest[0]:
        shutil.copy(path, archive.path(rest[0]))
        archive.touch(rest[0])
    elif kind == "place":
        archive.write(f"{stem}.pgw", world_file(float(rest[0])))
    elif kind == "unplace":
        archive.path(f"{stem}.pgw").unlink(missing_ok=True)
    elif kind == "facts":
        archive.write(f"{stem}.json", f'{{"label": "n{rest[0]}"}}'.encode())
    elif kind == "pack":
        data = {
            member: b"\x89PNG no" if number is None else png(number)
            for member, number in rest[0].items()
        }
        (archive.zip if name.endswith("zip") else archive.tar)(name, data)


@pytest.mark.parametrize("store", ["exact"])
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    first=st.lists(changes, max_size=8),
    rounds=st.lists(st.lists(changes, min_size=1, max_size=5), max_size=3),
)
def test_an_update_is_a_fresh_build(store, first, rounds) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        archive = Archive(root / "archive")
        # Never empty, and never one of the contents drawn.
        archive.write("always.png", png(99))
        for change in first:
            apply(archive, change)
        index = Index(root / "indexes", [archive.folder], store)
        index.build()
        for number, some in enumerate(rounds):
            for change in some:
                apply(archive, change)
            index.update()
            fresh = Index(root / f"fresh-{number}", [archive.folder], store)
            fresh.build()
            assert_equal(index, fresh)
            again = index.update()
            assert not again.sources.published


def hits(index: Index, queries, where=None) -> list[list[tuple[str, float]]]:
    with open_index("test", index.settings) as opened:
        found = opened.store.search(queries, 12, where)
    return [[(hit.id, hit.score) for hit in one] for one in found]


def drawn(rng: random.Random, pictures: int):
    """A change to a folder of that many pictures, some of whose vectors are equal."""
    name, other = (f"{rng.randrange(pictures):02}.png" for _ in range(2))
    place = ("place", name, rng.randrange(9))
    new = ("write", name, rng.randrange(60))
    kinds = [new, new, new, ("remove", name), ("move", name, other), place]
    return rng.choice([*kinds, ("copy", name, other), ("unplace", name)])


@pytest.mark.parametrize(
    "store",
    ["exact", "faiss", "faiss:hnsw", "faiss:ivf-sq8", "faiss:ivf-pq", "qdrant-edge"],
)
def test_fifty_updates_are_a_fresh_build(tmp_path, store) -> None:
    rng, pictures = random.Random(store), 40
    archive = Archive(tmp_path / "archive")
    archive.write("always.png", png(99))
    for number in range(pictures):
        archive.write(f"{number:02}.png", png(number))
    index = Index(tmp_path / "indexes", [archive.folder], store)
    index.build()
    # Qdrant writes much at every opening; its fifty are in bench.fifty_updates.
    for _ in range(5 if store == "qdrant-edge" else 50):
        for _ in range(rng.randrange(1, pictures // 4)):
            apply(archive, drawn(rng, pictures))
        index.update()
    fresh = Index(tmp_path / "fresh", [archive.folder], store)
    fresh.build()
    assert_equal(index, fresh)
    queries = unit_rows(np.random.default_rng(5).normal(size=(30, 3)))
    rows = index.rows()
    ids = np.array(sorted(rows))
    vectors = np.array([rows[one]["embedding"] for one in ids], dtype=np.float32)
    for where in (None, Filter(area=shapely.box(2, 9, 5, 10))):
        mine, others = hits(index, queries, where), hits(fresh, queries, where)
        assert mine == others
        assert any(mine)
    for query, found in zip(queries, hits(index, queries), strict=True):
        scores = exact_scores(query, vectors)
        assert [one for one, _ in found] == [ids[i] for i in top_k(scores, ids, 12)]
