"""A picture without a place: tied to a landmark only where that is clear."""

import pytest
from seeing import hit

from rsrag.rag.answering.picture_answers import CLEAR, Seen, tell_picture
from rsrag.rag.reading.question import read_question
from rsrag.retrieval.wording.evidence import chip_evidence, landmark_evidence

CHIPS = [chip_evidence(hit(n, 0.9 - n / 10)) for n in range(5)]


@pytest.fixture
def baikal(catalogue):
    return catalogue.named("Lake Baikal")[0]


@pytest.fixture
def told(catalogue):
    def call(text, seen, exclude=frozenset()):
        return tell_picture(seen, read_question(text, catalogue), catalogue, exclude)

    return call


def test_a_clear_picture_is_its_landmark(told, baikal):
    draft = told("How deep is it?", Seen(baikal.id, 0.9, CHIPS))
    assert (draft.route, draft.value, draft.certainty) == ("image", "1,642 m", 0.9)
    assert draft.notes[-1] == (
        "the picture was taken for Lake Baikal (confidence 0.90)"
    )
    assert not draft.rewordable


def test_what_is_this_describes_the_landmark(told, baikal):
    draft = told("What is this?", Seen(baikal.id, CLEAR, CHIPS))
    assert draft.value == "Lake Baikal"
    assert draft.lines[0][0].startswith("Lake Baikal is a lake at")
    excluded = frozenset(piece.id for _, pieces in draft.lines[1:] for piece in pieces)
    fewer = told("What is this?", Seen(baikal.id, CLEAR, CHIPS), excluded)
    said = [piece.id for _, pieces in fewer.lines for piece in pieces]
    assert not excluded & set(said)


def test_a_clear_picture_of_a_place_without_the_value_is_refused(told, baikal):
    draft = told("How wide is it?", Seen(baikal.id, 0.9, CHIPS))
    assert draft.refusal == "it holds no width of Lake Baikal"


@pytest.mark.parametrize("confidence", [0.0, CLEAR - 0.01])
def test_an_unclear_picture_is_only_like_others(told, baikal, confidence):
    draft = told("What is this?", Seen(baikal.id, confidence, CHIPS))
    assert [sentence for sentence, _ in draft.lines] == [
        "A picture like it: chip 0.png, similarity 0.90.",
        "A picture like it: chip 1.png, similarity 0.80.",
        "A picture like it: chip 2.png, similarity 0.70.",
    ]
    assert draft.certainty <= 0.5
    assert "not proof" in draft.notes[0]


def test_a_landmarks_own_picture_is_told_as_that(told, baikal):
    seen = Seen(None, 0.3, [landmark_evidence(baikal), *CHIPS])
    draft = told("What is this?", seen)
    assert draft.lines[0][0].startswith("Lake Baikal is a lake at")
    assert len(draft.lines) == 3


def test_no_value_of_a_picture_that_is_only_like_others(told):
    draft = told("How deep is it?", Seen(None, 0.4, CHIPS))
    assert draft.refusal == "the picture cannot be tied to one landmark with confidence"
    assert [piece.id for piece in draft.nearest] == [piece.id for piece in CHIPS[:3]]
    assert told("Where is it?", Seen(None, 0.4, CHIPS)).refusal is None


def test_nothing_is_like_it(told):
    draft = told("What is this?", Seen(None, 0.0, []))
    assert draft.refusal == (
        "no picture in the index or among the references is like this one"
    )
    assert list(draft.nearest) == []
