"""Other words for a sentence on a change, kept only if they say nothing else."""

import re

from rsrag.interfaces import Generator
from rsrag.rag.changes.cover_nouns import cover_words
from rsrag.rag.saying.claims import negates, numbers_in
from rsrag.rag.saying.instructions import as_data
from rsrag.rag.saying.prompt import load_template
from rsrag.rag.saying.wording import MAX_TOKENS, first_sentence

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*|\d[\d,.]*")
_COME = frozenset(
    _WORD.findall(
        "appear appears appeared built constructed added erected emerge emerges new "
        "newly show shows up"
    )
)
_GO = frozenset(
    _WORD.findall(
        "removed demolished disappear disappears disappeared gone vanished cleared"
    )
)
_FREE = frozenset(
    _WORD.findall(
        "a an the of in on at is are was were be been has have had now there that "
        "which and it its to with by from for where place area picture scene image "
        "side corner part can seen visible along some several"
    )
)


def reworded(sentence: str, generator: Generator) -> tuple[str, str | None]:
    """A model's wording of a sentence if it may stand, else the sentence itself.

    Returns:
        The sentence, and why the model's was refused; ``None`` where it stands.
    """
    template = load_template("fact")
    asked = {"question": "What changed?", "sentence": as_data(sentence)}
    said = generator.generate(template.fill(asked), max_tokens=MAX_TOKENS)
    words, broke_off = first_sentence(said)
    words = words.strip().rstrip(".")
    reason = says_else(words, sentence) or broke_off
    return (sentence, reason) if reason else (words, None)


def says_else(words: str, sentence: str) -> str | None:
    """Why a wording says something else than a sentence; ``None`` if it does not.

    Numbers, covers in their order, places and denials must be the same; a thing that
    came may not go; and no word is let in but the sentence's own, verbs of coming and
    going, and words that say nothing.
    """
    said, plain = (_WORD.findall(text.lower()) for text in (words, sentence))
    if not said:
        return "it says nothing"
    if numbers_in(words) != numbers_in(sentence):
        return "it changes a number"
    if negates(words) != negates(sentence):
        return "it denies what is held, or leaves out a denial"
    known = cover_words(())
    if _covers(said, known) != _covers(plain, known):
        return "it changes what came, what went, or their order"
    allowed = {*plain, *_FREE}
    if _COME & set(plain):
        allowed |= _COME
    if _GO & set(plain):
        allowed |= _GO
    if extra := sorted(set(said) - allowed):
        return f"the sheet does not hold {', '.join(extra)}"
    places = {"top", "bottom", "left", "right", "middle", "across"}
    if lost := sorted(_places(plain, places) ^ _places(said, places)):
        return f"it changes the place: {', '.join(lost)}"
    come, go = (bool(kind & set(plain)) for kind in (_COME, _GO))
    if (come, go) != (bool(_COME & set(said)), bool(_GO & set(said))):
        return "it does not say whether it came or went"
    return None


def _covers(tokens: list[str], known: dict[str, tuple[str, ...]]) -> list[object]:
    return [known[token] for token in tokens if token in known]


def _places(tokens: list[str], places: set[str]) -> set[str]:
    return {token for token in tokens if places & set(token.split("-"))}
