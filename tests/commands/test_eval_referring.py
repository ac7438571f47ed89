"""Masks of things that phrases mean, in the published forms."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from known_places import grained
from PIL import Image

from rsrag.commands import main
from rsrag.metrics.mask_runs import decode_mask, encode_mask

SEA = "the deep blue sea"


@pytest.fixture(scope="module")
def seas(tmp_path_factory):
    """Two pictures of sand with a square of sea, and its mask in every form."""
    folder = tmp_path_factory.mktemp("seas")
    lines, records = [], []
    for number, x in enumerate((480, 0)):
        pixels = grained((222, 190, 130), number, 720)
        pixels[240:480, x : x + 240] = grained((10, 40, 110), 9, 240)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(
            folder / f"{number}.png"
        )
        mask = np.zeros((720, 720), bool)
        mask[240:480, x : x + 240] = True
        held = encode_mask(mask)
        lines.append({"file": f"{number}.png", "text": SEA, "mask": held})
        instance = {
            "bbox": [x, 240, x + 240, 480],
            "category": "water",
            "category_id": 1,
            "description": SEA,
            "instance_id": "0",
            "mask": held,
        }
        records.append(
            {
                "image_id": str(number),
                "image_path": f"SIOR_T/images/{number}.png",
                "instances": [instance],
            }
        )
    (folder / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "records.json").write_text(json.dumps(records))
    pq.write_table(pa.Table.from_pylist(records), folder / "records.parquet")
    return folder


@pytest.mark.parametrize("name", ["lines.jsonl", "records.json", "records.parquet"])
def test_masks_are_scored_beside_floors(seas, capfd, name) -> None:
    words = ["--images", str(seas), "--referring", str(seas / name), "--json"]
    assert main(["eval", "segment", *words]) == 0
    report = json.loads(capfd.readouterr().out)
    ways = {name: one["mean_iou"]["value"] for name, one in report["ways"].items()}
    assert list(ways) == ["text", "whole picture", "middle box"]
    assert ways["text"] > 0.3 and ways["middle box"] == 0
    assert ways["whole picture"] == pytest.approx(1 / 9, abs=1e-4)
    assert report["ways"]["text"]["pointing"]["value"] == 1
    assert report["phrases"] == report["images"] == 2 and report["not_found"] == 0
    kinds = report["classes"]
    assert list(kinds) == ([""] if name == "lines.jsonl" else ["water"])
    assert next(iter(kinds.values()))["mean_iou"] == pytest.approx(ways["text"])


def test_the_report_is_a_table_and_edges_may_be_drawn(seas, capfd) -> None:
    words = ["--images", str(seas), "--referring", str(seas / "records.json")]
    assert main(["eval", "segment", *words, "--refine"]) == 0
    out = capfd.readouterr().out
    assert "Masks of things" in out and "MEAN IOU" in out and "empty masks" in out


def test_a_phrase_may_have_a_comma(seas, tmp_path, capfd) -> None:
    lines = map(json.loads, (seas / "lines.jsonl").read_text().splitlines())
    path = tmp_path / "comma.jsonl"
    path.write_text("\n".join(json.dumps({**one, "text": f"{SEA}, "}) for one in lines))
    words = ["--images", str(seas), "--referring", str(path), "--json"]
    assert main(["eval", "segment", *words]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["phrases"] == 2
    assert report["ways"]["text"]["mean_iou"]["value"] > 0.3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "{}", "KeyError: 'file'"),
        ("a.json", "[]", "holds no phrases"),
        ("a.json", "[1]", "cannot be used: TypeError"),
        ("a.json", "{", "cannot be read"),
        ("a.parquet", "{", "cannot be read"),
        ("a.jsonl", '{"file": "0.png", "text": " ", "mask": {}}', "has no words, or"),
        (
            "a.jsonl",
            '{"file": "0.png", "text": "a", "mask": {"size": [2, 2], "counts": "4"}}',
            "an empty mask has no box",
        ),
        (
            "a.jsonl",
            '{"file": "9.png", "text": "a", "mask": {"size": [1, 1], "counts": "01"}}',
            "9.png is not there",
        ),
        (
            "a.jsonl",
            '{"file": "0.png", "text": "a", "mask": {"size": [1, 1], "counts": "01"}}',
            "is 1 x 1 and its picture 720 x 720 pixels",
        ),
    ],
)
def test_what_is_wrong_is_said(seas, tmp_path, capfd, name, content, said) -> None:
    path = tmp_path / name
    path.write_text(content)
    words = ["--images", str(seas), "--referring", str(path)]
    assert main(["eval", "segment", *words]) == 1
    assert said in capfd.readouterr().err


@pytest.mark.parametrize("both", [True, False])
def test_either_masks_or_phrases(seas, capfd, both) -> None:
    more = ["--masks", str(seas), "--referring", str(seas / "a.json")] if both else []
    assert main(["eval", "segment", "--images", str(seas), *more]) == 1
    assert "Say what is true" in capfd.readouterr().err


def test_masks_are_written_as_they_are_read(seas, tmp_path, capfd) -> None:
    out = tmp_path / "masks.json"
    words = ["segment", str(seas / "0.png"), "--preset", "landcover", "--closed"]
    assert main([*words, "--masks", str(out), "--refine"]) == 0
    (record,) = json.loads(out.read_text())
    assert record["image_path"] == "0.png" and f"wrote {out}" in capfd.readouterr().err
    masks = {one["category"]: decode_mask(one["mask"]) for one in record["instances"]}
    assert sum(mask.astype(int) for mask in masks.values()).max() == 1
    assert masks["water"][270:450, 510:].mean() > 0.9
    for one in record["instances"]:
        left, top, width, height = one["bbox"]
        part = masks[one["category"]][top : top + height, left : left + width]
        assert part.sum() == masks[one["category"]].sum()
        assert part[0].any() and part[-1].any() and part[:, 0].any()


@pytest.mark.parametrize(
    "option", ["--out", "--polygons", "--probabilities", "--masks", "--overlay"]
)
def test_files_that_cannot_be_written_are_told_first(seas, capfd, option) -> None:
    endings = {"--masks": "json", "--polygons": "geojson", "--overlay": "png"}
    path = f"{seas}/not/there/a.{endings.get(option, 'tif')}"
    words = ["segment", str(seas / "0.png"), "--preset", "landcover", option, path]
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert not out and "there is no folder" in " ".join(err.split())
