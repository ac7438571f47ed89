"""Which chips show one ground, where a row of values turns, and what hides a date."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from made_pairs import built, ground

from rsrag.analysis.times.date_marks import cloud_shares, told_before
from rsrag.analysis.times.place_stacks import (
    holding,
    shared_ground,
    stack_at,
    stacks,
)
from rsrag.analysis.times.rising import turn_of

UNIT = np.array([0.0, 0.0, 1.0, 1.0])


def moved(x: float, y: float = 0.0, side: float = 1.0) -> np.ndarray:
    return np.array([x, y, x + side, y + side])


def test_shared_ground_is_that_of_all_ground() -> None:
    boxes = np.stack([UNIT, moved(0.5), moved(0.25, 0.25), moved(2), moved(0, 0, 0.5)])
    expected = [1, 0.5 / 1.5, 0.5625 / 1.4375, 0, 0.25]
    np.testing.assert_allclose(shared_ground(boxes, UNIT), expected)
    assert shared_ground(np.zeros((1, 4)), np.zeros(4)).tolist() == [0]


def test_ground_across_the_antimeridian() -> None:
    boxes = np.array(
        [[179.5, 0, -179.5, 1], [179.5, 0, 180.5, 1], [-180.5, 0, -179.5, 1]]
    )
    for box in boxes:
        np.testing.assert_allclose(shared_ground(boxes, box), 1)
    for lon in (180.0, -180.0, 179.8, -179.8):
        assert holding(boxes, lon, 0.5).tolist() == [0, 1, 2]
    assert holding(boxes, 0.0, 0.5).tolist() == []


def test_a_stack_takes_one_chip_of_each_scene_the_earliest_first() -> None:
    boxes = np.stack([moved(0.1), moved(0.4), UNIT, moved(3), moved(0, 0, 9)])
    scenes = np.array([0, 0, 1, 1, 2])
    found = stacks(boxes, np.array([5, 5, 2, 2, 1]), scenes)
    assert [stack.tolist() for stack in found] == [[2, 0]]


def test_times_that_are_one_are_no_stack() -> None:
    boxes = np.stack([UNIT, UNIT])
    assert stacks(boxes, np.array([4, 4]), np.array([0, 1])) == []
    assert stacks(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0, int)) == []


def test_the_stack_of_a_point_is_that_of_most_scenes() -> None:
    wide = moved(-4, -4, 9)
    boxes = np.stack([wide, UNIT, moved(0.2), moved(0.1), moved(0.9)])
    moments, scenes = np.array([1, 9, 3, 5, 3]), np.array([0, 1, 2, 3, 2])
    stack, other = stack_at(boxes, moments, scenes, 0.5, 0.5)
    assert stack.tolist() == [2, 3, 1] and other == 1
    none, other = stack_at(boxes, moments, scenes, 50, 50)
    assert none.tolist() == [] and other == 0


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_no_chip_is_in_two_stacks_and_all_share_the_first_ones_ground(seed) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 40))
    corners = rng.integers(0, 6, (count, 2)) / 2
    boxes = np.concatenate([corners, corners + 1], axis=1).astype(float)
    scenes = rng.integers(0, 5, count)
    moments = scenes * 10
    found = stacks(boxes, moments, scenes)
    every = [int(number) for stack in found for number in stack]
    assert len(every) == len(set(every))
    for stack in found:
        assert (np.diff(moments[stack]) > 0).all()
        assert (shared_ground(boxes[stack], boxes[stack[0]]) >= 0.3).all()


def test_a_turn_is_where_the_values_rise_and_stay() -> None:
    turn = turn_of(np.array([-5.0, -4.5, 0.5, 1.0, 0.0]))
    assert turn is not None and turn.at == 2
    assert turn.before == pytest.approx(-4.75) and turn.after == pytest.approx(0.5)
    assert turn.rise == pytest.approx(5.25)


@pytest.mark.parametrize(
    "values",
    [
        [0.5, 1.0, -4.0, -5.0],  # it falls
        [-4.0, -3.5, -3.9, -3.0],  # it hardly rises
        [-4.0, 3.0, -4.0, 3.0],  # it comes and goes
        [-3.0, 1.0, 2.0, -2.5],  # it does not stay
        [1.0],
        [],
        [np.nan, 4.0],
    ],
)
def test_what_is_no_turn(values) -> None:
    assert turn_of(np.array(values)) is None


def test_dates_that_tell_nothing_are_passed_over() -> None:
    turn = turn_of(np.array([-5.0, np.nan, 9.0, np.nan, 8.0]))
    assert turn is not None and turn.at == 2
    assert turn_of(np.array([-9.0, -5.0]), least=-4.0) is None


def test_a_cloud_in_one_picture_is_told_and_snow_in_all_is_none() -> None:
    fields = ground()
    cloudy = fields.copy()
    cloudy[:, :96] = 235
    shares = cloud_shares([fields, cloudy, fields, None])
    assert shares[1] == pytest.approx(0.5, abs=0.05)
    assert shares[0] < 0.02 and shares[2] < 0.02 and shares[3] == 0
    white = np.full_like(fields, 240)
    assert cloud_shares([white, white, white]) == [0, 0, 0]
    assert cloud_shares([cloudy]) == [0]


def test_a_picture_told_twice_is_known_and_a_changed_one_is_not() -> None:
    fields = ground()
    brighter = (np.minimum(fields, 250) + 3).astype(np.uint8)
    noise = np.random.default_rng(1).integers(-25, 26, (*fields.shape[:2], 1))
    later = (fields + noise).clip(0, 255).astype(np.uint8)
    town = built(fields)
    pictures = [fields, town, None, brighter, later]
    assert told_before(pictures) == [None, None, None, 0, None]
