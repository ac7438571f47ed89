"""Talk of what changed between two pictures: which, and questions over its sheet."""

import json

import pytest

from rsrag.dialogue.pair_talk import pair_asked
from rsrag.dialogue.readings import AskBack, Compare
from rsrag.dialogue.references import read
from rsrag.dialogue.state import DialogueState, Focus, ShownHit
from rsrag.dialogue.turns import take_turn
from rsrag.errors import ChangeError
from tests.rag.made_sheets import made_sheet

HITS = Focus("hits", hits=tuple(ShownHit(f"id{n}", f"{n}.tif") for n in (1, 2, 3)))
TWO = Focus("hits", hits=HITS.hits[:2])
TALK = DialogueState(focus=HITS, hits=HITS, pictures={"picture 1": "/p/a.png"})


class Made:
    """Tools that know one change, and keep what they were asked."""

    def __init__(self, sheet=None) -> None:
        self.sheet, self.asked = sheet, []

    def named(self, text: str) -> bool:
        return "Baikal" in text

    def kinds(self, ids):
        return ()

    def placed(self, name: str) -> bool:
        return False

    def compare(self, before, after):
        self.asked.append((before, after))
        if self.sheet is None:
            raise ChangeError("They share no ground.")
        return self.sheet


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("What changed between hit 1 and hit 3?", ("hit", "1"), ("hit", "3")),
        (
            "what has changed between the first and the last?",
            ("hit", "1"),
            ("hit", "3"),
        ),
        ("compare the second with the third hit", ("hit", "2"), ("hit", "3")),
        ("what changed between 2 and 1", ("hit", "2"), ("hit", "1")),
        ("What changed from a.tif to b.tif?", ("path", "a.tif"), ("path", "b.tif")),
        (
            "compare picture 1 with /p/b.png",
            ("picture", "picture 1"),
            ("path", "/p/b.png"),
        ),
    ],
)
def test_which_two(text, before, after) -> None:
    assert read(text, TALK, Made()) == Compare(before, after)


def test_the_two_of_two_hits() -> None:
    state = DialogueState(focus=TWO, hits=TWO)
    asked = pair_asked("What changed between them?", state)
    assert asked == Compare(("hit", "1"), ("hit", "2"))
    assert isinstance(pair_asked("what changed between them?", TALK), AskBack)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what changed between hit 1 and hit 9?", "there are 3 hits"),
        ("what changed between hit 1 and the moon?", "'the moon'"),
        ("what changed between hit 1 and hit 1?", "named twice"),
        ("compare picture 1 with picture 4", "there are 1"),
    ],
)
def test_asks_back_which_are_meant(text, words) -> None:
    asked = read(text, TALK, Made())
    assert isinstance(asked, AskBack) and words in asked.text


def test_questions_are_answered_from_the_sheet_in_several_turns() -> None:
    sheet = made_sheet(
        ("top-left", "bare", "building", 90), ("right", "trees", "building", 40)
    )
    tools = Made(sheet)
    reply, state = take_turn("What changed between hit 1 and hit 2?", TALK, tools)
    assert tools.asked == [(("hit", "id1"), ("hit", "id2"))]
    assert reply.turn.kind == "change" and "2 places" in reply.turn.told
    label = "the change between hit 1, 1.tif and hit 2, 2.tif"
    assert state.focus.label == label
    told = []
    for text in ("How many new buildings?", "Which is the largest?", "Where is it?"):
        state = DialogueState.from_json(json.loads(json.dumps(state.to_json())))
        reply, state = take_turn(text, state, tools)
        assert reply.turn.understood == f"{text}, of {label}"
        told.append(reply.turn.told)
    assert told[0].startswith("Two") and "top-left" in told[1] + told[2]
    reply, state = take_turn("back to the change", state, tools)
    assert reply.turn.kind == "back" and state.focus.label == label
    reply, _ = take_turn("How many castles?", state, tools)
    assert "does not tell of 'castles'" in reply.turn.told


def test_what_cannot_be_compared_is_told_and_changes_nothing() -> None:
    reply, state = take_turn("compare hit 1 with hit 2", TALK, Made())
    assert reply.turn.kind == "error" and "share no ground" in reply.turn.told
    assert state.focus == TALK.focus and state.change is None


def test_an_older_change_is_no_longer_asked_of() -> None:
    tools = Made(made_sheet(("top", "bare", "water", 50)))
    _, state = take_turn("compare hit 1 with hit 2", TALK, tools)
    _, state = take_turn("compare hit 1 with hit 3", state, tools)
    _, state = take_turn("back to the change between hit 1 and hit 2", state, tools)
    reply, _ = take_turn("How much changed?", state, tools)
    assert reply.turn.kind == "error" and "not kept any more" in reply.turn.told
