"""A large model reads the question, too; where the answers differ both are shown."""

import json

import pytest
from scripted_words import Scripted

from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.errors import GeneratorError
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest, Tools
from rsrag.rag.answering.second_reading import query_schema
from rsrag.rag.querying.typed_query import Query


class Reader(Scripted):
    """Fills in what it is given; words nothing."""

    name = "reader-7b"
    fills_schemas = True

    def __init__(self, read):
        super().__init__(*[""] * 9)
        self.read, self.asked = read, []

    def generate(self, messages, **options):
        return super().generate(messages, **options)

    def fill(self, messages, schema, *, max_tokens):
        self.asked.append((messages[-1].content, schema))
        if isinstance(self.read, Exception):
            raise self.read
        return self.read if isinstance(self.read, str) else json.dumps(self.read)


@pytest.fixture
def told(catalogue):
    def call(question, read, **more):
        reader = Reader(read)
        tools = Tools(catalogue, lambda *_: [], shared_minilm, generator=reader)
        answer = ask(AskRequest(question, **more), tools)
        return answer, reader

    return call


DEEP = {"op": "value", "entities": ["Lake Baikal"], "variables": ["maximum_depth"]}
LARGE = {"op": "value", "entities": ["Lake Baikal"], "variables": ["surface_area"]}
DEEPEST = {
    "op": "rank",
    "kind": "lake",
    "variables": ["maximum_depth"],
    "order": "most",
}


def test_the_same_reading_changes_nothing(told):
    answer, reader = told("How deep is Lake Baikal?", DEEP)
    assert (answer.value, answer.confidence) == ("1,642 m", 0.97)
    assert answer.notes == ()
    assert reader.asked[0][0] == "How deep is Lake Baikal?"


def test_two_readings_are_both_shown(told):
    answer, _ = told("How deep is Lake Baikal?", LARGE)
    assert answer.text.startswith(
        "Read as value by maximum depth: The maximum depth of"
    )
    assert "1,642 m" in answer.text
    assert "Read as value by surface area: The surface area of Lake" in answer.text
    assert "31,722 km2" in answer.text
    assert answer.value is None
    assert answer.confidence <= 0.6
    assert answer.notes[-1] == (
        "the first reading is the rules', the second that of reader-7b"
    )
    assert len(answer.citations) == 2


def test_the_model_alone_can_answer_what_the_rules_do_not(told):
    question = "Which one gaffs the farthest?"
    answer, _ = told(question, DEEPEST)
    assert answer.value == "Lake Baikal"
    assert answer.confidence <= 0.6
    assert any(note.startswith("reader-7b reads it as a rank") for note in answer.notes)
    assert any(note.startswith("the rules did not answer") for note in answer.notes)


@pytest.mark.parametrize(
    "read",
    [
        {"op": "open"},
        {"op": "value", "entities": ["Lake Baikal"], "variables": ["width"]},
    ],
)
def test_a_reading_that_answers_nothing_is_left(told, read):
    answer, _ = told("How deep is Lake Baikal?", read)
    assert (answer.value, answer.confidence, answer.notes) == ("1,642 m", 0.97, ())


@pytest.mark.parametrize(
    ("read", "note"),
    [
        ("not JSON", "read by rules alone: what was filled in is no query"),
        ({"op": "dance"}, "read by rules alone: what was filled in is no query"),
        ([1], "read by rules alone: what was filled in is no query"),
        (GeneratorError("no schema here."), "read by rules alone: no schema here."),
        ({"op": "value", "entities": ["Zorblax"]}, "reader-7b read what cannot be:"),
        ({"op": "compare", "variables": ["length"]}, "reader-7b read what cannot be:"),
    ],
)
def test_a_reading_that_is_none_is_told(told, read, note):
    answer, _ = told("How deep is Lake Baikal?", read)
    assert answer.value == "1,642 m"
    assert answer.notes[-1].startswith(note)


def test_a_query_that_is_given_is_not_read_again(told):
    query = Query("value", ("Lake Baikal",), variables=(("maximum_depth",),))
    answer, reader = told("x", LARGE, queries=(query,))
    assert (answer.value, reader.asked) == ("1,642 m", [])


def test_a_small_model_is_not_asked(catalogue):
    reader = Reader(LARGE)
    reader.fills_schemas = False
    tools = Tools(catalogue, lambda *_: [], shared_minilm, generator=reader)
    assert ask(AskRequest("How deep is Lake Baikal?"), tools).value == "1,642 m"
    assert reader.asked == []


def test_the_schema_has_the_catalogues_own_labels(catalogue):
    schema = query_schema(catalogue)
    choices = schema["properties"]
    assert "maximum_depth" in choices["variables"]["items"]["enum"]
    assert "roof_colour" in choices["variables"]["items"]["enum"]
    assert "salt lake" in choices["kind"]["enum"]
    assert "rank" in choices["op"]["enum"]
    assert schema["additionalProperties"] is False
