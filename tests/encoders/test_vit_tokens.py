"""Patches of a vision transformer, its last block run in six ways."""

from typing import get_args

import numpy as np
import pytest
import torch

from rsrag.analysis.exact_windows import ExactWindows, dense
from rsrag.encoders.clip.openclip import OpenClipEncoder
from rsrag.encoders.clip.vit_tokens import ClipTokens, Variant, patch_tokens
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import ConfigError

pytestmark = pytest.mark.usefixtures("own_caches")
VARIANTS = get_args(Variant)
SIDE, PATCH, DIM = 32, 8, 24


@pytest.fixture
def encoder(tiny_checkpoint) -> OpenClipEncoder:
    return OpenClipEncoder("tiny-quickgelu", tiny_checkpoint, id="t", precision="fp32")


def planes(count: int) -> torch.Tensor:
    return torch.randn(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(5))


def tokens(encoder: OpenClipEncoder, x: torch.Tensor, variant: Variant) -> np.ndarray:
    with torch.inference_mode():
        return patch_tokens(encoder._exact.visual, x, variant).numpy()


def test_the_block_as_it_was_trained_gives_the_picture_s_own_vector(encoder) -> None:
    x = planes(3)
    found = tokens(encoder, x, "vanilla")[:, 0]
    with torch.inference_mode():
        expected = encoder._exact._model.encode_image(x).numpy()
    assert found.shape == (3, DIM)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_picture_s_tokens_do_not_depend_on_its_batch(encoder, variant) -> None:
    x = planes(4)
    together = tokens(encoder, x, variant)
    assert together.shape == (4, 1 + (SIDE // PATCH) ** 2, DIM)
    np.testing.assert_allclose(together[:1], tokens(encoder, x[:1], variant), atol=1e-5)
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(
        tokens(encoder, x[order], variant), together[order], atol=1e-5
    )


def test_blocks_of_another_layout_are_given_it(encoder) -> None:
    """Sequence first, as older open_clip: patches must not attend across a batch."""
    x = planes(3)
    expected = tokens(encoder, x, "qqkkvv")
    transformer = encoder._exact.visual.transformer
    transformer.batch_first = False
    for block in transformer.resblocks:
        block.attn.batch_first = False
    np.testing.assert_allclose(tokens(encoder, x, "qqkkvv"), expected, atol=1e-5)


def test_the_variants_differ(encoder) -> None:
    x = planes(1)
    found = [tokens(encoder, x, variant)[0, 1:] for variant in VARIANTS]
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            assert np.abs(one - other).max() > 1e-4


def test_maskclip_attends_to_itself_alone(encoder) -> None:
    """Moving what stands elsewhere in the last block's input moves no other token."""
    visual = encoder._exact.visual
    last = visual.transformer.resblocks[-1]
    seen = []
    handle = last.ln_1.register_forward_hook(lambda m, i, o: seen.append(o))
    found = tokens(encoder, planes(1), "maskclip")[0]
    handle.remove()
    width = seen[0].shape[2]
    with torch.inference_mode():
        value = seen[0][0] @ last.attn.in_proj_weight[2 * width :].T
        value = value + last.attn.in_proj_bias[2 * width :]
        expected = visual.ln_post(last.attn.out_proj(value)) @ visual.proj
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def pictures(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (50, 77)])
@pytest.mark.parametrize(("window", "stride"), [(32, 8), (64, 8), (32, 20)])
def test_every_begun_stride_has_a_unit_vector(encoder, size, window, stride) -> None:
    looking = dense(encoder, variant="sclip")
    assert isinstance(looking, ClipTokens)
    field = looking.encode_dense(pictures(*size), window, stride)
    assert field.vectors.shape == (*(-(-side // stride) for side in size), DIM)
    assert field.vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(field.vectors, axis=2), 1, atol=1e-5)
    assert field.identity == looking.dense_identity
    assert field.identity.id == "t-sclip" and "sclip" in field.identity.preprocessing


def test_cells_are_means_of_the_patches_that_overlap_there(encoder) -> None:
    """One crop that lies alone over a cell: its own patch."""
    picture = pictures(96, 96)
    looking = dense(encoder, variant="kk")
    field = looking.encode_dense(picture, 32, 8, margin_px=32)
    total = np.zeros(DIM, np.float32)
    # The cell at 8 to 16 pixels inside the margin lies in four crops.
    for top, row in ((-16, 3), (0, 1)):
        for left, column in ((-16, 3), (0, 1)):
            crop = picture[32 + top : 64 + top, 32 + left : 64 + left]
            total += looking._patches([crop])[0, row, column]
    expected = total / np.linalg.norm(total)
    assert np.allclose(field.vectors[1, 1], expected, atol=1e-5)


def test_a_margin_that_holds_all_crops_is_the_picture_around(encoder) -> None:
    picture = pictures(128, 128)
    looking = dense(encoder)
    whole = looking.encode_dense(picture, 32, 8).vectors
    part = looking.encode_dense(picture[16:112, 16:112], 32, 8, margin_px=16).vectors
    # Crops start at other places, but 32 is a multiple of half a window.
    assert part.shape[:2] == (8, 8)
    assert np.allclose(part, whole[4:12, 4:12], atol=1e-5)


def test_other_towers_are_looked_over_by_windows(tiny_clip) -> None:
    pooled = OpenClipEncoder.random_weights("tiny-pooled", precision="fp32")
    assert isinstance(dense(pooled), ExactWindows)
    with pytest.raises(ConfigError, match="not looked over by its patches"):
        dense(pooled, variant="kk")


def test_variants_that_cannot_be_are_refused(encoder) -> None:
    with pytest.raises(ConfigError, match="no variant 'qk'"):
        dense(encoder, variant="qk")
    with pytest.raises(ConfigError, match="mini is not looked over by its patches"):
        dense(MiniEncoder(), variant="kk")
    with pytest.raises(ConfigError, match="not looked over by its patches"):
        dense(encoder, variant="kk", exact=True)
    assert isinstance(dense(encoder, exact=True), ExactWindows)
