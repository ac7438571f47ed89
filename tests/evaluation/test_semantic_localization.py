"""Scores of heat maps whose answer can be reckoned by hand."""

import math

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, uniform_filter

from rsrag.metrics.semantic_localization import (
    _box_max,
    _box_mean,
    attention_peaks,
    average_precision,
    circles,
    localization_scores,
    ras,
    rda,
    region_mask,
    rsu,
    scaled,
)

SQUARE = [(40, 40), (40, 80), (80, 80), (80, 40)]


def hill(size, *tops, wide=12.0) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size]
    return sum(
        height * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / wide**2)
        for x, y, height in tops
    )


def test_a_perfect_map_has_all() -> None:
    mask = region_mask((120, 120), [SQUARE])
    found = localization_scores(mask.astype(float), [SQUARE], 0.05)
    assert found["pointing"] == found["ap"] == found["iou"] == 1
    assert found["rsu"] == pytest.approx(1)
    assert found["ras"] < 0.03 and found["rda"] == 1
    assert found["rmi"] > 0.98


def test_a_flat_map_knows_nothing() -> None:
    found = localization_scores(np.ones((120, 120)), [SQUARE], 0.05)
    mask = region_mask((120, 120), [SQUARE])
    assert found["ap"] == pytest.approx(mask.mean()) and found["iou"] == 0
    assert found["rsu"] == 0 and found["ras"] == pytest.approx(1) and found["rda"] == 0


def test_rsu_is_the_share_of_heat_inside() -> None:
    mask = np.zeros((10, 10), bool)
    mask[:2, :5] = True
    heat = np.where(mask, 0.8, 0.2)
    inside, outside = 0.8 * 10, 0.2 * 90
    true = 1 - math.exp(-0.707 * inside / outside * 90 / 10)
    assert rsu(heat, mask) == pytest.approx(true)


def test_ras_grows_with_the_way_to_the_centre() -> None:
    ((centre, radius),) = circles([SQUARE])
    assert centre.tolist() == [60, 60]
    assert radius == pytest.approx(1.5 * math.hypot(20, 20))
    rings = [(centre, radius)]
    half = centre + np.array([radius / 2, 0])
    assert ras([centre], rings) == 0
    assert ras([half], rings) == pytest.approx((math.exp(1.5) - 1) / (math.exp(3) - 1))
    assert ras([], rings) == ras([centre + np.array([radius * 2, 0])], rings) == 1


def test_rda_wants_one_place() -> None:
    ((centre, radius),) = circles([SQUARE])
    rings = [(centre, radius)]
    assert rda([], rings) == 0 and rda([centre], rings) == 1
    off = np.array([10, 0])
    two = [centre - off, centre + off]
    assert rda(two, rings) == pytest.approx(0.5 * (1 - 10 / radius) + math.exp(-2))
    assert rda([centre], [*rings, (centre + 1000, radius)]) == 0.5


def test_attention_is_where_the_hills_are() -> None:
    heat = scaled(hill(300, (80, 90, 1.0), (230, 200, 0.8)))
    found = sorted(attention_peaks(heat, 0.1), key=lambda one: one[0])
    assert len(found) == 2
    assert np.hypot(*(found[0] - [80, 90])) < 3
    assert np.hypot(*(found[1] - [230, 200])) < 3
    # As published, for pictures of 3,000 pixels, a small one has a single peak at most.
    assert len(attention_peaks(heat, 1)) <= 1


def test_attention_below_a_half_is_none() -> None:
    heat = scaled(hill(300, (80, 90, 1.0), (230, 200, 0.4)))
    assert len(attention_peaks(heat, 0.1)) == 1


def test_sharpening_lifts_rmi_and_moves_no_peak() -> None:
    rng = np.random.default_rng(0)
    heat = hill(120, (60, 60, 1.0), wide=40) + 0.02 * rng.normal(size=(120, 120))
    plain = localization_scores(heat, [SQUARE], 0.05)
    cubed = localization_scores(scaled(heat) ** 3, [SQUARE], 0.05)
    assert cubed["rmi"] > plain["rmi"] + 0.02
    assert cubed["pointing"] == plain["pointing"]
    assert cubed["ap"] == pytest.approx(plain["ap"])


@pytest.mark.parametrize("side", [1, 2, 3, 10, 33])
@pytest.mark.parametrize("shape", [(40, 55), (64, 34)])
def test_filters_are_those_of_scipy(side, shape) -> None:
    image = np.random.default_rng(side).integers(0, 255, shape).astype(float)
    origin = 0
    assert np.allclose(
        _box_mean(image, side),
        uniform_filter(image, side, mode="mirror", origin=origin),
    )
    most = maximum_filter(image, side, mode="constant", cval=-np.inf)
    assert (_box_max(image, side) == most).all()


def test_average_precision_is_the_area_in_steps() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, False, True, False])
    assert average_precision(scores, right) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    ties = average_precision(np.ones(4), right)
    assert ties == 0.5
    assert average_precision(scores, np.zeros(4, bool)) == 0
