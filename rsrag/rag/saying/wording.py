"""Let a language model word a fact, and keep its words only if they say the same."""

from rsrag.answers import Evidence
from rsrag.interfaces import Generator
from rsrag.rag.saying.claims import Claims
from rsrag.rag.saying.draft import Told
from rsrag.rag.saying.fact_reading import reading_of
from rsrag.rag.saying.grounding import strip_citations
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.prompt import load_template, messages_text
from rsrag.rag.saying.sentences import folded, sentences
from rsrag.types import Generation

MAX_TOKENS = 64


def word_fact(
    question: str, sentence: str, value: str, evidence: Evidence, generator: Generator
) -> tuple[str, Told]:
    """Word one fact; reading the words again must give the same fact.

    Returns:
        The model's sentence if it may stand, else the plain one; and what was told.
    """
    template = load_template("fact")
    messages = template.fill(
        {"question": as_data(question), "sentence": as_data(sentence)}
    )
    said = generator.generate(messages, max_tokens=MAX_TOKENS)
    prompt = messages_text(messages)
    words, broke_off = first_sentence(said)
    reason = changed(words, sentence, value, evidence) or broke_off
    if reason is None:
        return words, Told(prompt, (), words != sentence)
    return sentence, Told(prompt, ((words, reason),) if words else (), False)


def first_sentence(said: Generation) -> tuple[str, str | None]:
    """The first sentence of a model, uncited, and a reason if it was cut short."""
    spoken = sentences(said.text)
    cut = said.finish == "length" and len(spoken) < 2
    return strip_citations(spoken[0]) if spoken else "", "it broke off" if cut else None


def changed(words: str, sentence: str, value: str, evidence: Evidence) -> str | None:
    """Why a wording does not say what the plain sentence says; ``None`` if it does."""
    if not words:
        return "it says nothing"
    if value not in words:
        return f"it does not give the value {value!r} as it stands"
    said, plain = Claims.of(words), Claims.of(sentence)
    if lost := (plain.numbers - said.numbers) | (said.numbers - plain.numbers):
        return f"it changes the number {', '.join(f'{n:g}' for n in sorted(lost))}"
    if said.months != plain.months:
        return "it changes the month"
    name = evidence.landmark or ""
    if folded(name) not in folded(words):
        return f"it does not name {name}"
    if said.negated != plain.negated:
        return "it denies what is held" if said.negated else "it leaves out a 'not'"
    again = reading_of(words, name, value)
    if again is None or again != reading_of(sentence, name, value):
        return "it cannot be read as the same fact"
    return None
