"""``rsrag caption --fill``: captions for chips that came without one."""

import json

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.commands import main

COLOURS = {"lake": (10, 40, 110), "desert": (222, 190, 130), "forest": (20, 80, 30)}


def write_picture(path, colour, seed) -> None:
    grain = np.random.default_rng(seed).normal(0, 6, (64, 64, 1))
    pixels = np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Pictures with captions of one wording, and like ones without."""
    root = tmp_path_factory.mktemp("filled")
    rows = []
    for name in ("told", "silent"):
        (root / name).mkdir()
        for seed, (kind, colour) in enumerate(COLOURS.items()):
            write_picture(root / name / f"{kind}.png", colour, seed + len(name))
            row = {"file": f"{kind}.png", "captions": [f"quite plainly a {kind}"] * 2}
            rows.append(row if name == "told" else {})
    table = root / "captions.jsonl"
    table.write_text("\n".join(json.dumps(row) for row in rows if row))
    where = ["--indexes", str(root / "indexes")]
    words = ["index", "build", str(root / "told"), "--name", "told", *where]
    assert main([*words, "--metadata", str(table)]) == 0
    words = ["index", "build", str(root / "silent"), "--name", "silent", *where]
    assert main(words) == 0
    return root


def fill(root, capfd, *words: str):
    capfd.readouterr()
    given = ["caption", "--indexes", str(root / "indexes"), *words]
    code = main(given)
    out, err = capfd.readouterr()
    return code, out, err


def found(root, words: str) -> list[str]:
    with rsrag.open("silent", indexes=root / "indexes") as index:
        return [hit.file_name for hit in index.search(words, lanes="words")]


def test_captions_are_made_kept_and_searched(root, capfd) -> None:
    code, out, _ = fill(root, capfd, "--fill", "silent", "--index", "told", "--json")
    assert code == 0
    assert json.loads(out)["made"] == 3
    assert found(root, "plainly a desert")[0] == "desert.png"
    assert found(root, "a lake")[0] == "lake.png"
    code, out, _ = fill(root, capfd, "--fill", "silent", "--index", "told", "--json")
    told = json.loads(out)
    assert (told["made"], told["had"]) == (0, 3)


def test_they_outlive_a_generation_and_a_line_cut_short(root, capfd) -> None:
    assert fill(root, capfd, "--fill", "silent", "--index", "told")[0] == 0
    write_picture(root / "silent" / "more.png", COLOURS["lake"], 99)
    where = ["--indexes", str(root / "indexes")]
    assert main(["index", "update", "silent", *where]) == 0
    assert found(root, "plainly a forest")[0] == "forest.png"
    path = root / "indexes" / "silent" / "captions.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id": "ab')
    assert found(root, "plainly a forest")[0] == "forest.png"
    assert main(["index", "rebuild", "silent", "--store", "exact", *where]) == 0
    _, out, _ = fill(root, capfd, "--fill", "silent", "--index", "told", "--json")
    assert json.loads(out)["made"] == 1
    assert sorted(found(root, "a lake")[:2]) == ["lake.png", "more.png"]


def test_what_came_with_a_picture_stays(root, capfd) -> None:
    code, out, _ = fill(root, capfd, "--fill", "told", "--json")
    assert code == 0
    assert json.loads(out)["had"] == 3
    assert not (root / "indexes" / "told" / "captions.jsonl").exists()


def test_pictures_that_are_gone_are_counted(root, tmp_path, capfd) -> None:
    (tmp_path / "gone").mkdir()
    write_picture(tmp_path / "gone" / "a.png", COLOURS["lake"], 1)
    words = ["index", "build", str(tmp_path / "gone"), "--name", "gone"]
    assert main([*words, "--indexes", str(root / "indexes")]) == 0
    (tmp_path / "gone" / "a.png").unlink()
    code, out, _ = fill(root, capfd, "--fill", "gone", "--index", "told")
    assert code == 0
    assert "1 could not be read, such as " in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "neither a picture nor --fill NAME"),
        (("a.png", "--fill", "silent"), "one of them"),
        (("--fill", "nothing"), "No index 'nothing'"),
        (("--fill", "silent", "--show-prompt"), "are for pictures"),
    ],
)
def test_what_cannot_be(root, capfd, words, said) -> None:
    code, out, err = fill(root, capfd, *words)
    assert code != 0
    assert out == ""
    assert said in err
