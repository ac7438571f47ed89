"""Questions that follow on an answer: chains, each link given the answer before."""

import json

import pytest

from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.errors import QueryError
from rsrag.rag.answering.following import Context
from rsrag.rag.reading.several import points_back
from rsrag.rendering.answers.answer_pages import answer_mapping


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What comes with rsrag, and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RSRAG_HOME", str(tmp_path_factory.mktemp("home")))
        patch.chdir(tmp_path_factory.mktemp("here"))
        with Knowledge() as knowledge:
            yield knowledge


def chain(world, *questions):
    """The answer to the last; each gets the JSON that the one before printed."""
    before = None
    for question in questions:
        answer = world.ask(question, after=before)
        before = json.loads(json.dumps(answer_mapping(answer)))
    return answer


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        (["Which is the longest river in Africa?", "How long is it?"], "6,650 km"),
        (
            [
                "Which is the longest river in Africa?",
                "How long is it?",
                "And where does it flow into?",
                "And the Congo?",
            ],
            "The mouth of the Congo River is Atlantic Ocean",
        ),
        (
            [
                "How deep is Lake Baikal?",
                "And the area?",
                "In which country is it?",
                "What is its length?",
            ],
            "Lake Baikal",
        ),
        (
            [
                "Which lakes are in Canada?",
                "How deep is the second?",
                "And its area?",
                "How long is it?",
            ],
            "The length of Great Slave Lake is 469 km",
        ),
        (
            [
                "How tall is the Eiffel Tower?",
                "How tall is it in feet?",
                "When was it built?",
                "Who designed it?",
            ],
            "The architect of Eiffel Tower",
        ),
        (["Which is the highest mountain?", "And the second?"], "of K2 is 8,611 m"),
        (
            [
                "Which is the highest mountain?",
                "And the second?",
                "In which country is it?",
                "And the third?",
            ],
            "'the third'",
        ),
        (
            [
                "What are the three deepest lakes?",
                "How deep is the last one?",
                "What is near it?",
                "How deep is Lake Baikal?",
            ],
            "1,642 m",
        ),
    ],
)
def test_chains(world, questions, said):
    assert said in chain(world, *questions).text


def test_all_of_them(world):
    first = ["Which is deeper, Lake Baikal or Lake Tanganyika?"]
    large = chain(world, *first, "How large are they?")
    assert large.value == "31,722 km2; 32,900 km2"
    assert chain(world, *first, "What is their area?").value == large.value
    deep = chain(world, *first, "How large are they?", "And the depth?")
    assert "1,642 m" in deep.text
    assert "1,470 m" in deep.text
    one = chain(world, *first, "How large is the first?")
    assert one.value == "31,722 km2"
    other = chain(world, *first, "How large is the latter?")
    assert other.value == "32,900 km2"


def test_what_is_ambiguous_is_asked_back_and_can_be_answered(world):
    first = ["Which is deeper, Lake Baikal or Lake Tanganyika?", "How large is it?"]
    asked = chain(world, *first)
    assert asked.refused
    assert asked.text == "Which is meant by 'it': Lake Baikal or Lake Tanganyika?"
    assert chain(world, *first, "How large is the second?").value == "32,900 km2"


def test_a_number_that_is_too_high_is_asked_back(world):
    asked = chain(world, "What are the three deepest lakes?", "How deep is the fifth?")
    assert asked.text.startswith(
        "Which is meant by 'the fifth': the answer before names only Lake Baikal, "
    )


def test_there_is_the_place(world):
    answer = chain(world, "Tell me about Lake Victoria", "What lakes are near there?")
    assert "of Lake Victoria" in answer.text


def test_that_is_asked_back(world):
    answer = chain(world, "How tall is the Eiffel Tower?", "When was that?")
    assert answer.text == "What is meant by 'that'?"


def test_a_name_of_its_own_needs_nothing_before(world):
    before = "How deep is Lake Baikal?"
    assert chain(world, before, "How tall is the Eiffel Tower?").value == "330 m"
    assert "Mountain" not in chain(world, before, "How many lakes are in Africa?").text


def test_without_an_answer_before_nothing_is_guessed(world):
    assert chain(world, "How long is it?").refused
    refused = chain(world, "How deep is Zorblax Lake?", "How long is it?")
    assert refused.refused


def test_the_answer_itself_and_its_json_do_the_same(world):
    first = world.ask("How deep is Lake Baikal?")
    mapping = json.loads(json.dumps(answer_mapping(first)))
    assert Context.of(first) == Context.of(mapping)
    assert world.ask("How long is it?", after=first).value == "636 km"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"context": None},
        {"context": {"landmarks": [{"name": "X"}], "query": None}},
        {"context": {"landmarks": [{"name": 1, "ids": []}], "query": None}},
        {"context": {"landmarks": [], "query": {"op": "dance"}}},
    ],
)
def test_what_is_no_answer(given):
    with pytest.raises(QueryError):
        Context.of(given)


def test_landmarks_that_are_gone(world):
    context = {"landmarks": [{"name": "Old Place", "ids": ["0" * 16]}], "query": None}
    with pytest.raises(QueryError, match="does not hold Old Place any more"):
        world.ask("How long is it?", after={"context": context})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("What is it known for?", "it"),
        ("Is it known as anything else?", "it"),
        ("Is it known that the moon is round?", None),
        ("Is it true that Rome is old?", None),
        ("How long does it take?", None),
    ],
)
def test_it_that_stands_for_something(text, word) -> None:
    assert points_back(text) == word
