"""``rsrag classify --index`` without pictures: labels for all chips."""

import json
from collections import Counter

import pytest
from test_classify_command import KEYS, LABELS


def word_of(mapping):
    return mapping["image"].rpartition("/")[2].partition("-")[0]


@pytest.mark.parametrize("way", [[], ["--transductive"], ["--debias"]])
def test_every_chip_is_labelled(run, way, tmp_path):
    path = tmp_path / "labels.geojson"
    words = ["classify", "--index", "world", "--labels", LABELS, *way]
    code, out, err = run(*words, "--json", "--geojson", str(path))
    assert code == 0
    rows = json.loads(out)
    assert len({row["id"] for row in rows}) == len(rows) == 10
    assert set(rows[0]) == {*KEYS, "id"}
    known = [row for row in rows if word_of(row) in LABELS]
    assert len(known) == 9
    assert all(row["likeliest"] == word_of(row) for row in known)
    for row in rows:
        shares = [score["probability"] for score in row["scores"]]
        assert sum(shares) + row["none"] == pytest.approx(1, abs=1e-5)
        assert way == [] or row["none"] < 1e-5
    assert err == f"wrote {path}: 10 chips, 9 with a place\n"
    collection = json.loads(path.read_text())
    assert [one["id"] for one in collection["features"]] == [row["id"] for row in rows]
    places = Counter(one["geometry"] is None for one in collection["features"])
    assert places == {False: 9, True: 1}
    assert "geometry" not in collection["features"][0]["properties"]


def test_counts_and_unsure(run, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("sand\nsnow\nsea\n")
    words = ["classify", "--index", "world", "--labels-file", str(labels)]
    code, out, _ = run(*words, "--transductive")
    assert code == 0
    assert out.startswith("LABEL  CHIPS\n")
    assert out.endswith("10 chips; probabilities at temperature 1.9.\n")
    code, out, _ = run(*words, "--temperature", "1000", "--closed")
    assert code == 0
    assert (
        out == "LABEL   CHIPS\nunsure     10\n"
        "10 chips; probabilities at temperature 1000.\n"
    )


def test_chips_that_are_none_of_the_labels(run):
    code, out, _ = run("classify", "--index", "world", "--labels", "airport")
    assert code == 0
    assert out.startswith("LABEL          CHIPS\nnone of these     10\n")


def test_a_temperature_for_pictures(run, pictures):
    words = ["classify", str(pictures / "sand.png"), "--labels", LABELS, "--json"]
    words += ["--closed"]
    sharp, flat = (
        json.loads(run(*words, "--no-knowledge", "--temperature", value)[1])[0]
        for value in ("0.01", "10")
    )
    assert sharp["label"] == "sand"
    assert sharp["probability"] > 0.99
    assert flat["unsure"]
    assert flat["probability"] == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--transductive", "{picture}"], "not pictures"),
        (["--index", "world", "--transductive", "--debias"], "choose one"),
        (["--index", "nowhere"], "nowhere"),
        (["--index", "world", "--labels", "sea,Seas"], "are the same"),
    ],
)
def test_what_makes_no_sense(run, pictures, words, said):
    words = [word.format(picture=pictures / "sand.png") for word in words]
    code, out, err = run("classify", *words)
    assert (code, out) == (1, "")
    assert said in err
