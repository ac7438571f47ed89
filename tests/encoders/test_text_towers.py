import dataclasses
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.text_towers import text_side
from rsrag.encoders.text_towers.clip_text import (
    ClipTextTower,
    text_shape,
    text_tensors,
)
from rsrag.encoders.text_towers.exported_towers import (
    export_tower,
    exported_towers,
    find_tower,
    open_tower,
    tower_folder,
    towers_folder,
)
from rsrag.errors import CheckpointError, EncoderError, ModelNotFoundError
from rsrag.packages import remembered_sha256
from rsrag.vectors import unit_rows

pytestmark = pytest.mark.usefixtures("own_caches")

TEXTS = [
    "a river",
    "Many planes are parked at an airport, near São Paulo's <b>docks</b>; 3.5 km²",
    "sand",
    "schÃ¶n 🛩️ &amp; more",
    "end <end_of_text> and more",
    "word " * 200,
]
CONFIGS = {
    "towers-gelu": {},
    "towers-quick": {"quick_gelu": True},
    "towers-wide": {"text_cfg": {"width": 96, "heads": 6, "layers": 3}},
    "towers-own-text": {"custom_text": True, "quick_gelu": True},
    "towers-flat": {"text_cfg": {"context_length": 77, "mlp_ratio": 3.7}},
}
FOREIGN = {
    "towers-last": {"pool_type": "last"},
    "towers-eos": {"pool_type": "eos", "eos_id": 49407},
    "towers-both-ways": {"no_causal_mask": True},
    "towers-eps": {"norm_kwargs": {"eps": 1e-3}},
    "towers-tanh": {"act_kwargs": {"approximate": "tanh"}},
    "towers-clean": {"tokenizer_kwargs": {"clean": "whitespace"}},
    "towers-scaled": {"ls_init_value": 0.5},
    "towers-bias": {"proj_bias": True},
    "towers-siglip": {},
}


@pytest.fixture(scope="session")
def models(tiny_clip, tmp_path_factory):
    """Builds a model of those names and a checkpoint of it."""
    import open_clip
    from tiny_clip import TEXT, VISION

    folder = tmp_path_factory.mktemp("towers")
    foreign = {name: {"text_cfg": extra} for name, extra in FOREIGN.items()}
    for name, extra in (CONFIGS | foreign).items():
        config = {"embed_dim": 24, "vision_cfg": VISION, **extra}
        config["text_cfg"] = {**TEXT, **extra.get("text_cfg", {})}
        (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)

    def build(name, seed=0):
        torch.manual_seed(seed)
        model = open_clip.create_model(name).eval()
        tower = getattr(model, "text", model)
        # With default weights activations are lines, and attention is a mean.
        with torch.no_grad():
            for block in tower.transformer.resblocks:
                block.mlp.c_fc.weight.mul_(4)
                block.attn.in_proj_weight.mul_(3)
                for norm in (block.ln_1, block.ln_2, tower.ln_final):
                    norm.weight.add_(torch.randn_like(norm.weight) / 5)
                    norm.bias.add_(torch.randn_like(norm.bias) / 5)
        path = folder / f"{name}-{seed}.safetensors"
        if not path.exists():
            save_file(model.state_dict(), path)
        return model, path

    return build


def expected(model, name, texts=TEXTS):
    import open_clip

    with torch.inference_mode():
        return model.encode_text(open_clip.get_tokenizer(name)(texts)).numpy()


def cosines(left, right):
    return (unit_rows(left) * unit_rows(right)).sum(axis=1)


def encoder(name, path, **settings):
    return OpenClipEncoder(name, path, id="t", precision="fp32", **settings)


def exported(name, path, model, **settings):
    sample = {"texts": TEXTS, "rows": expected(model, name), "tolerance": 1e-5}
    return export_tower(name, path, remembered_sha256(path), **sample, **settings)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_tower_gives_the_vectors_of_open_clip(models, name):
    model, path = models(name)
    status, gap = exported(name, path, model)
    tower = find_tower(name, remembered_sha256(path))
    rows = expected(model, name)
    np.testing.assert_allclose(tower.encode(TEXTS), rows, atol=2e-5)
    assert gap < 1e-6
    assert status.storage == "fp32"
    assert status.size_bytes > 49_408 * tower.shape.width * 4
    assert exported_towers() == [status]


def test_the_activations_are_not_the_same(models):
    """Else the equality above would not tell them apart."""
    gelu, path = models("towers-gelu")
    exported("towers-gelu", path, gelu)
    with pytest.raises(CheckpointError, match="other vectors"):
        exported("towers-quick", path, gelu)
    tower = find_tower("towers-gelu", remembered_sha256(path))
    quick = dataclasses.replace(tower.shape, activation="quick_gelu")
    assert find_tower("towers-quick", remembered_sha256(path)) is None
    folder = tower_folder("towers-gelu", remembered_sha256(path))
    other = open_tower(folder, quick)
    assert cosines(other.encode(TEXTS), tower.encode(TEXTS)).min() < 1 - 1e-5


def test_half_the_space_costs_little(models):
    model, path = models("towers-wide")
    full, _ = exported("towers-wide", path, model)
    rows = find_tower("towers-wide", full.checkpoint_sha256).encode(TEXTS)
    half, gap = exported("towers-wide", path, model, storage="fp16")
    assert half.folder == full.folder and half.storage == "fp16"
    assert half.size_bytes < 0.55 * full.size_bytes
    again = find_tower("towers-wide", full.checkpoint_sha256).encode(TEXTS)
    assert gap < 1e-5 and cosines(rows, again).min() > 1 - 1e-5
    assert not np.array_equal(rows, again)


def test_weights_in_half_precision_are_kept_so(models, tmp_path):
    model, path = models("towers-quick")
    small = tmp_path / "half.safetensors"
    save_file({k: v.half() for k, v in load_file(path).items()}, small)
    status, _ = exported("towers-quick", small, model)
    file = load_file(f"{status.folder}/tower.safetensors")
    assert {tensor.dtype for tensor in file.values()} == {torch.float16}


def test_one_text_and_many_get_the_same_vectors(models):
    model, path = models("towers-quick")
    exported("towers-quick", path, model)
    tower = find_tower("towers-quick", remembered_sha256(path))
    many = [f"{text} {number}" for number in range(150) for text in TEXTS]
    rows = tower.encode(many)
    alone = np.concatenate([tower.encode([text]) for text in many[::37]])
    np.testing.assert_allclose(rows[::37], alone, atol=2e-5)


@pytest.mark.parametrize("name", FOREIGN)
def test_other_text_sides_stay_with_open_clip(models, name):
    if name == "towers-siglip":  # its tokenizer would be downloaded
        assert text_shape(name) is None
        return
    model, path = models(name)
    assert text_shape(name) is None
    one = encoder(name, path)
    wanted = expected(model, name)
    np.testing.assert_allclose(one.text_features(TEXTS), wanted, atol=2e-5)
    assert exported_towers() == []
    with pytest.raises(EncoderError, match="only open_clip"):
        exported(name, path, model)


def test_which_of_open_clips_architectures_are_plain():
    plain = ["ViT-B-32-quickgelu", "ViT-L-14-quickgelu", "ViT-H-14", "RN50-quickgelu"]
    other = ["ViT-B-16-SigLIP", "coca_ViT-B-32", "xlm-roberta-base-ViT-B-32"]
    other += ["ViT-B-16-SigLIP2", "roberta-ViT-B-32", "ViT-H-14-CLIPA"]
    assert all(text_shape(name) for name in plain)
    assert not any(text_shape(name) for name in other)
    large = text_shape("ViT-H-14")
    assert (large.width, large.heads, large.layers, large.dim) == (1024, 16, 24, 1024)
    assert large.activation == "gelu" and large.inner == 4096


def test_the_first_text_exports_and_the_next_encoder_uses_it(models, monkeypatch):
    _, path = models("towers-quick")
    first = encoder("towers-quick", path)
    rows = first.text_features(TEXTS)
    assert [t.architecture for t in exported_towers()] == ["towers-quick"]

    def refuse(*_, **__):
        raise AssertionError("the model was loaded")

    monkeypatch.setattr("rsrag.encoders.clip.clip_model.ClipModel.__init__", refuse)
    second = encoder("towers-quick", path)
    np.testing.assert_allclose(second.text_features(TEXTS), rows, atol=2e-5)
    assert cosines(second.encode_texts(TEXTS), rows).min() > 1 - 1e-6
    assert second.count_tokens(TEXTS) == first.count_tokens(TEXTS)
    assert second.identity == first.identity
    assert second.encode_texts([]).shape == (0, 24)
    with pytest.raises(EncoderError, match="Text 1 is blank"):
        second.encode_texts(["a", " \n"])
    with pytest.raises(AssertionError, match="was loaded"):
        encoder("towers-quick", path, device="cuda").encode_texts(["a"])
    with pytest.raises(AssertionError, match="was loaded"):
        encoder("towers-gelu", path).encode_texts(["a"])


def test_threads_share_a_tower_and_export_it_once(models, monkeypatch):
    _, path = models("towers-quick")
    calls = []
    monkeypatch.setattr(
        text_side,
        "export_tower",
        lambda *args, **more: calls.append(1) or export_tower(*args, **more),
    )
    one, rows = encoder("towers-quick", path), [None] * 4

    def work(number):
        rows[number] = one.encode_texts(TEXTS)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    for row in rows[1:]:
        np.testing.assert_allclose(row, rows[0], atol=2e-5)


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x55
    file.write_bytes(content)
    os.utime(file, ns=(0, 1))


def says(file, **what):
    file.write_text(json.dumps(json.loads(file.read_text()) | what))


DAMAGE = {
    "cut tower": lambda folder: cut(folder / "tower.safetensors"),
    "flipped tower": lambda folder: flip(folder / "tower.safetensors"),
    "no tower": lambda folder: (folder / "tower.safetensors").unlink(),
    "cut vocabulary": lambda folder: cut(folder / "merges.txt"),
    "no description": lambda folder: (folder / "tower.json").unlink(),
    "no json": lambda folder: (folder / "tower.json").write_bytes(b"\xff{"),
    "a list": lambda folder: (folder / "tower.json").write_text("[]"),
    "another checkpoint": lambda f: says(f / "tower.json", checkpoint_sha256="0"),
    "another architecture": lambda f: says(f / "tower.json", architecture="tiny"),
    "another format": lambda f: says(f / "tower.json", format=2),
    "another shape": lambda f: says(f / "tower.json", shape={"heads": 4}),
    "no digests": lambda f: says(f / "tower.json", files={}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_tower_is_refused_and_made_anew(models, damage, caplog):
    model, path = models("towers-quick")
    exported("towers-quick", path, model)
    sha256 = remembered_sha256(path)
    DAMAGE[damage](tower_folder("towers-quick", sha256))
    with pytest.raises(CheckpointError):
        find_tower("towers-quick", sha256)
    rows = encoder("towers-quick", path).text_features(TEXTS)
    np.testing.assert_allclose(rows, expected(model, "towers-quick"), atol=2e-5)
    assert "made anew" in caplog.text
    again = find_tower("towers-quick", sha256)
    np.testing.assert_allclose(again.encode(TEXTS), rows, atol=2e-5)


def test_another_checkpoint_has_another_tower(models):
    _, path = models("towers-quick")
    _, other = models("towers-quick", seed=1)
    first, second = (
        encoder("towers-quick", p).encode_texts(TEXTS) for p in (path, other)
    )
    assert len(exported_towers()) == 2
    assert cosines(first, second).max() < 0.9
    again = encoder("towers-quick", other).encode_texts(TEXTS)
    np.testing.assert_allclose(again, second, atol=2e-5)


def test_a_folder_that_cannot_be_written_is_no_error(models):
    model, path = models("towers-quick")
    towers_folder().parent.mkdir(parents=True)
    towers_folder().write_text("a file where the folder should be")
    rows = encoder("towers-quick", path).text_features(TEXTS)
    np.testing.assert_allclose(rows, expected(model, "towers-quick"), atol=2e-5)
    assert towers_folder().is_file()
    with pytest.raises(EncoderError, match="cannot be written"):
        exported("towers-quick", path, model)


def test_a_full_disk_is_left_alone(models, monkeypatch):
    _, path = models("towers-quick")
    usage = lambda _: type("Usage", (), {"free": 7_000_000})  # noqa: E731
    monkeypatch.setattr(text_side.shutil, "disk_usage", usage)
    assert encoder("towers-quick", path).encode_texts(TEXTS).shape == (len(TEXTS), 24)
    assert exported_towers() == []


def test_nothing_is_left_of_an_export_that_failed(models, tmp_path, monkeypatch):
    model, path = models("towers-quick")
    wrong = np.roll(expected(model, "towers-quick"), 1, axis=0)
    given = ("towers-quick", path, remembered_sha256(path))
    with pytest.raises(CheckpointError, match="other vectors"):
        export_tower(*given, texts=TEXTS, rows=wrong, tolerance=1e-3)
    less = load_file(path)
    del less["ln_final.bias"]
    short = tmp_path / "short.safetensors"
    save_file(less, short)
    with pytest.raises(CheckpointError, match=r"ln_final\.bias is missing"):
        exported("towers-quick", short, model)
    assert not [p for p in towers_folder().rglob("*") if p.is_file()]
    # In passing, no error: the texts are embedded all the same.
    monkeypatch.setitem(text_side.TOLERANCES, "fp32", -1)
    assert encoder("towers-quick", path).encode_texts(TEXTS).shape == (len(TEXTS), 24)
    assert not [p for p in towers_folder().rglob("*") if p.is_file()]
    with pytest.raises(ModelNotFoundError):
        text_shape("towers-nought")


def test_random_weights_are_not_exported(models):
    OpenClipEncoder.random_weights("tiny").encode_texts(TEXTS)
    assert exported_towers() == []


def test_a_query_in_a_new_process_imports_no_torch(models, tmp_path):
    model, path = models("towers-quick")
    exported("towers-quick", path, model)
    configs = tmp_path / "configs"
    configs.mkdir()
    source = path.parent / "towers-quick.json"
    (configs / source.name).write_text(source.read_text())
    code = f"""
import sys
from pathlib import Path
from rsrag.encoders.clip import architectures
architectures._folder = lambda: Path({str(configs)!r})
from rsrag.encoders.encoder_registry import load_encoder
encoder = load_encoder("open_clip:towers-quick", checkpoint=Path({str(path)!r}))
encoder.identity, encoder.max_tokens, encoder.count_tokens(["a river"])
rows = encoder.encode_texts({TEXTS!r})
print([n for n in ("torch", "open_clip", "transformers", "PIL") if n in sys.modules])
print(float((rows ** 2).sum()))
"""
    # What open_clip says of its weights is asked once, with torch, and remembered.
    assert encoder("towers-quick", path, transform="model").identity
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert lines[:1] == ["[]"], done.stdout + done.stderr
    assert float(lines[1]) == pytest.approx(len(TEXTS), abs=1e-4)


def test_every_tensor_is_asked_for(models):
    """No more in the file than the tower takes, no less."""
    model, path = models("towers-quick")
    status, _ = exported("towers-quick", path, model)
    held = load_file(f"{status.folder}/tower.safetensors")
    shape = text_shape("towers-quick")
    assert {k: tuple(v.shape) for k, v in held.items()} == text_tensors(shape)
    from rsrag.encoders.text_towers.clip_tokenizer import (
        ClipTokenizer,
        TensorFile,
        open_clip_merges,
    )

    tokenizer = ClipTokenizer(open_clip_merges(), shape.context)
    for name in held:
        less = {k: v.numpy() for k, v in held.items() if k != name}
        with pytest.raises(CheckpointError, match=name):
            ClipTextTower(shape, TensorFile(path, less, {}), tokenizer)
