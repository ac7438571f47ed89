"""The file of a catalogue: opened, built anew when it has to be, and asked."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from rsrag.config.homes import knowledge_text
from rsrag.durable import staged
from rsrag.errors import KnowledgeError
from rsrag.knowledge.catalogue.catalogue_build import build
from rsrag.knowledge.catalogue.catalogue_files import (
    cache_path,
    collections_of,
    files_of,
    is_sound,
    remove_others,
    stamp_of,
)
from rsrag.knowledge.catalogue.catalogue_rows import (
    LANDMARK,
    Connections,
    as_landmark,
    rows_with,
)
from rsrag.knowledge.collection import Roots, as_roots
from rsrag.records import Landmark
from rsrag.types import BBox

_TRIES = 5


class CatalogueFile:
    """A catalogue's SQLite file, read-only; open it with :meth:`open`.

    Attributes:
        where: the folders that it was built from, as ``--knowledge`` takes them.
        fingerprint: of the names and bytes of the JSONL files.
        collections: their folders.
    """

    def __init__(self, roots: Roots, path: Path, collections: Sequence[Path]) -> None:
        self.where = knowledge_text(as_roots(roots))
        self._path, self.collections = path, collections
        self._connections = Connections(path)
        self._lock = threading.Lock()
        try:
            sql = "select value from meta where key = 'fingerprint'"
            self.fingerprint: str = self._connections.rows(sql)[0][0]
        except BaseException:
            self._connections.close()
            raise

    @classmethod
    def open(cls, roots: Roots) -> Self:
        """Open the knowledge in some folders, and build its file first if need be.

        Of two collections with one name, the one from the later folder counts.

        Raises:
            KnowledgeError: nothing is there, records are not well formed, or the cache
                cannot be written.
        """
        for _ in range(_TRIES):
            collections = collections_of(roots)
            path = cache_path(roots, stamp_of(files_of(collections)))
            if not is_sound(path):
                _build(path, collections)
            try:
                return cls(roots, path, collections)
            except (sqlite3.DatabaseError, IndexError):
                path.unlink(missing_ok=True)  # damaged inside
            except OSError:
                continue  # the records changed, and another process removed it
        raise KnowledgeError(
            f"The knowledge at {knowledge_text(as_roots(roots))} changes faster than "
            "it can be read.",
            hint="wait for what writes it, then try again",
        )

    def close(self) -> None:
        """Close the file. Nothing more may be asked."""
        self._connections.close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; a file that turns out to be damaged is built anew.

        Raises:
            KnowledgeError: the catalogue was closed, or cannot be built.
        """
        used = self._connections
        try:
            return used.rows(sql, parameters)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.ProgrammingError):
                raise
        with self._lock:
            if self._connections is used:
                _build(self._path, self.collections)
                self._connections = Connections(self._path)
                used.close()
        try:
            return self._connections.rows(sql, parameters)
        except sqlite3.DatabaseError as exc:
            raise KnowledgeError(f"{self._path} cannot be read: {exc}.") from exc

    def _by_id(
        self, columns: str, table: str, ids: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows of records by id, in order."""
        sql = f"select {columns} where {table}.id in ({{marks}})"
        found = {row[0]: row for row in rows_with(self.rows, sql, ids)}
        if missing := [ident for ident in ids if ident not in found]:
            kind = {"l": "landmark", "f": "fact", "p": "passage"}[table]
            raise KnowledgeError(
                f"No {kind} has the id {', '.join(missing[:5])} in {self.where}.",
                hint="an index of knowledge that has changed is built again with: "
                "rsrag index build-knowledge",
            )
        return [found[ident] for ident in ids]

    def _numbered(self, numbers: Sequence[int]) -> list[Landmark]:
        """Landmarks by row number, in order."""
        sql = f"select l.number, {LANDMARK} where l.number in ({{marks}})"
        found = {row[0]: row[1:] for row in rows_with(self.rows, sql, numbers)}
        return [as_landmark(found[number]) for number in numbers]

    def _touching(self, boxes: Sequence[BBox]) -> list[Landmark]:
        """Landmarks whose box shares a point with one of some boxes.

        180° east and west are one line, so a box that ends there reaches over it.
        """
        numbers: dict[int, None] = {}
        for box in boxes:
            wests = [(box.west, box.east)]
            wests += [(-180.0, -180.0)] if box.east >= 180.0 else []
            wests += [(180.0, 180.0)] if box.west <= -180.0 else []
            for west, east in wests:
                rows = self.rows(
                    "select landmark from boxes where west <= ? and east >= ? "
                    "and south <= ? and north >= ?",
                    [east, west, box.north, box.south],
                )
                numbers |= dict.fromkeys(number for (number,) in rows)
        return self._numbered(sorted(numbers))


def _build(path: Path, collections: Sequence[Path]) -> None:
    """Build beside the place of the file, then put it there in one step."""
    try:
        with staged(path, shared=True) as draft:
            build(draft, collections)
    except (OSError, sqlite3.DatabaseError) as exc:
        raise KnowledgeError(
            f"The catalogue {path} cannot be written: {exc}.",
            hint="free some disk, or set XDG_CACHE_HOME to another folder",
        ) from exc
    remove_others(path)
