import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rsrag.encoders.mini.mini import HEADS, MiniEncoder, prepare
from rsrag.errors import CheckpointError, EncoderError


@pytest.fixture(scope="module")
def mini():
    return MiniEncoder()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_neither_texts_nor_pictures_need_torch():
    run(
        "import sys, numpy; from rsrag.encoders.mini.mini import MiniEncoder\n"
        "encoder = MiniEncoder(); encoder.identity; encoder.encode_texts(['a river'])\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "encoder.encode_images([numpy.zeros((9, 9, 3), numpy.uint8)])\n"
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


@pytest.mark.parametrize("spoil", ["extra", "missing", "shape", "side", "tail"])
def test_heads_load_loudly(tmp_path, spoil):
    tensors, metadata = load_file(HEADS), {"side": "160"}
    if spoil == "extra":
        tensors["image.more"] = np.zeros(3, np.float16)
    elif spoil == "missing":
        del tensors["text.skip"]
    elif spoil == "shape":
        tensors["image.mean"] = tensors["image.mean"][:-1]
    elif spoil == "tail":
        tensors = {k: v for k, v in tensors.items() if not k.startswith("tail.")}
    else:
        metadata = {}
    save_file(tensors, tmp_path / "heads.safetensors", metadata=metadata)
    with pytest.raises(CheckpointError, match=r"heads\.safetensors"):
        MiniEncoder(tmp_path / "heads.safetensors")


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


def test_embedding_leaves_nothing_in_the_home_and_reports_to_nobody(tmp_path):
    """ONNX Runtime's wheels write a device id there when they may report their use."""
    code = (
        "import numpy as np; from rsrag.encoders.mini.mini import MiniEncoder; "
        "e = MiniEncoder(); "
        "e.encode_images([np.zeros((64, 64, 3), np.uint8)])"
    )
    kept = {n: os.environ[n] for n in ("PATH", "PYTHONPATH") if n in os.environ}
    env = {**kept, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    found = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert found <= {"cache"}


def test_a_vector_does_not_depend_on_its_batch(mini):
    batch = np.stack([mini.prepare_image(noise(64, 64, 3, seed=s)) for s in range(11)])
    whole = mini.encode_prepared(batch)
    for size in (1, 2, 3, 4, 7):
        parts = [mini.encode_prepared(batch[i : i + size]) for i in range(0, 11, size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
