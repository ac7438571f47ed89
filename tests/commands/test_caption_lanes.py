"""Captions that came with pictures, searched beside the pictures themselves."""

import json

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.commands import main
from rsrag.rag.looking.caption_search import CaptionSearch

SAID = {
    "a.png": ["A heron stands beside the reeds.", "Birds at a pond."],
    "b.png": ["Nothing but sand dunes."],
    "c.png": ["The lighthouse keeper's boats lie in the harbour."],
    "d.png": [],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Four pictures of noise, three with captions, and one of one colour."""
    root = tmp_path_factory.mktemp("captions")
    folder = root / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in SAID:
        pixels = rng.integers(0, 255, (48, 48, 3), np.uint8)
        Image.fromarray(pixels).save(folder / name)
    Image.new("RGB", (48, 48), "navy").save(folder / "e.png")
    rows = [{"file": f, "captions": c, "kind": f[0]} for f, c in SAID.items() if c]
    rows.append({"file": "e.png", "captions": ["A heron on blue water."]})
    table = root / "captions.jsonl"
    table.write_text("\n".join(map(json.dumps, rows)))
    words = ["index", "build", str(folder), "--name", "told"]
    words += ["--indexes", str(root / "indexes")]
    assert main([*words, "--metadata", str(table)]) == 0
    words[4] = "silent"
    assert main(words) == 0
    return root


@pytest.fixture
def index(root):
    with rsrag.open("told", indexes=root / "indexes") as opened:
        yield opened


def names(hits):
    return [hit.file_name for hit in hits]


def test_words_find_captions_in_other_forms(index) -> None:
    assert names(index.search("a boat in the harbor harbours", lanes="words")) == [
        "c.png"
    ]
    assert names(index.search("herons", lanes="words")) == ["a.png"]
    # Of one colour all over: left out unless it is asked for.
    found = index.search("herons", lanes="words", uniform=True)
    assert set(names(found)) == {"a.png", "e.png"}
    assert not index.search("zebra", lanes=["words"])


def test_meaning_finds_what_no_word_says(index) -> None:
    assert names(index.search("a desert", lanes="meaning"))[0] == "b.png"
    assert names(index.search("a port with ships", lanes="meaning"))[0] == "c.png"


def test_lanes_are_fused_by_their_ranks(index) -> None:
    hits = index.search("a heron among reeds", lanes="all")
    assert names(hits)[0] == "a.png"
    assert set(hits[0].payload["lanes"]) == {"picture", "words", "meaning"}
    assert hits[0].payload["lanes"]["words"] == 1
    assert set(names(hits)) == {"a.png", "b.png", "c.png", "d.png"}
    plain = {hit.id: hit.score for hit in index.search("a heron among reeds")}
    assert {hit.id: pytest.approx(hit.score, abs=1e-5) for hit in hits} == plain


def test_filters_hold_in_every_lane(index) -> None:
    hits = index.search("a heron among reeds", lanes="all", filter="kind = 'b'")
    assert names(hits) == ["b.png"]
    assert not index.search("herons", lanes="words", filter="kind = 'b'")
    assert len(index.search("a heron", lanes="all", top_k=2)) == 2
    assert not index.search("herons", lanes="words", min_score=0.99)


def test_ranks_are_told(root, capfd) -> None:
    where = ["--indexes", str(root / "indexes"), "--index", "told"]
    words = ["search", "a heron among reeds", *where, "--lanes", "picture,words"]
    assert main([*words, "--explain", "--json"]) == 0
    out, err = capfd.readouterr()
    first = json.loads(out)[0]
    assert first["lanes"]["words"] == 1
    assert "1. a.png: picture #" in err
    assert ", words #1" in err
    assert main(["search", "herons", *where, "--explain"]) == 0
    assert "1. " in capfd.readouterr().err
    assert main(["search", "zebra", *where, "--lanes", "words"]) == 0
    assert "as told of by those words (--lanes)" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["herons", "--lanes", "sound"], 2, "no lane 'sound'"),
        (["herons", "--lanes", ""], 2, "lane"),
        (["a heron - water", "--lanes", "all"], 1, "words alone"),
        (["herons", "--lanes", "words", "--index", "silent"], 1, "No chip of 'silent'"),
        (["herons", "--lanes", "all", "--index", "told,silent"], 1, "one index"),
    ],
)
def test_what_cannot_be(root, capfd, given, code, said) -> None:
    if "--index" not in given:
        given = [*given, "--index", "told"]
    assert main(["search", *given, "--indexes", str(root / "indexes")]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err


def test_a_caption_of_many_chips_counts_once() -> None:
    captions = CaptionSearch({"b": ["a pond", "a pond"], "a": ["a pond"], "c": ["x"]})
    assert captions.texts == ["a pond", "x"]
    ranked = captions.by_words("ponds", None)
    assert [id_ for id_, _ in ranked] == ["a", "b"]
    assert ranked[0][1] == ranked[1][1]
    assert captions.by_words("ponds", frozenset("b")) == ranked[1:]
    assert captions.by_words('"; drop', None) == []
    assert CaptionSearch({}).by_meaning("x", lambda _: np.ones((1, 2)), None) == []
