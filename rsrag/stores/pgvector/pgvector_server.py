"""A PostgreSQL server: its connections, what it must have, and errors of ours."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from rsrag.errors import StoreError
from rsrag.packages import need
from rsrag.stores.pgvector.pgvector_names import SCHEMA

if TYPE_CHECKING:
    from psycopg import Connection, Error

Made = TypeVar("Made")

ATTEMPTS = 4
"""How often work is begun when the connection is lost, or others are in its way."""

PAUSE_S = 0.5
"""Wait before the second attempt; it doubles with each."""

ADDRESS_HINT = "export RSRAG_DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE"
"""How to say where the server is."""

_CONNECT_S = 10
_IDLE = 4
_OLDEST = 15
_EXTENSIONS = {"vector": ((0, 8), "pgvector"), "postgis": ((3, 3), "postgis-3")}
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET plan_cache_mode = force_custom_plan",
    "SET client_min_messages = error",
    "SET hnsw.iterative_scan = relaxed_order",
    "SET hnsw.ef_search = 200",
    "SET hnsw.max_scan_tuples = 100000",
)


class PgServer:
    """Runs work on a server, each in a transaction of its own; safe under threads.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``, or what libpq takes.

    Attributes:
        name: where it is, without any secret.

    Raises:
        StoreError: no such address.
    """

    def __init__(self, url: str) -> None:
        need("psycopg", "The store pgvector")
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            parts = conninfo_to_dict(url)
        except ProgrammingError:
            # What libpq says of it may hold the password.
            raise StoreError(
                "RSRAG_DATABASE_URL is no address of a PostgreSQL server.",
                hint=ADDRESS_HINT,
            ) from None
        words = (parts.get(name) for name in ("password", "sslpassword"))
        self._secrets = [str(word) for word in words if word]
        self._url = url
        host, port = parts.get("host", "localhost"), parts.get("port", 5432)
        self._database = str(parts.get("dbname") or parts.get("user") or "postgres")
        self.name = f"PostgreSQL at {host}:{port}/{self._database}"
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._checked = False

    def run(self, work: "Callable[[Connection], Made]", *, whole: bool = True) -> Made:
        """Do work in a transaction, again where the connection was lost.

        Args:
            work: given a connection. It may be called several times: what it did before
                was rolled back.
            whole: in one transaction; else each statement is its own, which spares two
                answers of the server to work that only reads.

        Raises:
            StoreError: the server refuses, fails or does not answer.
        """
        from psycopg import Error, InterfaceError, OperationalError

        for attempt in range(1, ATTEMPTS + 1):
            connection = None
            try:
                connection = self._take()
                with connection.transaction() if whole else nullcontext():
                    made = work(connection)
            except (OperationalError, InterfaceError) as exc:
                # Connections that idle were lost with it.
                self.close()
                if connection is not None:
                    connection.close()
                if attempt < ATTEMPTS and self._passing(exc):
                    time.sleep(PAUSE_S * 2 ** (attempt - 1))
                    continue
                raise self._told(exc) from None
            except Error as exc:
                self._give(connection)
                raise self._told(exc) from None
            except BaseException:
                if connection is not None:
                    connection.close()
                raise
            self._give(connection)
            return made
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close the connections that idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> "Connection":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        import psycopg

        from rsrag.stores.pgvector.pgvector_values import register

        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_S
        )
        try:
            for line in _SETTINGS:
                connection.execute(line)
            if not self._checked:
                self._check(connection)
            register(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give(self, connection: "Connection | None") -> None:
        if connection is None:
            return
        with self._lock:
            if len(self._idle) < _IDLE and not connection.closed:
                self._idle.append(connection)
                return
        connection.close()

    def _check(self, connection: "Connection") -> None:
        """Refuse a server that lacks what the store needs."""
        found = connection.info.server_version // 10000
        if found < _OLDEST:
            raise StoreError(
                f"{self.name} is PostgreSQL {found}; the store pgvector needs "
                f"{_OLDEST} or later.",
                hint="export RSRAG_DATABASE_URL=the address of a later one",
            )
        rows = connection.execute("SELECT extname, extversion FROM pg_extension")
        made: dict[str, str] = dict(rows.fetchall())
        for extension, (oldest, package) in _EXTENSIONS.items():
            wanted = ".".join(map(str, oldest))
            if extension not in made:
                raise StoreError(
                    f"{self.name} lacks the extension {extension} in this database.",
                    hint=f"there, as its owner: CREATE EXTENSION {extension}; "
                    f"(the server's package is postgresql-{found}-{package})",
                )
            if _numbers(made[extension]) < oldest:
                raise StoreError(
                    f"{self.name} has {extension} {made[extension]}; the store "
                    f"pgvector needs {wanted} or later.",
                    hint="install a later one, then "
                    f"ALTER EXTENSION {extension} UPDATE;",
                )
        self._checked = True

    def _passing(self, exc: "Error") -> bool:
        """Whether the same work may well succeed a moment later."""
        from psycopg import errors

        if exc.sqlstate is None:
            # The connection was lost, or there was none. A password stays wrong.
            return "authentication failed" not in str(exc)
        again = (
            errors.SerializationFailure,
            errors.DeadlockDetected,
            errors.AdminShutdown,
            errors.CrashShutdown,
            errors.CannotConnectNow,
            errors.TooManyConnections,
        )
        return isinstance(exc, again)

    def _told(self, exc: "Error") -> StoreError:
        from psycopg import errors

        said = exc.diag.message_primary or str(exc).strip() or type(exc).__name__
        text = f"{self.name}: {self._masked(said)}"
        if isinstance(exc, errors.InsufficientPrivilege):
            return StoreError(
                text,
                hint=f"GRANT CREATE ON DATABASE {self._database} TO the role that "
                f"writes; to search, GRANT USAGE ON SCHEMA {SCHEMA} and SELECT "
                "on its tables",
            )
        if isinstance(exc, errors.DiskFull | errors.OutOfMemory):
            return StoreError(text, hint="nothing was changed; make room on the server")
        return StoreError(
            text, hint="is the server up, and does RSRAG_DATABASE_URL fit it?"
        )

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


@contextmanager
def closing_where_it_fails(server: PgServer) -> Iterator[None]:
    """Close a server's connections if what is done with it raises."""
    try:
        yield
    except BaseException:
        server.close()
        raise


def _numbers(version: str) -> tuple[int, ...]:
    parts = (part for part in version.split(".")[:2])
    return tuple(int(part) if part.isdigit() else 0 for part in parts)
