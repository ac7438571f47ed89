"""Concepts: made of marks, searched, sent on to another index, refused by others."""

import json

import numpy as np
import pytest
from test_search_command import hits_of

from rsrag.commands import main


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Concepts of one test are of no other."""
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def own(capfd):
    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["concept", *words])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def marked(run) -> list[str]:
    """Options that mark three chips of snow and three of sand."""
    every = hits_of(run, "land", "-k", "99")
    snow = [hit["id"] for hit in every if "snow" in hit["source"]]
    sand = [hit["id"] for hit in every if "sand" in hit["source"]]
    words = [word for one in snow for word in ("--like", one)]
    return words + [word for one in sand for word in ("--unlike", one)]


def test_a_concept_is_kept_and_searched(run, own, home, marked) -> None:
    code, out, err = run("concept", "train", "white-land", *marked, "--json")
    assert code == 0, err
    made = json.loads(out)
    assert made["encoder"]["id"] == "mini"
    assert (len(made["like"]), len(made["unlike"])) == (3, 3)
    assert made["measured"][made["way"]]["ordered"] == 1.0
    assert made["measured"]["rocchio"]["pairs"] == 9
    file = home / "concepts" / "white-land.json"
    assert json.loads(file.read_text()) == made
    assert file.stat().st_size < 16_000
    found = hits_of(run, "concept:white-land", "-k", "3")
    assert {hit["id"] for hit in found} == set(made["like"])
    assert {hit["probability"] for hit in found} == {None}
    mixed = hits_of(run, "0.2:concept:white-land + a sand desert", "-k", "3")
    assert {hit["id"] for hit in mixed} == set(made["unlike"])
    title = run("search", "concept:white-land + land", "--format", "geojson")[1]
    assert json.loads(title)["rsrag"]["query"] == "concept:white-land + land"
    shown = own("show", "white-land")[1]
    assert "100% of 9 pairs in order" in shown
    assert "3 right, 3 wrong" in shown
    assert own("list")[1].startswith("white-land  mini  ")
    assert own("forget", "white-land")[0] == 0
    assert own("list")[:2] == (0, "")
    code, out, err = run("search", "concept:white-land")
    assert (code, out, "no concept 'white-land'" in err) == (1, "", True)


def test_words_count_beside_few_chips(run, own, home, marked) -> None:
    one = marked[:2]
    assert run("concept", "train", "plain", *one)[0] == 0
    code, out, err = run(
        "concept", "train", "said", *one, "--words", "a sand desert", "--json"
    )
    assert code == 0, err
    made = json.loads(out)
    assert made["words"] == "a sand desert"
    assert "words: a sand desert" in own("show", "said")[1]
    plain = json.loads((home / "concepts" / "plain.json").read_text())
    assert plain["words"] == ""
    # The vector is that of the same sum in a search: one picture twice, and the words.
    by_sum = hits_of(run, "2:concept:plain + a sand desert", "-k", "9")
    by_concept = hits_of(run, "concept:said", "-k", "9")
    assert [hit["id"] for hit in by_concept] == [hit["id"] for hit in by_sum]
    assert by_concept[0]["score"] == pytest.approx(by_sum[0]["score"], abs=1e-5)


def test_a_concept_of_before_words_were_kept_is_read(run, own, home, marked) -> None:
    assert run("concept", "train", "white", *marked)[0] == 0
    file = home / "concepts" / "white.json"
    old = json.loads(file.read_text())
    del old["words"]
    file.write_text(json.dumps(old))
    assert own("show", "white")[0] == 0
    old["words"] = 3
    file.write_text(json.dumps(old))
    code, _, err = own("show", "white")
    assert (code, "words is no text" in err) == (1, True)


def test_a_concept_travels(run, own, marked, tmp_path) -> None:
    assert run("concept", "train", "white", *marked)[0] == 0
    code, _, err = run("concept", "train", "white", *marked)
    assert (code, "--force" in err) == (1, True)
    assert run("concept", "train", "white", *marked, "--force")[0] == 0
    file = tmp_path / "out" / "white.json"
    assert own("export", "white", str(file))[0] == 0
    assert own("export", "white", str(file))[0] == 1
    assert own("import", str(file))[0] == 1
    assert own("import", str(file), "--called", "snow-like")[0] == 0
    kept = json.loads(own("list", "--json")[1])
    assert [one["name"] for one in kept] == ["snow-like", "white"]
    assert kept[0]["like"] == kept[1]["like"]
    assert hits_of(run, "concept:white") == hits_of(run, "concept:snow-like")


def test_another_encoder_is_refused(run, marked, tmp_path, capfd) -> None:
    assert run("concept", "train", "white", *marked)[0] == 0
    np.save(tmp_path / "v.npy", np.eye(4, 256, dtype=np.float32))
    words = ["index", "import", str(tmp_path / "v.npy"), "--name", "other"]
    root = str(tmp_path / "indexes")
    assert main([*words, "--encoder", "external:other", "--indexes", root]) == 0
    capfd.readouterr()
    assert main(["search", "concept:white", "--indexes", root]) == 1
    assert "'other' is of external:other" in capfd.readouterr().err


def test_a_concept_of_other_weights_is_told(run, own, home, marked) -> None:
    assert run("concept", "train", "white", *marked)[0] == 0
    file = home / "concepts" / "white.json"
    told = json.loads(file.read_text())
    told["encoder"]["weights_sha256"] = "0" * 64
    file.write_text(json.dumps(told))
    code, out, err = run("search", "concept:white + land")
    assert (code, out) == (1, "")
    assert "is of mini, weights 000000000000…" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "white"), "at least one chip"),
        (("train", "white", "--unlike", "a"), "at least one chip"),
        (("train", "white", "--like", "a", "--unlike", "a"), "marked as like it"),
        (("train", "white", "--like", "nowhere"), "No such chip"),
        (("train", "../white", "--like", "a"), "no name for a concept"),
    ],
)
def test_marks_that_make_none(run, home, words, said) -> None:
    code, out, err = run("concept", *words)
    assert (code, out) == (1, "")
    assert said in err
    assert not (home / "concepts").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "another"}, "its format is not"),
        ({"vector": [1.0]}, "has not the"),
        ({"vector": None}, "has not the"),
        ({"like": [1]}, "no list of ids"),
        ({"name": "../x"}, "no name"),
        ({"encoder": {"id": "mini"}}, "its encoder"),
        ({"measured": 3}, "no mapping"),
        ({"way": None}, "no text"),
    ],
)
def test_files_that_are_none(run, own, marked, tmp_path, change, said) -> None:
    assert run("concept", "train", "white", *marked)[0] == 0
    told = json.loads(own("show", "white", "--json")[1]) | change
    file = tmp_path / "one.json"
    file.write_text(json.dumps(told))
    code, _, err = own("import", str(file), "--called", "other")
    assert (code, said in err) == (1, True), err


def test_what_is_not_json(own, tmp_path) -> None:
    file = tmp_path / "one.json"
    for text in (b"\xff", b"{", b"[" * 100_000, b"[]"):
        file.write_bytes(text)
        assert own("import", str(file))[0] == 1
    assert own("import", str(tmp_path / "none.json"))[0] == 1
    file.write_text('{"format": "rsrag concept 1", "name": "x"}')
    assert "it lacks encoder" in own("import", str(file))[2]


def test_marks_say_what_they_were_taken_for(run, marked) -> None:
    code, _, err = run("search", "land", *marked)
    assert code == 0
    assert "marks: the sum of the marks; of 9 pairs held back in order: " in err
