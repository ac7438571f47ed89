import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image
from tiny_clip import TEXT, VISION

from rsrag.commands import main
from rsrag.encoders.clip import onnx_towers, openclip
from rsrag.encoders.clip.clip_model import tokenizer_of
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.models import model_cache
from rsrag.encoders.models.model_cache import ModelStatus
from rsrag.encoders.text_towers.exported_towers import (
    exported_towers,
    find_tower,
    towers_folder,
)
from rsrag.packages import remembered_sha256

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture
def of_tiny(tiny_checkpoint):
    return ["--checkpoint", str(tiny_checkpoint), "--architecture", "tiny-quickgelu"]


def test_export_writes_a_tower_and_says_how_good_it_is(of_tiny, capsys):
    assert main(["models", "export", *of_tiny]) == 0
    folder, line = capsys.readouterr().out.splitlines()
    assert Path(folder, "tower.json").is_file()
    assert line.startswith("tiny-quickgelu, fp32, 7 MB")
    assert line.endswith("cosine of at least 1.0000000 with the model's")


def test_export_in_half_the_space_to_another_folder(
    of_tiny, tiny_checkpoint, tmp_path, capsys
):
    out = tmp_path / "elsewhere"
    arguments = ["models", "export", *of_tiny, "--half", "--out", str(out), "--json"]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["storage"] == "fp16" and 0 <= said["gap"] < 1e-5
    assert said["checkpoint"] == str(tiny_checkpoint)
    assert exported_towers() == []
    assert not towers_folder().exists()
    sha256 = remembered_sha256(tiny_checkpoint)
    assert find_tower("tiny-quickgelu", sha256, out)
    out.rename(towers_folder())
    assert find_tower("tiny-quickgelu", sha256)


def test_list_shows_what_is_exported(of_tiny, tiny_checkpoint, monkeypatch, capsys):
    main(["models", "list"])
    assert "Text towers of other checkpoints" not in capsys.readouterr().out
    main(["models", "export", *of_tiny])
    capsys.readouterr()
    main(["models", "list"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Text towers of other checkpoints:",
        f"tiny-quickgelu  fp32  7 MB  {tiny_checkpoint}",
    ]
    status = ModelStatus(
        "named", "downloaded", "tiny-quickgelu", 24, "", "", str(tiny_checkpoint)
    )
    monkeypatch.setattr(model_cache, "models_status", lambda: [status])
    main(["models", "list"])
    out = capsys.readouterr().out
    words = out.splitlines()[1].split()
    assert words[:2] == ["named", "downloaded"] and words[-4] == "fp32"
    assert "other checkpoints" not in out
    main(["models", "list", "--json"])
    entry = json.loads(capsys.readouterr().out)[0]
    assert entry["text_tower"] == exported_towers()[0].folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Which encoder"),
        (["--architecture", "ViT-B-32"], "Which encoder"),
        (["mini"], "without torch as it is"),
        (["georsclip-vit-b-32"], "not on this machine"),
        (["georsclip"], "no encoder"),
        (["open_clip:ViT-B-32"], "needs a file"),
        (["--checkpoint", "none.pt", "--architecture", "ViT-B-32"], "no checkpoint"),
        (["--checkpoint", "none.pt", "--architecture", "ViT-X"], "no architecture"),
    ],
)
def test_what_cannot_be_exported(arguments, words, capsys):
    assert main(["models", "export", *arguments]) != 0
    assert words in capsys.readouterr().err


def test_a_text_side_of_another_kind_is_told_before_any_loading(
    tmp_path, monkeypatch, capsys
):
    file = tmp_path / "siglip.safetensors"
    file.write_bytes(b"never read")
    monkeypatch.setattr(openclip.OpenClipEncoder, "_model", property(pytest.fail))
    name = "open_clip:ViT-B-16-SigLIP"
    assert main(["models", "export", name, "--checkpoint", str(file)]) != 0
    assert "only open_clip can run it" in capsys.readouterr().err


SEARCH = """
import sys
from pathlib import Path
from rsrag.encoders.clip import architectures
architectures._folder = lambda: Path(sys.argv[1])
from rsrag.commands import main
code = main(sys.argv[2:])
heavy = ("torch", "open_clip", "transformers", "huggingface_hub", "safetensors")
print([name for name in heavy if name in sys.modules], code)
"""


@pytest.mark.usefixtures("tiny_clip")
def test_a_cold_search_imports_no_torch(tiny_checkpoint, tmp_path, capsys):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(2):
        Image.new("RGB", (32, 32), (90 * number, 9, 9)).save(pictures / f"{number}.png")
    (tmp_path / "configs").mkdir()
    config = {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT}
    config["quick_gelu"] = True
    (tmp_path / "configs" / "tiny-quickgelu.json").write_text(json.dumps(config))
    here = ["--indexes", str(tmp_path / "indexes"), "--checkpoint", tiny_checkpoint]
    name = ["--encoder", "open_clip:tiny-quickgelu", "--name", "tiny"]
    assert main(["index", "build", str(pictures), *name, *map(str, here)]) == 0
    query = ["search", "a river", "--index", "tiny", "--json", *map(str, here)]
    capsys.readouterr()
    assert main(query) == 0
    with_torch = json.loads(capsys.readouterr().out)
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, str(tmp_path / "configs"), *query],
        capture_output=True,
        text=True,
        check=False,
    )
    *answer, last = done.stdout.splitlines()
    assert last == "[] 0", done.stdout + done.stderr
    without = json.loads("\n".join(answer))
    assert [hit["id"] for hit in without] == [hit["id"] for hit in with_torch]
    for one, other in zip(without, with_torch, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=5e-3)


def test_random_weights_are_refused():
    from rsrag.errors import EncoderError

    with pytest.raises(EncoderError, match="not worth"):
        OpenClipEncoder.random_weights("tiny").export_text_tower()


def test_both_towers_as_onnx(of_tiny, tiny_checkpoint, tmp_path, capsys):
    out = tmp_path / "towers"
    assert main(["models", "export", *of_tiny, "--onnx", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{out}\npicture.onnx and text.onnx, ")
    about = json.loads((out / "towers.json").read_text())
    assert about["weights_sha256"] == remembered_sha256(tiny_checkpoint)
    encoder = OpenClipEncoder(
        "tiny-quickgelu",
        tiny_checkpoint,
        id="t",
        transform="model",
        precision="fp32",
    )
    pixels = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3), np.uint8)
    picture, text = (
        ort.InferenceSession(str(out / f"{name}.onnx")) for name in ("picture", "text")
    )
    (vectors,) = picture.run(None, {"pixels": pixels})
    np.testing.assert_allclose(vectors, encoder.encode_prepared(pixels), atol=1e-4)
    texts = ["a river", "many planes at an airport", "sand, " * 40]
    ids = tokenizer_of("tiny-quickgelu")(texts).numpy()
    (vectors,) = text.run(None, {"ids": ids})
    np.testing.assert_allclose(vectors, encoder.encode_texts(texts), atol=1e-4)


@pytest.mark.parametrize("more", [[], ["--half", "--out", "towers"]])
def test_onnx_wants_a_folder(of_tiny, more, capsys):
    assert main(["models", "export", *of_tiny, "--onnx", *more]) == 2
    assert "into a folder that --out names" in capsys.readouterr().err


def test_a_tower_that_differs_is_not_written(of_tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(onnx_towers, "TOLERANCE", -1.0)
    out = tmp_path / "towers"
    assert main(["models", "export", *of_tiny, "--onnx", "--out", str(out)]) == 1
    assert "gives other vectors than open_clip" in capsys.readouterr().err
    assert not out.exists()
