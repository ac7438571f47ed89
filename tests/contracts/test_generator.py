"""What ``rsrag.interfaces.Generator`` promises, asked of every generator."""

import sys
from pathlib import Path

import numpy as np
import pytest

from rsrag.errors import GeneratorError
from rsrag.generators.local.gguf import SMOLLM2
from rsrag.generators.local.llama import LlamaGenerator
from rsrag.generators.server.openai_server import ServerGenerator
from rsrag.types import ChipRef, Message, Picture

sys.path.append(str(Path(__file__).parent.parent / "generators"))
from fake_server import running
from scripted import ScriptedGenerator

ASK = [Message("system", "Be brief."), Message("user", "What is a lake?")]

# To add a generator: a name, and a function that yields one.


def smollm():
    generator = LlamaGenerator(SMOLLM2.verified(), threads=1, context=512)
    yield generator
    generator.close()


def of_kind(kind):
    def make():
        with running(kind) as server:
            yield ServerGenerator(server.url)

    return make


def scripted():
    yield ScriptedGenerator(["A lake is water. It may freeze."])


GENERATORS = {
    "llama": smollm,
    "server of llama.cpp": of_kind("llama.cpp"),
    "server of vLLM": of_kind("vllm"),
    "plain server": of_kind("plain"),
    "scripted": scripted,
}


@pytest.fixture(scope="module", params=list(GENERATORS))
def generator(request):
    yield from GENERATORS[request.param]()


def test_describes_itself(generator):
    assert generator.name
    assert generator.context_tokens >= 256
    assert isinstance(generator.sees, bool)


def test_counts_grow_with_the_prompt(generator):
    # With a system message: SmolLM2's template brings one of its own otherwise.
    turns = [*ASK, Message("assistant", "Water."), Message("user", "Say more of it.")]
    assert 0 < generator.count_tokens(ASK) < generator.count_tokens(turns)
    assert generator.count_tokens(ASK) == generator.count_tokens(ASK)


def test_answers(generator):
    done = generator.generate(ASK, max_tokens=5)
    assert done.text and done.text == done.text.strip()
    assert done.prompt_tokens > 0
    assert 0 < done.completion_tokens <= 5
    assert done.finish == "length"
    assert generator.generate(ASK, max_tokens=200).finish == "stop"


def test_seeded(generator):
    def say(**options):
        return generator.generate(ASK, max_tokens=8, **options)

    assert say() == say()
    assert say(temperature=0.9, seed=5) == say(temperature=0.9, seed=5)


def test_pieces_make_the_text(generator):
    pieces = []
    done = generator.generate(ASK, max_tokens=9, on_text=pieces.append)
    assert len(pieces) > 1
    assert "".join(pieces).strip() == done.text
    assert pieces[0] == pieces[0].lstrip()
    assert done == generator.generate(ASK, max_tokens=9)


@pytest.mark.parametrize("max_tokens", [0, -1, 10**6])
def test_what_cannot_fit_is_refused_before_a_word(generator, max_tokens):
    pieces = []
    with pytest.raises(GeneratorError):
        generator.generate(ASK, max_tokens=max_tokens, on_text=pieces.append)
    assert pieces == []


def test_nothing_to_answer(generator):
    with pytest.raises(GeneratorError):
        generator.generate([], max_tokens=5)


def test_pictures_where_it_does_not_see(generator):
    if generator.sees:
        pytest.skip("it sees")
    asked = [Message("user", [Picture(np.zeros((4, 4, 3), np.uint8)), "What is it?"])]
    with pytest.raises(GeneratorError):
        generator.generate(asked, max_tokens=5)


def test_a_chip_must_have_become_a_picture(generator):
    asked = [Message("user", ["What is", ChipRef("harbours", "c1"), "?"])]
    with pytest.raises(GeneratorError, match="chip c1 of the index 'harbours'"):
        generator.generate(asked, max_tokens=5)


def test_pictures_between_words_are_not_counted(generator):
    if not generator.sees:
        pytest.skip("it sees no pictures")
    picture = Picture(np.zeros((4, 4, 3), np.uint8))
    asked = [Message("user", [picture, "A lake", picture, "or a pond?"])]
    words = [Message("user", "A lake\nor a pond?")]
    assert generator.count_tokens(asked) == generator.count_tokens(words) > 0


def test_likelihood_is_told_or_refused(generator):
    try:
        likely = generator.likelihood(ASK, "A lake is a body of water.")
    except GeneratorError:
        return
    assert likely <= 0
    assert likely > generator.likelihood(ASK, "Purple seven of the eats.")


def test_an_interrupt_passes(generator):
    def interrupt(text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generator.generate(ASK, max_tokens=5, on_text=interrupt)
    assert generator.generate(ASK, max_tokens=5).text
