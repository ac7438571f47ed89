"""A language model takes part only where it is asked for."""

from pathlib import Path

import pytest

from rsrag.commands.options.arguments import normalise
from rsrag.config import Settings
from rsrag.desk.asking.generator_choice import DEFAULT_LLM, GeneratorChoice
from rsrag.errors import GeneratorError

PLAIN = Settings.from_environment({"HOME": "/nowhere"})


@pytest.fixture
def loaded(monkeypatch):
    """What the registry is asked for instead of loading it."""
    asked: list[tuple[Path | None, str | None]] = []

    def load(*, llm, llm_url, **_):
        asked.append((llm, llm_url))
        return "a model"

    monkeypatch.setattr("rsrag.generators.generator_registry.load_generator", load)
    return asked


def settings(**named):
    variables = {f"RSRAG_{name.upper()}": value for name, value in named.items()}
    return Settings.from_environment({"HOME": "/nowhere", **variables})


def test_none_by_default(loaded):
    assert GeneratorChoice().load(PLAIN) is None
    assert loaded == []


def test_alone_it_is_the_packaged_one_or_that_of_the_settings(loaded):
    choice = GeneratorChoice(llm=DEFAULT_LLM)
    assert choice.load(PLAIN) == "a model"
    choice.load(settings(llm="/m/own.gguf"))
    choice.load(settings(llm_url="http://127.0.0.1:1"))
    own = Path("/m/own.gguf")
    assert loaded == [(None, None), (own, None), (None, "http://127.0.0.1:1")]


def test_a_model_of_the_settings_was_asked_for(loaded):
    GeneratorChoice().load(settings(llm="/m/own.gguf"))
    assert loaded == [(Path("/m/own.gguf"), None)]
    assert GeneratorChoice(no_llm=True).load(settings(llm="/m/own.gguf")) is None
    assert len(loaded) == 1


def test_what_goes_with_no_model_is_an_error():
    with pytest.raises(GeneratorError, match="goes with a server"):
        GeneratorChoice(llm_model="x").load(PLAIN)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (["ask", "x", "--llm"], ["ask", "x", "--llm", "default"]),
        (["--llm", "--json"], ["--llm", "default", "--json"]),
        (["--llm", "m.gguf", "--json"], ["--llm", "m.gguf", "--json"]),
        (["--llm=m.gguf"], ["--llm=m.gguf"]),
        (["--llm-url", "u"], ["--llm-url", "u"]),
    ],
)
def test_the_option_may_stand_alone(typed, read):
    assert normalise(typed) == read
