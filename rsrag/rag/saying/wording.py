"""Let a language model word a fact, and keep its words only if they say the same."""

from dataclasses import dataclass

from rsrag.answers import Evidence
from rsrag.interfaces import Generator
from rsrag.rag.saying.claims import Claims, months_in, numbers_in
from rsrag.rag.saying.grounding import strip_citations, unsupported
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.prompt import load_template, messages_text
from rsrag.rag.saying.sentences import content_words, folded, sentences

MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Worded:
    """A sentence of a model.

    Attributes:
        text: of the model if it may stand, else the plain sentence.
        removed: what the model said instead, and why it may not stand.
    """

    text: str
    removed: tuple[tuple[str, str], ...]
    prompt: str


def word_fact(
    question: str, sentence: str, value: str, evidence: Evidence, generator: Generator
) -> Worded:
    """Word one fact.

    Args:
        sentence: the plain one, which is right as it is.
        value: must stand in the words, letter for letter.
    """
    template = load_template("fact")
    messages = template.fill(
        {"question": as_data(question), "sentence": as_data(sentence)}
    )
    said = generator.generate(messages, max_tokens=MAX_TOKENS)
    prompt = messages_text(messages)
    spoken = sentences(said.text)
    words = strip_citations(spoken[0]) if spoken else ""
    reason = changed(words, sentence, value, evidence)
    if said.finish == "length" and len(spoken) < 2:
        reason = reason or "it broke off"
    if reason is None:
        return Worded(words, (), prompt)
    return Worded(sentence, ((words, reason),) if words else (), prompt)


def changed(words: str, sentence: str, value: str, evidence: Evidence) -> str | None:
    """Why a wording does not say what the plain sentence says; ``None`` if it does."""
    if not words:
        return "it says nothing"
    if value not in words:
        return f"it does not give the value {value!r} as it stands"
    if reason := unsupported(words, evidence):
        return reason
    said, plain = Claims.of(words), Claims.of(sentence)
    if lost := (plain.numbers - said.numbers) | (said.numbers - plain.numbers):
        return f"it changes the number {', '.join(f'{n:g}' for n in sorted(lost))}"
    if said.months != plain.months:
        return "it changes the month"
    name = evidence.landmark or ""
    if folded(name) not in folded(words):
        return f"it does not name {name}"
    outside = words.replace(value, " ")
    strange = [
        word
        for word in content_words(outside)
        if word not in content_words(f"{sentence} {name}")
    ]
    if len(strange) > 2 or numbers_in(outside) - numbers_in(sentence):
        return f"it adds {', '.join(strange) or 'a number'}"
    if months_in(outside) - months_in(sentence):
        return "it adds a month"
    return None
