"""Conversations in SQLite: a turn that is over is never lost."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rsrag.dialogue.state import DialogueState
from rsrag.errors import ConfigError, QueryError

FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS session (
    name TEXT PRIMARY KEY, begun TEXT NOT NULL, spoken TEXT NOT NULL,
    turns INTEGER NOT NULL, state TEXT NOT NULL
) STRICT
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

    def state(self, name: str) -> DialogueState | None:
        """What a session holds; ``None`` if there is none of that name."""
        with self._open() as store:
            row = store.execute(
                "SELECT state FROM session WHERE name = ?", (name,)
            ).fetchone()
        return None if row is None else DialogueState.from_json(json.loads(row[0]))

    def keep(self, name: str, state: DialogueState, before: DialogueState) -> None:
        """Keep a session as it is after a turn.

        Args:
            before: what it held before that turn.

        Raises:
            QueryError: another process went on with it meanwhile.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(state.to_json(), ensure_ascii=False)
        with self._open() as store:
            store.execute("BEGIN IMMEDIATE")
            row = store.execute(
                "SELECT turns, state FROM session WHERE name = ?", (name,)
            ).fetchone()
            turns = 0 if row is None else int(row[0])
            held = [] if row is None else json.loads(row[1])["turns"]
            if len(held) != len(before.turns):
                store.execute("ROLLBACK")
                raise QueryError(
                    f"Another chat went on with session {name!r} meanwhile.",
                    hint=f"rsrag chat --session {name}",
                )
            store.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO "
                "UPDATE SET spoken = excluded.spoken, turns = excluded.turns, "
                "state = excluded.state",
                (name, now, now, turns + 1, text),
            )
            store.execute("COMMIT")

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
            gone = store.execute("DELETE FROM session WHERE name = ?", (name,)).rowcount
        if not gone:
            raise no_such_session(name)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            store = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            try:
                store.execute("PRAGMA journal_mode = WAL")
                store.execute("PRAGMA synchronous = FULL")
                version = store.execute("PRAGMA user_version").fetchone()[0]
                if version not in (0, FORMAT):
                    raise ConfigError(
                        f"{self._path} has format {version}, not {FORMAT}.",
                        hint="use the rsrag that wrote it, or move the file away",
                    )
                store.execute(_TABLES)
                store.execute(f"PRAGMA user_version = {FORMAT}")
                yield store
            finally:
                store.close()
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as exc:
            raise ConfigError(
                f"{self._path} cannot be used for sessions: {exc}",
                hint="move the file away; a new one is made",
            ) from exc


def no_such_session(name: str) -> QueryError:
    """The error of a name that no session has."""
    return QueryError(f"There is no session {name!r}.", hint="rsrag sessions list")
