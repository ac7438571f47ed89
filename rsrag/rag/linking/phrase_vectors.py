"""Sentence vectors of all phrases for variables.

Those of the text encoder that ships are in ``phrase_vectors.npz``, by a digest of each
phrase, made by ``scripts/phrase-vectors``; a test holds the file to the vocabulary.
What is not in it, and all phrases for another encoder, is embedded when it is needed.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.interfaces import TextEncoder
from rsrag.knowledge.variables import phrases_of, source_variables, variables
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

FILE = Path(__file__).with_name("phrase_vectors.npz")
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the encoder's weights that the file was made with."""
_LEVELS = 127


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to ask for a variable; ``source``: only where a place has its field."""

    variable: str
    text: str
    source: bool


def all_phrases() -> list[Phrase]:
    """Of the whole vocabulary, in its order."""
    found = []
    for name in dict.fromkeys([*variables(), *source_variables()]):
        known = variables().get(name)
        plain = {known.label, *known.synonyms} if known else set()
        found += [
            Phrase(name, as_sentence(text), text not in plain)
            for text in phrases_of(name)
        ]
    return found


def as_sentence(phrase: str) -> str:
    """A phrase with its gap filled: ``how deep is it on average``."""
    return " ".join(phrase.replace("*", "it").split())


def digest_of(text: str) -> int:
    """The key of a phrase in the file, 64 bits."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def write(encoder: TextEncoder, file: Path = FILE) -> None:
    """Write the file anew. A row takes a byte a number; its scale is not kept."""
    texts = list(dict.fromkeys(one.text for one in all_phrases()))
    vectors = encoder.encode_texts(texts)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    rows = np.round(vectors / largest * _LEVELS).astype(np.int8)
    keys = np.array([digest_of(text) for text in texts], np.uint64)
    with file.open("wb") as out:
        np.savez(out, keys=keys, rows=rows)


def read() -> dict[int, NDArray[np.float32]]:
    """The file: unit rows by digest."""
    with np.load(FILE) as held:
        rows = unit_rows(held["rows"].astype(np.float32))
        return dict(zip(held["keys"].tolist(), rows, strict=True))


class PhraseVectors:
    """Vectors of phrases by one encoder.

    Args:
        encoder: of texts.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._by_variable: dict[str, Vectors] = {}
        ships = encoder.identity.weights_sha256 == WEIGHTS
        self._held = read() if ships else {}
        known = [(one, digest_of(one.text)) for one in all_phrases()]
        known = [(one, key) for one, key in known if key in self._held]
        self._phrases = [one for one, _ in known]
        dim = encoder.identity.dim
        rows = [self._held[key] for _, key in known]
        self._all = np.stack(rows) if rows else np.empty((0, dim), np.float32)

    def of(self, variable: str) -> Vectors:
        """``(n, dim)`` unit rows of all phrases for a variable, its label's first."""
        found = self._by_variable.get(variable)
        if found is None:
            found = self._rows([as_sentence(text) for text in phrases_of(variable)])
            self._by_variable[variable] = found
        return found

    def _rows(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in texts if digest_of(text) not in self._held]
        if new:
            rows = self._encoder.encode_texts(new)
            self._held |= dict(zip(map(digest_of, new), rows, strict=True))
        return np.stack([self._held[digest_of(text)] for text in texts])

    def best_of_all(
        self, question: Vectors, *, monthly: bool, among: Collection[str] = ()
    ) -> dict[str, float]:
        """The cosine of each variable of the vocabulary; empty for another encoder.

        Args:
            question: ``(dim,)`` unit vector.
            monthly: whether what is measured month by month counts.
            among: variables of which the words of their source count as well.
        """
        best: dict[str, float] = {}
        cosines = (self._all @ question).tolist()
        known = variables()
        for phrase, cosine in zip(self._phrases, cosines, strict=True):
            name = phrase.variable
            if phrase.source and name not in among:
                continue
            if monthly or name not in known or not known[name].monthly:
                best[name] = max(best.get(name, -1.0), cosine)
        return best
