"""A picture: what it looks like, what is like it, and what must be seen in it."""

import numpy as np
import pytest
import shapely
from scripted_words import Scripted
from seeing import hit

from rsrag.answers import Evidence
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.errors import GeneratorError
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest, Seen, Tools
from rsrag.rag.answering.picture_answers import CLEAR
from rsrag.retrieval.wording.evidence import chip_evidence, landmark_evidence

CHIPS = [chip_evidence(hit(n, 0.9 - n / 10)) for n in range(5)]
LOOKS = [
    Evidence("chip", "p", "The picture looks like an airport.", "p", score=0.97),
    Evidence("chip", "p", "Most of it looks like bare ground.", "p", score=0.8),
]
IMAGE = np.zeros((4, 4, 3), np.uint8)
AT_BAIKAL = shapely.to_wkb(shapely.box(107, 53, 107.3, 53.1))
NOWHERE = shapely.to_wkb(shapely.box(-140, -30, -139, -29))
UNSEEN = "must be seen in the picture, and no language model that sees is here."


@pytest.fixture
def baikal(catalogue):
    return catalogue.named("Lake Baikal")[0]


@pytest.fixture
def told(catalogue):
    def call(text, seen=None, *, exclude=frozenset(), footprint=None, generator=None):
        looked = []

        def look(request):
            looked.append(request)
            return seen

        tools = Tools(
            catalogue,
            lambda *_: [],
            shared_minilm,
            look=look if seen else None,
            generator=generator,
        )
        request = AskRequest(text, image=IMAGE, footprint=footprint, exclude=exclude)
        answer = ask(request, tools)
        assert len(looked) <= 1
        return answer

    return call


def test_a_clear_picture_is_its_landmark(told, baikal):
    answer = told("How deep is it?", Seen(baikal.id, 0.9, CHIPS))
    assert (answer.route, answer.value, answer.confidence) == ("image", "1,642 m", 0.9)
    assert answer.notes[-1] == (
        "the picture was taken for Lake Baikal (confidence 0.90)"
    )


def test_what_is_this_describes_the_landmark(told, baikal):
    answer = told("What is this?", Seen(baikal.id, CLEAR, CHIPS))
    assert answer.value == "Lake Baikal"
    assert answer.text.startswith("Lake Baikal is a lake at")
    excluded = frozenset(one.evidence.id for one in answer.citations[1:])
    fewer = told("What is this?", Seen(baikal.id, CLEAR, CHIPS), exclude=excluded)
    assert not excluded & {one.evidence.id for one in fewer.citations}


def test_a_clear_picture_of_a_place_without_the_value_is_refused(told, baikal):
    answer = told("How wide is it?", Seen(baikal.id, 0.9, CHIPS))
    assert answer.refused
    assert "it holds no width of Lake Baikal" in answer.text


@pytest.mark.parametrize("confidence", [0.0, CLEAR - 0.01])
def test_an_unclear_picture_is_told_by_its_looks_and_those_like_it(
    told, baikal, confidence
):
    answer = told("What is this?", Seen(baikal.id, confidence, CHIPS[:2], LOOKS))
    assert answer.text == (
        "The picture looks like an airport [1]. Most of it looks like bare ground [2]. "
        "A picture like it: chip 0.png, similarity 0.90 [3]. "
        "A picture like it: chip 1.png, similarity 0.80 [4]."
    )
    assert answer.confidence == 0.97
    assert "no proof" in answer.notes[0]


def test_where_it_may_be_is_told_by_those_like_it_alone(told):
    answer = told("Where is this?", Seen(None, 0.3, CHIPS[:1], LOOKS))
    assert answer.text == "A picture like it: chip 0.png, similarity 0.90 [1]."
    assert answer.confidence == 0.3
    alone = told("Where is this?", Seen(None, 0.0, (), LOOKS))
    assert alone.refused
    assert "no picture in the index or among the references is like" in alone.text


def test_a_reference_picture_is_told_as_it_is(told, baikal):
    piece = landmark_evidence(baikal)
    answer = told("Where is this?", Seen(None, 0.0, [piece, *CHIPS]))
    assert answer.citations[0].evidence == piece


@pytest.mark.parametrize("text", ["How deep is it?", "What is its height?"])
def test_a_value_is_not_guessed_from_those_like_it(told, text):
    answer = told(text, Seen(None, 0.0, CHIPS, LOOKS))
    assert answer.refused
    assert list(answer.nearest) == [*LOOKS, CHIPS[0]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("How many planes are in the picture?", "how many there are"),
        ("Count the ships.", "how many there are"),
        ("What colour is the roof?", "what colour it is"),
        ("What lies in the upper left of it?", "what is where in it"),
        ("Is there water in this image?", "whether it is so"),
        ("Are there any boats?", "whether it is so"),
        ("Is this an airport?", "whether it is so"),
        ("Which volcano is in this picture?", "what it shows"),
        ("Which lakes are visible?", "what it shows"),
    ],
)
def test_what_must_be_seen_is_refused_with_looks_as_nearest(told, text, what):
    answer = told(text, Seen(None, 0.2, CHIPS, LOOKS))
    assert answer.refused
    assert answer.text.startswith(f"Not in the knowledge base: {what} {UNSEEN}")
    assert list(answer.nearest) == [*LOOKS, CHIPS[0]]


def test_a_question_about_a_named_place_does_not_ask_the_picture(told):
    answer = told("How deep is Lake Baikal?", Seen(None, 0.2, CHIPS, LOOKS))
    assert answer.value == "1,642 m"


class Eyes(Scripted):
    """Sees, or finds out that it does not."""

    sees = True

    def generate(self, messages, **options):
        assert messages[-1].images
        if self.texts:
            return super().generate(messages, **options)
        self.sees = False
        raise GeneratorError("no pictures here")


def test_a_model_that_sees_is_asked_and_not_vouched_for(told):
    seen = Seen(None, 0.2, CHIPS, LOOKS)
    answer = told("How many planes are there?", seen, generator=Eyes("Three planes."))
    assert answer.text == "Three planes [1]."
    assert answer.citations[0].evidence.source == "the picture seen by scripted"
    assert answer.confidence == 0.5
    assert not answer.grounded
    assert "nothing here checks it" in answer.notes[0]


def test_a_model_that_turns_out_not_to_see_is_a_refusal(told):
    answer = told("What colour is it?", Seen(None, 0.2, (), LOOKS), generator=Eyes())
    assert answer.refused
    assert UNSEEN in answer.text


@pytest.mark.parametrize(
    ("footprint", "value", "text"),
    [
        (AT_BAIKAL, "yes", "The picture lies within Lake Baikal [1]."),
        (NOWHERE, "no", " of the picture [1]."),
    ],
)
def test_is_this_it_by_the_place(told, footprint, value, text):
    answer = told("Is this Lake Baikal?", footprint=footprint)
    assert answer.value == value
    assert text in answer.text


def test_a_value_of_several_that_lie_in_the_picture_is_not_sure(told):
    both = shapely.to_wkb(shapely.box(25, -10, 115, 60))
    alone = told("How deep is the lake?", footprint=AT_BAIKAL)
    assert alone.value == "1,642 m"
    several = told("How deep is the lake?", footprint=both)
    assert several.confidence < min(alone.confidence, 0.6)
    assert several.notes[-1].endswith(" lies there, too")


def test_is_this_it_by_the_landmark_shown(told, baikal):
    shown = told("Is this Lake Baikal?", Seen(baikal.id, 0.9, CHIPS))
    assert (shown.value, shown.confidence) == ("yes", 0.9)
    other = told("Is this Story Bridge?", Seen(baikal.id, 0.9, CHIPS))
    assert other.value == "no"
    assert "Lake Baikal" in other.text
    unclear = told("Is this Lake Baikal?", Seen(baikal.id, 0.4, CHIPS, LOOKS))
    assert unclear.refused
    assert "whether it is Lake Baikal must be seen" in unclear.text


def test_lists_are_cut_to_the_footprint(told):
    answer = told("Which lakes are visible?", footprint=AT_BAIKAL)
    assert "Lake Baikal" in answer.text
    assert len(answer.citations) == 1
    count = told("How many lakes are in the picture?", footprint=AT_BAIKAL)
    assert count.value == "1"
    empty = told("Which lakes are in the picture?", footprint=NOWHERE)
    assert empty.refused
    assert "in the picture" in empty.text


def test_a_placed_picture_is_told_by_looks_and_place(told):
    seen = Seen(None, 0.0, (), LOOKS)
    answer = told("What does this picture show?", seen, footprint=AT_BAIKAL)
    assert answer.text == (
        "The picture looks like an airport [1]. Most of it looks like bare ground [2]. "
        "The picture lies within Lake Baikal [3]."
    )
    alone = told("What does this picture show?", seen, footprint=NOWHERE)
    assert not alone.refused
    assert 0.5 < alone.confidence <= 0.97
    colour = told("What colour is the water?", seen, footprint=AT_BAIKAL)
    assert colour.refused
