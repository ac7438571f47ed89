"""Candidates by how well a phrase fits them, and boxes that are given once."""

import numpy as np
import pytest

from rsrag.analysis.grounding.object_boxes import ObjectBox, each_once, shrinks_for
from rsrag.analysis.grounding.phrase_fit import Candidate, ranked
from rsrag.analysis.grounding.thing_phrases import take_apart

SIZE = (1000, 1000)
PLACES = {
    "a": (50, 50, 150, 150),
    "b": (800, 60, 860, 120),
    "c": (460, 460, 540, 540),
    "d": (60, 820, 280, 980),
    "e": (850, 850, 900, 900),
}


def candidates(**scores) -> list[Candidate]:
    return [
        Candidate(tuple(map(float, box)), scores.get(name, 0.8), ())
        for name, box in PLACES.items()
    ]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("plane at the top left", "a"),
        ("plane in the upper right corner", "b"),
        ("plane in the middle", "c"),
        ("plane at the bottom left", "d"),
        ("the largest plane", "d"),
        ("the smallest plane", "e"),
        ("the leftmost plane", "a"),
        ("the second plane from the right", "b"),
        ("the third plane from the left", "c"),
        ("the second largest plane", "a"),
        ("the lowest plane", "d"),
        ("the largest plane on the right", "b"),
        ("the smallest plane at the top", "b"),
    ],
)
def test_position_size_and_order(words, meant) -> None:
    best = ranked(candidates(), take_apart(words), SIZE)[0]
    assert best.box == PLACES[meant]
    assert best.why and 0 <= best.score <= 0.8


def test_what_is_unlikely_does_not_win_by_its_size() -> None:
    best = ranked(candidates(d=0.1), take_apart("the largest plane"), SIZE)[0]
    assert best.box == PLACES["a"]
    best = ranked(candidates(a=0.1), take_apart("the leftmost plane"), SIZE)[0]
    assert best.box == PLACES["d"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("plane left of the tower", "c"),
        ("plane right of the tower", "e"),  # 235 across and 385 down; b 190, 400
        ("plane above the tower", "b"),
        ("plane next to the tower", "c"),
    ],
)
def test_a_relation_is_weighed(words, meant) -> None:
    tower = [Candidate((600.0, 450.0, 680.0, 530.0), 1.0, ())]
    best = ranked(candidates(), take_apart(words), SIZE, tower)[0]
    assert best.box == PLACES[meant]
    without = ranked(candidates(), take_apart(words), SIZE, [])
    assert max(one.score for one in without) < best.score


def test_a_colour_is_looked_up_in_the_picture() -> None:
    def pixels(box):
        colour = (190, 40, 40) if box == PLACES["e"] else (235, 235, 235)
        return np.full((20, 20, 3), colour, np.uint8)

    def first(words):
        return ranked(candidates(), take_apart(words), SIZE, (), pixels)[0]

    assert first("a red plane").box == PLACES["e"]
    assert first("the white plane at the bottom").box == PLACES["d"]


def test_overlapping_boxes_are_one_object() -> None:
    boxes = [
        ObjectBox("plane", 0.4, (0, 0, 100, 100)),
        ObjectBox("plane", 0.9, (5, 5, 105, 105)),
        ObjectBox("plane", 0.5, (80, 80, 180, 180)),
    ]
    assert [one.chance for one in each_once(boxes)] == [0.9, 0.5]
    assert each_once([]) == []


def test_scales_follow_the_size_of_things_on_the_ground() -> None:
    assert shrinks_for(["plane"], (4000, 4000), None) == [1, 2, 4, 8]
    assert shrinks_for(["plane"], (100, 100), None) == [1]
    assert shrinks_for(["small vehicle"], (4000, 4000), 0.3) == [1]
    assert shrinks_for(["small vehicle"], (4000, 4000), 0.05) == [1, 2, 4, 8]
    assert shrinks_for(["ship"], (4000, 4000), 2.0) == [1, 2, 4, 8]
