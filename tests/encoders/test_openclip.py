import hashlib
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional as F

from rsrag.encoders.clip.clip_device import cpu_has_bfloat16
from rsrag.encoders.clip.clip_transform import ClipTransform, transform_for
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.clip.vision_tower import Bfloat16Tower, _block, is_plain
from rsrag.errors import CheckpointError, EncoderError, ModelNotFoundError

pytestmark = pytest.mark.usefixtures("own_caches")

TEXTS = ["a river", "many planes parked at an airport", "sand"]


def pictures(count, seed=0, side=None):
    rng = np.random.default_rng(seed)
    shapes = [(side or rng.integers(20, 90), side or rng.integers(20, 90), 3)] * count
    return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]


@pytest.fixture
def encoder(tiny_checkpoint):
    return OpenClipEncoder("tiny-quickgelu", tiny_checkpoint, id="t", precision="fp32")


def cosines(left, right):
    return (np.asarray(left) * np.asarray(right)).sum(axis=1)


def torchvision_square(image, side, mode="shortest", interpolation="bicubic"):
    """What open_clip's own preprocessing makes, before it becomes a tensor."""
    import open_clip

    steps = open_clip.image_transform(
        side, is_train=False, resize_mode=mode, interpolation=interpolation
    ).transforms
    picture = Image.fromarray(image)
    for step in steps[:-2]:
        picture = step(picture)
    return np.asarray(picture)


@settings(max_examples=40)
@given(
    height=st.integers(1, 120),
    width=st.integers(1, 120),
    side=st.sampled_from([32, 33, 48]),
    mode=st.sampled_from(["shortest", "longest", "squash"]),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
)
def test_prepared_pixels_are_torchvisions(height, width, side, mode, interpolation):
    if max(height, width) > 16 * min(height, width):
        height = width
    image = np.random.default_rng(height).integers(
        0, 256, (height, width, 3), dtype=np.uint8
    )
    transform = ClipTransform(side, resize_mode=mode, interpolation=interpolation)
    expected = torchvision_square(image, side, mode, interpolation)
    np.testing.assert_array_equal(transform.apply(image), expected)


def test_a_ribbon_is_cropped_before_it_is_resized():
    ribbon = np.zeros((1, 200_000, 3), np.uint8)
    ribbon[:, 100_000:] = 255
    square = ClipTransform(32).apply(ribbon)
    assert square.shape == (32, 32, 3)
    assert square[0, 0, 0] < 5 and square[0, -1, 0] > 250


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(EncoderError):
        ClipTransform(32).apply(image)


def test_embeddings_are_those_of_a_plain_loop(encoder, tiny_clip):
    import open_clip

    model = tiny_clip()
    images = pictures(5) + pictures(2, seed=1, side=32)
    preprocess = open_clip.image_transform(32, is_train=False)
    with torch.inference_mode():
        batch = torch.stack([preprocess(Image.fromarray(image)) for image in images])
        tokens = open_clip.tokenize(TEXTS, context_length=16)
        expected = F.normalize(model.encode_image(batch), dim=-1)
        expected_texts = F.normalize(model.encode_text(tokens), dim=-1)
    np.testing.assert_allclose(encoder.encode_images(images), expected, atol=2e-6)
    np.testing.assert_allclose(
        encoder.encode_texts(TEXTS), expected_texts.numpy(), atol=2e-6
    )


def test_quick_gelu_is_what_the_name_says(tiny_clip, tiny_checkpoint):
    """The trap: the same file fits both, and gives other vectors without a word."""
    x = torch.linspace(-4, 4, 33)
    quick = tiny_clip().visual.transformer.resblocks[0].mlp.gelu
    exact = tiny_clip("tiny").visual.transformer.resblocks[0].mlp.gelu
    assert torch.allclose(quick(x), x / (1 + torch.exp(-1.702 * x)), atol=1e-6)
    by_hand = x * 0.5 * (1 + torch.erf(x / 2**0.5))
    assert torch.allclose(exact(x), by_hand, atol=1e-6)
    one, other = (
        OpenClipEncoder(name, tiny_checkpoint, id="t", precision="fp32")
        for name in ("tiny-quickgelu", "tiny")
    )
    images = pictures(6)
    gap = np.abs(one.encode_images(images) - other.encode_images(images)).max()
    assert gap > 1e-3
    assert one.identity.preprocessing != other.identity.preprocessing


@pytest.mark.parametrize("name", ["tiny", "tiny-quickgelu"])
def test_the_bfloat16_tower_has_the_activation_of_its_model(tiny_clip, name):
    block = tiny_clip(name).visual.transformer.resblocks[0]
    with torch.inference_mode():
        for layer in (block.mlp.c_fc, block.mlp.c_proj):
            layer.weight.copy_(torch.eye(*layer.weight.shape))
            layer.bias.zero_()
        x = torch.linspace(-4, 4, 64)
        fast = _block(block)
        y = fast.contract(fast.expand(x.bfloat16()[None]))[0].float()
    quick, exact = x / (1 + torch.exp(-1.702 * x)), F.gelu(x)
    right, wrong = (quick, exact) if "quick" in name else (exact, quick)
    assert (y - right).abs().max() < 0.03  # bfloat16 holds 1 part in 256
    # At -2 the two are -0.064 and -0.046.
    there = (x + 2).abs().argmin()
    assert (y - right)[there].abs() < 0.002 < (y - wrong)[there].abs()


@pytest.mark.parametrize("name", ["tiny", "tiny-quickgelu"])
def test_the_bfloat16_tower_computes_what_open_clip_does(tiny_clip, name):
    visual = tiny_clip(name).visual
    assert is_plain(visual)
    transform = ClipTransform(32)
    batch = np.stack([transform.apply(image) for image in pictures(9)])
    tower = Bfloat16Tower(visual, transform.mean, transform.std)
    mean, std = (
        torch.tensor(v).view(1, 3, 1, 1) for v in (transform.mean, transform.std)
    )
    planes = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
    planes = (planes - mean) / std
    with torch.inference_mode():
        expected = F.normalize(visual(planes), dim=-1)
        rows = F.normalize(tower(torch.from_numpy(batch)), dim=-1)
        plain = visual.bfloat16()(planes.bfloat16()).float()
    error = 1 - cosines(rows, expected)
    assert error.max() < 5e-4
    # No less exact than open_clip's own tower in bfloat16.
    assert (
        error.mean() < 1.5 * (1 - cosines(F.normalize(plain, dim=-1), expected)).mean()
    )


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_row_does_not_depend_on_the_rest_of_the_batch(tiny_checkpoint, precision):
    encoder = OpenClipEncoder(
        "tiny-quickgelu", tiny_checkpoint, id="t", precision=precision
    )
    images = pictures(70, side=40)
    together = encoder.encode_images(images)
    alone = np.concatenate([encoder.encode_images([image]) for image in images[:5]])
    tolerance = 1e-5 if precision == "fp32" else 5e-3
    np.testing.assert_allclose(alone, together[:5], atol=tolerance)
    reverse = encoder.encode_images(images[::-1])[::-1]
    np.testing.assert_allclose(reverse, together, atol=tolerance)
    texts = encoder.encode_texts([*TEXTS, "x " * 40])[:3]
    np.testing.assert_allclose(texts, encoder.encode_texts(TEXTS), atol=tolerance)


def test_rows_are_unit_float32_and_an_empty_batch_is_fine(encoder):
    rows = encoder.encode_images(pictures(3))
    assert rows.dtype == np.float32 and rows.shape == (3, 24)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert encoder.encode_images([]).shape == (0, 24)
    assert encoder.encode_texts([]).shape == (0, 24)
    assert encoder.encode_prepared(np.empty((0, 32, 32, 3), np.uint8)).shape == (0, 24)


@pytest.mark.parametrize("shape", [(1, 31, 32, 3), (32, 32, 3), (1, 32, 32, 4)])
def test_a_batch_of_another_shape_is_refused(encoder, shape):
    with pytest.raises(EncoderError, match="Prepared pictures"):
        encoder.encode_prepared(np.zeros(shape, np.uint8))


def test_a_read_only_and_strided_batch_is_fine(encoder):
    batch = np.stack([encoder.prepare_image(image) for image in pictures(4)])
    expected = encoder.encode_prepared(batch)[::2]
    view = batch[::2]
    view.setflags(write=False)
    np.testing.assert_allclose(encoder.encode_prepared(view), expected, atol=1e-6)


def test_blank_texts_are_refused_and_long_ones_counted(encoder):
    with pytest.raises(EncoderError, match="Text 1 is blank"):
        encoder.encode_texts(["a", " \n"])
    assert encoder.max_tokens == 16
    assert encoder.count_tokens(["a river", "river " * 20]) == [4, 22]
    long = encoder.encode_texts(["river " * 20, "river " * 30])
    np.testing.assert_allclose(long[0], long[1], atol=1e-6)


def test_safetensors_and_pt_give_equal_vectors(encoder, tiny_checkpoint, tmp_path):
    weights = torch.load(tiny_checkpoint, weights_only=True)
    save_file(weights, tmp_path / "w.safetensors")
    other = OpenClipEncoder(
        "tiny-quickgelu", tmp_path / "w.safetensors", id="t", precision="fp32"
    )
    images = pictures(2)
    assert np.array_equal(encoder.encode_images(images), other.encode_images(images))
    assert encoder.identity.weights_sha256 != other.identity.weights_sha256


def test_half_precision_weights_are_read(tiny_checkpoint, encoder, tmp_path):
    weights = torch.load(tiny_checkpoint, weights_only=True)
    torch.save({k: v.half() for k, v in weights.items()}, tmp_path / "w.pt")
    half = OpenClipEncoder(
        "tiny-quickgelu", tmp_path / "w.pt", id="t", precision="fp32"
    )
    images = pictures(2)
    same = cosines(half.encode_images(images), encoder.encode_images(images))
    assert same.min() > 0.9999


def test_another_architectures_file_is_an_error_not_a_base_model(tiny_checkpoint):
    encoder = OpenClipEncoder("tiny-wide", tiny_checkpoint, id="t")
    with pytest.raises(CheckpointError, match=r"as tiny-wide.*wrong shape"):
        encoder.encode_texts(["a"])


def test_a_file_without_one_tower_is_an_error(tiny_checkpoint, tmp_path):
    weights = torch.load(tiny_checkpoint, weights_only=True)
    images_only = {k: v for k, v in weights.items() if k.startswith("visual.")}
    torch.save(images_only, tmp_path / "w.pt")
    with pytest.raises(CheckpointError, match="missing: "):
        OpenClipEncoder("tiny", tmp_path / "w.pt", id="t").encode_images(pictures(1))


def test_embeddings_that_are_not_finite_are_an_error(tiny_checkpoint, tmp_path):
    weights = torch.load(tiny_checkpoint, weights_only=True)
    weights["visual.proj"][0, 0] = float("nan")
    torch.save(weights, tmp_path / "w.pt")
    encoder = OpenClipEncoder("tiny", tmp_path / "w.pt", id="t", precision="fp32")
    with pytest.raises(EncoderError, match="not finite"):
        encoder.encode_images(pictures(1))


def test_wrong_settings_are_named(tiny_checkpoint, tmp_path):
    with pytest.raises(EncoderError, match="no precision 'int4'"):
        OpenClipEncoder("tiny", tiny_checkpoint, id="t", precision="int4")
    with pytest.raises(EncoderError, match="no device 'abacus'"):
        OpenClipEncoder("tiny", tiny_checkpoint, id="t", device="abacus").encode_texts(
            "a"
        )
    with pytest.raises(CheckpointError, match=r"none\.pt"):
        _ = OpenClipEncoder("tiny", tmp_path / "none.pt", id="t").identity
    with pytest.raises(ModelNotFoundError, match="tiny-thin"):
        _ = OpenClipEncoder("tiny-thin", tiny_checkpoint, id="t").identity
    with pytest.raises(EncoderError, match="no square"):
        _ = OpenClipEncoder("tiny-oblong", tiny_checkpoint, id="t").identity


def test_random_weights_say_so_and_follow_the_seed(tiny_clip):
    images = pictures(2)
    one, same, other = (
        OpenClipEncoder.random_weights("tiny", seed, precision="fp32")
        for seed in (1, 1, 2)
    )
    assert one.identity.id == "random-tiny"
    assert one.identity == same.identity
    assert one.identity.weights_sha256 != other.identity.weights_sha256
    assert np.array_equal(one.encode_images(images), same.encode_images(images))
    assert cosines(one.encode_images(images), other.encode_images(images)).max() < 0.99


def test_identity_names_every_step_and_reads_no_weights(tiny_clip, tmp_path):
    (tmp_path / "w.pt").write_bytes(b"not weights at all")
    identity = OpenClipEncoder("tiny-quickgelu", tmp_path / "w.pt", id="mine").identity
    assert identity.id == "mine" and identity.dim == 24
    digest = hashlib.sha256(b"not weights at all").hexdigest()
    assert identity.weights_sha256 == digest
    assert identity.preprocessing == (
        "bicubic shorter side to 32, centre crop, mean 0.4815 0.4578 0.4082, "
        "std 0.2686 0.2613 0.2758; tiny-quickgelu"
    )


def test_neither_making_nor_identifying_imports_torch(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"weights")
    code = (
        "import sys; from pathlib import Path;"
        "from rsrag.encoders.clip.openclip import OpenClipEncoder;"
        "weights = Path(sys.argv[1]);"
        "e = OpenClipEncoder('ViT-B-32-quickgelu', weights, id='x');"
        "assert e.identity.dim == 512 and e.max_tokens == 77;"
        "assert not {'torch', 'open_clip', 'torchvision'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "w.pt")]
    subprocess.run(command, check=True, timeout=60)


def test_many_threads_load_one_model(tiny_checkpoint, monkeypatch):
    import rsrag.encoders.clip.clip_model as room

    built = []
    real = room.ClipModel

    class Counted(real):
        def __init__(self, *args, **kwargs):
            built.append(1)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(room, "ClipModel", Counted)
    encoder = OpenClipEncoder("tiny", tiny_checkpoint, id="t")
    threads = [
        threading.Thread(target=encoder.encode_texts, args=(TEXTS,)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_loading_leaves_the_root_logger_alone(tiny_checkpoint):
    import logging

    before = list(logging.getLogger().handlers), list(logging.getLogger().filters)
    OpenClipEncoder("tiny", tiny_checkpoint, id="t").encode_texts(["a"])
    assert (logging.getLogger().handlers, logging.getLogger().filters) == before


def test_siglip_is_squashed_and_clip_is_cropped():
    siglip = transform_for("ViT-B-16-SigLIP", "model")
    assert (siglip.resize_mode, siglip.mean, siglip.side) == ("squash", (0.5,) * 3, 224)
    assert transform_for("ViT-B-32", "model") == ClipTransform(224)
    assert transform_for("ViT-H-14", "model") == ClipTransform(224)
    assert transform_for("ViT-B-16-SigLIP", "openai") == ClipTransform(224)


def test_auto_precision_follows_the_processor(tiny_checkpoint):
    if torch.cuda.is_available():
        pytest.skip("auto takes the GPU here")
    encoder = OpenClipEncoder("tiny", tiny_checkpoint, id="t")
    encoder.encode_texts(["a"])
    assert encoder._model.precision == ("bf16" if cpu_has_bfloat16() else "fp32")


def test_text_features_are_not_scaled(encoder):
    texts = ["a small pond", "an airport", "trees"]
    features = encoder.text_features(texts)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    assert np.abs(lengths - 1).min() > 1e-2
    assert features / lengths == pytest.approx(encoder.encode_texts(texts), abs=1e-6)
    with pytest.raises(EncoderError, match="Text 1 is blank"):
        encoder.text_features(["a", " "])
