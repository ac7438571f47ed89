"""A model that truly sees four colours, through llama.cpp's own multimodal code."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rsrag.commands import main
from rsrag.errors import GeneratorError
from rsrag.generators.generator_registry import load_generator
from rsrag.generators.local.gguf import SMOLLM2
from rsrag.generators.local.vision import VisionGenerator
from rsrag.generators.server.openai_server import ServerGenerator
from rsrag.types import Message, Picture, Text

pytest.importorskip("llama_cpp", reason="llama-cpp-python")
pytest.importorskip("gguf", reason="gguf")
colour_eye = pytest.importorskip("colour_eye")
ASKED = "Name the thing in the picture."
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The model, its eye, and an eye of random weights."""
    made = tmp_path_factory.mktemp("eye")
    model = SMOLLM2.verified()
    colour_eye.write_model(made / "smol-eye.gguf", model)
    colour_eye.write_eye(made / "eye.gguf", model)
    colour_eye.write_eye(made / "random.gguf", model, seed=0)
    return made


@pytest.fixture(scope="module")
def seeing(folder):
    made = load_generator(llm=folder / "smol-eye.gguf", mmproj=folder / "eye.gguf")
    yield made
    made.close()


def asked(word: str) -> Message:
    return Message("user", [Picture(colour_eye.picture(word)), Text(ASKED)])


def test_the_handler_is_chosen_by_the_template(seeing) -> None:
    assert isinstance(seeing, VisionGenerator)
    assert seeing._handler == "mtmd"


@pytest.mark.parametrize("word", colour_eye.COLOURS)
def test_each_colour_is_named(seeing, word) -> None:
    assert word in seeing.generate([asked(word)], max_tokens=8).text


def test_each_turn_has_its_picture(seeing) -> None:
    first, second = asked("desert"), asked("snow")
    turns = [first, Message("assistant", "desert"), second]
    assert "snow" in seeing.generate(turns, max_tokens=8).text


def test_words_after_a_picture_are_those_of_a_model_without_one(seeing, folder) -> None:
    plain = load_generator(llm=folder / "smol-eye.gguf")
    said = [Message("user", "What is the capital of France?")]
    expected = plain.generate(said, max_tokens=10).text
    plain.close()
    seeing.generate([asked("snow")], max_tokens=4)
    assert seeing.generate(said, max_tokens=10).text == expected


def test_pictures_keep_their_place_among_the_words(seeing) -> None:
    """As tokens: each picture's words stand where it does."""
    blue, white = (Picture(colour_eye.picture(w)) for w in ("water", "snow"))
    orders = (
        [blue, Text("is the first."), white, Text("is the second.")],
        [white, Text("is the first."), blue, Text("is the second.")],
        [Text("is the first."), Text("is the second."), blue, white],
    )
    made = [seeing.generate([Message("user", parts)], max_tokens=6) for parts in orders]
    one = seeing.generate([asked("water")], max_tokens=2).prompt_tokens
    assert all(each.prompt_tokens > one for each in made)
    assert made[0].prompt_tokens == made[1].prompt_tokens


def test_what_does_not_fit_is_told(folder) -> None:
    small = load_generator(
        llm=folder / "smol-eye.gguf", mmproj=folder / "eye.gguf", context=256
    )
    parts = [Picture(colour_eye.picture("snow")), Text("word " * 240)]
    with pytest.raises(GeneratorError, match="256"):
        small.generate([Message("user", parts)], max_tokens=8)
    small.close()


def test_random_weights_load_and_generate(folder) -> None:
    blind = load_generator(llm=folder / "smol-eye.gguf", mmproj=folder / "random.gguf")
    assert blind.generate([asked("snow")], max_tokens=4).completion_tokens == 4
    blind.close()


def test_try_vision_tells_whether_words_follow_the_picture(
    folder, capsys, tmp_path
) -> None:
    llm = ["--llm", str(folder / "smol-eye.gguf"), "--threads", "1"]
    words = ["models", "try-vision", *llm, "--mmproj", str(folder / "eye.gguf")]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["depends"] and "snow" in told["said"]["white"]
    dead = tmp_path / "dead.gguf"
    colour_eye.write_eye(dead, SMOLLM2.verified(), blind=True)
    words = ["models", "try-vision", *llm, "--mmproj", str(dead)]
    assert main(words) == 1
    assert "says the same of all pictures" in capsys.readouterr().err
    assert main(["models", "try-vision", *llm]) == 1
    assert "takes no pictures" in capsys.readouterr().err
    assert main(["models", "try-vision"]) == 1
    assert "No language model is named" in capsys.readouterr().err


def test_no_traceback_where_it_is_not_closed(folder) -> None:
    code = (
        "from pathlib import Path\nimport numpy as np\n"
        "from rsrag.generators.generator_registry import load_generator\n"
        "from rsrag.types import Message, Picture\n"
        f"folder = Path({str(folder)!r})\n"
        "llm, eye = folder / 'smol-eye.gguf', folder / 'eye.gguf'\n"
        "g = load_generator(llm=llm, mmproj=eye)\n"
        "blue = np.zeros((28, 28, 3), np.uint8)\n"
        "g.generate([Message('user', [Picture(blue)])], max_tokens=2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


def test_through_a_server_of_its_own(folder) -> None:
    pytest.importorskip("llama_cpp.server.app", reason="llama-cpp-python[server]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--model", str(folder / "smol-eye.gguf"), "--port", str(port)]
    words += ["--clip_model_path", str(folder / "eye.gguf"), "--n_ctx", "1024"]
    started = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "llama_cpp.server",
            *words,
            "--chat_format",
            "llava-1-5",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stderr is not None
        assert any("Uvicorn running" in line for line in started.stderr)
        server = ServerGenerator(f"http://127.0.0.1:{port}")
        said = {
            word: server.generate([asked(word)], max_tokens=8).text
            for word in ("desert", "snow")
        }
        assert said["desert"] != said["snow"]
        assert "snow" in said["snow"].lower()
    finally:
        started.terminate()
        started.communicate(timeout=30)
