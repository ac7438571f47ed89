"""BM25 over the passages and facts of a catalogue."""

import math
import re
import sqlite3
import threading
from collections.abc import Sequence
from functools import lru_cache

from rsrag.knowledge.catalogue.catalogue_rows import Rows, rows_with
from rsrag.knowledge.catalogue.catalogue_tables import TOKENIZER
from rsrag.knowledge.catalogue.name_words import STOPS

_WORDS = re.compile(r"[^\W_]+")
_MOST_TERMS = 24
# A term in more documents than this share says little and costs much.
_OFTEN = 0.1
_FEW = 1000
_POSTINGS = 20_000


class Stemmer:
    """Cuts a text into the terms that FTS5 keeps, by asking FTS5."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(
            ":memory:", check_same_thread=False, isolation_level=None
        )
        self._db.executescript(
            f"create virtual table t using fts5(text, content='', "
            f"tokenize='{TOKENIZER}'); create virtual table v using fts5vocab(t, 'row')"
        )
        self._lock = threading.Lock()
        self.stem = lru_cache(20_000)(self._stem)

    def _stem(self, word: str) -> str | None:
        with self._lock:
            self._db.execute("insert into t(t) values ('delete-all')")
            self._db.execute("insert into t(rowid, text) values (1, ?)", [word])
            row = self._db.execute("select term from v").fetchone()
            return None if row is None else str(row[0])


def words_of(text: str) -> list[str]:
    """Words worth looking for, once each; stop words only where nothing else is."""
    words = list(dict.fromkeys(_WORDS.findall(text.casefold())))
    return [word for word in words if word not in STOPS] or words


def fts_query(words: Sequence[str], terms: dict[str, int], documents: int) -> str:
    """An FTS5 query for any of some words, the common ones left out.

    ``terms`` tells in how many of the ``documents`` each word is. Quoted words joined
    by OR, or the empty text if none occurs.
    """
    known = sorted((terms[word], word) for word in words if terms.get(word))
    chosen: list[str] = []
    postings = 0
    often = max(_FEW, documents * _OFTEN)
    for docs, word in known[:_MOST_TERMS]:
        if chosen and (docs > often or postings + docs > _POSTINGS):
            break
        chosen.append(word)
        postings += docs
    return " OR ".join(f'"{word}"' for word in chosen)


class Ranking:
    """BM25 in one catalogue."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._stemmer = Stemmer()

    def passages(
        self, text: str, limit: int, landmark_id: str | None
    ) -> list[tuple[str, float]]:
        """Ids and scores of passages, best first."""
        query = self._query("passage_words", "passages", text)
        if not query or limit < 1:
            return []
        if landmark_id is None:
            sql = (
                "select id, -score from (select rowid as number, "
                "bm25(passage_words, 1.0, 1.0) as score from passage_words "
                "where passage_words match ? order by score, rowid limit ?) "
                "join passages using (number) order by score, number"
            )
            return self._rows(sql, [query, limit])
        sql = (
            "select id, -bm25(passage_words, 1.0, 1.0) as score from passages "
            "join passage_words on passage_words.rowid = number "
            "where passage_words match ? and landmark = "
            "(select number from landmarks where id = ?) "
            "order by score desc, number limit ?"
        )
        return self._rows(sql, [query, landmark_id, limit])

    def facts(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Ids and scores of facts, best first."""
        query = self._query("fact_words", "facts", text)
        if not query or limit < 1:
            return []
        sql = (
            "select id, -score from (select rowid as number, bm25(fact_words) as score "
            "from fact_words where fact_words match ? order by score, rowid limit ?) "
            "join facts using (number) order by score, number"
        )
        return self._rows(sql, [query, limit])

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Inverse document frequency of words over passages and facts together.

        As BM25 has it: ``ln(1 + (n - docs + 0.5) / (docs + 0.5))``; a word that occurs
        nowhere has the most.
        """
        stems = [self._stemmer.stem(word.casefold()) or "" for word in words]
        docs = dict.fromkeys(stems, 0)
        total = 0
        for table, records in (("passage_words", "passages"), ("fact_words", "facts")):
            sql = f"select term, docs from {table}_terms where term in ({{marks}})"
            for term, count in rows_with(self._rows, sql, list(docs)):
                docs[term] += count
            total += self._rows(f"select max(number) from {records}")[0][0] or 0
        return [
            math.log(1 + (total - docs[stem] + 0.5) / (docs[stem] + 0.5))
            for stem in stems
        ]

    def _query(self, words: str, records: str, text: str) -> str:
        stems = {word: self._stemmer.stem(word) for word in words_of(text)[:200]}
        known = [stem for stem in stems.values() if stem]
        sql = f"select term, docs from {words}_terms where term in ({{marks}})"
        docs = dict(rows_with(self._rows, sql, known))
        terms = {word: docs.get(stem or "", 0) for word, stem in stems.items()}
        total: int = self._rows(f"select max(number) from {records}")[0][0] or 0
        return fts_query(list(stems), terms, total)
