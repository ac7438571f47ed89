"""One pass over a picture gives what windows of it would."""

import numpy as np
import pytest

from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import EncoderError


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


def test_a_window_as_large_as_the_picture_is_the_picture(mini) -> None:
    picture = ground(160, 160)
    field = mini.encode_dense(picture, 160, 160)
    whole = mini.encode_images([picture])
    assert field.vectors.shape == (1, 1, mini.identity.dim)
    assert field.vectors[0, 0] @ whole[0] > 0.99999


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
    assert (part * whole[6:10, 6:10]).sum(axis=2).min() > 0.97


def test_mirrored_pictures_have_mirrored_fields(mini) -> None:
    """Up to the trunk's own handedness."""
    picture = ground(320, 320)
    field = mini.encode_dense(picture, 160, 32).vectors
    other = mini.encode_dense(picture[:, ::-1].copy(), 160, 32).vectors[:, ::-1]
    same = (field * other).sum(axis=2).mean()
    assert same > (field * other[:, ::-1]).sum(axis=2).mean() + 0.02


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
