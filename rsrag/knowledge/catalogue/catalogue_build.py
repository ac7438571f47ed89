"""Writes the SQLite file of a catalogue from the JSONL of its collections."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from operator import attrgetter
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.geo import geometry_bbox, spans
from rsrag.knowledge.catalogue import catalogue_names, catalogue_tables as tables
from rsrag.knowledge.catalogue.catalogue_files import files_of, fingerprint_of
from rsrag.knowledge.catalogue.catalogue_tables import CODE, COMMON, PART
from rsrag.knowledge.catalogue.landmark_names import is_code, is_common, variants
from rsrag.knowledge.catalogue.mentions import find_mentions
from rsrag.knowledge.collection import Records, read_collection
from rsrag.knowledge.periods import period_words
from rsrag.knowledge.variables import label_of
from rsrag.records import Fact, Landmark, Passage

_FACT = attrgetter("variable", "value", "period", "number", "unit")
_PASSAGE = attrgetter("chunk_type", "title", "text")


def build(path: Path, collections: Sequence[Path]) -> None:
    """Write the catalogue of some collections into an empty file.

    A record whose id came before in another collection is left out.

    Raises:
        KnowledgeError: records that are not well formed, or that belong to a landmark
            which is not there.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "pragma journal_mode=off; pragma synchronous=off; pragma page_size=8192;"
            "pragma temp_store=memory; pragma cache_size=-65536;" + tables.TABLES
        )
        # A script ends the transaction that it is in, so each step has its own.
        db.execute("begin")
        _Builder(db).add(collections)
        db.executescript(tables.INDEXES)
        db.execute("begin")
        _write_names(db)
        _write_naming(db)
        for table in ("passage_words", "fact_words", "name_grams"):
            db.executescript(tables.TERMS.format(table=table))
            db.execute(f"insert into {table}({table}) values ('optimize')")
        fingerprint = fingerprint_of(files_of(collections))
        db.execute("insert into meta values ('fingerprint', ?)", [fingerprint])
        db.execute("analyze")


class _Builder:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._origins: dict[tuple[str, str], int] = {}
        self._landmarks: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._facts: set[str] = set()
        self._passages: set[str] = set()

    def add(self, collections: Sequence[Path]) -> None:
        records = [(path, read_collection(path)) for path in collections]
        for path, group in records:
            self._add_landmarks(path.name, group.landmarks)
        for path, group in records:
            self._add_facts(path, group)
            self._add_passages(path, group)
        self._db.executemany(
            "insert into origins values (?, ?, ?)",
            ((number, *origin) for origin, number in self._origins.items()),
        )

    def _origin(self, record: Landmark | Fact | Passage) -> int:
        key = (record.source, record.licence)
        return self._origins.setdefault(key, len(self._origins))

    def _add_landmarks(self, collection: str, landmarks: Sequence[Landmark]) -> None:
        rows: list[tuple[Any, ...]] = []
        added: list[Landmark] = []
        for landmark in landmarks:
            if landmark.id in self._landmarks:
                continue
            number = len(self._landmarks) + 1
            self._landmarks[landmark.id] = number
            self._names[number] = landmark.name
            aliases, images = (
                json.dumps(texts, ensure_ascii=False)
                for texts in (landmark.aliases, landmark.images)
            )
            place = (landmark.category, landmark.geometry)
            names = (number, landmark.id, landmark.name, aliases)
            rows.append((*names, *place, images, self._origin(landmark), collection))
            added.append(landmark)
        self._db.executemany(
            "insert into landmarks values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )
        self._db.executemany(
            "insert into boxes(west, east, south, north, landmark) "
            "values (?, ?, ?, ?, ?)",
            _boxes([row[0] for row in rows], added),
        )

    def _owner(self, path: Path, record: Fact | Passage) -> int | None:
        if record.landmark_id is None:
            return None
        number = self._landmarks.get(record.landmark_id)
        if number is None:
            kind = type(record).__name__.lower()
            raise KnowledgeError(
                f"{path}: {kind} {record.id} is of the landmark {record.landmark_id}, "
                "which no collection holds.",
                hint="import the landmarks as well, or import the source again",
            )
        return number

    def _add_facts(self, path: Path, records: Records) -> None:
        rows, texts = [], []
        for fact in records.facts:
            if fact.id in self._facts:
                continue
            self._facts.add(fact.id)
            number, owner = len(self._facts), self._owner(path, fact)
            rows.append((number, fact.id, owner, *_FACT(fact), self._origin(fact)))
            period = f" {period_words(fact.period)}" if fact.period else ""
            name = f"{self._names[owner or 0]} {label_of(fact.variable)}"
            texts.append((number, f"{name}{period}: {fact.value}"))
        self._db.executemany(
            "insert into facts values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )
        self._db.executemany("insert into fact_words(rowid, text) values (?, ?)", texts)

    def _add_passages(self, path: Path, records: Records) -> None:
        rows, texts = [], []
        for passage in records.passages:
            if passage.id in self._passages:
                continue
            self._passages.add(passage.id)
            number, owner = len(self._passages), self._owner(path, passage)
            place = (self._origin(passage), path.name)
            rows.append((number, passage.id, owner, *_PASSAGE(passage), *place))
            heading = f"{self._names.get(owner or 0, '')} {passage.title or ''}"
            texts.append((number, heading, passage.text))
        self._db.executemany(
            "insert into passages values (?, ?, ?, ?, ?, ?, ?, ?)", rows
        )
        self._db.executemany(
            "insert into passage_words(rowid, name, text) values (?, ?, ?)", texts
        )


def _write_naming(db: sqlite3.Connection) -> None:
    """Link each passage that is of no landmark to those that it names."""

    def rows(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return db.execute(sql, parameters).fetchall()

    numbers = dict(rows("select id, number from landmarks"))
    links: set[tuple[int, int]] = set()
    loose = "select number, title, text from passages where landmark is null"
    for number, title, text in rows(loose):
        mentions = find_mentions(
            f"{title or ''}. {text}",
            lambda words: catalogue_names.firsts(rows, words),
            lambda names: catalogue_names.lookup(rows, names),
        )
        ids = {one for m in mentions if m.whole for one in m.landmark_ids}
        links |= {(numbers[one], number) for one in ids}
    db.executemany("insert into naming values (?, ?)", sorted(links))


def _boxes(
    numbers: Sequence[int], landmarks: Sequence[Landmark]
) -> Iterator[tuple[float, ...]]:
    """West, east, south, north and number; two rows across the antimeridian."""
    import shapely

    placed = [
        (number, landmark.geometry)
        for number, landmark in zip(numbers, landmarks, strict=True)
        if landmark.geometry is not None
    ]
    shapes = shapely.from_wkb([geometry for _, geometry in placed])
    edges = shapely.bounds(shapes).reshape(-1, 4).tolist()
    for (number, _), shape, bounds in zip(placed, shapes, edges, strict=True):
        if shape.is_empty:
            continue
        west, south, east, north = bounds
        if west > -180.0 or east < 180.0:
            yield west, east, south, north, number
            continue
        box = geometry_bbox(shape)
        for first, last in spans(box):
            yield first, last, box.south, box.north, number


def _write_names(db: sqlite3.Connection) -> None:
    """Fold all names and aliases, and list their first words and letters."""
    flags: dict[tuple[str, int], int] = {}
    for number, name, aliases in db.execute(
        "select number, name, aliases from landmarks"
    ):
        for text in [name, *json.loads(aliases)]:
            code = CODE if is_code(text) else 0
            whole, part = variants(text)
            for folded in whole:
                key = (folded, number)
                flags[key] = flags.get(key, CODE) & ~PART & (code or ~CODE)
            for folded in part:
                flags.setdefault((folded, number), PART)
    longest: dict[str, int] = {}
    for folded, _ in flags:
        first = folded.partition(" ")[0]
        longest[first] = max(longest.get(first, 0), folded.count(" ") + 1)
    db.executemany(
        "insert into names values (?, ?, ?)",
        sorted(
            (folded, number, bits | (COMMON if is_common(folded) else 0))
            for (folded, number), bits in flags.items()
        ),
    )
    db.executemany("insert into firsts values (?, ?)", sorted(longest.items()))
    folded_names = sorted({folded for folded, _ in flags if len(folded) > 1})
    numbered = list(enumerate(folded_names, start=1))
    db.executemany("insert into name_list values (?, ?)", numbered)
    db.executemany("insert into name_grams(rowid, folded) values (?, ?)", numbered)
