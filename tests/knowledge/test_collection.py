"""Collections on disk, and what an import does to one."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from rsrag.errors import ConfigError, KnowledgeError
from rsrag.knowledge.collection import (
    Records,
    collection_path,
    collection_summary,
    list_collections,
    locked,
    read_collection,
    write_collection,
)
from rsrag.knowledge.merging import RecordChanges, changes, merge, united
from rsrag.knowledge.shapes import point_wkb
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id


def landmark(name: str, source: str = "a", **more) -> Landmark:
    return Landmark(landmark_id("t", name), name, source, "CC0-1.0", **more)


def fact(name: str, value: str, source: str = "a") -> Fact:
    about = landmark_id("t", name)
    key = fact_id(about, "height", None, value)
    return Fact(key, about, "height", value, source, "CC0-1.0")


def passage(name: str, text: str, source: str = "a") -> Passage:
    about = landmark_id("t", name)
    key = passage_id(about, "history", text)
    return Passage(key, text, "history", source, "CC0-1.0", about)


def some(source: str = "a") -> Records:
    return Records(
        (landmark("Ulm", source), landmark("Köln", source)),
        (fact("Ulm", "161.5 m", source), fact("Köln", "157 m", source)),
        (passage("Ulm", "Begun in 1377.", source),),
    )


def bytes_of(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def as_sets(records: Records) -> list[set]:
    return [set(group) for group in records.groups]


def test_what_is_written_is_read(tmp_path) -> None:
    assert write_collection(tmp_path / "c", some())
    assert as_sets(read_collection(tmp_path / "c")) == as_sets(some())
    lines = (tmp_path / "c" / "landmarks.jsonl").read_text("utf-8").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert ids == sorted(ids)
    assert "Köln" in "".join(lines)
    assert sorted(bytes_of(tmp_path / "c")) == [
        "facts.jsonl",
        "landmarks.jsonl",
        "passages.jsonl",
    ]


def test_equal_files_are_not_touched(tmp_path) -> None:
    write_collection(tmp_path, some())
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    again = Records(*(tuple(reversed(group)) for group in some().groups))
    assert not write_collection(tmp_path, again)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_no_empty_files_are_made_but_old_ones_are_emptied(tmp_path) -> None:
    write_collection(tmp_path, Records((landmark("Ulm"),)))
    assert sorted(bytes_of(tmp_path)) == ["landmarks.jsonl"]
    write_collection(tmp_path, some())
    assert write_collection(tmp_path, Records((landmark("Ulm"),)))
    assert read_collection(tmp_path) == Records((landmark("Ulm"),))


def test_a_file_in_the_way_is_an_error(tmp_path) -> None:
    (tmp_path / "c").write_text("x")
    with pytest.raises(KnowledgeError, match="cannot be written"):
        write_collection(tmp_path / "c", some())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ("[]", "line 2: [] is not an object"),
        ('{"id": 5}', "missing"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line: str, said: str) -> None:
    write_collection(tmp_path, Records((landmark("Ulm"),)))
    with (tmp_path / "landmarks.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(KnowledgeError, match="landmarks") as caught:
        read_collection(tmp_path)
    assert said in str(caught.value)


def test_an_id_stands_once(tmp_path) -> None:
    write_collection(tmp_path, some())
    path = tmp_path / "facts.jsonl"
    path.write_text(path.read_text("utf-8") * 2, "utf-8")
    with pytest.raises(KnowledgeError, match=r"line 3: id \w+ stands twice"):
        read_collection(tmp_path)


def test_bytes_must_be_utf8(tmp_path) -> None:
    (tmp_path / "facts.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(KnowledgeError, match="not UTF-8"):
        read_collection(tmp_path)


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b", "x" * 101, "ä"])
def test_names_stay_in_the_root(tmp_path, name: str) -> None:
    with pytest.raises(ConfigError, match="not good"):
        collection_path(tmp_path, name)


def test_collections_are_listed(tmp_path) -> None:
    assert list_collections(tmp_path / "none") == []
    write_collection(tmp_path / "b", some())
    write_collection(tmp_path / "a", Records((landmark("Ulm"),)))
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("x")
    assert [path.name for path in list_collections(tmp_path)] == ["a", "b"]


def test_a_summary_counts_licences_and_not_texts_that_look_like_one(tmp_path) -> None:
    odd = passage("Ulm", 'a text with "licence": "fake" in it')
    free = Landmark(landmark_id("t", "x"), "x", "a", 'MIT "or so"')
    write_collection(tmp_path, Records((landmark("Ulm"), free), (), (odd,)))
    summary = collection_summary(tmp_path)
    assert summary["licences"] == ["CC0-1.0", 'MIT "or so"']
    assert (summary["landmarks"], summary["facts"], summary["passages"]) == (2, 0, 1)
    assert summary["bytes"] == sum(map(len, bytes_of(tmp_path).values()))


def test_the_lock_keeps_another_process_out(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("rsrag.knowledge.collection._LOCK_S", 0.05)
    code = (
        "import sys; from pathlib import Path\n"
        "from rsrag.knowledge.collection import locked\n"
        "with locked(Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "c")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ},
    )
    with other:
        assert other.stdout.readline().strip() == b"held"
        with (
            pytest.raises(KnowledgeError, match="Another process"),
            locked(tmp_path / "c"),
        ):
            pass
        other.stdin.close()
    with locked(tmp_path / "c"):
        assert list_collections(tmp_path) == []


def test_merging_replaces_what_is_of_the_same_source() -> None:
    old = merge(some("a"), Records((), (fact("Köln", "157.38 m", "b"),)))
    merged = merge(old, Records((landmark("Ulm"),), (fact("Ulm", "161.53 m"),)))
    # Köln stays, for "b" says something of it; what "a" said of it goes.
    assert {one.name for one in merged.landmarks} == {"Ulm", "Köln"}
    assert {f.value for f in merged.facts} == {"161.53 m", "157.38 m"}
    assert merged.passages == ()


def test_a_fact_that_two_sources_have_stands_once() -> None:
    merged = merge(some("a"), some("b"))
    assert len(merged.facts) == 2
    assert {f.source for f in merged.facts} == {"a"}


def test_what_others_refer_to_stays() -> None:
    # "b" says something of a landmark that only "a" describes.
    old = merge(
        Records((landmark("Ulm", "a"),)), Records((), (fact("Ulm", "1 m", "b"),))
    )
    merged = merge(old, Records((landmark("Köln", "a"),)))
    assert {one.name for one in merged.landmarks} == {"Ulm", "Köln"}
    assert len(merged.facts) == 1


def test_landmarks_of_one_id_are_united() -> None:
    here = point_wkb(9.99, 48.4)
    first = landmark("Ulm", "a", aliases=("Ulma",))
    second = Landmark(
        first.id,
        "ULM",
        "b",
        "MIT",
        ("Ulma", "Ulm an der Donau"),
        "town",
        here,
        ("u.jpg",),
    )
    both = united(first, second)
    assert both.name == "Ulm"
    assert both.aliases == ("Ulma", "ULM", "Ulm an der Donau")
    assert (both.category, both.geometry) == ("town", here)
    assert (both.source, both.images) == ("a", ("u.jpg",))
    assert merge(Records((first,)), Records((second,))).landmarks == (both,)


def test_changes_are_counted() -> None:
    old = Records((landmark("Ulm"), landmark("Köln")))
    new = Records((landmark("Ulm", category="town"), landmark("Trier")))
    assert changes(old, new) == RecordChanges(added=1, changed=1, removed=1)
    assert changes(new, new) == RecordChanges(0, 0, 0)


NAMES = st.sampled_from(["Ulm", "Köln", "Trier"])
SOURCES = st.sampled_from(["a", "b"])
PARTS = st.lists(
    st.one_of(
        st.builds(
            landmark,
            NAMES,
            SOURCES,
            aliases=st.lists(NAMES, max_size=2, unique=True).map(tuple),
            category=st.none() | st.sampled_from(["town", "city"]),
        ),
        st.builds(fact, NAMES, st.sampled_from(["1 m", "2 m"]), SOURCES),
        st.builds(passage, NAMES, st.sampled_from(["x.", "y."]), SOURCES),
    ),
    max_size=8,
)


def as_records(parts: list) -> Records:
    kinds = (Landmark, Fact, Passage)
    return Records(*(tuple(p for p in parts if isinstance(p, kind)) for kind in kinds))


@given(PARTS, PARTS)
def test_importing_twice_is_importing_once(old: list, new: list) -> None:
    start = merge(Records(), as_records(old))
    once = merge(start, as_records(new))
    twice = merge(once, as_records(new))
    assert as_sets(twice) == as_sets(once)
    ids = [record.id for group in once.groups for record in group]
    assert len(ids) == len(set(ids))
