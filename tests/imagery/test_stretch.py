from pathlib import Path

import numpy as np
import pytest
from drawing import chips_of, write_raster
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from rsrag.imagery.imagery_options import Size
from rsrag.imagery.pixels.stretch import Stretch, fix_stretch, parse_stretch


def law(text: str, sample: np.ndarray | None = None) -> Stretch:
    return fix_stretch(parse_stretch(text), 1, sample)


def test_hand_worked_laws() -> None:
    values = np.array([[[0, 1000, 2000, 3000, 60000]]], np.uint16)
    assert law("range:1000,3000").apply(values).tolist() == [[[0, 0, 128, 255, 255]]]
    # 2.5 * 1e-4 * 2000 = 0.5
    assert law("reflectance").apply(values).tolist() == [[[0, 64, 128, 191, 255]]]
    raised = law("reflectance:1e-4,-0.1").apply(values)
    assert raised.tolist() == [[[0, 0, 64, 128, 255]]]
    assert law("none").apply(values).tolist() == [[[0, 255, 255, 255, 255]]]
    sample = np.arange(101, dtype=np.uint16).reshape(1, 1, 101)
    assert law("percentile:10,90", sample) == Stretch((10.0,), (90.0,))
    assert law("percentile", sample) == Stretch((2.0,), (98.0,))


def test_missing_values_do_not_move_the_law() -> None:
    sample = np.array([[[np.nan, np.inf, -9999, 0, 50, 100]]], np.float32)
    valid = sample != -9999
    fixed = fix_stretch(parse_stretch("percentile:0,100"), 1, sample, valid)
    assert fixed == Stretch((0.0,), (100.0,))
    assert fixed.apply(sample)[0, 0, 0] == 0  # NaN is black, not an accident
    nothing = fix_stretch(parse_stretch("auto"), 1, sample, np.zeros_like(valid))
    assert nothing.apply(sample).shape == (1, 1, 6)


def test_a_scene_of_one_value_is_grey() -> None:
    sample = np.full((1, 4, 4), 7, np.int16)
    assert (law("auto", sample).apply(sample) == 128).all()


@given(
    arrays(
        st.sampled_from([np.uint16, np.int16, np.float32, np.uint32]),
        (1, 4, 4),
        elements=st.integers(0, 30000),
    ),
    st.sampled_from(["percentile:2,98", "range:10,20000", "reflectance", "none"]),
)
def test_brighter_stays_brighter(values: np.ndarray, text: str) -> None:
    grey = law(text, values).apply(values).ravel()
    order = np.argsort(values.ravel(), kind="stable")
    assert (np.diff(grey[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32", "uint32", "float64"])
def test_a_dark_chip_beside_a_bright_one_stays_darker(
    tmp_path: Path, dtype: str
) -> None:
    rng = np.random.default_rng(0)
    bands = rng.integers(100, 200, (3, 64, 128)).astype(dtype)
    bands[:, :, 64:] += np.array(3000, dtype)
    path = write_raster(tmp_path / "a.tif", bands)
    dark, bright = chips_of(path, chip_size=Size(64))
    assert dark.pixels.max() < bright.pixels.min()
    assert bright.pixels.mean() - dark.pixels.mean() > 150
    # Each on its own would look the same.
    for half, part in (("l", bands[:, :, :64]), ("r", bands[:, :, 64:])):
        (alone,) = chips_of(write_raster(tmp_path / f"{half}.tif", part))
        assert 100 < alone.pixels.mean() < 155


def test_eight_bits_pass_as_they_are(tmp_path: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 256, (3, 20, 30), np.uint8)
    (chip,) = chips_of(write_raster(tmp_path / "a.tif", bands))
    assert (chip.pixels == np.moveaxis(bands, 0, 2)).all()
    (chip,) = chips_of(tmp_path / "a.tif", stretch="range:0,100")
    assert chip.pixels.max() == 255
    assert (chip.pixels == 255).mean() > 0.5
