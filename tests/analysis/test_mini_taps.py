"""Frozen blocks of one pass over a picture, as small heads read them."""

import numpy as np
import pytest
from made_scenes import opened, write_scene

from rsrag.analysis.dense_scan import ScanPlan, scan
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.encoders.mini.mini_heads import load_heads
from rsrag.encoders.mini.mini_taps import TAP_CHANNELS, TAP_CONTEXT_PX, TAPS
from rsrag.encoders.mini.mini_trunk import FEATURES, Trunk
from rsrag.encoders.text_towers import minilm
from rsrag.errors import EncoderError


@pytest.fixture(scope="module")
def mini() -> MiniEncoder:
    return MiniEncoder()


def ground(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    patches = rng.integers(30, 220, (-(-height // 20), -(-width // 20), 3))
    whole = np.repeat(np.repeat(patches, 20, 0), 20, 1)[:height, :width]
    return np.clip(whole + rng.normal(0, 9, whole.shape), 0, 255).astype(np.uint8)


def maps_of(picture: np.ndarray) -> list[np.ndarray]:
    trunk = Trunk(load_heads(HEADS, FEATURES, minilm.DIM).tail)
    reach = TAP_CONTEXT_PX
    padded = np.pad(picture, ((reach,), (reach,), (0,)), mode="symmetric")
    return [one[0] for one in trunk.run(padded[None], ["block2", "block4", "block10"])]


@pytest.mark.parametrize("size", [(1, 1), (33, 70), (96, 64)])
@pytest.mark.parametrize("cell", [4, 8, 16, 32])
def test_every_begun_cell_has_values(mini, size, cell) -> None:
    taps = mini.encode_taps(ground(*size), cell)
    rows, columns = (-(-side // cell) for side in size)
    assert taps.values.shape == (rows, columns, TAP_CHANNELS)
    assert taps.values.dtype == np.float32 and np.isfinite(taps.values).all()
    assert taps.cell_px == cell


def test_values_are_means_deviations_and_maxima_of_the_maps(mini) -> None:
    picture = ground(96, 128)
    values = mini.encode_taps(picture, 16).values
    second, fourth, tenth = maps_of(picture)
    row, column = 2, 5
    at = TAP_CONTEXT_PX // 4 + 4 * row, TAP_CONTEXT_PX // 4 + 4 * column
    part = second[:, at[0] : at[0] + 4, at[1] : at[1] + 4].reshape(24, 16)
    found = values[row, column]
    assert np.allclose(found[TAPS["block2"]], part.mean(1), atol=1e-4)
    assert np.allclose(found[TAPS["block2 deviation"]], part.std(1), atol=1e-3)
    assert np.allclose(found[TAPS["block2 highest"]], part.max(1), atol=1e-4)
    at = TAP_CONTEXT_PX // 8 + 2 * row, TAP_CONTEXT_PX // 8 + 2 * column
    mean = fourth[:, at[0] : at[0] + 2, at[1] : at[1] + 2].mean((1, 2))
    assert np.allclose(found[TAPS["block4"]], mean, atol=1e-4)
    at = TAP_CONTEXT_PX // 16 + row, TAP_CONTEXT_PX // 16 + column
    assert np.allclose(found[TAPS["block10"]], tenth[:, at[0], at[1]], atol=1e-4)
    pixels = picture[32:48, 80:96].reshape(-1, 3).astype(float)
    assert np.allclose(found[TAPS["colours"]], (pixels.mean(0) - 127) / 128, atol=1e-4)
    deviation = found[TAPS["colours deviation"]]
    assert np.allclose(deviation, pixels.std(0) / 128, atol=1e-3)


def test_coarse_maps_are_interpolated(mini) -> None:
    picture = ground(96, 96)
    values = mini.encode_taps(picture, 4).values
    tenth = maps_of(picture)[2]
    # Cell 9 lies at 38 pixels, 2/16 of the way from the centre of cell 2 back to 1.
    first = TAP_CONTEXT_PX // 16
    row = 0.125 * tenth[:, first + 1] + 0.875 * tenth[:, first + 2]
    expected = 0.125 * row[:, first + 1] + 0.875 * row[:, first + 2]
    assert np.allclose(values[9, 9, TAPS["block10"]], expected, atol=1e-4)


def test_taps_and_windows_come_from_one_pass(mini) -> None:
    picture = ground(320, 256)
    both = mini.encode_look(picture, [96], 32, margin_px=64, tap_px=8)
    assert both.taps is not None
    alone = mini.encode_taps(picture, 8, margin_px=64)
    assert np.allclose(both.taps.values, alone.values, atol=1e-5)
    field = mini.encode_dense(picture, 96, 32, margin_px=64)
    assert np.allclose(both.fields[0].vectors, field.vectors, atol=1e-5)


def test_a_scan_gives_the_taps_of_the_whole(mini, tmp_path) -> None:
    picture = ground(150, 1130)
    path = write_scene(tmp_path / "a.tif", picture)
    plan = ScanPlan((), 32, tap_px=8)
    found = np.full((*plan.fine_cells(1130, 150), TAP_CHANNELS), np.nan, np.float32)
    with opened(path) as scene:
        for row, column, values, share in scan(
            scene, mini, plan, lambda look: look.taps.values
        ):
            assert share.shape == values.shape[:2] and share.min() == 1
            rows, columns = share.shape
            found[row : row + rows, column : column + columns] = values
    whole = mini.encode_taps(picture, 8).values
    assert found.shape == whole.shape
    names = ["colours", "block2", "block4"]
    for name in names:
        assert np.allclose(found[..., TAPS[name]], whole[..., TAPS[name]], atol=0.05)


@pytest.mark.parametrize(("cell", "margin"), [(5, 0), (64, 0), (8, 20)])
def test_other_cells_are_refused(mini, cell, margin) -> None:
    with pytest.raises(EncoderError, match="4, 8, 16 or 32"):
        mini.encode_taps(ground(96, 96), cell, margin_px=margin)
