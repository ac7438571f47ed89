"""``rsrag eval published``: published figures beside those measured here."""

import json

import numpy as np
import pytest
from known_places import textured
from PIL import Image

from rsrag.commands import main
from rsrag.evaluation.crop_maps import crop_maps, starts
from rsrag.evaluation.published import compared, published_models, published_sets

COLOURS = {"sea": (10, 40, 110), "snow": (245, 248, 250), "sand": (222, 190, 130)}


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Three small sets, laid out as AID, RSICD and AIR-SLT are."""
    root = tmp_path_factory.mktemp("sets")
    records = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        picture = textured(colour, number)
        (root / "AID" / name).mkdir(parents=True)
        picture.save(root / "AID" / name / f"{name}_1.png")
        (root / "RSICD").mkdir(exist_ok=True)
        picture.save(root / "RSICD" / f"{name}.png")
        sentences = [{"raw": f"a lot of {name}"}, {"raw": f"{name} from above"}]
        records.append(
            {"filename": f"{name}.png", "split": "test", "sentences": sentences}
        )
    file = root / "RSICD" / "dataset_rsicd.json"
    file.write_text(json.dumps({"images": records}))
    pictures = root / "AIR-SLT" / "imgs"
    pictures.mkdir(parents=True)
    scene = np.asarray(textured(COLOURS["sand"], 1).resize((600, 600), 0)).copy()
    scene[:300, 300:] = np.asarray(textured(COLOURS["snow"], 2).resize((300, 300), 0))
    Image.fromarray(scene).save(pictures / "0.png")
    corners = [[300, 0], [600, 0], [600, 300], [300, 300]]
    entry = {"caption": "white snow", "jpg_name": "0.png", "points": [corners]}
    (root / "AIR-SLT" / "anno.json").write_text(json.dumps([entry]))
    return root


def _run(capfd, *words):
    code = main(["eval", "published", *map(str, words)])
    return code, *capfd.readouterr()


def test_published_figures_are_shown_without_measuring(capfd) -> None:
    code, out, _ = _run(capfd, "georsclip-vit-b-32")
    assert code == 0
    assert "EuroSAT       top1      61.40    27,000" in out
    assert "Published: README of github.com/om-ai-lab/RS5M" in out


@pytest.mark.parametrize("model", published_models())
def test_the_mean_recall_is_that_of_the_six_rates(model) -> None:
    for one in published_sets(model).values():
        if one.task == "retrieval":
            rates = [value for name, value in one.figures.items() if name != "mR"]
            assert len(rates) == 6
            assert np.mean(rates) == pytest.approx(one.figures["mR"], abs=0.006)


def test_measured_figures_are_those_of_the_single_commands(sets, capfd) -> None:
    given = [f"--set={n}={sets / n.upper()}" for n in ("aid", "RSICD", "AIR-SLT")]
    words = ("georsclip-vit-b-32", "--encoder", "mini", *given, "--json")
    code, out, err = _run(capfd, *words)
    assert code == 0, err
    report = json.loads(out)
    aid, rsicd, slt = report["sets"]
    assert [one["set"] for one in report["sets"]] == ["AID", "RSICD", "AIR-SLT"]
    own = ["--encoder", "mini", "--json"]
    assert main(["eval", "zeroshot", "--images", str(sets / "AID"), *own]) == 0
    alone = json.loads(capfd.readouterr().out)
    assert aid["figures"]["top1"]["measured"] == alone["georsclip"]["top1"]
    assert aid["holds"]["measured"] == {"pictures": 3, "classes": 3}
    file = sets / "RSICD" / "dataset_rsicd.json"
    words = ["--images", str(sets / "RSICD"), "--captions", str(file), *own]
    assert main(["eval", "retrieval", *words]) == 0
    alone = json.loads(capfd.readouterr().out)
    found = rsicd["figures"]
    assert found["mR"]["measured"] == alone["mR"]
    assert found["i2t R@1"]["measured"] == alone["i2t"]["R@1"]
    assert found["mR"]["difference"] == round(alone["mR"] - 26.06, 6)
    assert slt["figures"]["rmi"]["measured"] > 0.5
    assert {one["agrees"] for one in report["sets"]} == {None}


def test_another_set_than_the_published_one_is_not_compared(sets, capfd) -> None:
    given = ("--set", f"AID={sets / 'AID'}", "--encoder", "mini")
    code, out, _ = _run(capfd, "georsclip-vit-b-32", *given)
    assert code == 0
    assert "AID: not comparable" in out
    assert "3 pictures of 10,000, 3 classes of 30" in out


def test_within_the_tolerance_it_agrees_and_beyond_it_does_not() -> None:
    aid = published_sets("georsclip-vit-b-32")["AID"]
    for value, agrees in ((74.92, True), (73.92, True), (74.93, False), (0, False)):
        assert compared(aid, {"top1": value}, aid.holds)["agrees"] is agrees


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mini"], "no published figures of 'mini'"),
        (["georsclip-vit-b-32", "--set", "AID"], "is not a set and its folder"),
        (["georsclip-vit-b-32", "--set", "Oxford=."], "is not a set and its folder"),
        (["georsclip-vit-b-32", "--set", "AID=/none"], "There is no folder '/none'"),
        (["georsclip-vit-b-32", "--set", "AID=.", "--set", "aid=."], "given twice"),
    ],
)
def test_what_cannot_be_measured_is_told(words, said, capfd) -> None:
    code, out, err = _run(capfd, *words)
    assert code == 1 and not out and said in err
    assert " next: " in err and "Traceback" not in err


def test_a_folder_without_captions_or_sentences_is_told(sets, tmp_path, capfd) -> None:
    for name, said in (("RSICD", "one file of captions"), ("AIR-SLT", "anno.json")):
        given = ("--set", f"{name}={tmp_path}", "--encoder", "mini")
        code, _, err = _run(capfd, "georsclip-vit-b-32", *given)
        assert code == 1 and said in err


class _Brightness:
    """An encoder whose only number is how bright a picture is."""

    def encode_images(self, images):
        return np.array([[image.mean() / 255] for image in images], np.float32)


def test_a_pixel_has_the_mean_of_all_crops_that_cover_it() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (37, 52, 3), dtype=np.uint8)
    found = crop_maps(image, _Brightness(), np.ones((1, 1), np.float32), (16, 32, 99))
    squares = [
        (side, top, left)
        for side in (16, 32, 37)
        for top in starts(37, side)
        for left in starts(52, side)
    ]
    for row, column in ((0, 0), (36, 51), (18, 30)):
        covering = [
            image[top : top + side, left : left + side].mean() / 255
            for side, top, left in squares
            if top <= row < top + side and left <= column < left + side
        ]
        assert found[0, row, column] == pytest.approx(np.mean(covering), abs=1e-5)


def test_crops_lie_half_a_step_apart_and_reach_the_end() -> None:
    assert starts(100, 40) == [0, 20, 40, 60]
    assert starts(105, 40) == [0, 20, 40, 60, 65]
    assert starts(40, 40) == [0]
