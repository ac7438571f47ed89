"""Connections to a catalogue's file, and rows made into records."""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.records import Landmark

_AT_ONCE = 500


Rows = Callable[..., list[tuple[Any, ...]]]
"""Runs a query, given as SQL and its parameters, and gives all rows."""

LANDMARK = (
    "l.id, l.name, o.source, o.licence, l.aliases, l.category, l.geometry, l.images "
    "from landmarks l join origins o on o.number = l.origin"
)
FACT = (
    "f.id, l.id, f.variable, f.value, o.source, o.licence, f.period, f.quantity, "
    "f.unit from facts f join landmarks l on l.number = f.landmark "
    "join origins o on o.number = f.origin"
)
PASSAGE = (
    "p.id, p.text, p.chunk_type, o.source, o.licence, l.id, p.title "
    "from passages p join origins o on o.number = p.origin "
    "left join landmarks l on l.number = p.landmark"
)


def as_landmark(row: Sequence[Any]) -> Landmark:
    """A row of :data:`LANDMARK`."""
    ident, name, source, licence, aliases, category, geometry, images = row[:8]
    names = tuple(json.loads(aliases)) if aliases != "[]" else ()
    pictures = tuple(json.loads(images)) if images != "[]" else ()
    return Landmark(ident, name, source, licence, names, category, geometry, pictures)


def rows_with(
    rows: Rows, sql: str, items: Collection[str | int]
) -> Iterator[tuple[Any, ...]]:
    """Rows of a query whose ``{marks}`` stand for items, some hundred at a time."""
    listed = list(items)
    for start in range(0, len(listed), _AT_ONCE):
        part = listed[start : start + _AT_ONCE]
        yield from rows(sql.format(marks=",".join("?" * len(part))), part)


class Connections:
    """Read-only connections to one file that never changes, one for each query at work.

    A file that another process has replaced meanwhile stays good for who opened it:
    queries then wait for each other on the connections that there are.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = path.stat().st_ino
        self._ready = threading.Condition()
        self._idle = [self._connect()]
        self._open = 1

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; a ``KnowledgeError`` if the catalogue was closed."""
        connection = self._take()
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            with self._ready:
                if self._open:
                    self._idle.append(connection)
                    self._ready.notify()
                else:
                    connection.close()

    def close(self) -> None:
        """Close those that are idle now, and the others when they come back."""
        with self._ready:
            self._open = 0
            while self._idle:
                self._idle.pop().close()
            self._ready.notify_all()

    def _take(self) -> sqlite3.Connection:
        with self._ready:
            if not self._idle and self._open:
                try:
                    self._idle.append(self._connect())
                    self._open += 1
                except (OSError, sqlite3.OperationalError):
                    # The file was replaced; wait for one that has it open.
                    self._ready.wait_for(lambda: self._idle or not self._open)
            if not self._open:
                raise KnowledgeError(f"The catalogue {self._path} is closed.")
            return self._idle.pop()

    def _connect(self) -> sqlite3.Connection:
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(self._path)
        # immutable: no locks, and no journal is looked for.
        uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("pragma query_only=1")
        connection.execute("pragma cache_size=-16384")
        connection.execute("pragma mmap_size=268435456")
        return connection
