"""Captions that came with pictures, searched by their words and by their meaning."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from rsrag.knowledge.catalogue.catalogue_tables import TOKENIZER
from rsrag.knowledge.catalogue.catalogue_text import words_of
from rsrag.types import Vectors

Ranked = list[tuple[str, float]]
"""Ids of chips with their scores, best first; ties by id."""


class CaptionSearch:
    """The captions of an index's chips. Threads may share it.

    A caption that many chips have, as those of one scene do, counts once.

    Args:
        captions: of each chip that has some, by id.

    Attributes:
        texts: every caption once, in order of first appearance.
        chips: ids of those that have one.
    """

    def __init__(self, captions: Mapping[str, Sequence[str]]) -> None:
        numbers: dict[str, int] = {}
        chips: list[list[str]] = []
        for id_, texts in captions.items():
            for text in dict.fromkeys(texts):
                number = numbers.setdefault(text, len(numbers))
                if number == len(chips):
                    chips.append([])
                chips[number].append(id_)
        self.texts, self._chips = list(numbers), chips
        self.chips = frozenset(captions)
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(
            f"create virtual table c using fts5(text, content='', "
            f"tokenize='{TOKENIZER}')"
        )
        rows = enumerate(self.texts, start=1)
        self._db.executemany("insert into c(rowid, text) values (?, ?)", rows)
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None

    def by_words(self, text: str, allowed: frozenset[str] | None) -> Ranked:
        """Chips with a caption that has any of the words, by Okapi BM25.

        Args:
            allowed: ids that may be found; ``None`` for all.
        """
        query = " OR ".join(f'"{word}"' for word in words_of(text))
        if not query:
            return []
        with self._lock:
            found = self._db.execute(
                "select rowid, -bm25(c) from c where c match ?", [query]
            ).fetchall()
        return self._ranked(((row - 1, score) for row, score in found), allowed)

    def by_meaning(
        self,
        text: str,
        encode: Callable[[Sequence[str]], Vectors],
        allowed: frozenset[str] | None,
    ) -> Ranked:
        """Chips by the cosine between the words and their nearest caption.

        Args:
            encode: gives ``(n, dim)`` float32 unit rows of sentences; the captions are
                embedded when it is first called.
            allowed: ids that may be found; ``None`` for all.
        """
        if not self.texts:
            return []
        with self._lock:
            if self._vectors is None:
                self._vectors = encode(self.texts)
        cosines = self._vectors @ encode([text])[0]
        return self._ranked(enumerate(cosines.tolist()), allowed)

    def _ranked(
        self, scored: Iterable[tuple[int, float]], allowed: frozenset[str] | None
    ) -> Ranked:
        best: dict[str, float] = {}
        for number, score in scored:
            for id_ in self._chips[number]:
                if (allowed is None or id_ in allowed) and score > best.get(
                    id_, -np.inf
                ):
                    best[id_] = float(score)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
