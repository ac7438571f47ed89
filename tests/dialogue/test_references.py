"""What utterances are read as, and where the reading is a question back."""

import json

import pytest

from rsrag.dialogue.readings import Ask, AskBack, Find, GoBack, ShowHit
from rsrag.dialogue.references import read
from rsrag.dialogue.state import DialogueState, Focus, Search, ShownHit, Turn

HITS = tuple(ShownHit(f"{n:032x}", f"s{n}.tif", (float(n), 40.0)) for n in range(3))
FOUND = Focus("hits", search=Search("a harbour"), hits=HITS)
SECOND = Focus("hit", search=Search("a harbour"), hits=HITS, number=2)
LAKE = Focus("landmarks", context={"landmarks": [{"name": "Lake Baikal", "ids": []}]})
TWO = Focus(
    "landmarks",
    context={"landmarks": [{"name": n, "ids": []} for n in ("Aral Sea", "Lake Chad")]},
)
PICTURES = {"picture 1": "a.png", "picture 2": "b.png"}


NOTHING = Focus()


def state(focus=NOTHING, hits=NOTHING, **more) -> DialogueState:
    return DialogueState(focus=focus, hits=hits, **more)


def reading(text, held, named=False):
    return read(text, held, lambda _: named)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("find a harbour", "a harbour"),
        ("Show me pictures of snow and ice", "snow and ice"),
        ("search for bare sand.", "bare sand"),
        ("can you find the first snow", "the first snow"),
        ("images of a river", "a river"),
    ],
)
def test_searches(text, words) -> None:
    assert reading(text, state()) == Find(Search(words))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the second", 2),
        ("show me the third one", 3),
        ("hit 1", 1),
        ("#2", 2),
        ("the last one", 3),
        ("the second of them", 2),
    ],
)
def test_ordinals_are_hits(text, number) -> None:
    assert reading(text, state(FOUND, FOUND)) == ShowHit(number)


@pytest.mark.parametrize(
    ("text", "number", "at_place"),
    [
        ("what is near it?", 2, True),
        ("Where is that?", 2, True),
        ("what does it show?", 2, False),
        ("what is near the first?", 1, True),
    ],
)
def test_a_hit_is_asked_about(text, number, at_place) -> None:
    got = reading(text, state(SECOND, FOUND))
    assert isinstance(got, Ask)
    assert (got.number, got.at_place) == (number, at_place)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now only in 2021", Search("a harbour", datetime="2021")),
        ("only since 2020", Search("a harbour", datetime="2020/..")),
        ("without ships", Search("a harbour", without=("ships",))),
        ("now with less than 20 % cloud", Search("a harbour", max_cloud=20)),
        ("more like the third", Search(chip=HITS[2].id)),
        ("more like that one", Search(chip=HITS[1].id)),
        ("more like this picture", Search(picture="a.png")),
    ],
)
def test_the_last_search_is_edited(text, expected) -> None:
    held = state(SECOND, FOUND, pictures={"picture 1": "a.png"})
    assert reading(text, held) == Find(expected)


def test_a_picture_is_asked_what_the_last_was() -> None:
    held = state(
        Focus("picture", picture="picture 2"), pictures=PICTURES, question="What is it?"
    )
    assert reading("and this one?", held) == Ask("What is it?", picture="picture 2")
    assert reading("what is in picture 1?", held).picture == "picture 1"
    assert reading("what is in the first picture?", held).picture == "picture 1"


def test_a_named_place_is_no_reference() -> None:
    text = "How deep is Lake Baikal and is it salty?"
    assert reading(text, state(SECOND, FOUND), named=True) == Ask(text)


def test_places_are_left_to_the_reader_of_questions() -> None:
    assert reading("how deep is it?", state(LAKE, FOUND)) == Ask("how deep is it?")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("what is near it?", state(FOUND, FOUND)),
        ("more like that one", state(FOUND, FOUND)),
        ("the fourth", state(FOUND, FOUND)),
        ("hit 7", state(FOUND, FOUND)),
        ("the second", state()),
        ("the second", state(TWO, FOUND)),
        ("without ships", state()),
        ("this picture", state()),
        ("this picture", state(LAKE, pictures=PICTURES)),
        ("picture 3", state(LAKE, pictures=PICTURES)),
        ("both pictures", state(pictures=PICTURES)),
        ("back to the bridge", state(LAKE)),
    ],
)
def test_asks_back_and_does_not_guess(text, held) -> None:
    assert isinstance(reading(text, held), AskBack)


def test_back_to_what_was_spoken_of() -> None:
    turns = [Turn("", "", "", "ask", focus) for focus in (LAKE, FOUND, SECOND)]
    held = DialogueState(turns=tuple(turns))
    assert reading("back to Lake Baikal", held) == GoBack(LAKE)
    assert reading("and back to the harbour", held) == GoBack(FOUND)
    sea = Focus("hits", search=Search("a lake"), hits=HITS)
    both = DialogueState(turns=(*turns, Turn("", "", "", "search", sea)))
    assert isinstance(reading("back to the lake", both), AskBack)


def test_a_state_is_json_and_back() -> None:
    turn = Turn("find a harbour", "search", "1. s0", "search", FOUND, ("picture 1",))
    held = state(SECOND, FOUND, pictures=PICTURES, question="What?", index="coast")
    held = held.after(turn)
    assert DialogueState.from_json(json.loads(json.dumps(held.to_json()))) == held
    gone = held.without_hits()
    assert gone.focus == gone.hits == Focus() and gone.turns[0].said == turn.said
