"""``rsrag eval change`` over made pairs."""

import json

import numpy as np
import pytest
from PIL import Image

from rsrag.analysis.change.nuisances import NAMED_NUISANCES
from rsrag.commands import main
from rsrag.evaluation.changes.change_folders import masked_pairs, read_change
from rsrag.rag.changes.change_sentences import UNCHANGED
from tests.analysis.made_pairs import built, ground

SAME = UNCHANGED[0]

BOXES = (None, (48, 40, 96, 88), (96, 64, 160, 128), (16, 80, 80, 144))


def write(path, pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Four places; in the first nothing changed, in the others houses were built."""
    folder = tmp_path_factory.mktemp("pairs")
    for number, box in enumerate(BOXES):
        before = ground(seed=number)
        after = before if box is None else built(before, box)
        mask = np.zeros(before.shape[:2], np.uint8)
        if box is not None:
            mask[box[1] : box[3], box[0] : box[2]] = 255
        for name, one in {"A": before, "B": after, "label": mask}.items():
            write(folder / name / f"{number}.png", one)
    (folder / "list").mkdir()
    (folder / "list" / "test.txt").write_text("1.png\n3.png\n")
    return folder


def report_of(folder, capfd, *more):
    assert main(["eval", "change", str(folder), "--json", *more]) == 0
    return json.loads(capfd.readouterr().out)


def test_a_head_is_scored_beside_floors_and_under_nuisances(pairs, capfd) -> None:
    report = report_of(
        pairs, capfd, "--head", "distance", "--floors", "all,none,rgb",
        "--nuisance", "shift2,dark",
    )  # fmt: skip
    ways = report["ways"]
    assert list(ways) == ["head", "all", "none", "rgb"]
    head, share = ways["head"], report["changed"]
    assert head["f1"]["value"] > 0.45 and head["ap"]["value"] > 0.6, head
    assert head["f1"]["low"] <= head["f1"]["value"] <= head["f1"]["high"]
    assert head["f1"]["value"] <= 1 and head["oracle_f1"]["value"] > 0.5
    assert head["flag_auc"]["value"] == 1 and head["flag_false_alarms"]["value"] == 0
    assert head["count_mae_of_median"]["value"] == 0.25  # of 0, 1, 1 and 1
    assert ways["all"]["f1"]["value"] == pytest.approx(2 * share / (1 + share), 1e-3)
    assert ways["all"]["recall"]["value"] == 1 and ways["none"]["f1"]["value"] == 0
    assert ways["all"]["ap"]["value"] == pytest.approx(share, abs=1e-4)
    assert report["changed_pairs"] == 3 and report["changed_pairs_flagged"] >= 2
    assert report["unchanged_pairs_flagged"] == 0 and report["pairs"] == 4
    assert set(report["nuisances"]) == {"shift2", "dark"}
    for one in report["nuisances"].values():
        assert one["flagged_when_identical"]["value"] == 0
        assert abs(one["ap_lost"]) < 0.2
    assert report["settings"]["head"].startswith("distance")


def test_a_table_is_printed_and_a_folder_written(pairs, tmp_path, capfd) -> None:
    words = ["--limit", "2", "--floors", "no", "--out", str(tmp_path / "out")]
    assert main(["eval", "change", str(pairs), *words]) == 0
    out = capfd.readouterr().out
    assert "CELLS F1" in out and "2 pairs" in out and "Under nuisances" not in out
    assert (tmp_path / "out" / "report.json").is_file()


def test_a_list_says_which_pairs_count(pairs, capfd) -> None:
    more = ["--format", "levir-cd", "--split", "test", "--floors", "no"]
    report = report_of(pairs, capfd, *more)
    assert report["pairs"] == report["changed_pairs"] == 2
    assert [one.name for one in masked_pairs(pairs, limit=2)] == ["0", "3"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--floors", "sar"], "--floors cannot be 'sar'"),
        (["--nuisance", "fog"], "--nuisance cannot be 'fog'"),
        (["--head", "best"], "--head is 'best'"),
        (["--format", "xbd"], "--format cannot be 'xbd'"),
        (["--split", "val"], "neither a list val.txt"),
    ],
)
def test_what_cannot_be_is_said(words, said, pairs, capfd) -> None:
    assert main(["eval", "change", str(pairs), *words]) != 0
    assert said in capfd.readouterr().err


def test_a_folder_without_pairs_is_said(tmp_path, pairs, capfd) -> None:
    assert main(["eval", "change", str(tmp_path)]) == 1
    assert "does not hold A, B and masks: it has nothing" in capfd.readouterr().err
    for name in ("A", "B"):
        write(tmp_path / name / "1.png", ground())
    write(tmp_path / "mask" / "1.png", np.zeros((8, 8), np.uint8))
    assert main(["eval", "change", str(tmp_path)]) == 1
    assert "have 192 x 160, 192 x 160, 8 x 8 pixels" in capfd.readouterr().err


def test_masks_of_any_kind_say_the_same(tmp_path) -> None:
    truth = np.zeros((16, 16), bool)
    truth[4:9, 3:12] = True
    byte = (truth * 255).astype(np.uint8)
    write(tmp_path / "byte.png", byte)
    write(tmp_path / "one.png", truth.astype(np.uint8))
    write(tmp_path / "bit.png", truth)
    write(tmp_path / "colour.png", np.stack([byte, 0 * byte, 0 * byte], axis=2))
    write(tmp_path / "soft.png", np.where(truth, 200, 20).astype(np.uint8))
    palette = Image.fromarray(truth.astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.save(tmp_path / "palette.png")
    for path in tmp_path.iterdir():
        assert (read_change(path) == truth).all(), path.name
    write(tmp_path / "noise.jpg", (byte[::-1] * 0 + 9).astype(np.uint8))
    assert not read_change(tmp_path / "noise.jpg").any()


def test_maps_of_two_dates_are_scored_in_seconds_form(tmp_path, capfd) -> None:
    before = ground()
    after = built(before)
    white = np.full_like(before, 255)
    for name, one in {"im1": before, "im2": after, "label1": white}.items():
        write(tmp_path / name / "1.png", one)
    labels = [white.copy(), white.copy()]
    labels[0][40:88, 48:96], labels[1][40:88, 48:96] = (0, 128, 0), (128, 0, 0)
    for number, one in enumerate(labels, start=1):
        write(tmp_path / f"label{number}" / "1.png", one)
    report = report_of(tmp_path, capfd, "--format", "second", "--head", "distance")
    assert report["changed"] == pytest.approx(48 * 48 / before[..., 0].size, abs=1e-4)
    assert report["figures"]["miou"]["value"] > 0.45
    assert report["transitions"][0]["to"] == "building"
    assert main(["eval", "change", str(tmp_path), "--format", "second"]) == 0
    assert "WHAT BECAME WHAT" in capfd.readouterr().out.upper()


def test_sentences_are_scored_through_the_pictures(pairs, tmp_path, capfd) -> None:
    captions = tmp_path / "captions.jsonl"
    rows = [
        {"file": f"{n}.png", "captions": ["many houses are built"] if n else [SAME]}
        for n in range(4)
    ]
    captions.write_text("\n".join(map(json.dumps, rows)))
    words = ["--format", "levir-cc", "--head", "distance", "--images", str(pairs)]
    report = report_of(captions, capfd, *words)
    assert report["flag_accuracy"] >= 0.75
    assert set(report["ways"]["said"]) == {"all", "changed", "unchanged"}
    assert main(["eval", "change", str(captions), "--format", "levir-cc"]) == 0
    out = capfd.readouterr().out
    assert "Captions, changed" in out and "true flag, two sentences" in out
    assert main(["eval", "change", str(captions), *words[:-1], str(tmp_path)]) == 1
    assert "does not hold pictures before in A" in capfd.readouterr().err


def test_answers_are_scored(tmp_path, capfd) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"kind": "changed", "answer": "yes", "prediction": "Yes."}')
    words = ["eval", "change", str(path), "--format", "changechat"]
    assert main(words) == 0
    assert "Questions: changed" in capfd.readouterr().out


def test_nuisances_keep_the_shape_and_change_the_picture() -> None:
    picture = ground()
    for name, spoil in NAMED_NUISANCES.items():
        other = spoil(picture, 1)
        assert other.shape == picture.shape and other.dtype == np.uint8
        assert (other != picture).any(), name
    assert (NAMED_NUISANCES["shift2"](picture, 1)[:, 2:] == picture[:, :-2]).all()
