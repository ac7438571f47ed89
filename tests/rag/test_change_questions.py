"""A hundred questions over twenty sheets, and answers reckoned from the pieces."""

import random
from dataclasses import replace

import pytest
from made_sheets import made_sheet

from rsrag.analysis.change.fact_sheet import CELLS
from rsrag.rag.changes.change_answers import Spoken, answer_over

COVERS = ["building", "road", "trees", "bare", "water"]


def drawn_parts(seed):
    """Pieces of one sheet, no two of one size: cell, before, after, pixels."""
    draw = random.Random(seed)
    sizes = draw.sample(range(20, 900), draw.randrange(1, 9))
    return [(draw.choice(CELLS), *draw.sample(COVERS, 2), size) for size in sizes]


@pytest.mark.parametrize("seed", range(20))
def test_answers_equal_the_sheet(seed):
    parts = drawn_parts(seed)
    sheet = made_sheet(*parts, gsd_m=2.0)
    ranked = sorted(parts, key=lambda part: -part[3])
    built = [p for p in parts if p[2] == "building"]
    north = [p for p in built if p[0].startswith("top")]
    lost = [p for p in parts if p[1] == "trees"]
    was = list(dict.fromkeys(p[1] for p in ranked if p[2] == "building"))
    wanted = {
        "Were any buildings built in the north?": bool(north),
        "How many houses were built?": len(built),
        "Where were trees removed?": [c for c in CELLS if c in {p[0] for p in lost}],
        "How much area changed?": sum(p[3] for p in parts) * 4.0,
        "What was there before the buildings?": was,
    }
    for question, value in wanted.items():
        assert answer_over(sheet, question).value == value, question


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("did anything change?", True),
        ("did nothing change?", False),
        ("Didn't anything change?", True),
        ("is the scene the same?", False),
        ("were any buidings constructd?", True),
        ("was no water lost?", True),
        ("did trees become buildings?", True),
        ("did buildings become trees?", False),
        ("did buildings replace trees?", True),
        ("were trees replaced by buildings?", True),
        ("how many roads disappeared?", 0),
        ("how many changes are there?", 3),
        ("how many changes are in the south-west?", 1),
        ("did anything change in the middle?", False),
        ("where is the largest change?", ["top"]),
        ("when did it change?", ["2019-05-01", "2023-06-02"]),
        ("what replaced the trees?", [["trees", "building", 2]]),
        ("how much area of trees was lost?", None),
    ],
)
def test_other_wordings(question, value):
    parts = [
        ("top", "trees", "building", 300),
        ("top", "trees", "building", 200),
        ("bottom-left", "bare", "road", 100),
    ]
    assert answer_over(made_sheet(*parts), question).value == value


def test_a_conversation_keeps_what_it_spoke_of():
    sheet = made_sheet(
        ("top", "trees", "building", 300),
        ("left", "bare", "building", 200),
        ("right", "bare", "road", 250),
        gsd_m=1.0,
    )
    spoken, values = Spoken(), []
    for question in (
        "How many buildings were built?",
        "Which is the largest?",
        "Where is it?",
        "And the second largest?",
        "Where is it?",
        "How large is it?",
        "What was it before?",
    ):
        told = answer_over(sheet, question, spoken)
        spoken = told.spoken
        values.append(told.value)
    assert values == [2, 1, ["top"], 3, ["left"], 200.0, ["bare"]]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Why were buildings built?", "'why'"),
        ("How many cars were added?", "'cars'"),
        ("Did anything change at the top-left?", "not seen"),
        ("Where is it?", "points back"),
        ("Were three buildings built?", "'three'"),
    ],
)
def test_what_the_sheet_cannot_tell_is_refused(question, said):
    sheet = made_sheet(("top", "bare", "building", 30), hidden=("top-left",))
    told = answer_over(sheet, question)
    assert told.refused
    assert told.value is None
    assert said in told.text


def test_no_is_not_the_whole_where_ground_or_covers_are_unknown():
    sheet = made_sheet(("top", "unknown", "unknown", 30), hidden=("left",))
    told = answer_over(sheet, "Were roads built?")
    assert told.value is False
    assert "The left of the picture was not seen." in told.text
    assert "What covered one further change is not known." in told.text


def test_north_of_a_pair_without_a_place_is_said_to_be_the_top():
    sheet = made_sheet(("top", "trees", "building", 90))
    told = answer_over(sheet, "Were buildings built in the north?")
    assert told.value is True and told.text.endswith("North was taken for the top.")
    assert "North" not in answer_over(sheet, "Were buildings built at the top?").text
    pieces = [replace(p, bbox=(8.0, 47.0, 8.1, 47.1)) for p in sheet.components]
    placed = replace(sheet, components=tuple(pieces))
    assert "North" not in answer_over(placed, "Were buildings built in the north?").text
