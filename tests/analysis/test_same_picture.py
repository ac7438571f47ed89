"""One picture, and what was done to it."""

import io

import numpy as np
import pytest
from PIL import Image

from rsrag.analysis.same_picture import KINDS, sameness


def ground(seed: int) -> np.ndarray:
    """A smooth field with detail, ``(160, 160, 3)``."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (20, 20, 3), np.uint8))
    large = np.asarray(small.resize((160, 160), Image.Resampling.BICUBIC)).astype(int)
    return np.clip(large + rng.integers(-8, 9, large.shape), 0, 255).astype(np.uint8)


WHOLE = ground(0)
ONE = WHOLE[:128, :128]


def compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out))


def resized(pixels: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((side, side)))


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (ONE.copy(), "exact"),
        (compressed(ONE, 60), "recompressed"),
        (resized(ONE, 64), "resized"),
        (resized(ONE, 200), "resized"),
        (WHOLE[20:148, 30:158], "shifted"),
        (WHOLE[30:158, :128], "shifted"),
        (ground(1)[:128, :128], "alike"),
        (ground(1)[:64, :64], "alike"),
        (np.asarray(Image.fromarray(ONE).resize((128, 64))), "alike"),
        (np.zeros_like(ONE), "alike"),
    ],
)
def test_what_a_picture_is_to_another(other, kind) -> None:
    assert kind in KINDS
    assert sameness(ONE, other) == kind
    assert sameness(other, ONE) == kind


def test_a_shift_the_other_way_is_a_shift() -> None:
    assert sameness(WHOLE[20:148, :128], WHOLE[:128, 30:158]) == "shifted"


def test_flat_ground_of_another_colour_is_another_picture() -> None:
    grain = np.random.default_rng(2).normal(0, 4, (96, 96, 1))
    field, sand = (
        np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)
        for colour in ((70, 110, 60), (190, 160, 110))
    )
    assert sameness(field, sand) == sameness(sand, field) == "alike"
    assert sameness(field, compressed(sand, 95)) == "alike"
    assert sameness(field, np.clip(field.astype(int) + 9, 0, 255).astype(np.uint8)) == (
        "recompressed"
    )
    brighter = np.clip(ONE * 1.25, 0, 255).astype(np.uint8)
    assert sameness(ONE, brighter) == "recompressed"
