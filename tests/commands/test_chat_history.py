"""What a language model is told of the turns before, in its context's bounds."""

import dataclasses

import pytest

from rsrag.config import Settings
from rsrag.desk.asking.conversing import Conversation
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.types import Generation

OPEN = "What lives in its water?"
SAID = [
    "How deep is Lake Baikal?",
    "What is its NDVI?",
    "Where is the Story Bridge?",
    *["back to the lake", "and how deep is it?"] * 3,
    "where is it?",
]


class Hearing:
    """A model that keeps what it is sent; a word is a token."""

    name, sees = "hearing", False

    def __init__(self, context):
        self.context_tokens, self.sent = context, []

    def count_tokens(self, messages):
        return sum(len(str(one.content).split()) for one in messages)

    def generate(self, messages, *, max_tokens, temperature=0.0, seed=0, on_text=None):
        assert self.count_tokens(messages) + max_tokens <= self.context_tokens
        self.sent.append(list(messages))
        return Generation("Seals live in its water.", 10, 5, "stop")

    def close(self):
        pass


@pytest.fixture
def sent(knowledge):
    """The messages that the model gets for the last of some turns."""

    def say(context):
        given = Settings.from_environment()
        settings = dataclasses.replace(given, knowledge=(knowledge,))
        model = Hearing(context)
        with Knowledge(llm=model, settings=settings) as opened:
            talk = Conversation(opened, wording={"max_tokens": 40})
            for one in SAID:
                talk.say(one)
            model.sent.clear()
            answer = talk.say(OPEN).answer
        assert answer.generator == "hearing"
        (messages,) = model.sent
        return [(one.role, str(one.content)) for one in messages]

    return say


def test_a_large_context_holds_all_turns(sent) -> None:
    (first, system), *talk, (last, question) = sent(4_000)
    assert (first, last) == ("system", "user")
    assert "Told before" not in system and OPEN in question
    asked = [text for role, text in talk if role == "user"]
    assert asked == [one for one in SAID if not one.startswith("back")]
    told = [text for role, text in talk if role == "assistant"]
    assert told[0] == "The maximum depth of Lake Baikal is 1,642 m."


def test_a_small_one_holds_the_newest_turns_whole_and_the_facts(sent) -> None:
    whole = sent(4_000)
    base = sum(len(text.split()) for _, text in (whole[0], whole[-1]))
    messages = sent(base + 40 + 45)
    (_, system), *talk, (_, question) = messages
    assert question == whole[-1][1]
    assert talk == whole[-1 - len(talk) : -1] and 2 <= len(talk) < len(whole) - 2
    line = system.partition("\nTold before: ")[2]
    assert "The maximum depth of Lake Baikal is 1,642 m." in line
    assert "The NDVI of Lake Baikal in January 2019 is 0.45." in line.replace(
        "was", "is"
    )
    assert line.count("1,642") == 1
