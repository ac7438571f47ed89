"""Evidence under a budget, in templates that are data."""

import pytest

from rsrag.answers import Evidence
from rsrag.errors import ConfigError, GeneratorError
from rsrag.rag.saying.prompt import build_prompt, load_template
from rsrag.types import Generation


class Counting:
    """A generator that counts words as tokens."""

    name, context_tokens, sees = "counting", 100, False

    def count_tokens(self, messages):
        return sum(len(m.content.split()) for m in messages)

    def generate(self, messages, **options):
        return Generation("", 0, 0, "stop")


def piece(number: int, words: int) -> Evidence:
    text = " ".join(["word"] * (words - 1) + [f"end{number}."])
    return Evidence("passage", str(number), text, "test")


def built(evidence, budget=100, max_tokens=10, template="answer"):
    return build_prompt(
        load_template(template),
        {"question": "How deep?"},
        evidence,
        Counting(),
        max_tokens=max_tokens,
        budget=budget,
    )


def test_evidence_goes_in_whole_or_not_at_all():
    everything = built([piece(1, 5), piece(2, 60), piece(3, 5)])
    assert [e.id for e in everything.evidence] == ["1", "3"]
    assert everything.left_out == 1
    assert "[2] word word word word end3." in everything.text
    assert "end2" not in everything.text


def test_the_prompt_never_passes_its_budget():
    for budget in range(70, 100, 5):
        prompt = built([piece(n, 6) for n in range(10)], budget=budget)
        assert Counting().count_tokens(prompt.messages) <= min(budget, 90)


def test_a_question_that_does_not_fit_is_an_error():
    with pytest.raises(GeneratorError, match="longer than the 20 tokens"):
        built([], budget=20)


def test_templates_say_what_is_wrong(tmp_path):
    with pytest.raises(ConfigError, match="No prompt template") as caught:
        load_template("nonsense")
    assert "answer" in str(caught.value.hint)
    own = tmp_path / "own.txt"
    own.write_text("Be brief.\n---\n$evidence\n$weather")
    with pytest.raises(ConfigError, match="weather"):
        built([], template=str(own))
    own2 = tmp_path / "own2.txt"
    own2.write_text("Q: $question E: $evidence")
    assert built([piece(1, 3)], template=str(own2)).text == (
        "[user]\nQ: How deep? E: [1] word word end1."
    )


def test_a_dollar_in_the_evidence_is_no_hole():
    costly = Evidence("passage", "1", "It cost $question million.", "test")
    assert "[1] It cost $question million." in built([costly]).text
