"""Where two pictures differ: what is registered, tuned, left out, and told."""

import numpy as np
import pytest
from made_pairs import built, ground, moved

from rsrag.analysis.change.aligning.radiometry import no_change, tune
from rsrag.analysis.change.aligning.registration import agree, shift_of
from rsrag.analysis.change.change_heads import head_for, tap_encoder
from rsrag.analysis.change.judged_pair import judge_arrays
from rsrag.analysis.change.judgement import JudgeOptions
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import ChangeError

BEFORE = ground()
AFTER = built(BEFORE)
BOX = np.s_[44:84, 52:92]


@pytest.fixture(scope="module")
def mini():
    return MiniEncoder()


def judged(mini, before, after, **options):
    head = head_for(mini, "distance")
    return judge_arrays(before, after, mini, head, **options)


def flagged(found) -> np.ndarray:
    return np.nan_to_num(found.pixels()) > found.threshold


def test_a_new_block_of_houses_is_seen_and_the_rest_is_not(mini) -> None:
    seen = flagged(judged(mini, BEFORE, AFTER))
    assert seen[BOX].mean() > 0.3
    far = np.ones(seen.shape, bool)
    far[28:100, 36:108] = False
    assert seen[far].mean() < 0.002


def test_a_town_over_most_of_a_picture_is_seen(mini) -> None:
    # Standardised over all of each date, nothing at all is.
    seen = flagged(judged(mini, BEFORE, built(BEFORE, (0, 0, 192, 112))))
    assert seen[:108].mean() > 0.3 and seen[120:].mean() < 0.01


def test_an_identical_pair_flags_nothing(mini) -> None:
    found = judged(mini, BEFORE, BEFORE)
    assert found.same and not found.probability.any()
    assert "the two are the same picture" in found.notes


@pytest.mark.parametrize(
    "change",
    [
        lambda p: (p * 0.7).astype(np.uint8),
        lambda p: np.rint(255 * (p / 255) ** 0.7).astype(np.uint8),
        lambda p: np.clip(p * np.array([1.15, 1.0, 0.8]) + 8, 0, 255).astype(np.uint8),
        lambda p: moved(p, 2, 0),
        lambda p: moved(p, 3, -2.6),
    ],
    ids=["darker", "gamma", "cast", "2 px", "4 px"],
)
def test_light_and_shift_are_no_change(mini, change) -> None:
    assert flagged(judged(mini, BEFORE, change(BEFORE))).mean() < 0.005


def test_in_the_other_order_the_same_cells_changed(mini) -> None:
    there, back = judged(mini, BEFORE, AFTER), judged(mini, AFTER, BEFORE)
    np.testing.assert_allclose(there.probability, back.probability, atol=1e-5)


def test_a_shift_is_found_and_undone(mini) -> None:
    found = judged(mini, BEFORE, moved(AFTER, 2, -1))
    at = found.registration
    assert at.applied and abs(at.dx_px - 2) < 0.3 and abs(at.dy_px + 1) < 0.3
    assert at.residual_px is not None and at.residual_px < 0.3
    assert flagged(found)[BOX].mean() > 0.3


def test_half_a_picture_beside_each_other_is_refused(mini) -> None:
    wide = ground(320, 160)
    with pytest.raises(ChangeError, match=r"same ground -96 pixels across") as caught:
        judged(mini, wide[:, :192], wide[:, 96:288])
    assert "--register none" in str(caught.value.hint)


def test_what_has_no_data_in_one_of_them_is_unknown(mini) -> None:
    seen = np.ones(BEFORE.shape[:2], bool)
    seen[:, 150:] = False
    black = AFTER.copy()
    black[:, 150:] = 0
    found = judged(mini, BEFORE, black, after_seen=seen)
    assert np.isnan(found.pixels()[:, 151:]).all()
    assert not flagged(found)[:, 110:].any() and flagged(found)[BOX].mean() > 0.3
    assert found.compared == pytest.approx(150 / 192, abs=0.01)


def test_nothing_in_common_is_refused(mini) -> None:
    nowhere = np.zeros(BEFORE.shape[:2], bool)
    with pytest.raises(ChangeError, match="data nowhere in common"):
        judged(mini, BEFORE, AFTER, before_seen=nowhere)


@pytest.mark.parametrize("order", [1, -1])
def test_a_picture_of_one_colour_is_refused(mini, order) -> None:
    pair = (BEFORE, np.full_like(BEFORE, 7))[::order]
    which = "later" if order > 0 else "earlier"
    with pytest.raises(ChangeError, match=f"The {which} picture is of one colour, .7"):
        judged(mini, *pair)


def test_a_cloud_is_unknown_and_no_change(mini) -> None:
    cloudy = AFTER.copy()
    cloudy[96:, 96:] = 230
    found = judged(mini, BEFORE, cloudy)
    assert np.isnan(found.pixels()[100:, 100:]).all() and found.clouds > 0.1
    kept = judged(mini, BEFORE, cloudy, options=JudgeOptions(clouds=False))
    assert kept.clouds == 0 and flagged(kept)[110:150, 110:180].mean() > 0.1


def test_all_under_cloud_is_refused(mini) -> None:
    with pytest.raises(ChangeError, match="under cloud"):
        judged(mini, BEFORE, np.full_like(BEFORE, 230))


def test_grey_is_compared_with_grey(mini) -> None:
    grey = np.repeat(
        np.rint(BEFORE.mean(axis=2, keepdims=True)).astype(np.uint8), 3, axis=2
    )
    found = judged(mini, BEFORE, grey)
    assert not flagged(found).any()
    assert any("later picture is grey" in note for note in found.notes)


def test_registration_finds_parts_of_pixels() -> None:
    for dx, dy in ((0.0, 0.0), (0.5, -0.3), (3.0, -2.6), (-6.2, 4.4)):
        found = shift_of(BEFORE, moved(BEFORE, dx, dy), 8)
        assert found is not None and found.peak > 10
        assert abs(found.dx_px - dx) < 0.2 and abs(found.dy_px - dy) < 0.2


def test_two_places_have_no_registration() -> None:
    found = agree([(BEFORE, ground(seed=9))], 8)
    assert found.clear == 0 and not found.far and found.dx_px == 0
    flat = np.full_like(BEFORE, 90)
    assert shift_of(BEFORE, flat, 8) is None


def test_light_is_found_by_what_did_not_change() -> None:
    other = np.clip(BEFORE * np.array([0.6, 0.7, 0.8]) + 12, 0, 255)
    other[40:120, 20:120] = (20, 40, 60)  # A third of it is under water now.
    other = np.rint(other).astype(np.uint8)
    found = tune(BEFORE.reshape(-1, 3), other.reshape(-1, 3))
    assert found.later
    before, after = found.tuned(BEFORE, other)
    assert before is BEFORE
    dry = np.ones(BEFORE.shape[:2], bool)
    dry[40:120, 20:120] = False
    assert np.abs(after[dry].astype(int) - BEFORE[dry]).mean() < 4
    swapped = tune(other.reshape(-1, 3), BEFORE.reshape(-1, 3))
    assert not swapped.later
    np.testing.assert_allclose(swapped.table, found.table, atol=1)


def test_no_change_is_a_chance_of_chi_squared() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    from rsrag.analysis.change.aligning.radiometry import _beyond

    values = np.linspace(0, 40, 200)
    for freedom in (1, 3):
        np.testing.assert_allclose(
            _beyond(values, freedom), scipy_stats.chi2.sf(values, freedom), atol=1e-5
        )
    rng = np.random.default_rng(0)
    x = rng.normal(100, 20, (4000, 3))
    y = 0.8 * x + 5 + rng.normal(0, 1, x.shape)
    y[:400] = rng.normal(100, 20, (400, 3))
    chance = no_change(x, y)
    assert np.median(chance[:400]) < 1e-3 < np.median(chance[400:])


def test_an_encoder_of_whole_pictures_cannot_compare() -> None:
    from made_scenes import Colours

    with pytest.raises(ChangeError, match="nothing of single cells"):
        tap_encoder(Colours())
