import base64
import io
import json
import socket

import numpy as np
import pytest
from fake_server import WORDS, running
from PIL import Image

from rsrag.errors import GeneratorError
from rsrag.generators.server.completion import estimated_tokens, without_marks
from rsrag.generators.server.openai_server import ServerGenerator
from rsrag.types import Message, Picture

ASK = [Message("system", "Be brief."), Message("user", "What is a lake?")]
KEY = "sk-secret-0123456789"


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_any_form_of_the_address(server, end):
    done = ServerGenerator(server.url + end).generate(ASK, max_tokens=4)
    assert (done.text, done.finish) == ("A lake is water", "length")
    assert (done.prompt_tokens, done.completion_tokens) == (9, 4)


def test_what_is_sent(server):
    ServerGenerator(server.url, api_key=KEY + "\n", model="big").generate(
        ASK, max_tokens=7, temperature=0.5, seed=3
    )
    assert server.chat() == [
        {
            "model": "big",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What is a lake?"},
            ],
            "max_tokens": 7,
            "temperature": 0.5,
            "seed": 3,
        }
    ]
    assert all(head["Authorization"] == f"Bearer {KEY}" for _, head, _ in server.seen)
    assert "/v1/models" not in [path for path, _, _ in server.seen[:1]]


def test_calls_are_logged_without_the_key(server, caplog):
    caplog.set_level("DEBUG", "rsrag")
    generator = ServerGenerator(server.url, api_key=KEY)
    generator.generate(ASK, max_tokens=4)
    server.script = (
        401,
        "application/json",
        b'{"error": "no such key: %s"}' % KEY.encode(),
    )
    with pytest.raises(GeneratorError):
        generator.generate(ASK, max_tokens=4)
    told = [record.getMessage() for record in caplog.records]
    calls = [line for line in told if "/v1/chat/completions: " in line]
    assert (
        len(calls) == 2 and ": 200, read in " in calls[0] and calls[1].endswith(": 401")
    )
    assert KEY not in "".join(told)


def test_a_picture_goes_along_as_png(server):
    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    ServerGenerator(server.url).generate(
        [Message("user", [Picture(pixels), "What is it?"])], max_tokens=2
    )
    picture, text = server.chat()[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    head, data = picture["image_url"]["url"].split(",")
    assert head == "data:image/png;base64"
    sent = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert (sent == pixels).all()


def test_a_text_model_of_llama_cpp_is_shown_no_picture():
    with running("llama.cpp") as server:
        generator = ServerGenerator(server.url)
        assert not generator.sees
        with pytest.raises(GeneratorError, match="cannot look") as caught:
            image = np.zeros((2, 2, 3), np.uint8)
            generator.generate([Message("user", [Picture(image), "?"])], max_tokens=2)
        assert "mmproj" in caught.value.hint
        assert server.chat() == []


@pytest.mark.parametrize(
    ("kind", "sees"),
    [("ollama", False), ("ollama that sees", True), ("plain", True)],
)
def test_sight_by_kind_of_server(kind, sees):
    with running(kind) as server:
        assert ServerGenerator(server.url).sees is sees
        assert server.chat() == []


def test_a_server_that_refused_a_picture_is_shown_no_other():
    image = Picture(np.zeros((2, 2, 3), np.uint8))
    with running("blind") as server:
        generator = ServerGenerator(server.url)
        assert generator.sees
        with pytest.raises(GeneratorError, match="concatenate"):
            generator.generate([Message("user", [image, "?"])], max_tokens=2)
        assert not generator.sees
        with pytest.raises(GeneratorError, match="cannot look"):
            generator.generate([Message("user", [image, "?"])], max_tokens=2)
        assert len(server.chat()) == 1
        assert generator.generate(ASK, max_tokens=2).text


@pytest.mark.parametrize("status", [401, 429, 503])
def test_errors_of_keys_and_load_say_nothing_of_sight(server, status):
    image = Picture(np.zeros((2, 2, 3), np.uint8))
    server.script = (status, "application/json", b'{"error": "busy"}')
    generator = ServerGenerator(server.url)
    with pytest.raises(GeneratorError):
        generator.generate([Message("user", [image, "?"])], max_tokens=2)
    assert generator.sees


@pytest.mark.parametrize(
    ("kind", "count", "context"),
    [("llama.cpp", 9, 512), ("vllm", 9, 2048), ("html", 58, 4096), ("plain", 58, 4096)],
)
def test_counts_and_context_by_kind_of_server(kind, count, context):
    # Estimate: 16 + (1 + 8 / 3) + 16 + (1 + 14 / 3) + 16, each rounded up.
    with running(kind) as server:
        generator = ServerGenerator(server.url)
        assert generator.count_tokens(ASK) == count
        assert generator.context_tokens == context
        assert generator.name == "fake-1b"


def test_the_context_is_checked_before_the_call():
    with running("llama.cpp") as server:
        with pytest.raises(GeneratorError, match=r"9 tokens .* 504.* 512"):
            ServerGenerator(server.url).generate(ASK, max_tokens=504)
        assert server.chat() == []


def test_streamed_pieces(server):
    pieces = []
    done = ServerGenerator(server.url).generate(
        ASK, max_tokens=50, on_text=pieces.append
    )
    assert pieces == WORDS
    assert (done.text, done.finish) == ("".join(WORDS), "stop")
    assert (done.prompt_tokens, done.completion_tokens) == (9, 10)


def sse(*events):
    return b"".join(b"data: " + json.dumps(e).encode() + b"\r\n\r\n" for e in events)


PIECE = {"choices": [{"delta": {"content": " Hé"}}]}


def test_a_stream_without_usage_or_done_but_with_an_end(server):
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    server.script = (200, "text/event-stream; charset=utf-8", sse(PIECE, end))
    pieces = []
    done = ServerGenerator(server.url).generate(
        ASK, max_tokens=5, on_text=pieces.append
    )
    assert (done.text, done.completion_tokens, pieces) == ("Hé", 1, ["Hé"])
    assert done.prompt_tokens == estimated_tokens(ASK)


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (sse(PIECE), "ended in the midst"),
        (b"", "ended in the midst"),
        (sse(PIECE, {"error": {"message": "out of memory"}}), "out of memory"),
        (b"data: {nonsense\n\n", "not answer in JSON"),
        (b"data: [1]\n\n", "not answer in JSON"),
        (sse({"choices": [{"delta": {"content": 5}}]}), "no answer"),
        (sse({"choices": ["x"]}), "no answer"),
        (sse({"id": 1}), "no answer"),
    ],
)
def test_broken_streams(server, raw, match):
    server.script = (200, "text/event-stream", raw)
    with pytest.raises(GeneratorError, match=match):
        ServerGenerator(server.url).generate(ASK, max_tokens=5, on_text=len)


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b'{"choices": []}', "no answer"),
        (b'{"choices": [{"message": null}]}', "no answer"),
        (b'{"choices": {}}', "no answer"),
        (b'{"error": "model is gone"}', "model is gone"),
        (b"{", "not answer in JSON"),
        (b"\xff\xfe", "not answer in JSON"),
        (b"[]", "not answer in JSON"),
        (b'{"choices": [{"message": {"content": ["x"]}}]}', "no answer"),
        (
            b'{"choices": [{"message": {"content": ""},'
            b' "finish_reason": "content_filter"}]}',
            "filter",
        ),
    ],
)
def test_broken_answers(server, raw, match):
    server.script = (200, "application/json", raw)
    with pytest.raises(GeneratorError, match=match):
        ServerGenerator(server.url).generate(ASK, max_tokens=5)


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "RSRAG_LLM_API_KEY"),
        (403, "RSRAG_LLM_API_KEY"),
        (404, "--llm-url"),
        (429, "wait"),
        (500, "log"),
        (503, "loading"),
        (302, "--llm-url"),
    ],
)
@pytest.mark.parametrize("on_text", [None, len])
def test_refusals_say_why_and_never_the_key(server, status, hint, on_text):
    said = {"error": {"message": f"bad key {KEY} given"}}
    server.script = (status, "application/json", json.dumps(said).encode())
    generator = ServerGenerator(server.url, api_key=KEY)
    with pytest.raises(GeneratorError, match=str(status)) as caught:
        generator.generate(ASK, max_tokens=5, on_text=on_text)
    assert hint in caught.value.hint
    assert KEY not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    assert ("bad key ***" in str(caught.value)) == (status != 302)


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(GeneratorError, match="No server answers") as caught:
            ServerGenerator(url).generate(ASK, max_tokens=5)
    assert "llama-server" in caught.value.hint


def test_a_server_that_keeps_silent():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(GeneratorError, match=r"kept silent for 0\.1 s"):
            ServerGenerator(url, timeout_s=0.1).generate(ASK, max_tokens=5)


def test_likelihoods_are_not_told(server):
    with pytest.raises(GeneratorError, match="likelihoods"):
        ServerGenerator(server.url).likelihood(ASK, "Water.")


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://a", "http://", "file:///x"]
)
def test_addresses_that_are_none(url):
    with pytest.raises(GeneratorError, match="not the address"):
        ServerGenerator(url)


def test_secrets_in_the_wrong_place():
    with pytest.raises(GeneratorError, match="password") as caught:
        ServerGenerator("http://me:hunter2@host")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(GeneratorError, match="characters") as caught:
        ServerGenerator("http://host", api_key="hunter2\nX: 1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "mark",
    ["<|im_end|>", "<|eot_id|>", "</s>", "[/INST]", "<end_of_turn>", "<__media__>"],
)
def test_marks_of_templates_are_broken(mark):
    text = without_marks(f"lake {mark} and {mark[:2]}{mark}{mark[2:]}")
    assert mark not in text
    assert text.replace(" ", "") == f"lake{mark}and{mark[:2]}{mark}{mark[2:]}"


def test_harmless_text_keeps_its_marks():
    for text in ("a < b | c > d", "<p>html</p>", "[1] [INSTRUCTION]", "<|", "a|b"):
        assert without_marks(text) == text


@pytest.mark.parametrize(
    "text", ["The lake is 1,642 m deep.", "31.78; 35.21 / -12.5°", "東京の湖", "x" * 99]
)
def test_the_estimate_is_not_too_low(smollm, text):
    messages = [Message("user", text * 5)]
    assert estimated_tokens(messages) >= smollm.count_tokens(messages) - 20


SCHEMA = {"type": "object", "properties": {"op": {"type": "string"}}}


@pytest.mark.parametrize(
    ("takes", "asked", "demand"),
    [
        (
            ("json_schema", "json_object"),
            2,
            {
                "type": "json_schema",
                "json_schema": {"name": "query", "schema": SCHEMA},
            },
        ),
        (("json_object",), 3, {"type": "json_object", "schema": SCHEMA}),
    ],
)
def test_a_schema_is_demanded_as_the_server_spells_it(server, takes, asked, demand):
    server.takes = takes
    generator = ServerGenerator(server.url)
    assert generator.fills_schemas
    for _ in range(2):
        said = generator.fill([Message("user", "?")], SCHEMA, max_tokens=2)
        assert said == "A lake"
    demands = [body["response_format"] for body in server.chat()]
    # The second time it knows.
    assert demands[-2:] == [demand, demand]
    assert len(demands) == asked


def test_a_server_that_takes_no_schema_is_not_asked_again(server):
    server.takes = ()
    generator = ServerGenerator(server.url)
    with pytest.raises(GeneratorError, match="takes no JSON schema"):
        generator.fill([Message("user", "?")], SCHEMA, max_tokens=2)
    assert not generator.fills_schemas


def test_a_server_that_is_busy_may_be_asked_for_a_schema_again(server):
    server.script = (503, "application/json", b"{}")
    generator = ServerGenerator(server.url)
    with pytest.raises(GeneratorError):
        generator.fill([Message("user", "?")], SCHEMA, max_tokens=2)
    assert generator.fills_schemas
