"""``rsrag classify`` as a person types it."""

import json

import pytest
import shapely

from rsrag.commands import main

LABELS = "sand,snow,sea"
KEYS = {
    "image", "label", "likeliest", "probability", "unsure", "scores", "evidence",
    "geometry", "none", "odd", "doubts", "one_of",
}  # fmt: skip


@pytest.fixture
def classify(know):
    """Without an index: exit code, stdout, stderr."""

    def call(*words):
        return know("classify", *map(str, words))

    return call


@pytest.fixture
def hear(see):
    """The same, with the labels of the index ``world``."""

    def call(*words):
        return see("classify", "--index", "world", *map(str, words))

    return call


def test_by_looks(classify, pictures):
    files = [pictures / "sand.png", pictures / "ocean.tif"]
    assert classify(*files, "--labels", LABELS) == (
        0,
        f"{files[0]}: sand\n  sand 1.00, snow 0.00, sea 0.00\n"
        f"{files[1]}: sea\n  sea 0.99, sand 0.01, snow 0.00\n",
        "",
    )


def test_none_of_these(classify, pictures):
    file = pictures / "sand.png"
    code, out, _ = classify(file, "--labels", "airport")
    assert (code, out) == (
        0,
        f"{file}: none of these (likeliest: airport)\n  airport 0.00\n",
    )
    (one,) = json.loads(classify(file, "--labels", "airport", "--json")[1])
    assert (one["label"], one["unsure"]) == (None, True)
    assert one["none"] + one["probability"] == pytest.approx(1, abs=1e-5)
    code, out, _ = classify(file, "--labels", "airport", "--closed")
    assert out == f"{file}: airport\n  airport 1.00\n"


def test_labels_that_mean_nothing_are_never_given(classify, pictures):
    file = pictures / "sand.png"
    (one,) = json.loads(classify(file, "--labels", "flibber,quux", "--json")[1])
    assert one["label"] is None


def test_by_place(classify, pictures):
    # Closed, for six digits of what "none of these" leaves are too few for a ratio.
    words = [pictures / "baikal.tif", "--labels", "snow, lakes", "--json", "--closed"]
    code, out, _ = classify(*words)
    (one,) = json.loads(out)
    assert code == 0
    assert set(one) == KEYS
    shares = [score["probability"] for score in one["scores"]]
    assert sum(shares) + one["none"] == pytest.approx(1, abs=1e-5)
    (evidence,) = one["evidence"]
    assert evidence["text"] == "The picture lies within Lake Baikal."
    assert one["geometry"]["type"] == "Polygon"
    (without,) = json.loads(classify(*words, "--no-knowledge")[1])
    assert without["evidence"] == []
    with_it, by_looks = (
        {score["label"]: score["probability"] for score in each["scores"]}
        for each in (one, without)
    )
    odds = [p["lakes"] / p["snow"] for p in (with_it, by_looks)]
    assert odds[0] == pytest.approx(10 * odds[1], rel=0.05)


def test_by_the_labels_of_like_pictures(hear, pictures):
    code, out, _ = hear(pictures / "sand.png", "--labels", "ship,sand", "--json")
    (one,) = json.loads(out)
    assert code == 0
    assert one["label"] == "sand"
    assert [piece["text"].rsplit(" ", 1)[1] for piece in one["evidence"]] == [
        "sand."
    ] * 3
    assert one["evidence"][0]["source"].endswith(".png")
    assert one["evidence"][0]["geometry"]["type"] == "Polygon"


def test_classes_of_an_index_that_are_no_labels_are_not_heard(hear, pictures):
    code, out, _ = hear(pictures / "sand.png", "--labels", "ship,river")
    assert code == 0
    assert "labelled" not in out


def test_an_index_without_labels(listen, pictures):
    words = ["--index", "captioned", "--labels", LABELS]
    code, out, _ = listen("classify", str(pictures / "sand.png"), *words)
    assert (code, out.split("\n")[0]) == (0, f"{pictures / 'sand.png'}: sand")


def test_exclude_self(listen, captioned):
    words = ["--index", "captioned", "--labels", LABELS, "--exclude-self"]
    code, out, err = listen("classify", str(captioned / "sand-0.png"), *words)
    assert code == 0, err
    assert out.startswith(f"{captioned / 'sand-0.png'}: sand\n")


def test_unsure_is_said(classify, pictures):
    file = pictures / "sand.png"
    code, out, _ = classify(file, "--labels", "desert,sand", "--unsure", "1")
    assert code == 0
    assert out.startswith(f"{file}: unsure (likeliest: ")
    words = ["--labels", "desert,sand", "--unsure", "1", "--json", "-k", "1"]
    (one,) = json.loads(classify(file, *words)[1])
    assert one["label"] is None
    assert one["unsure"] is True
    assert len(one["scores"]) == 1


def test_the_shipped_scenes_are_the_default(classify, pictures):
    (one,) = json.loads(classify(pictures / "sand.png", "--json")[1])
    assert one["likeliest"] == "a sand desert"
    assert len(one["scores"]) == 3


def test_one_broken_picture_does_not_lose_the_others(classify, pictures, tmp_path):
    geojson = tmp_path / "labels.geojson"
    files = [pictures / name for name in ("broken.png", "baikal.tif", "sand.png")]
    code, out, err = classify(*files, "--labels", LABELS, "--geojson", geojson)
    assert code == 1
    assert f"{files[1]}: sea\n" in out
    assert f"{files[2]}: sand\n" in out
    assert f"error: {files[0]} is no picture" in err
    assert err.endswith(
        f"wrote {geojson}: 1 with a place\n1 of 3 pictures could not be read.\n"
    )
    placed, plain = json.loads(geojson.read_text())["features"]
    assert placed["properties"]["label"] == "sea"
    assert shapely.from_geojson(json.dumps(placed["geometry"])).bounds == pytest.approx(
        (107.0, 53.0, 107.6, 53.3)
    )
    assert plain["geometry"] is None
    code, out, _ = classify(*files, "--labels", LABELS, "--json")
    assert code == 1
    assert [one["label"] for one in json.loads(out)] == ["sea", "sand"]


def test_a_file_of_labels(classify, pictures, tmp_path):
    file = tmp_path / "labels.txt"
    file.write_text("\ufeffsnow\n\n  sand \r\nsea\n", encoding="utf-8")
    words = ["--labels-file", file, "--json"]
    (one,) = json.loads(classify(pictures / "sand.png", *words)[1])
    assert {score["label"] for score in one["scores"]} == {"snow", "sand", "sea"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--labels", ""], "A label is blank"),
        (["--labels", " , "], "blank"),
        (["--labels", "sand,,sea"], "A label is blank"),
        (["--labels", "sand,Sand"], "The labels 'sand' and 'Sand' are the same"),
        (["--labels", "lake,sea,lakes"], "The labels 'lake' and 'lakes' are the same"),
        (["--labels", "a", "--labels-file", "b"], "not both"),
        (["--labels-file", "/none.txt"], "/none.txt cannot be read as labels"),
        (["--labels", LABELS, "--index", "none"], "No index 'none'"),
    ],
)
def test_what_cannot_be(classify, pictures, words, message):
    code, _, err = classify(pictures / "sand.png", *words)
    assert code == 1
    assert err.startswith("error: ")
    assert message in err


def test_nowhere_to_write(classify, pictures):
    words = ["--labels", LABELS, "--geojson", "/no/where"]
    code, out, err = classify(pictures / "sand.png", *words)
    assert (code, out) == (2, "")
    assert "'--geojson': there is no folder /no to write to" in err


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\x89PNG\xff"])
def test_files_that_hold_no_labels(classify, pictures, tmp_path, content):
    file = tmp_path / "labels.txt"
    file.write_bytes(content)
    code, out, err = classify(pictures / "sand.png", "--labels-file", file)
    assert (code, out) == (1, "")
    assert " next: " in err


@pytest.mark.parametrize(
    "words", [[], ["a", "--unsure", "2"], ["a", "--top-k", "0"], ["a", "--no"]]
)
def test_wrong_usage(capfd, words):
    assert main(["classify", *words]) == 2
    assert "Error: " in capfd.readouterr().err
