"""Peaks, their areas and ranks, on maps whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.analysis.heat import peaks, ranks


def hill(shape, *tops, wide=3.0) -> np.ndarray:
    """Round hills of some heights at some cells."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    ground = np.zeros(shape)
    for row, column, height in tops:
        far = (rows - row) ** 2 + (columns - column) ** 2
        ground = np.maximum(ground, height * np.exp(-far / wide**2))
    return ground.astype(np.float32)


def test_hills_are_found_in_order() -> None:
    heat = hill((40, 60), (10, 12, 0.9), (30, 50, 0.8))
    found = peaks(heat, 32, 160, 0.5, 10, (60 * 32, 40 * 32))
    assert [one.rank for one in found] == [1, 2]
    assert [round(one.score, 1) for one in found] == [0.9, 0.8]
    for one, (row, column) in zip(found, [(10, 12), (30, 50)], strict=True):
        assert abs(one.column / 32 - column - 0.5) < 0.3
        assert abs(one.row / 32 - row - 0.5) < 0.3
        # Down to half the height: a circle whose radius is wide * sqrt(ln 2).
        radius = np.sqrt(one.area.area / np.pi) / 32
        assert radius == pytest.approx(3 * np.sqrt(np.log(2)), rel=0.1)
        assert 0.5 * one.score < one.score_mean < one.score


def test_a_lower_threshold_goes_further() -> None:
    heat = hill((30, 30), (15, 15, 1.0))
    sizes = [
        peaks(heat, 8, 40, threshold, 1, (240, 240))[0].area.area
        for threshold in (0.9, 0.6, 0.3)
    ]
    assert sizes == sorted(sizes)


def test_low_hills_are_no_peaks_beside_a_high_one() -> None:
    heat = hill((40, 60), (10, 12, 0.9), (30, 50, 0.2))
    assert len(peaks(heat, 32, 160, 0.6, 10, (1920, 1280))) == 1


def test_peaks_of_one_window_are_one() -> None:
    heat = hill((40, 60), (10, 12, 0.9), (10, 15, 0.88), wide=1.0)
    assert len(peaks(heat, 32, 160, 0.6, 10, (1920, 1280))) == 1
    assert len(peaks(heat, 32, 40, 0.6, 10, (1920, 1280))) == 2


def test_an_area_may_be_larger_than_what_is_looked_at_first() -> None:
    heat = np.zeros((300, 300), np.float32)
    heat[50:250, 50:250] = 1
    heat[150, 150] = 1.01
    found = peaks(heat, 1, 5, 0.5, 1, (300, 300))
    assert found[0].area.area == pytest.approx(200 * 200, rel=0.02)


def test_nothing_lies_beyond_the_scene_or_in_nodata() -> None:
    heat = hill((19, 19), (18, 18, 1.0), (2, 2, 0.9))
    heat[:6, :6] = np.nan
    found = peaks(heat, 32, 160, 0.6, 10, (600, 590))
    assert len(found) == 1
    _, _, east, south = found[0].area.bounds
    assert east <= 600 and south <= 590 and found[0].row <= 590


def test_a_scene_without_data_has_no_peaks() -> None:
    assert peaks(np.full((3, 3), np.nan, np.float32), 32, 96, 0.6, 5, (96, 96)) == []


def test_a_scene_of_one_pixel_has_one() -> None:
    found = peaks(np.ones((1, 1), np.float32), 32, 96, 0.6, 5, (1, 1))
    assert len(found) == 1 and found[0].area.area == 1


@given(
    st.integers(0, 2**31),
    st.integers(2, 14),
    st.integers(2, 14),
    st.sampled_from([0.0, 0.3, 0.6, 1.0]),
)
def test_areas_hold_their_peaks_and_are_apart(seed, rows, columns, threshold) -> None:
    heat = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    size = columns * 16 - 3, rows * 16 - 5
    found = peaks(heat, 16, 32, threshold, 10, size)
    assert found
    assert [one.score for one in found] == sorted(
        (o.score for o in found), reverse=True
    )
    for number, one in enumerate(found):
        assert one.area.is_valid and one.area.area > 0
        for other in found[:number]:
            assert one.area.intersection(other.area).area < 1e-6


def test_ranks_are_shares_of_the_scene() -> None:
    heat = np.array([[3, 1], [np.nan, 2]], np.float32)
    made = ranks(heat)
    assert np.isnan(made[1, 0])
    assert made[0].tolist() == pytest.approx([1, 1 / 3]) and made[
        1, 1
    ] == pytest.approx(2 / 3)
