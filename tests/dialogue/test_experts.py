"""What experts find in pictures whose cells are given."""

import numpy as np
import pytest

from rsrag.answers import LabelScore
from rsrag.dialogue.experts.expert_findings import asks_to_look, covers_named
from rsrag.dialogue.experts.ground_seen import ground_from
from rsrag.dialogue.experts.merging_findings import LookedAt, answer_instruction
from rsrag.dialogue.experts.relation_expert import relations_of
from rsrag.dialogue.experts.theme_expert import find_theme
from rsrag.dialogue.router.instruction_router import route
from rsrag.rag.saying.sentences import sentences

COVERS = ("water", "trees", "bare", "building")
SCORES = (LabelScore("the open sea", 0.5, 0.3), LabelScore("a forest", 0.4, 0.2))


def ground(*rows: str, sure: float = 0.9):
    """A picture of letters, each ten cells wide and high."""
    letters = np.array([list(row) for row in rows]).repeat(10, 0).repeat(10, 1)
    likely = np.full((*letters.shape, len(COVERS)), (1 - sure) / 3, np.float32)
    for number, cover in enumerate(COVERS):
        likely[letters == cover[0], number] = sure
    return ground_from(likely, COVERS)


LAKE = ground("ttttt", "ttttt", "ttwtt", "ttttt", "ttttt")
HALVES = ground("wwwttt", "wwwttt", "wwwttt")
BAND = ground("tttttttt", "tttttttt", "wwwwwwww", "tttttttt", "tttttttt")


def said(seen, text: str):
    return answer_instruction(route(text), LookedAt("p", SCORES, seen))


def holds(seen) -> set[tuple[str, str, str]]:
    return {(one.first, one.how, one.second) for one in relations_of(seen)}


def test_shares_places_and_pieces() -> None:
    assert LAKE.shares == pytest.approx({"water": 0.04, "trees": 0.96}, abs=0.01)
    assert LAKE.cells("water") == ["middle"]
    assert HALVES.cells("water") == [
        *("top-left", "top", "left", "middle", "bottom-left", "bottom")
    ]
    assert [piece.cover for piece in LAKE.pieces] == ["trees", "water"]


def test_relations_by_rules() -> None:
    assert ("water", "surrounded by", "trees") in holds(LAKE)
    assert ("trees", "surrounded by", "water") not in holds(LAKE)
    assert ("water", "left of", "trees") in holds(HALVES)
    assert ("trees", "left of", "water") not in holds(HALVES)
    assert ("water", "next to", "trees") in holds(HALVES)
    assert ("water", "along", "trees") in holds(BAND)
    assert ("water", "above", "trees") not in holds(BAND)
    assert ("water", "above", "trees") in holds(ground("ww", "tt"))
    assert holds(ground("tt", "tt")) == set()


def test_what_is_not_sure_is_not_told() -> None:
    unsure = ground("wwwttt", "wwwttt", sure=0.55)
    assert not unsure.has("water") and unsure.has("trees")
    assert {piece.cover for piece in unsure.pieces} == {"trees"}


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("Is there water?", "yes", "Water covers 50 % of the picture"),
        ("Is there a desert?", "no", "No bare ground is seen"),
        ("Where is the forest?", None, "Trees cover 50 %"),
        ("Are there more trees than houses?", "trees", "(50 %) than buildings"),
        ("Is the lake left of the forest?", None, "Water is left of trees."),
        ("How many lakes are there?", "1", "Water lies in one area"),
    ],
)
def test_answers(text, value, words) -> None:
    answer = said(HALVES, text)
    assert words in answer.text.replace(" [1]", "")
    if value is not None:
        assert answer.value == value
    assert answer.grounded and answer.citations


@pytest.mark.parametrize(
    ("seen", "text", "why"),
    [
        (HALVES, "How many zebras are there?", "none of what is told apart"),
        (None, "Is there water?", "does not tell what is where"),
        (HALVES, "Is there more water than cheese?", "needs two things"),
        (HALVES, "What changed between the two pictures?", "rsrag change"),
    ],
)
def test_what_cannot_be_told_is_refused(seen, text, why) -> None:
    answer = said(seen, text)
    assert answer.refused and why in answer.text


def test_the_whole_contradicts_no_part() -> None:
    """Covers of the description are those of the ninths, and so is the theme."""
    answer = said(LAKE, "Describe the image in detail.")
    assert "Trees and water lie in the middle" in answer.text
    told = {cover for line in sentences(answer.text) for cover in covers_named(line)}
    assert told == {"trees", "water"}
    assert "open sea" not in answer.text and "a forest" in answer.text
    assert answer.grounded
    assert len(answer.citations) == 3


def test_a_theme_that_the_ground_contradicts_shares_out_its_probability() -> None:
    (only,) = find_theme(SCORES, LAKE)
    assert only.claim == "The picture looks like a forest."
    assert only.probability == pytest.approx(0.8)
    assert [one.probability for one in find_theme(SCORES, None)] == [0.5, 0.4]


def test_what_asks_to_look() -> None:
    assert asks_to_look("are there more trees than buildings?")
    assert asks_to_look("how many planes are there")
    assert asks_to_look("describe the whole scene in detail")
    assert not asks_to_look("how deep is Lake Baikal?")
    assert not asks_to_look("why is the sky blue?")
    assert covers_named("Is the lake beside a wood or the lake?") == ["water", "trees"]
