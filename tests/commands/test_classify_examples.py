"""``rsrag classify --examples``: labels shown by pictures."""

import json

import numpy as np
import pytest
from PIL import Image

COLOURS = {"grill": (210, 180, 120), "quux": (20, 60, 140)}
"""Labels whose names mean nothing: sand and sea by their looks."""


def save(path, colour, seed):
    rng = np.random.default_rng(seed)
    pixels = np.array(colour) + rng.integers(-25, 25, (96, 96, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Four examples of each label."""
    for label, colour in COLOURS.items():
        for number in range(4):
            save(tmp_path / "examples" / label / f"{number}.png", colour, number)
    return tmp_path / "examples"


def test_pictures_are_told_by_examples(know, folder, tmp_path):
    files = [
        str(save(tmp_path / f"{name}.png", colour, 9))
        for name, colour in COLOURS.items()
    ]
    words = ["classify", *files, "--examples", str(folder), "--json", "--no-knowledge"]
    code, out, err = know(*words)
    assert code == 0, err
    told = json.loads(out)
    assert {one["doubts"] for one in told} == {""}
    assert [one["likeliest"] for one in told] == list(COLOURS)
    closed = json.loads(know(*words, "--closed")[1])
    assert [one["label"] for one in closed] == list(COLOURS)
    assert max(one["none"] for one in closed) < 1e-5
    # A forest is neither.
    other = str(save(tmp_path / "other.png", (20, 60, 20), 9))
    (one,) = json.loads(know("classify", other, *words[3:])[1])
    assert one["label"] is None
    assert one["one_of"][0] == "none of these"


def test_chips_of_an_index_are_told_by_examples(run, folder):
    words = ["classify", "--index", "world", "--examples", str(folder), "--json"]
    code, out, err = run(*words, "--closed")
    assert code == 0, err
    likeliest = {one["image"]: one["likeliest"] for one in json.loads(out)}
    sand = {label for name, label in likeliest.items() if "/sand-" in name}
    assert sand == {"grill"}
    assert run(*words, "--transductive")[0] == 0


def test_examples_that_contradict_are_told(know, folder, tmp_path):
    for label in COLOURS:
        for number, colour in enumerate(list(COLOURS.values()) * 2):
            save(folder / label / f"{number}.png", colour, len(label) * 10 + number)
    one = save(tmp_path / "one.png", COLOURS["quux"], 9)
    words = ["classify", str(one), "--examples", str(folder), "--no-knowledge"]
    code, out, _ = know(*words)
    assert code == 0
    assert "The examples contradict each other: left out one by one, " in out
    assert "of 8 are told rightly by the others (grill " in out
    (told,) = json.loads(know(*words, "--json")[1])
    assert told["doubts"].startswith("The examples contradict")
    assert told["label"] is None and told["probability"] < 0.6


def test_examples_that_cannot_be(know, folder, tmp_path):
    picture = str(save(tmp_path / "a.png", (0, 0, 0), 0))

    def refused(*words):
        code, out, err = know("classify", picture, *words)
        assert (code, out) == (1, "")
        return err

    both = ("--examples", str(folder), "--labels", "sand,sea")
    assert "leave out --labels" in refused(*both)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no folder of examples" in refused("--examples", str(empty))
    (folder / "third").mkdir()
    assert "no example of 'third'" in refused("--examples", str(folder))
    twin = folder / "third" / "0.png"
    twin.write_bytes((folder / "quux" / "0.png").read_bytes())
    assert "'quux' and of 'third'" in refused("--examples", str(folder))
    twin.write_bytes(b"no picture")
    assert "third/0.png" in refused("--examples", str(folder))
