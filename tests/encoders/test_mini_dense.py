"""One pass over a picture gives what windows of it would."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.encoders.mini.mini_dense import DENSE, load_dense_head, window_features
from rsrag.encoders.mini.mini_heads import load_heads
from rsrag.encoders.mini.mini_quick import QuickTail
from rsrag.encoders.mini.mini_quick_head import QuickHead
from rsrag.encoders.mini.mini_trunk import FEATURES, MAPS, Trunk
from rsrag.encoders.text_towers import minilm
from rsrag.errors import EncoderError

EARTH = Path(rsrag.__file__).parent / "rendering" / "hits" / "earth.jpg"


@pytest.fixture(scope="module")
def mini() -> MiniEncoder:
    return MiniEncoder()


def ground(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Patches of a few colours, with grain."""
    rng = np.random.default_rng(seed)
    rows, columns = -(-height // 40), -(-width // 40)
    patches = rng.integers(30, 220, (rows, columns, 3))
    whole = np.repeat(np.repeat(patches, 40, 0), 40, 1)[:height, :width]
    return np.clip(whole + rng.normal(0, 9, whole.shape), 0, 255).astype(np.uint8)


def test_a_window_as_large_as_the_picture_is_read_as_the_picture() -> None:
    picture = ground(160, 160)
    trunk = Trunk(load_heads(HEADS, FEATURES, minilm.DIM).tail)
    (windows,) = window_features(trunk, picture, [160], 160)
    assert windows.shape == (1, 1, FEATURES)
    assert np.allclose(windows[0], trunk.features(picture[None]), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("window", "stride"), [(96, 32), (64, 32), (40, 8)])
def test_windows_are_means_and_deviations_of_the_maps(window, stride) -> None:
    """However the sums are taken: in squares, or map cell by map cell."""
    picture = ground(128, 160)
    trunk = Trunk(load_heads(HEADS, FEATURES, minilm.DIM).tail)
    (found,) = window_features(trunk, picture, [window], stride, margin_px=32)
    pixels = (picture.astype(np.float64) - 127) / 128
    second, fourth = (one[0] for one in trunk.run(picture[None], ["block2", "block4"]))
    row, column = (1, 64 // stride)
    y = 32 + row * stride + stride // 2 - window // 2
    x = 32 + column * stride + stride // 2 - window // 2
    expected = []
    for tap, shrunk in ((np.moveaxis(pixels, 2, 0), 1), (second, 4), (fourth, 8)):
        fine = np.repeat(np.repeat(tap.astype(np.float64), shrunk, 1), shrunk, 2)
        inside = fine[:, y : y + window, x : x + window]
        expected += [inside.mean((1, 2)), inside.std((1, 2))]
    values = np.concatenate(expected)
    assert np.allclose(found[row, column, : len(values)], values, rtol=1e-3, atol=1e-4)


def test_the_correction_is_that_of_these_weights(mini) -> None:
    """What ships was fitted for the head that ships; another head has none."""
    bank = mini.dense_bank
    assert bank is not None and bank.dtype == np.float32
    assert bank.shape[0] > 600 and bank.shape[1] == mini.identity.dim
    assert np.linalg.norm(bank, axis=1).max() <= 1.001
    head = load_heads(HEADS, FEATURES, minilm.DIM).image
    assert load_dense_head(head, "0" * 64) is None
    assert DENSE.stat().st_size < 1_000_000


def test_windows_are_nearer_to_their_cut_outs_than_without_it(mini) -> None:
    with Image.open(EARTH) as earth:
        picture = np.asarray(earth.convert("RGB").crop((500, 40, 980, 520)))
    found = mini.encode_dense(picture, 160, 160).vectors.reshape(9, -1)
    cuts = [
        picture[y : y + 160, x : x + 160] for y in (0, 160, 320) for x in (0, 160, 320)
    ]
    true = mini.encode_images(cuts)
    heads = load_heads(HEADS, FEATURES, minilm.DIM)
    (features,) = window_features(Trunk(heads.tail), picture, [160], 160)
    plain = heads.image(features.reshape(9, -1))
    assert (found * true).sum(axis=1).mean() > (plain * true).sum(axis=1).mean()


@pytest.mark.parametrize("size", [(1, 1), (31, 400), (160, 161), (250, 96)])
@pytest.mark.parametrize(("window", "stride"), [(96, 32), (160, 16), (33, 20)])
def test_every_begun_stride_has_a_unit_vector(mini, size, window, stride) -> None:
    field = mini.encode_dense(ground(*size), window, stride)
    rows, columns = (-(-side // stride) for side in size)
    assert field.vectors.shape == (rows, columns, mini.identity.dim)
    assert field.vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(field.vectors, axis=2), 1, atol=1e-5)
    assert (field.window_px, field.stride_px) == (window, stride)
    assert field.identity == mini.dense_identity != mini.identity


def test_several_windows_are_those_of_one_each(mini) -> None:
    """Where the margin holds all that the largest sees."""
    picture = ground(392, 322)
    together = mini.encode_dense_windows(picture, [64, 160], 32, margin_px=96)
    for field in together:
        alone = mini.encode_dense(picture, field.window_px, 32, margin_px=96)
        assert np.allclose(field.vectors, alone.vectors, atol=1e-5)


def test_a_margin_is_seen_and_has_no_vectors(mini) -> None:
    picture = ground(512, 512)
    whole = mini.encode_dense(picture, 96, 32).vectors
    part = mini.encode_dense(picture[64:448, 64:448], 96, 32, margin_px=128).vectors
    assert part.shape[:2] == (4, 4)
    assert (part * whole[6:10, 6:10]).sum(axis=2).min() > 0.9


def test_mirrored_pictures_have_mirrored_fields(mini) -> None:
    """Up to the trunk's own handedness."""
    picture = ground(320, 320)
    field = mini.encode_dense(picture, 160, 32).vectors
    other = mini.encode_dense(picture[:, ::-1].copy(), 160, 32).vectors[:, ::-1]
    same = (field * other).sum(axis=2).mean()
    unmirrored = (field * other[:, ::-1]).sum(axis=2).mean()
    assert 1 - same < (1 - unmirrored) / 2


@pytest.mark.parametrize(
    ("picture", "window", "stride", "margin", "words"),
    [
        (np.zeros((4, 4), np.uint8), 96, 32, 0, "height, width, 3"),
        (np.zeros((4, 4, 3), np.float32), 96, 32, 0, "uint8"),
        (np.zeros((64, 64, 3), np.uint8), 96, 32, 32, "nothing inside a margin"),
        (np.zeros((64, 64, 3), np.uint8), 0, 32, 0, "cannot be"),
        (np.zeros((64, 64, 3), np.uint8), 96, 0, 0, "cannot be"),
    ],
)
def test_what_has_no_windows_is_refused(
    mini, picture, window, stride, margin, words
) -> None:
    with pytest.raises(EncoderError, match=words):
        mini.encode_dense(picture, window, stride, margin_px=margin)


def test_windows_are_read_from_a_tail_in_whole_numbers(mini) -> None:
    """Its map is that of the float32 tail but for the rounding."""
    with Image.open(EARTH) as earth:
        picture = np.asarray(earth.convert("RGB").crop((500, 40, 884, 424)))
    trunk = Trunk(load_heads(HEADS, FEATURES, minilm.DIM).tail)
    block10, plain = trunk.run(picture[None], MAPS[2:])
    quick = QuickTail()
    rough = quick(block10)
    assert rough.shape == plain.shape
    assert np.corrcoef(rough.ravel(), plain.ravel())[0, 1] > 0.98
    (features,) = window_features(trunk, picture, [160], 160)
    (rounded,) = window_features(trunk, picture, [160], 160, quick=quick)
    head = load_dense_head(
        load_heads(HEADS, FEATURES, minilm.DIM).image, mini.identity.weights_sha256
    )
    assert head is not None
    plain_vectors, vectors = (head(one.reshape(9, -1)) for one in (features, rounded))
    assert (plain_vectors * vectors).sum(axis=1).min() > 0.95
    found = mini.encode_dense(picture, 160, 160).vectors.reshape(9, -1)
    assert (found * vectors).sum(axis=1).min() > 0.998


@pytest.mark.parametrize("place", ["near", "far", "both"])
def test_the_head_in_whole_numbers_says_the_same(mini, place) -> None:
    """Of drawn ground, of the Earth from very far, and of rows of both."""
    with Image.open(EARTH) as earth:
        far = np.asarray(earth.convert("RGB").crop((500, 40, 820, 360)))
    near = ground(320, 320)
    pictures = {"near": [near], "far": [far], "both": [near, far]}[place]
    heads = load_heads(HEADS, FEATURES, minilm.DIM)
    trunk = Trunk(heads.tail)
    rows = [window_features(trunk, one, [96], 32)[0] for one in pictures]
    features = np.concatenate([one.reshape(-1, FEATURES) for one in rows])
    head = load_dense_head(heads.image, mini.identity.weights_sha256)
    assert head is not None
    found = QuickHead(head)(features)
    assert found.dtype == np.float32
    assert (found * head(features)).sum(axis=1).min() > 0.998
