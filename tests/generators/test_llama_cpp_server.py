"""llama-cpp-python's own server with SmolLM2: a server that is on many machines."""

import json
import socket
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

from rsrag.errors import GeneratorError
from rsrag.generators.local.gguf import SMOLLM2
from rsrag.generators.server.openai_server import ServerGenerator
from rsrag.types import Message, Picture

pytest.importorskip("llama_cpp.server.app", reason="llama-cpp-python[server]")


@pytest.fixture(scope="module")
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--model", str(SMOLLM2.verified()), "--port", str(port), "--n_ctx", "2048"]
    started = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # It says so once it listens; what it says before is its log.
        assert started.stderr is not None
        assert any("Uvicorn running" in line for line in started.stderr)
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.communicate(timeout=30)


def test_it_answers(server):
    with urllib.request.urlopen(f"{server}/v1/models") as listed:
        assert json.load(listed)["data"]
    said = ServerGenerator(server).generate([Message("user", "Hello")], max_tokens=8)
    assert said.text


def test_it_is_held_to_a_schema(server):
    schema = {
        "type": "object",
        "properties": {"op": {"type": "string", "enum": ["value", "rank"]}},
        "required": ["op"],
        "additionalProperties": False,
    }
    generator = ServerGenerator(server)
    asked = [Message("user", "Which is the deepest lake?")]
    read = json.loads(generator.fill(asked, schema, max_tokens=40))
    assert read["op"] in ("value", "rank")


def test_it_is_sent_one_picture_and_no_other(server):
    generator = ServerGenerator(server)
    picture = Picture(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(GeneratorError):
        generator.generate([Message("user", [picture, "What?"])], max_tokens=4)
    assert not generator.sees
