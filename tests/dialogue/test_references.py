"""What utterances are read as, and where the reading is a question back."""

import dataclasses
import json

import pytest

from rsrag.dialogue.places_of_talk import spoken_together
from rsrag.dialogue.readings import Ask, AskBack, Find, GoBack, ShowHit
from rsrag.dialogue.references import HELP, read
from rsrag.dialogue.search_edits import wider
from rsrag.dialogue.state import DialogueState, Focus, Search, ShownHit, Turn

HITS = tuple(ShownHit(f"{n:032x}", f"s{n}.tif", (float(n), 40.0)) for n in range(3))
FOUND = Focus("hits", search=Search("a harbour"), hits=HITS)
SECOND = Focus("hit", search=Search("a harbour"), hits=HITS, number=2)
LAKE = Focus("landmarks", context={"landmarks": [{"name": "Lake Baikal", "ids": []}]})
TWO = Focus(
    "landmarks",
    context={"landmarks": [{"name": n, "ids": []} for n in ("Aral Sea", "Lake Chad")]},
)
BOTH_LAKES = [{"name": f"Lake {n}", "ids": []} for n in ("Ladoga", "Chad")]
PICTURES = {"picture 1": "a.png", "picture 2": "b.png"}


NOTHING = Focus()


def state(focus=NOTHING, hits=NOTHING, **more) -> DialogueState:
    return DialogueState(focus=focus, hits=hits, **more)


class Words:
    """What words name: nothing, or a place in each; Africa has an outline."""

    def __init__(self, named=False, kinds=()):
        self._named, self._kinds = named, kinds

    def named(self, text):
        return self._named

    def kinds(self, ids):
        return self._kinds if ids else ()

    def placed(self, name):
        return name == "Africa"


def reading(text, held, named=False):
    return read(text, held, Words(named))


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


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("only those from 2020", {"datetime": "2020"}),
        ("ok but only 2021", {"datetime": "2021"}),
        ("and in 2020 then?", {"datetime": "2020"}),
        ("only in June 2021", {"datetime": "2021-06"}),
        ("between 2019 and 2021", {"datetime": "2019/2021"}),
        ("after 2019", {"datetime": "2020/.."}),
        ("newer than 2019-12", {"datetime": "2020-01/.."}),
        ("older than 2020-03-01", {"datetime": "../2020-02-29"}),
        ("until 2020", {"datetime": "../2020"}),
        ("nothing older than 2020", {"datetime": "2020/.."}),
        ("cloud below 15 percent", {"max_cloud": 15.0}),
        ("without clouds", {"max_cloud": 0.0}),
        ("leave out the boats, please", {"without": ("boats",)}),
        ("but not with buildings in it", {"without": ("buildings",)}),
        ("the same in Africa", {"place": "Africa"}),
        ("limit them to Africa", {"place": "Africa"}),
        ("only in Africa and in 2021", {"place": "Africa", "datetime": "2021"}),
        ("the same, but with an airport instead", {"words": "an airport"}),
    ],
)
def test_a_search_is_changed_in_many_words(text, changes) -> None:
    want = dataclasses.replace(FOUND.search, **changes)
    assert reading(text, state(FOUND, FOUND)) == Find(want)


def test_the_year_is_dropped_again() -> None:
    dated = Focus("hits", search=Search("a harbour", datetime="2021"), hits=HITS)
    for text in ("any year is fine", "drop the year again", "without the year"):
        assert reading(text, state(dated, dated)) == Find(Search("a harbour"))


@pytest.mark.parametrize("text", ["no thanks", "in which country does it lie?"])
def test_what_is_no_edit(text) -> None:
    assert not isinstance(reading(text, state(FOUND, FOUND)), Find)


def test_in_and_a_year_after_an_answer_is_a_question() -> None:
    assert reading("and in 2020?", state(LAKE, FOUND)) == Ask("and in 2020?")


def test_a_place_without_an_outline_is_asked_about() -> None:
    asked = reading("the same in Atlantis", state(FOUND, FOUND))
    assert asked == AskBack("where 'Atlantis' is: no place of that name has an outline")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("k open number three for me", 3),
        ("the 2nd one, please", 2),
        ("no. 2", 2),
        ("3", 3),
        ("third", 3),
        ("the last but one", 2),
        ("the second to last one", 2),
        ("the one at the top", 1),
        ("the bottom one", 3),
        ("the easternmost of them", 3),
        ("which one lies furthest west?", 1),
    ],
)
def test_hits_in_other_words(text, number) -> None:
    assert reading(text, state(FOUND, FOUND)) == ShowHit(number)


def test_the_next_hit_and_the_one_before() -> None:
    assert reading("the next one", state(SECOND, FOUND)) == ShowHit(3)
    assert reading("and the one before it?", state(SECOND, FOUND)) == ShowHit(1)
    asked = reading("the next one", state(FOUND, FOUND))
    assert asked == AskBack("after which hit 'the next one' comes: none is spoken of")


def test_hits_that_lie_equally_far_are_asked_about() -> None:
    asked = reading("the northernmost", state(FOUND, FOUND))
    assert isinstance(asked, AskBack)
    assert asked.text.endswith("hits 1, 2, 3 lie equally far")


@pytest.mark.parametrize(
    ("text", "chip"),
    [
        ("got others similar to #3?", 3),
        ("find others that resemble the second", 2),
        ("something like hit 1, please", 1),
        ("show me ones that look like the last one", 3),
    ],
)
def test_likeness_in_other_words(text, chip) -> None:
    assert reading(text, state(FOUND, FOUND)) == Find(Search(chip=HITS[chip - 1].id))


def test_the_other_picture_and_the_image() -> None:
    held = state(Focus("picture", picture="picture 2"), pictures=PICTURES)
    other = reading("what does the other one show?", held)
    assert (other.picture, other.ordinal) == ("picture 1", True)
    assert reading("does the image show water?", held).picture == "picture 2"
    assert reading("more like the other picture", held) == Find(Search(picture="a.png"))
    third = reading("third image?", held)
    assert third == AskBack("which picture is meant by 'the third image': there are 2")


def test_a_place_is_meant_by_its_kind() -> None:
    turns = (Turn("a", "", "", "ask", LAKE),)
    bridge = Focus("landmarks", context={"landmarks": [{"name": "B", "ids": ["b"]}]})
    held = state(bridge, turns=turns)
    assert reading("where is that lake?", held) == Ask("where is Lake Baikal?")
    kind = read("where is that bridge?", held, Words(kinds=("bridge",)))
    assert kind == Ask("where is B?")
    two = reading("how deep is that lake?", state(TWO))
    assert two == Ask("how deep is Lake Chad?")
    both = state(dataclasses.replace(TWO, context={"landmarks": BOTH_LAKES}))
    assert isinstance(reading("how deep is that lake?", both), AskBack)
    second = reading("how deep is the second lake?", both)
    assert second == Ask("how deep is Lake Chad?")


@pytest.mark.parametrize("text", ["it?", "what is there?", "the northernmost one"])
def test_nothing_was_spoken_of(text) -> None:
    asked = reading(text, state())
    assert isinstance(asked, AskBack) and "nothing was spoken of yet" in asked.text


@pytest.mark.parametrize("text", ["help", "thanks!", "hello"])
def test_what_asks_nothing_is_told_what_can_be_said(text) -> None:
    assert reading(text, state(FOUND, FOUND)) == AskBack(HELP)


def test_anywhere_drops_the_place() -> None:
    held = Focus("hits", search=Search("a harbour", place="Africa"), hits=HITS)
    assert reading("anywhere", state(held, held)) == Find(Search("a harbour"))
    assert wider(held.search) == " Say 'anywhere' to look further."
    assert wider(Search("a", datetime="2021")) == " Say 'in any year' to look further."
    assert wider(FOUND.search) == ""


def test_which_of_them_is_of_the_two_places_asked_of_last() -> None:
    deep = Focus("landmarks", context={"landmarks": [BOTH_LAKES[0]], "query": None})
    chad = Focus("landmarks", context={"landmarks": [BOTH_LAKES[1]], "query": None})
    turns = (Turn("a", "", "", "ask", deep), Turn("b", "", "", "ask", chad))
    held = state(chad, turns=turns)
    together = spoken_together("which of them is deeper?", held)
    assert together.names == ("Lake Ladoga", "Lake Chad")
    assert spoken_together("how deep is it?", held) == chad
    apart = (turns[0], Turn("find snow", "", "", "search", FOUND), turns[1])
    assert spoken_together("which of them?", state(chad, turns=apart)) == chad


def test_what_is_like_a_hit_is_called_by_its_name() -> None:
    found = reading("more like the second", state(FOUND, FOUND))
    assert str(found.search) == "what is like s1.tif"
