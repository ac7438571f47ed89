"""Whatever happens to an archive, an update gives what a fresh build would."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from updating import Archive, Index, assert_equal, png, world_file

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
