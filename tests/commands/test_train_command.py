"""``rsrag train``: an encoder that learns one's own words, from pictures and a file."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from rsrag.commands import main
from rsrag.encoders.encoder_registry import load_encoder

KINDS = ("zorp", "blim", "quux", "fendle")
"""Words that mean nothing to ``mini``: stripes across, stripes down, checks, a disc."""
FEW = ("--epochs", "6", "--patience", "6", "--batch-size", "16", "--threads", "1")


def pattern(number):
    """A picture of a kind, its colours and its size drawn."""
    rng = np.random.default_rng(number)
    across, down = np.mgrid[:64, :64]
    step = int(rng.integers(6, 12))
    masks = (
        (across // step) % 2,
        (down // step) % 2,
        (across // step + down // step) % 2,
        (across - 32) ** 2 + (down - 32) ** 2 < (2 * step) ** 2,
    )
    mask = np.asarray(masks[number % len(KINDS)], bool)[..., None]
    light, dark = rng.integers(150, 250, 3), rng.integers(0, 100, 3)
    pixels = np.where(mask, light, dark) + rng.integers(-20, 20, (64, 64, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """64 pictures in folders named after their kinds, and in a tar with captions."""
    root = tmp_path_factory.mktemp("patterns")
    lines = []
    with tarfile.open(root / "all.tar", "w") as tar:
        for number in range(64):
            kind = KINDS[number % len(KINDS)]
            path = root / "classes" / kind / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pattern(number).save(path)
            data = path.read_bytes()
            info = tarfile.TarInfo(f"{number}.png")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
            said = [f"This is a {kind}.", f"a field of {kind}"]
            lines.append(json.dumps({"file": f"{number}.png", "captions": said}))
    (root / "captions.jsonl").write_text("\n".join(lines))
    return root


@pytest.fixture
def call(capfd):
    """Run a command: exit code, stdout, stderr."""

    def run(*words):
        capfd.readouterr()
        code = main([str(word) for word in words])
        return code, *capfd.readouterr()

    return run


@pytest.fixture(scope="module")
def learnt(folder, tmp_path_factory):
    """An adapter of classes, and what was said of it."""
    out = tmp_path_factory.mktemp("learnt") / "kinds.safetensors"
    report = out.with_suffix(".json")
    words = ["train", "mini", "--images", folder / "classes", "--out", out, *FEW]
    with report.open("w") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", file)
        assert main([str(word) for word in (*words, "--json")]) == 0
    return out, json.loads(report.read_text())


def test_classes_are_learnt(learnt, folder):
    out, told = learnt
    assert told["measure"] == "accuracy" and told["pictures"] == 64
    assert told["before"] < 60 and told["after"] > 85
    losses = [one["loss"] for one in told["epochs"][1:]]
    assert losses[-1] < 0.5 * losses[0]
    assert out.stat().st_size == told["size_bytes"] < 500_000
    assert not out.with_name(out.name + ".partial").exists()
    # New pictures, which were in neither part.
    encoder, base = load_encoder(str(out)), load_encoder("mini")
    pictures = [np.asarray(pattern(number)) for number in range(100, 140)]
    truth = np.arange(40) % len(KINDS)
    texts = [f"a satellite image of a {kind}" for kind in KINDS]
    right = [
        ((one.encode_images(pictures) @ one.encode_texts(texts).T).argmax(1) == truth)
        for one in (base, encoder)
    ]
    assert right[0].mean() < 0.6 and right[1].mean() > 0.85


def test_captions_of_an_archive_are_learnt(folder, tmp_path, call):
    out = tmp_path / "said.safetensors"
    words = ["train", "--images", folder / "all.tar", "--out", out, *FEW]
    code, told, err = call(*words, "--captions", folder / "captions.jsonl")
    assert code == 0, err
    assert told.startswith(f"{out}\n64 pictures, 8 texts; on those held aside mR ")
    assert f"rsrag index build SOURCE --name NAME --encoder {out}" in told


def test_an_index_knows_its_adapter(learnt, folder, tmp_path, call):
    out, _ = learnt
    place = ("--indexes", tmp_path)
    build = ["index", "build", folder / "classes", "--name", "kinds", *place]
    code, _, err = call(*build, "--encoder", out)
    assert code == 0, err
    code, told, err = call("search", "a zorp", "--index", "kinds", "--json", *place)
    assert code == 0, err
    hits = json.loads(told)
    hits = hits["hits"] if isinstance(hits, dict) else hits
    assert sum("/zorp/" in hit["source"] for hit in hits) >= 9
    code, told, _ = call("index", "list", "--json", *place)
    assert "mini+kinds" in told
    code, _, err = call("search", "a zorp", *place, "--encoder", "mini")
    assert code == 1
    assert "are of mini+kinds (dim 256), this encoder is mini (dim 256)" in err
    lost = tmp_path / "lost.safetensors"
    code, _, err = call("search", "a zorp", *place, "--encoder", lost)
    assert code == 1 and f"There is no adapter at {lost}" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--out", "a.pt"], 2, "its name must end with .safetensors"),
        (["--held-out", "0.9"], 2, "--held-out is 0.9: it takes 0.05 to 0.5"),
        (["--split", "train"], 2, "--split is of a file of captions"),
        (["--epochs", "0"], 2, "0 is not in the range"),
        (["--rank", "0"], 2, "0 is not in the range"),
        (["--learning-rate", "nan"], 2, "nan is no finite number"),
        (["--learning-rate", "0"], 2, "--learning-rate is 0.0: it must be more than 0"),
        (["--captions", "c", "--labels", "d"], 2, "not both at once"),
        (["--labels", "{folder}/wrong.csv"], 1, "labelled 'blim', and 'zorp' before"),
        (["--captions", "{folder}/none.jsonl"], 1, "there is no caption to learn from"),
        (["--captions", "{folder}/one.jsonl"], 1, "1 picture is too few to learn from"),
        (["--labels", "{folder}/one.csv"], 1, "All pictures are of the class 'zorp'"),
    ],
)
def test_what_teaches_nothing(folder, tmp_path, call, words, code, said):
    (folder / "wrong.csv").write_text("filename,label\n0.png,zorp\n0.png,blim\n")
    (folder / "none.jsonl").write_text('{"file": "0.png", "captions": [" "]}')
    (folder / "one.jsonl").write_text('{"file": "0.png", "captions": ["a zorp"]}')
    (folder / "one.csv").write_text(
        "filename,label\n" + "".join(f"{n}.png,zorp\n" for n in range(0, 64, 4))
    )
    words = [word.format(folder=folder) for word in words]
    given = ["train", "--images", folder / "all.tar"]
    out = [] if "--out" in words else ["--out", tmp_path / "a.safetensors"]
    found = call(*given, *out, *words)
    assert (found[0], found[1]) == (code, "")
    assert said in found[2]
    assert not list(tmp_path.glob("a.*"))


def test_nothing_gained_is_said(folder, tmp_path, call):
    out = tmp_path / "a.safetensors"
    words = ["train", "--images", folder / "classes", "--out", out, "--threads", "1"]
    few = ("--epochs", "1", "--learning-rate", "1e-30")
    code, _, err = call(*words, *few)
    assert code == 1
    assert "Nothing was learnt that serves pictures held aside" in err
    assert not out.exists() and not list(tmp_path.glob("*.partial"))
