"""``rsrag eval localize`` over made pictures in AIR-SLT's form."""

import json

import numpy as np
import pytest
from known_places import textured
from PIL import Image

from rsrag.commands import main


@pytest.fixture(scope="module")
def slt(tmp_path_factory):
    """Two pictures of sand, with a square of sea and of snow; a file of sentences."""
    folder = tmp_path_factory.mktemp("slt")
    colours = {"sand": (222, 190, 130), "sea": (10, 40, 110), "snow": (245, 248, 250)}
    entries = []
    for number, thing in enumerate(("sea", "snow")):
        picture = textured(colours["sand"], number).resize((480, 480), Image.NEAREST)
        square = textured(colours[thing], 9).resize((160, 160), Image.NEAREST)
        pixels = np.asarray(picture).copy()
        x, y = 320 * number, 160
        pixels[y : y + 160, x : x + 160] = np.asarray(square)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        corners = [[x, y], [x, y + 160], [x + 160, y + 160], [x + 160, y]]
        words = {"sea": "the deep blue sea\n", "snow": "white snow\n"}[thing]
        entries.append(
            {"caption": words, "jpg_name": f"{number}.png", "points": [corners]}
        )
    (folder / "anno.json").write_text(json.dumps(entries))
    return folder


def test_scores_stand_beside_their_floors(slt, capfd) -> None:
    words = ["--annotations", str(slt / "anno.json"), "--images", str(slt)]
    assert main(["eval", "localize", *words, "--sharpen", "3", "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    ways = report["ways"]
    assert list(ways) == ["mini-dense", "noise", "centre", "mini-dense ^ 3"]
    assert ways["mini-dense"]["pointing"]["value"] == 1
    assert ways["mini-dense"]["ap"]["value"] > ways["noise"]["ap"]["value"] + 0.2
    assert report["queries"] == report["images"] == 2
    for scores in ways.values():
        for one in scores.values():
            assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1.0001


def test_the_report_is_a_table(slt, tmp_path, capfd) -> None:
    words = ["--annotations", str(slt / "anno.json"), "--images", str(slt)]
    assert main(["eval", "localize", *words, "--out", str(tmp_path / "r")]) == 0
    out = capfd.readouterr().out
    assert "POINTING" in out and "RMI" in out and "2 sentences about 2 pictures" in out
    page = (tmp_path / "r" / "report.md").read_text()
    assert "metric_scale" in page and "auto" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "holds no list of sentences"),
        ('[{"caption": "a", "jpg_name": "0.png"}]', "Entry 0"),
        ('[{"caption": "a", "jpg_name": "0.png", "points": [[[1, 2]]]}]', "Entry 0"),
        (
            '[{"caption": "a", "jpg_name": "9.png", '
            '"points": [[[0, 0], [1, 0], [1, 1]]]}]',
            "9.png is not there",
        ),
        (
            '[{"caption": "a", "jpg_name": "0.png", '
            '"points": [[[600, 0], [700, 0], [700, 90]]]}]',
            "The areas of 'a' lie outside of 0.png, which has 480 x 480 pixels",
        ),
    ],
)
def test_bad_files_are_told(slt, tmp_path, capfd, content, said) -> None:
    (tmp_path / "anno.json").write_text(content)
    words = ["--annotations", str(tmp_path / "anno.json"), "--images", str(slt)]
    assert main(["eval", "localize", *words]) == 1
    assert said in capfd.readouterr().err


def test_a_scale_is_a_number(slt, capfd) -> None:
    words = ["--annotations", str(slt / "anno.json"), "--images", str(slt)]
    assert main(["eval", "localize", *words, "--metric-scale", "-1"]) == 1
    assert "--metric-scale" in capfd.readouterr().err
