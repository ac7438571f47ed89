"""``rsrag eval retrieval``, ``zeroshot``, ``caption``, ``vqa`` and ``compare``."""

import io
import json
import tarfile

import numpy as np
import pytest
from known_places import COLOURS, textured
from PIL import Image

from rsrag.commands import main

SAID = {
    "sand": ["yellow desert", "dry sand dunes"],
    "snow": ["white snow", "ice and snow"],
    "sea": ["blue sea", "deep blue ocean"],
}


@pytest.fixture
def say(capfd):
    def call(*words):
        capfd.readouterr()
        code = main(["eval", *map(str, words)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="module")
def chips(tmp_path_factory):
    """``chips/CLASS/CLASS-N.png``, and the same as ``chips.tar``."""
    root = tmp_path_factory.mktemp("chips")
    with tarfile.open(root / "chips.tar", "w") as tar:
        for row, (word, colour) in enumerate(COLOURS.items()):
            folder = root / "chips" / word
            folder.mkdir(parents=True)
            for n in range(2):
                buffer = io.BytesIO()
                textured(colour, 10 * row + n).save(buffer, "PNG")
                (folder / f"{word}-{n}.png").write_bytes(buffer.getvalue())
                info = tarfile.TarInfo(f"./deep/{word}/{word}-{n}.png")
                info.size = len(buffer.getvalue())
                buffer.seek(0)
                tar.addfile(info, buffer)
    return root


@pytest.fixture
def captions(tmp_path):
    def call(names=None, name="captions.jsonl"):
        rows = [
            {"file": f"{word}-{n}.png", "label": word, "captions": SAID[word]}
            for word in SAID
            for n in range(2)
        ]
        if names is not None:
            rows = [row for row in rows if row["file"] in names] + [
                {"file": name, "label": "sea", "captions": ["x"]}
                for name in names
                if not any(row["file"] == name for row in rows)
            ]
        path = tmp_path / name
        path.write_text("\n".join(map(json.dumps, rows)))
        return path

    return call


def test_retrieval(say, chips, captions, tmp_path):
    out = tmp_path / "report"
    words = ["retrieval", "--images", chips / "chips.tar", "--captions", captions()]
    code, text, err = say(*words, "--json", "--out", out)
    assert code == 0, err
    report = json.loads(text)
    # Two pictures share each sentence, and mini tells sand, snow and sea apart.
    assert report["t2i"] == {"R@1": 50, "R@5": 100, "R@10": 100}
    assert report["i2t"]["R@5"] == 100
    assert report["images"], report["captions"] == (6, 12)
    assert report["duplicates"]["captions_of_several_images"] == 12
    assert report["duplicates"]["ceiling"]["t2i"]["R@1"] == 50
    assert report["complete"]
    assert len(report["settings"]["encoder"]["weights_sha256"]) == 64
    assert json.loads((out / "report.json").read_text()) == report
    page = (out / "report.md").read_text()
    assert "| text to image | 50.00 | 100.00 | 100.00 |" in page
    with Image.open(out / "retrieval.png") as plot:
        assert plot.width > 900
    code, text, _ = say(*words)
    assert code == 0
    assert "text to image  50.00" in text


def test_sources_and_files_of_all_forms_give_the_same(say, chips, captions, tmp_path):
    rows = [json.loads(line) for line in captions().read_text().splitlines()]
    table = tmp_path / "captions.csv"
    lines = [f"{row['file']},{text}\n" for row in rows for text in row["captions"]]
    table.write_text("filename,title\n" + "".join(lines))
    images = [
        {
            "filename": row["file"],
            "split": "test",
            "sentences": [{"raw": text} for text in row["captions"]],
        }
        for row in rows
    ]
    karpathy = tmp_path / "dataset.json"
    karpathy.write_text(json.dumps({"images": images}))
    reports = []
    for source, file in (
        ("chips", captions()),
        ("chips.tar", captions()),
        ("chips.tar", table),
        ("chips", karpathy),
    ):
        words = ["--images", chips / source, "--captions", file, "--json"]
        report = json.loads(say("retrieval", *words)[1])
        reports.append([report[key] for key in ("i2t", "t2i", "mR", "duplicates")])
    assert all(one == reports[0] for one in reports)


def test_what_does_not_go_together_is_listed(say, chips, captions, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("sand-0.png", "sea-0.png"):
        word = name.partition("-")[0]
        (folder / name).write_bytes((chips / "chips" / word / name).read_bytes())
    (folder / "snow-0.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (folder / "stranger.png").write_bytes((folder / "sea-0.png").read_bytes())
    file = captions(["sand-0.png", "sea-0.png", "snow-0.png", "gone.png"])
    words = ["retrieval", "--images", folder, "--captions", file]
    code, text, err = say(*words, "--json")
    assert code == 1
    assert "not all that was to be scored is here" in err
    report = json.loads(text)
    left = report["left_out"]
    assert left["captions_without_image"] == ["gone.png"]
    assert [one.rpartition("/")[2] for one in left["images_without_caption"]] == [
        "stranger.png"
    ]
    assert [one["source"].rpartition("/")[2] for one in left["broken_images"]] == [
        "snow-0.png"
    ]
    assert not report["complete"]
    assert report["images"] == 2
    assert "gone.png" in say(*words)[1]


def test_zeroshot_of_folders(say, chips):
    for source in ("chips", "chips.tar"):
        words = ["zeroshot", "--images", chips / source, "--transductive", "--debias"]
        code, text, err = say(*words, "--json")
        assert code == 0, err
        report = json.loads(text)
        for protocol in ("georsclip", "readable", "classify"):
            assert report[protocol]["top1"] == 100
            assert set(report[protocol]["per_class"]) == {"sand", "sea", "snow"}
        assert "georsclip_transductive" in report
        assert report["settings"]["text_features"] == "unit rows"


def test_zeroshot_by_a_file_of_labels(say, chips, captions, tmp_path):
    classes = tmp_path / "classes.txt"
    classes.write_text("sand\nsnow\nsea\nforest\n")
    words = ["zeroshot", "--images", chips / "chips.tar", "--labels", captions()]
    code, text, _ = say(*words, "--classes", classes)
    assert code == 0
    assert "Classes without a picture: forest." in text
    classes.write_text("sand\nsnow\n")
    code, _, err = say(*words, "--classes", classes)
    assert code == 1
    assert "1 labels are none of the 2 classes, such as 'sea'" in err


def test_zeroshot_of_vectors(say, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "v.npz"
    arrays = {
        "image_vectors": rng.normal(size=(60, 8)),
        "labels": np.arange(60) % 3,
        "class_names": np.array(["a", "b", "c"]),
    }
    np.savez(path, text_vectors=np.eye(3, 8), **arrays)
    code, text, _ = say("zeroshot", "--vectors", path, "--json")
    assert code == 0
    expected = (
        arrays["image_vectors"][:, :3].argmax(axis=1) == arrays["labels"]
    ).mean()
    assert json.loads(text)["zero_shot"]["top1"] == pytest.approx(
        100 * expected, abs=1e-4
    )
    np.savez(path, text_vectors=np.eye(3, 9), **arrays)
    code, out, err = say("zeroshot", "--vectors", path)
    assert (code, out) == (1, "")
    assert "8 wide" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["zeroshot"], "nothing to classify"),
        (["zeroshot", "--vectors", "x.npz", "--encoder", "mini"], "stands alone"),
        (["zeroshot", "--images", "nowhere"], "nowhere"),
        (["compare", "mini", "mini", "--images", "x"], "with itself"),
        (["compare", "mini", "--images", "x", "--split", "a"], "--captions FILE"),
        (["compare", "nobody", "--images", "x"], "no encoder 'nobody'"),
        (["caption", "nowhere.json"], "no file nowhere.json"),
    ],
)
def test_what_makes_no_sense(say, words, said):
    code, out, err = say(*words)
    assert (code, out) == (1, "")
    assert said in err


def test_compare(say, chips, captions):
    words = ["compare", "mini", "--images", chips / "chips.tar", "--resamples", 100]
    code, text, err = say(*words, "--captions", captions(), "--json")
    assert code == 0, err
    report = json.loads(text)
    own = report["encoders"]["mini"]["figures"]
    assert own["t2i R@1"]["value"] == 50
    assert own["t2i R@1"]["low"] <= 50 <= own["t2i R@1"]["high"]
    code, text, _ = say(*words)
    assert code == 0
    assert "100.00 [100.00, 100.00]" in text


def test_caption(say, captions, tmp_path):
    said = tmp_path / "said.jsonl"
    rows = [
        {"file": f"{word}-{n}.png", "prediction": SAID[word][0]}
        for word in SAID
        for n in range(2)
    ]
    said.write_text("\n".join(map(json.dumps, rows)))
    words = ["caption", said, "--references", captions(), "--meteor", "none"]
    code, text, err = say(*words, "--json", "--out", tmp_path / "out")
    assert code == 0, err
    report = json.loads(text)
    assert report["coco"]["bleu_2"] == report["rs-rag"]["bleu_2"] == 1
    assert report["constant"]["coco"]["bleu_1"] < 0.5
    assert (tmp_path / "out" / "captions.png").stat().st_size > 1000
    said.write_text("\n".join(map(json.dumps, rows[1:])))
    code, text, _ = say(*words)
    assert code == 1
    assert "references without prediction: sand-0.png" in text


def test_vqa(say, tmp_path):
    said = tmp_path / "said.jsonl"
    rows = [
        {"id": n, "type": "presence", "prediction": p, "answer": a}
        for n, (p, a) in enumerate([("yes", "Yes"), ("no", "yes"), ("no", "no")])
    ]
    said.write_text("\n".join(map(json.dumps, rows)))
    code, text, _ = say("vqa", said, "--meteor", "none")
    assert code == 0
    assert "presence       3     66.67     66.67     Yes" in text
    code, _, err = say("vqa", said, "--meteor", "perhaps")
    assert code == 1
    assert "with, without, auto or none" in err
