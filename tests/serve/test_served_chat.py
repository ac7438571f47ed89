"""``/v1/chat/completions`` reads a conversation as ``rsrag chat`` does."""

import pytest
from PIL import Image

from rsrag.desk.asking.conversing import Conversation
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.protection import Caller
from tests.serve.conftest import asking, service_of, settings_at
from tests.serve.test_answers import Wording, data_uri

MODEL = "rsrag/world"


def picture_part(picture):
    return {"type": "image_url", "image_url": {"url": data_uri(picture)}}


@pytest.fixture
def open_picture(root):
    return lambda name: Image.open(root / "archive" / f"{name}.png").convert("RGB")


def talk(ask, *said, model=MODEL):
    """What is told of each message, all those before it sent along."""
    messages, told = [], []
    for content in said:
        messages.append({"role": "user", "content": content})
        answer = ask(
            "/v1/chat/completions", "POST", {"messages": messages, "model": model}
        )
        assert answer.status == 200, answer.body
        text = answer.json["choices"][0]["message"]["content"]
        messages.append({"role": "assistant", "content": text})
        told.append(answer.json["rsrag"])
    return told


def test_hits_have_the_numbers_that_were_shown(ask):
    found, second, like, only = talk(
        ask, "find snow and ice", "the second", "more like that one", "now only in 2021"
    )
    hits = found["turn"]["hits"]
    assert found["turn"]["kind"] == "search" and len(hits) == 5
    assert hits[1]["image"] == f"rsrag://world/{hits[1]['id']}"
    assert second["turn"]["understood"] == f"hit 2, {hits[1]['name']}"
    assert hits[1]["id"] not in {one["id"] for one in like["turn"]["hits"]}
    assert like["turn"]["understood"] == f"search for what is like {hits[1]['name']}"
    assert {one["name"].partition("-")[2] for one in only["turn"]["hits"]} == {"1.png"}


def test_it_tells_what_chat_tells(root, ask):
    said = (
        "find snow and ice",
        "what is near the second?",
        "How deep is Lake Baikal?",
        "What is its NDVI?",
        "Where is the Story Bridge?",
        "back to the lake",
        "hit 9",
        "how deep is it?",
    )
    with Knowledge(settings=settings_at(root)) as knowledge:
        conversation = Conversation(knowledge, "world")
        wanted = [conversation.say(one).turn for one in said]
    for told, turn in zip(talk(ask, *said), wanted, strict=True):
        assert (told["turn"]["kind"], told["text"]) == (turn.kind, turn.told)
        assert told["turn"]["understood"] == turn.understood


def test_what_is_remembered_and_what_is_replayed_are_the_same(root):
    said = ["find snow", "the second", "How deep is Lake Baikal?", "back to the search"]
    with asking(root) as caller:
        step_by_step = talk(caller, *said)[-1]
    messages = [{"role": "user", "content": one} for one in said]
    with asking(root) as caller:
        body = {"messages": messages, "model": MODEL}
        at_once = caller("/v1/chat/completions", "POST", body).json["rsrag"]
    assert at_once["turn"] == step_by_step["turn"]
    assert at_once["text"] == step_by_step["text"]


def test_only_the_last_message_is_worded_by_a_model(root):
    wording = Wording("Seals live in its water.")
    question = "Tell me about the seals of Lake Baikal."
    with asking(root, generator=wording) as caller:
        messages = [{"role": "user", "content": question}] * 3
        caller("/v1/chat/completions", "POST", {"messages": messages})
    assert len(wording.told) == 5


def test_pictures_have_names(ask, open_picture):
    sand, sea = (
        picture_part(open_picture("sand-1")),
        picture_part(open_picture("sea-1")),
    )
    text = {"type": "text", "text": "what does this show?"}
    first, second, back, like = talk(
        ask,
        [text, sand],
        [{"type": "text", "text": "and this one?"}, sea],
        "what does the first picture show?",
        "more like picture 2",
    )
    assert first["turn"]["pictures"] == ["picture 1"]
    assert second["turn"]["pictures"] == ["picture 2"]
    assert second["turn"]["understood"] == "what does this show?, of picture 2"
    assert back["turn"]["understood"].endswith("of picture 1")
    assert back["text"] == first["text"]
    assert like["turn"]["hits"][0]["name"].startswith("sea")


def test_several_pictures_at_once_are_asked_about(ask, open_picture):
    parts = [picture_part(open_picture("sand-1")), picture_part(open_picture("sea-1"))]
    question = {"type": "text", "text": "what does this show?"}
    asked, told = talk(ask, [question, *parts], "picture 2")
    assert asked["turn"]["kind"] == "asks back"
    assert asked["text"] == "Say which picture is meant: picture 1 or picture 2."
    assert told["turn"]["understood"].endswith("of picture 2")
    numbered = {"type": "text", "text": "what does the first picture show?"}
    (told,) = talk(ask, [numbered, *parts])
    assert told["turn"]["understood"].endswith("of picture 1")


def test_a_picture_needs_no_words(ask, open_picture):
    (told,) = talk(ask, [picture_part(open_picture("sand-1"))])
    assert told["turn"]["understood"] == "What does the picture show?, of picture 1"


def test_two_pictures_are_compared(ask, open_picture):
    parts = [picture_part(open_picture("sand-1")), picture_part(open_picture("sand-1"))]
    question = {"type": "text", "text": "what changed between picture 1 and picture 2?"}
    (told,) = talk(ask, [question, *parts])
    assert told["turn"]["kind"] == "change"
    assert told["turn"]["understood"].endswith("between picture 1 and picture 2")


@pytest.mark.parametrize("there", ["archive/sand-1.png", "archive/nothing.png"])
def test_no_file_of_this_machine_is_opened(root, ask, there):
    file = root / there
    (told,) = talk(ask, f"what changed between {file} and {file}2.png?")
    assert told["turn"]["kind"] == "error"
    assert "cannot be opened: pictures come with the messages" in told["text"]
    assert str(root) not in told["text"]


def test_with_several_indexes_one_must_be_named(ask):
    (told,) = talk(ask, "find snow", model="rsrag")
    assert told["turn"]["kind"] == "error"
    assert "(model: rsrag/dated, rsrag/world)" in told["text"]


def test_only_what_is_shown_is_searched(root):
    with asking(root, names=("dated",)) as caller:
        told = talk(caller, "find snow", model="rsrag")[0]
        assert told["turn"]["hits"][0]["image"].startswith("rsrag://dated/")


def test_a_key_for_questions_alone_does_not_search(root):
    from rsrag.serve.chat.chat_requests import chat_request_of
    from rsrag.serve.chat.sent_conversation import next_reply

    body = {"messages": [{"role": "user", "content": "find snow"}], "model": MODEL}
    keyed = Caller("key", True, frozenset({"ask"}))
    free = Caller("free", True, frozenset({"ask", "search"}))
    with service_of(root) as service:
        asked = chat_request_of(service, body)
        assert len(next_reply(service, asked, free).hits) == 5
        with pytest.raises(HttpFailure, match="not good for search") as error:
            next_reply(service, asked, keyed)
    assert error.value.status == 403
