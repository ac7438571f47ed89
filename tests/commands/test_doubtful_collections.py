"""A collection of one picture, of one kind, of another planet: words, not certainty."""

import json

import numpy as np
import pytest
from PIL import Image

from rsrag.commands import main

WORDS = ("--labels", "airport,beach,forest,harbour")


def strange(number):
    """A picture of nothing on Earth: rings in colours that no ground has."""
    rng = np.random.default_rng(number)
    across, down = np.mgrid[:96, :96]
    x, y = rng.integers(20, 76, 2)
    rings = np.hypot(across - x, down - y) // rng.integers(3, 7) % 2
    light, dark = rng.permutation([(255, 0, 255), (0, 255, 255), (255, 255, 0)])[:2]
    return Image.fromarray(np.where(rings[..., None] > 0, light, dark).astype(np.uint8))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Indexes ``one`` of one picture, and ``strange`` of twelve."""
    folder = tmp_path_factory.mktemp("doubtful")
    for name, count in (("one", 1), ("strange", 12)):
        (folder / name).mkdir()
        for number in range(count):
            strange(number).save(folder / name / f"{number}.png")
        words = ["index", "build", folder / name, "--name", name, "--indexes", folder]
        assert main([str(word) for word in words]) == 0
    return folder


@pytest.fixture
def classify(root, capfd):
    def call(index, *words):
        capfd.readouterr()
        code = main(["classify", "--index", index, "--indexes", str(root), *words])
        return code, *capfd.readouterr()

    return call


def test_one_picture_is_too_few_to_judge(classify):
    code, out, err = classify("one", *WORDS)
    assert code == 0 and "1 chips" in out
    assert "1 picture is too few to tell whether mini knows such a collection" in err
    for way in ("--transductive", "--debias"):
        code, out, err = classify("one", *WORDS, way)
        assert (code, out) == (1, "")
        assert "The index one holds 1 of the 4 chips that it takes" in err


def test_what_is_foreign_is_said_and_less_sure(classify):
    code, out, err = classify("strange", *WORDS, "--json")
    assert code == 0
    assert "These pictures are unlike those that mini knows" in err
    told = json.loads(out)
    assert all(one["label"] is None for one in told)
    code, out, _ = classify("strange", *WORDS)
    assert "temperature 0.1417" in out


def test_pictures_of_home_raise_no_doubt(run):
    code, _, err = run("classify", "--index", "world", *WORDS)
    assert code == 0 and "unlike" not in err
