"""What ``rsrag.interfaces.Encoder`` promises, asked of every encoder."""

from functools import partial

import numpy as np
import pytest

from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import EncoderError
from rsrag.vectors import check_unit_rows

# To add an encoder: a name, and a call without arguments that makes one.
SMALL_CLIP = "ViT-S-32-alt"
ENCODERS = {
    "mini": MiniEncoder,
    "open_clip fp32": partial(
        OpenClipEncoder.random_weights, SMALL_CLIP, precision="fp32"
    ),
    "open_clip bf16": partial(
        OpenClipEncoder.random_weights, SMALL_CLIP, precision="bf16"
    ),
}


@pytest.fixture(scope="module", params=list(ENCODERS))
def encoder(request):
    return ENCODERS[request.param]()


def picture(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (3, 3, 3), dtype=np.uint8)
    rows, columns = np.arange(height) * 3 // height, np.arange(width) * 3 // width
    return coarse[rows][:, columns]


def cosines(a, b):
    return (a * b).sum(axis=1)


def test_identity(encoder):
    identity = encoder.identity
    assert identity == encoder.identity
    assert identity.id
    assert len(identity.weights_sha256) == 64
    int(identity.weights_sha256, 16)
    assert "\n" not in identity.preprocessing
    assert identity.dim > 0


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 3), (150, 150), (90, 400)])
def test_any_size_prepares_to_one(encoder, size):
    image = picture(*size)
    before = image.copy()
    prepared = encoder.prepare_image(image)
    assert prepared.dtype == np.uint8
    assert prepared.shape == encoder.prepare_image(picture(64, 64)).shape
    assert prepared.shape[0] == prepared.shape[1]
    np.testing.assert_array_equal(image, before)


def test_images_are_prepared_then_encoded(encoder):
    images = [picture(120, 90, seed) for seed in range(3)]
    vectors = encoder.encode_images(images)
    check_unit_rows(vectors, encoder.identity.dim)
    batch = np.stack([encoder.prepare_image(image) for image in images])
    assert cosines(vectors, encoder.encode_prepared(batch)).min() > 0.999


def test_a_row_does_not_depend_on_the_rest(encoder):
    batch = np.stack(
        [encoder.prepare_image(picture(100, 100, seed)) for seed in range(9)]
    )
    together = encoder.encode_prepared(batch)
    alone = np.concatenate([encoder.encode_prepared(row[None]) for row in batch])
    assert cosines(together, alone).min() > 0.999
    backwards = encoder.encode_prepared(batch[::-1])[::-1]
    assert cosines(together, backwards).min() > 0.999


def test_different_pictures_differ(encoder):
    vectors = encoder.encode_images([picture(100, 100, seed) for seed in range(4)])
    scores = vectors @ vectors.T
    assert scores[~np.eye(4, dtype=bool)].max() < 0.9999


def test_a_view_that_is_not_contiguous(encoder):
    image = picture(100, 100)
    flipped = encoder.encode_images([image[:, ::-1]])
    copied = encoder.encode_images([image[:, ::-1].copy()])
    assert cosines(flipped, copied).min() > 0.999


def test_texts(encoder):
    texts = ["a yellow sand desert", "white snow and ice", "a yellow sand desert"]
    vectors = encoder.encode_texts(texts)
    check_unit_rows(vectors, encoder.identity.dim)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-5)
    assert vectors[0] @ vectors[1] < 0.9999
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(vectors, alone, atol=1e-4)


def test_nothing_gives_nothing(encoder):
    dim = encoder.identity.dim
    prepared = encoder.prepare_image(picture(8, 8))
    for vectors in (
        encoder.encode_texts([]),
        encoder.encode_images([]),
        encoder.encode_prepared(prepared[None][:0]),
    ):
        assert vectors.shape == (0, dim)
        assert vectors.dtype == np.float32


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_blank_texts_are_refused(encoder, blank):
    with pytest.raises(EncoderError):
        encoder.encode_texts(["a river", blank])
