"""``rsrag eval ground`` over made pictures, in the published forms."""

import json

import numpy as np
import pytest
from known_places import grained
from PIL import Image

from bench.expressions import phrases_of
from rsrag.commands import main
from rsrag.evaluation.data.referred_things import read_referred
from rsrag.metrics.box_overlap import (
    grounding_figures,
    overlap,
    points_at,
    shared_and_covered,
)

VOC = """<annotation><filename>{0}.png</filename><object><name>sea</name>
<bndbox><xmin>{1}</xmin><ymin>160</ymin><xmax>{2}</xmax><ymax>320</ymax></bndbox>
<description>The deep blue sea</description></object>
<object><name>sand</name><bndbox/></object></annotation>"""


@pytest.fixture(scope="module")
def seas(tmp_path_factory):
    """Two pictures of sand with a square of sea, described in every form."""
    folder = tmp_path_factory.mktemp("seas")
    lines, entries = [], []
    (folder / "voc").mkdir()
    for number, x in enumerate((320, 0)):
        pixels = grained((222, 190, 130), number, 480)
        pixels[160:320, x : x + 160] = grained((10, 40, 110), 9, 160)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(
            folder / f"{number}.png"
        )
        box = [x / 480, 1 / 3, (x + 160) / 480, 2 / 3]
        text = "the deep blue sea"
        lines.append(json.dumps({"file": f"{number}.png", "text": text, "bbox": box}))
        sides = "".join(f"<{round(100 * side)}>" for side in box)
        entries.append(
            {
                "image_id": f"{number}.png",
                "question": text,
                "ground_truth": f"{{{sides}}}",
            }
        )
        (folder / "voc" / f"{number}.xml").write_text(VOC.format(number, x, x + 160))
    (folder / "parts.jsonl").write_text("\n".join(lines))
    (folder / "vrs.json").write_text(json.dumps(entries))
    return folder


@pytest.mark.parametrize(
    ("form", "name", "more"),
    [
        ("dior-rsvg", "voc", []),
        ("jsonl", "parts.jsonl", ["--box-scale", "1"]),
        ("vrsbench", "vrs.json", []),
    ],
)
def test_every_form_is_scored_beside_its_floors(seas, capfd, form, name, more) -> None:
    words = ["--format", form, "--annotations", str(seas / name), "--images", str(seas)]
    assert main(["eval", "ground", *words, *more, "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    ways = report["ways"]
    assert list(ways)[1:] == ["whole picture", "middle box", "any candidate"]
    first = next(iter(ways.values()))
    assert first["pointing"]["value"] == 1 and first["mean_iou"]["value"] > 0.3
    assert ways["whole picture"]["mean_iou"]["value"] == pytest.approx(1 / 9, abs=0.01)
    assert ways["middle box"]["acc@0.5"]["value"] == 0
    assert report["phrases"] == report["images"] == 2
    for figures in ways.values():
        for one in figures.values():
            assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1.0001


def test_vrsbench_is_read_as_it_is_published(seas, tmp_path, capfd) -> None:
    """One JSON list, indented, with keys of its own; small things have no area."""
    published = {
        "dataset": "DOTA",
        "question_id": 0,
        "type": "ref",
        "unique": True,
        "size_group": "small",
        "obj_ids": [3],
        "obj_cls": "water",
        "obj_corner": [[0.67, 0.33], [1.0, 0.33], [1.0, 0.67], [0.67, 0.67]],
    }
    boxes = ("{<67><33><100><67>}", "{<92><0><96><0>}")
    entries = [
        {"image_id": "0.png", "question": f"The sea {n}.", "ground_truth": box}
        for n, box in enumerate(boxes)
    ]
    path = tmp_path / "VRSBench_EVAL_referring.json"
    path.write_text(json.dumps([one | published for one in entries], indent=4))
    words = ["--format", "vrsbench", "--annotations", str(path), "--images", str(seas)]
    assert main(["eval", "ground", *words, "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["phrases"] == 2 and report["truths_without_area"] == 1
    whole = report["ways"]["whole picture"]["mean_iou"]["value"]
    assert whole == pytest.approx(0.33 * 0.34 / 2, abs=1e-4)  # the second counts as 0


def test_the_report_is_a_table(seas, tmp_path, capfd) -> None:
    words = ["--annotations", str(seas / "voc"), "--images", str(seas)]
    out = ["--out", str(tmp_path / "r")]
    assert main(["eval", "ground", "--format", "rsvg", *words, *out]) == 0
    shown = capfd.readouterr().out
    assert "ACC@0.5" in shown and "2 phrases about 2 pictures" in shown
    assert "box_scale" not in (tmp_path / "r" / "report.md").read_text()


@pytest.mark.parametrize(
    ("content", "scale", "said"),
    [
        ('{"file": "0.png", "text": "a", "bbox": [0, 0, 1, 1]}', None, "in pixels, or"),
        ('{"file": "0.png", "text": "a", "bbox": [0, 0, 1, 1]}', "7", "--box-scale is"),
        ('{"file": "0.png", "text": "a", "bbox": [0, 0, 90, 90]}', "1", "beyond the"),
        ('{"file": "0.png", "text": "a", "bbox": [9, 0, 1, 1]}', "px", "a box from 9"),
        ('{"file": "0.png", "text": " ", "bbox": [0, 0, 1, 1]}', "px", "no words"),
        ('{"file": "0.png", "text": "a"}', "px", "KeyError: 'bbox'"),
        ('{"file": "0.png", "text": "a", "bbox": [0, 0, 1]}', "px", "not enough"),
        ("not json", "px", "Line 1 of"),
        ("", "px", "holds no phrases"),
        ('{"file": "9.png", "text": "a", "bbox": [0, 0, 1, 1]}', "px", "9.png is not"),
        (
            '{"file": "0.png", "text": "a", "bbox": [0, 500, 9, 510]}',
            "px",
            "from 0, 500 to 9, 510 lies outside of 0.png, which has 480 x 480 pixels",
        ),
    ],
)
def test_bad_annotations_are_told(seas, tmp_path, capfd, content, scale, said) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    words = ["--format", "jsonl", "--annotations", str(path), "--images", str(seas)]
    more = [] if scale is None else ["--box-scale", scale]
    assert main(["eval", "ground", *words, *more]) == 1
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("form", "content", "scale", "said"),
    [
        ("voc", "<a/>", None, "--format is 'voc'"),
        ("dior-rsvg", "<a><b>", None, "cannot be read as XML"),
        ("dior-rsvg", "<a/>", "100", "in px by its form"),
        ("dior-rsvg", "<a/>", None, "holds no phrases"),
        ("vrsbench", "{}", None, "no JSON list"),
        ("vrsbench", '[{"image_id": "0.png"}]', None, "lacks 'question'"),
    ],
)
def test_other_forms_are_checked_too(tmp_path, capfd, form, content, scale, said):
    path = tmp_path / "a.xml"
    path.write_text(content)
    words = ["--format", form, "--annotations", str(path), "--images", str(tmp_path)]
    more = [] if scale is None else ["--box-scale", scale]
    assert main(["eval", "ground", *words, *more]) == 1
    assert said in capfd.readouterr().err


def test_overlap_and_figures_by_hand() -> None:
    one, other = (0.0, 0.0, 4.0, 2.0), (2.0, 0.0, 6.0, 2.0)
    assert shared_and_covered(one, other) == (4.0, 12.0)
    assert overlap(one, other) == pytest.approx(1 / 3)
    assert overlap(one, one) == 1 and overlap(one, (9.0, 9.0, 10.0, 10.0)) == 0
    assert points_at(one, other) and not points_at((0.0, 0.0, 2.0, 2.0), other)
    parts = [np.array(v) for v in ([4.0, 6.0], [12.0, 8.0], [1.0, 0.0])]
    figures = grounding_figures(*parts, np.array([[1.0, 1.0], [2.0, 0.0]]))
    assert figures["acc@0.5"].tolist() == [0.5, 0.0]
    assert figures["acc@0.7"].tolist() == [0.5, 0.0]
    assert figures["acc@0.25"].tolist() == [1.0, 1.0]
    assert figures["mean_iou"] == pytest.approx([(1 / 3 + 0.75) / 2, 1 / 3])
    assert figures["cum_iou"] == pytest.approx([10 / 20, 8 / 24])
    assert figures["pointing"].tolist() == [0.5, 1.0]
    nothing = grounding_figures(np.zeros(1), np.zeros(1), np.zeros(1), np.ones((1, 1)))
    assert nothing["mean_iou"].tolist() == [0.0]


def test_phrases_are_made_of_boxes() -> None:
    entry = {
        "file": "0.png",
        "width": 100,
        "height": 100,
        "objects": [
            {"class": "car", "bbox": [0, 0, 10, 10]},
            {"class": "van", "bbox": [80, 70, 100, 90]},
            {"class": "boat", "bbox": [40, 40, 50, 50]},
        ],
    }
    groups = {"car": "vehicle", "van": "vehicle", "boat": "ship"}
    kinds = ("any", "unique", "extreme", "quadrant")
    found = {one["text"]: one["bboxes"] for one in phrases_of(entry, groups, kinds)}
    assert found["a vehicle"] == [[0, 0, 10, 10], [80, 70, 100, 90]]
    assert found["the largest vehicle"] == [[80, 70, 100, 90]]
    assert found["the leftmost vehicle"] == found["the smallest vehicle"]
    assert found["the vehicle at the bottom right"] == [[80, 70, 100, 90]]
    assert found["the ship"] == found["a ship"] == [[40, 40, 50, 50]]


def test_units_are_kept_apart(seas) -> None:
    for form, name, scale in (
        ("dior-rsvg", "voc", None),
        ("jsonl", "parts.jsonl", "1"),
    ):
        found = read_referred(seas / name, form, scale)
        assert found[0].boxes_px((480, 480))[0] == pytest.approx((320, 160, 480, 320))
