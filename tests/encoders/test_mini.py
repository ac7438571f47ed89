import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rsrag.encoders.mini import mini_image
from rsrag.encoders.mini.mini import HEADS, TRUNK, TRUNK_FEATURES, MiniEncoder, prepare
from rsrag.errors import CheckpointError, EncoderError


@pytest.fixture(scope="module")
def mini():
    return MiniEncoder()


@pytest.fixture(scope="module")
def state():
    import torch

    return torch.load(TRUNK.locate(), weights_only=True)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_texts_need_no_torch():
    run(
        "import sys; from rsrag.encoders.mini.mini import MiniEncoder\n"
        "encoder = MiniEncoder(); encoder.identity; encoder.encode_texts(['a river'])\n"
        "heavy = {'torch', 'transformers', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )


def test_identity_covers_heads_and_trunks(mini, tmp_path):
    tensors = load_file(HEADS)
    tensors["text.outer_bias"] = tensors["text.outer_bias"] + np.float16(0.5)
    other = tmp_path / "other.safetensors"
    save_file(tensors, other, metadata=dict(mini._heads.metadata))
    changed = MiniEncoder(other).identity
    assert mini.identity.id == "mini"
    assert changed.weights_sha256 != mini.identity.weights_sha256
    assert changed.preprocessing == mini.identity.preprocessing


@pytest.mark.parametrize("spoil", ["extra", "missing", "shape", "side"])
def test_heads_load_loudly(tmp_path, spoil):
    tensors, metadata = load_file(HEADS), {"side": "160"}
    if spoil == "extra":
        tensors["image.more"] = np.zeros(3, np.float16)
    elif spoil == "missing":
        del tensors["text.skip"]
    elif spoil == "shape":
        tensors["image.mean"] = tensors["image.mean"][:-1]
    else:
        metadata = {}
    save_file(tensors, tmp_path / "heads.safetensors", metadata=metadata)
    with pytest.raises(CheckpointError, match=r"heads\.safetensors"):
        MiniEncoder(tmp_path / "heads.safetensors")


def test_trunk_loads_loudly(state):
    import torch

    def build(changed):
        mini_image.Trunk(changed, torch.device("cpu"), torch.float32)

    build(state)
    with pytest.raises(CheckpointError, match=r"_blocks\.3\._bn1\.bias"):
        build({k: v for k, v in state.items() if k != "_blocks.3._bn1.bias"})
    with pytest.raises(CheckpointError, match=r"1 tensors.*surplus"):
        build(state | {"surplus": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="expected"):
        build(state | {"_bn1.weight": torch.zeros(3)})


def test_a_file_that_is_no_checkpoint(tmp_path):
    import torch

    path = tmp_path / "bad.pth"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        mini_image.load_trunk(path, torch.device("cpu"), torch.float32)


def test_folded_convolution_is_batch_norm_after_convolution(state):
    """By hand, unfolded: the stem with the padding TensorFlow would give it."""
    import torch
    import torch.nn.functional as F

    trunk = mini_image.Trunk(state, torch.device("cpu"), torch.float32)
    x = torch.randn(2, 3, 10, 10, generator=torch.Generator().manual_seed(0))
    plain = F.conv2d(F.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2)
    parts = [
        state[f"_bn0.{name}"]
        for name in ("running_mean", "running_var", "weight", "bias")
    ]
    expected = F.relu6(F.batch_norm(plain, *parts, eps=1e-3))
    torch.testing.assert_close(trunk._stem(x), expected, atol=1e-4, rtol=1e-4)


def test_width_is_known_without_torch():
    assert TRUNK_FEATURES == mini_image.FEATURE_DIM


def test_prepare_takes_the_centre_square():
    picture = np.zeros((40, 120, 3), dtype=np.uint8)
    picture[:, 40:80] = (10, 200, 30)
    square = prepare(picture, 40)
    assert square.shape == (40, 40, 3)
    # The outermost columns may carry a trace of the neighbour.
    np.testing.assert_array_equal(
        square[:, 2:-2], np.broadcast_to((10, 200, 30), (40, 36, 3))
    )
    np.testing.assert_array_equal(prepare(picture[:, 40:80], 40), picture[:, 40:80])


def test_prepare_antialiases():
    checkers = np.indices((640, 640)).sum(axis=0) % 2 * 255
    picture = np.repeat(checkers[..., None], 3, axis=2).astype(np.uint8)
    assert np.ptp(prepare(picture, 160).astype(int)[4:-4, 4:-4]) <= 4


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))],
)
def test_prepare_refuses_other_arrays(mini, picture):
    with pytest.raises(EncoderError, match="must be"):
        mini.prepare_image(picture)


def test_batches_of_another_shape_are_refused(mini):
    with pytest.raises(EncoderError, match="Prepared"):
        mini.encode_prepared(noise(2, 64, 64, 3))


def test_colours_are_understood(mini):
    """The least one may ask: flat pictures, and who is who."""
    colours = {
        "white snow": (250, 250, 252),
        "yellow desert": (222, 184, 130),
        "dark green forest": (25, 50, 18),
        "blue ocean": (10, 35, 95),
    }
    grain = noise(96, 96, 3).astype(int) // 32 - 4
    pictures = [
        np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)
        for colour in colours.values()
    ]
    scores = mini.encode_texts(list(colours)) @ mini.encode_images(pictures).T
    np.testing.assert_array_equal(scores.argmax(axis=1), np.arange(4))
