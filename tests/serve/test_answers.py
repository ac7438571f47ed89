"""Questions, pictures and conversations over HTTP."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

import rsrag
from rsrag.serve.chat.chat_requests import pieces
from rsrag.types import Generation
from tests.serve.conftest import asking, data_uri, post


@pytest.fixture
def sand(root):
    return Image.open(root / "archive" / "sand-1.png").convert("RGB")


def test_a_fact(ask):
    answer = post(ask, "/ask", question="How deep is Lake Baikal?")
    assert answer.status == 200, answer.body
    assert answer.json["value"] == "1,642 m" and answer.json["grounded"]
    assert answer.json["citations"][0]["landmark"] == "Lake Baikal"
    assert answer.json["geojson"]["features"][0]["geometry"]["type"] == "Polygon"


def test_what_is_not_known_is_refused(ask):
    answer = post(ask, "/ask", question="How tall is the Zorblax Tower?")
    assert answer.json["refused"] and not answer.json["citations"]


def test_a_question_after_another(ask):
    first = post(ask, "/ask", question="How deep is Lake Baikal?").json
    del first["geojson"]
    second = post(ask, "/ask", question="What is its NDVI?", after=first)
    assert second.json["value"] == "0.45", second.body


def test_a_question_about_a_place(ask):
    answer = post(ask, "/ask", question="What lies here?", at=[107.4, 53.15])
    assert answer.status == 200 and "Olkhon" in answer.json["text"]


def test_captions_and_labels(ask, sand):
    told = post(ask, "/caption", image=data_uri(sand))
    assert told.status == 200 and told.json["text"], told.body
    labels = ["yellow sand", "deep blue sea"]
    found = post(ask, "/classify", image=data_uri(sand), labels=labels, closed=True)
    assert found.json["likeliest"] == "yellow sand"
    chip = ask("/search?q=blue+sea&collections=world&limit=1").json["features"][0]["id"]
    image = f"rsrag://world/{chip}"
    found = post(ask, "/classify", image=image, labels=labels, closed=True)
    assert found.json["likeliest"] == "deep blue sea"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_three_formats(ask, sand, kind):
    given = data_uri(sand, kind)
    assert post(ask, "/caption", image=given).status == 200


@pytest.mark.parametrize(
    ("image", "status"),
    [
        ("http://127.0.0.1:1/x.png", 400),
        ("https://example.org/x.png", 400),
        ("file:///etc/passwd", 400),
        ("/etc/passwd", 400),
        ("s3://bucket/x.tif", 400),
        ("data:text/html;base64,PGI+", 400),
        ("data:image/png;base64,AAAA", 400),
        ("data:image/svg+xml;base64,PHN2Zy8+", 400),
        ("data:image/png;base64,!!!!", 400),
        ("rsrag://nope/1", 404),
        ("rsrag://world/none", 404),
        ("rsrag://world/../x", 400),
        (7, 400),
        (["data:"], 400),
    ],
)
def test_no_address_is_fetched(ask, image, status, monkeypatch):
    import socket

    def no(*_, **__):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", no)
    for path in ("/caption", "/classify"):
        answer = post(ask, path, image=image)
        assert answer.status == status, answer.body
    for path in ("/localize", "/segment", "/ground"):
        words = {"query": "snow"} if path == "/localize" else {}
        words |= {"phrase": "the lake"} if path == "/ground" else {}
        answer = post(ask, path, image=image, **words)
        assert answer.status == status, answer.body
    answer = post(ask, "/change", before=image, after=image)
    assert answer.status == status, answer.body
    part = {"type": "image_url", "image_url": {"url": image}}
    content = [{"type": "text", "text": "What is it?"}, part]
    messages = [{"role": "user", "content": content}]
    answer = post(ask, "/v1/chat/completions", messages=messages)
    assert answer.status == status, answer.body


def test_bombs_are_told_by_their_heads(root):
    flat = Image.new("L", (3000, 3000))
    with asking(root, max_pixels=1_000_000) as ask:
        answer = post(ask, "/caption", image=data_uri(flat))
        assert answer.status == 413 and "1,000,000 pixels" in answer.json["description"]
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    bomb = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    with asking(root) as ask:
        assert post(ask, "/caption", image=bomb).status == 413


def test_a_broken_picture(ask, sand):
    raw = base64.b64decode(data_uri(sand).partition(",")[2])[:200]
    given = "data:image/png;base64," + base64.b64encode(raw).decode()
    assert post(ask, "/caption", image=given).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": "a" * 5000},
        {"question": 3},
        {"question": "What?", "at": [1]},
        {"question": "What?", "at": ["a", "b"]},
        {"question": "What?", "at": [900, 0]},
        {"question": "What?", "bbox": [0, 5, 1, 1]},
        {"question": "What?", "radius": -1},
        {"question": "What?", "after": "it"},
        {"question": "What?", "template": "/etc/passwd"},
        {"question": "What?", "query": "/etc/passwd"},
        {"question": "What?", "max_tokens": 0},
    ],
)
def test_questions_that_cannot_be(ask, body):
    assert post(ask, "/ask", **body).status == 400


def test_another_collection(ask):
    answer = post(ask, "/ask", question="What?", collection="nope")
    assert answer.status == 404


def chat(ask, *messages, **more):
    turns = [{"role": "user", "content": one} for one in messages]
    return ask("/v1/chat/completions", "POST", {"messages": turns, **more})


def test_a_conversation_follows(ask):
    first = chat(ask, "How deep is Lake Baikal?")
    assert "1,642 m" in first.json["choices"][0]["message"]["content"]
    second = chat(ask, "How deep is Lake Baikal?", "What is its NDVI?")
    assert second.json["rsrag"]["value"] == "0.45"
    other = chat(ask, "Where is the Story Bridge?", "What is its NDVI?")
    assert other.json["rsrag"]["value"] != "0.45"


def test_a_stream_is_the_same_text_in_sentences(ask):
    whole = chat(ask, "How deep is Lake Baikal?").json["choices"][0]["message"]
    told = chat(ask, "How deep is Lake Baikal?", stream=True)
    assert told.headers["content-type"].startswith("text/event-stream")
    events = [one for one in told.body.decode().split("\n\n") if one]
    assert events[-1] == "data: [DONE]"
    rows = [json.loads(one.removeprefix("data: ")) for one in events[:-1]]
    text = "".join(row["choices"][0]["delta"].get("content", "") for row in rows)
    assert text == whole["content"]
    assert rows[-1]["choices"][0]["finish_reason"] == "stop"
    assert rows[-1]["rsrag"]["citations"]


def test_sentences():
    text = "It is 3.5 m deep [1].  It is old [2]. And"
    assert pieces(text) == ["It is 3.5 m deep [1].  ", "It is old [2]. ", "And"]
    assert pieces("") == [""]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "assistant", "content": "Hello"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": {"type": "text"}}]},
        {"messages": [{"role": "user", "content": [{"type": "audio"}]}]},
        {"messages": [{"role": "user", "content": "a"}], "n": 2},
        {"messages": [{"role": "user", "content": "a"}], "max_tokens": -1},
        {"messages": [{"role": "user", "content": "a"}] * 65},
        {"messages": "a"},
        {"messages": [3]},
    ],
)
def test_conversations_that_cannot_be(ask, body):
    answer = ask("/v1/chat/completions", "POST", body)
    assert answer.status == 400
    assert answer.json["error"]["message"] == answer.json["description"]


def test_models_and_embeddings(ask, root):
    names = [one["id"] for one in ask("/v1/models").json["data"]]
    assert names == ["rsrag", "rsrag/dated", "rsrag/world"]
    found = post(
        ask, "/v1/embeddings", input=["white snow", "sea"], model="rsrag/world"
    )
    rows = np.array([one["embedding"] for one in found.json["data"]], dtype=np.float32)
    place = root / "indexes"
    with rsrag.open("world", indexes=place) as index, index.use() as generation:
        wanted = generation.encoder.encode_texts(["white snow", "sea"])
    np.testing.assert_allclose(rows, wanted, atol=1e-6)
    packed = post(ask, "/v1/embeddings", input="sea", encoding_format="base64")
    raw = base64.b64decode(packed.json["data"][0]["embedding"])
    np.testing.assert_allclose(np.frombuffer(raw, "<f4"), wanted[1], atol=1e-6)
    assert packed.json["usage"]["prompt_tokens"] > 0
    for wrong in (
        {"input": ""},
        {"input": []},
        {"input": [1, 2]},
        {"input": "a", "dimensions": 3},
        {"input": "a", "encoding_format": "int8"},
    ):
        assert post(ask, "/v1/embeddings", **wrong).status == 400
    assert post(ask, "/v1/embeddings", input="a", model="gpt-9").status == 404


class Wording:
    """A language model that says one sentence, true or not, and hears who is gone."""

    name, context_tokens, sees = "wording", 4096, False

    def __init__(self, text):
        self.text, self.told = text, []

    def count_tokens(self, messages):
        return 10

    def generate(self, messages, *, max_tokens, temperature=0.0, seed=0, on_text=None):
        for word in self.text.split(" "):
            self.told.append(word)
            on_text(word)
        return Generation(self.text, 10, 5, "stop")

    def close(self):
        pass


def test_what_was_not_checked_is_never_streamed(root):
    false = "Seals live on the Moon and eat cheese."
    wording = Wording(false)
    with asking(root, generator=wording) as ask:
        told = chat(ask, "Tell me about the seals of Lake Baikal.", stream=True)
    *pieces_, last = told.body.decode().split("data: ")[1:-1]
    assert pieces_ and not any("Moon" in one for one in pieces_)
    removed = [one["sentence"] for one in json.loads(last)["rsrag"]["removed"]]
    assert wording.told and removed == [false]


def test_a_client_that_went_stops_the_model(root):
    import threading

    from rsrag.serve.chat.chat_requests import chat_request_of
    from rsrag.serve.chat.sent_conversation import next_reply
    from rsrag.serve.guard.protection import Caller
    from tests.serve.conftest import service_of

    wording = Wording("Seals live in its water.")
    gone = threading.Event()
    gone.set()
    question = "Tell me about the seals of Lake Baikal."
    body = {"messages": [{"role": "user", "content": question}]}
    with service_of(root, generator=wording) as service:
        asked = chat_request_of(service, body)
        caller = Caller("test", False, frozenset({"ask"}))
        assert next_reply(service, asked, caller).answer.generator
        wording.told.clear()
        with pytest.raises(rsrag.GeneratorError, match="Nobody waits"):
            next_reply(service, asked, caller, gone)
        assert len(wording.told) == 1


def test_without_chat(root):
    with asking(root, chat=False, mcp=False) as ask:
        assert post(ask, "/ask", question="What?").status == 404
        assert ask("/mcp", "POST", {}).status == 404
        assert "/ask" not in ask("/api").json["paths"]
