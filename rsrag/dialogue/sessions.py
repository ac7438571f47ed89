"""Conversations in SQLite: a turn that is over is never lost."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rsrag.dialogue.state import DialogueState
from rsrag.errors import ConfigError, QueryError

FORMAT = 2
EXPIRY_DAYS = 30
"""A session in which nobody spoke for so long is removed."""
_TABLES = """
CREATE TABLE IF NOT EXISTS session (
    name TEXT PRIMARY KEY, begun TEXT NOT NULL, spoken TEXT NOT NULL,
    turns INTEGER NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS turn (
    session TEXT NOT NULL, number INTEGER NOT NULL, held TEXT NOT NULL,
    PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session in a list.

    Attributes:
        name: of it.
        begun: UTC time of its first turn, ISO 8601.
        spoken: of its last.
        turns: how many.
    """

    name: str
    begun: str
    spoken: str
    turns: int


class Sessions:
    """The sessions in a file, which is made when the first is kept.

    Processes may share it. Each :meth:`keep` is one transaction, on the disk when it
    returns: whatever is killed afterwards, that turn is there.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def state(self, name: str) -> DialogueState | None:
        """What a session holds; ``None`` if there is none of that name."""
        with self._open() as store:
            row = store.execute(
                "SELECT state FROM session WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            turns = store.execute(
                "SELECT held FROM turn WHERE session = ? ORDER BY number", (name,)
            ).fetchall()
            held = [json.loads(one[0]) for one in turns]
            return DialogueState.from_json({**json.loads(row[0]), "turns": held})

    def keep(
        self,
        name: str,
        state: DialogueState,
        before: DialogueState,
        *,
        anew: bool = False,
    ) -> None:
        """Keep a session as it is after a turn.

        Args:
            before: what it held before that turn.
            anew: earlier turns are written again, too.

        Raises:
            QueryError: another process went on with it meanwhile.
        """
        now = _now().isoformat(timespec="seconds")
        with self._open() as store:
            store.execute("BEGIN IMMEDIATE")
            try:
                last = self._after(store, name, before)
                written = state.turns if anew else state.turns[-1:]
                store.executemany(
                    "INSERT OR REPLACE INTO turn VALUES (?, ?, ?)",
                    [
                        (name, last + 2 - len(written) + at, _json(asdict(one)))
                        for at, one in enumerate(written)
                    ],
                )
                store.execute(
                    "DELETE FROM turn WHERE session = ? AND number <= ?",
                    (name, last + 1 - len(state.turns)),
                )
                rest = _json(replace(state, turns=()).to_json())
                store.execute(
                    "INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO "
                    "UPDATE SET spoken = excluded.spoken, turns = excluded.turns, "
                    "state = excluded.state",
                    (name, now, now, last + 1, rest),
                )
            except BaseException:
                store.execute("ROLLBACK")
                raise
            store.execute("COMMIT")

    @staticmethod
    def _after(store: sqlite3.Connection, name: str, before: DialogueState) -> int:
        """Number of the last turn, which must be the one that was seen last."""
        row = store.execute(
            "SELECT number, held FROM turn WHERE session = ? "
            "ORDER BY number DESC LIMIT 1",
            (name,),
        ).fetchone()
        seen = before.turns[-1] if before.turns else None
        held = None if row is None else json.loads(row[1])
        if (held and (held["said"], held["told"])) != (seen and (seen.said, seen.told)):
            raise QueryError(
                f"Another chat went on with session {name!r} meanwhile.",
                hint=f"rsrag chat --session {name}",
            )
        return 0 if row is None else int(row[0])

    def kept(self) -> list[Kept]:
        """All sessions, the one that was spoken in last first."""
        with self._open() as store:
            rows = store.execute(
                "SELECT name, begun, spoken, turns FROM session "
                "ORDER BY spoken DESC, name"
            ).fetchall()
        return [Kept(*row) for row in rows]

    def forget(self, name: str) -> None:
        """Remove a session.

        Raises:
            QueryError: there is none of that name.
        """
        with self._open() as store:
            store.execute("BEGIN IMMEDIATE")
            store.execute("DELETE FROM turn WHERE session = ?", (name,))
            gone = store.execute("DELETE FROM session WHERE name = ?", (name,)).rowcount
            store.execute("COMMIT")
        if not gone:
            raise no_such_session(name)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._store is None:
                    self._store = self._opened()
                yield self._store
            except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as exc:
                self.close()
                raise ConfigError(
                    f"{self._path} cannot be used for sessions: {exc}",
                    hint="move the file away; a new one is made",
                ) from exc

    def _opened(self) -> sqlite3.Connection:
        """The file, its tables made and what has expired removed."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(
            self._path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("PRAGMA synchronous = FULL")
            version = store.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, FORMAT):
                raise ConfigError(
                    f"{self._path} has format {version}, not {FORMAT}.",
                    hint="use the rsrag that wrote it, or move the file away",
                )
            store.executescript(_TABLES)
            store.execute(f"PRAGMA user_version = {FORMAT}")
            oldest = (_now() - timedelta(EXPIRY_DAYS)).isoformat(timespec="seconds")
            store.execute("BEGIN IMMEDIATE")
            store.execute("DELETE FROM session WHERE spoken < ?", (oldest,))
            store.execute(
                "DELETE FROM turn WHERE session NOT IN (SELECT name FROM session)"
            )
            store.execute("COMMIT")
        except BaseException:
            store.close()
            raise
        return store


def _now() -> datetime:
    return datetime.now(UTC)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def no_such_session(name: str) -> QueryError:
    """The error of a name that no session has."""
    return QueryError(f"There is no session {name!r}.", hint="rsrag sessions list")
