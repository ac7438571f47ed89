"""One table of vectors and payloads: made, opened, filled."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rsrag.errors import StoreError
from rsrag.stores.files.demands import check_dim
from rsrag.stores.pgvector.pgvector_names import (
    COLUMNS,
    EMBEDDING,
    SCHEMA,
    qualified,
    quoted,
)
from rsrag.stores.pgvector.pgvector_server import PgServer
from rsrag.stores.pgvector.pgvector_values import (
    GEOMETRY,
    TIMES,
    Vector,
    column_type,
    column_values,
    copied,
    declared,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection
    from psycopg.sql import Composed

_PLAIN_DIM = 1800
_MOST_DIM = 16_000
_MOST_HALF_DIM = 4000
_BLOCK = 4096
_HAS_GRAPH = """
SELECT reltuples, EXISTS (SELECT FROM pg_index JOIN pg_class i ON i.oid = indexrelid
JOIN pg_am ON pg_am.oid = i.relam WHERE indrelid = t.oid AND amname = 'hnsw' AND
indisvalid) FROM pg_class t WHERE oid = to_regclass(%s)
"""


@dataclass(slots=True)
class PgTable:
    """A table, and what is known of it.

    Attributes:
        name: below the schema ``rsrag``.
        dim: width of the vectors.
        types: PostgreSQL's type of each payload column, by its name.
        has_graph: whether an HNSW index is there.
        rows: about, as of the last ``ANALYZE``.
    """

    name: str
    dim: int
    types: dict[str, str] = field(default_factory=dict)
    has_graph: bool = False
    rows: int = 0

    @classmethod
    def make(cls, server: PgServer, name: str, dim: int) -> "PgTable":
        """A new, empty table.

        Raises:
            StoreError: a width that cannot be, or a table of that name already.
        """
        check_dim(dim)
        if dim > _MOST_DIM:
            raise StoreError(f"pgvector keeps vectors of up to {_MOST_DIM}, not {dim}.")
        from psycopg import errors
        from psycopg.sql import SQL, Identifier, Literal

        def work(connection: "Connection") -> None:
            there = connection.execute(
                "SELECT to_regnamespace(%s)", [SCHEMA]
            ).fetchone()
            if there is None or there[0] is None:
                connection.execute(
                    SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA))
                )
            text = (
                'CREATE TABLE {} (id text COLLATE "C" PRIMARY KEY,'
                " {} vector({}) NOT NULL)"
            )
            try:
                connection.execute(
                    SQL(text).format(whole, Identifier(EMBEDDING), Literal(dim))
                )
            except errors.DuplicateTable:
                raise StoreError(
                    f"{server.name} has a table {SCHEMA}.{name} already.",
                    hint="open it, or give another name",
                ) from None
            # Beside its row as long as it fits a page: TOAST would have it read twice.
            kind = "PLAIN" if dim <= _PLAIN_DIM else "EXTERNAL"
            connection.execute(
                SQL("ALTER TABLE {} ALTER {} SET STORAGE " + kind).format(
                    whole, Identifier(EMBEDDING)
                )
            )
            note = json.dumps({"rsrag": 1, "dim": dim})
            connection.execute(
                SQL("COMMENT ON TABLE {} IS {}").format(whole, Literal(note))
            )

        whole = qualified(name)
        server.run(work)
        return cls(name, dim, {"id": "text"})

    @classmethod
    def read(cls, server: PgServer, name: str) -> "PgTable":
        """A table that :meth:`make` made.

        Raises:
            StoreError: there is none, or it is another.
        """

        def work(connection: "Connection") -> tuple[str | None, PgTable]:
            text = "SELECT obj_description(to_regclass(%s)::oid, 'pg_class')"
            found = connection.execute(text, [quoted(name)]).fetchone()
            table = cls(name, 0)
            table.look(connection)
            return found[0] if found else None, table

        note, table = server.run(work)
        try:
            wanted = json.loads(note or "")["dim"]
        except (ValueError, KeyError, TypeError):
            wanted = None
        if not table.types or wanted is None or wanted != table.dim:
            what = "is damaged" if table.types else "is not there"
            raise StoreError(
                f"The table {SCHEMA}.{name} of {server.name} {what}.",
                hint="rsrag index rebuild NAME --store pgvector makes it anew",
            )
        return table

    @property
    def whole(self) -> "Composed":
        """Its name in a statement."""
        return qualified(self.name)

    def look(self, connection: "Connection") -> None:
        """Read what columns and indexes it has."""
        found = connection.execute(COLUMNS, [quoted(self.name)]).fetchall()
        self.types = {name: kind for name, kind, _ in found if name != EMBEDDING}
        self.dim = next((size for name, _, size in found if name == EMBEDDING), 0)
        known = connection.execute(_HAS_GRAPH, [quoted(self.name)]).fetchone()
        rows, self.has_graph = known or (None, False)
        self.rows = max(0, int(rows or 0))

    def add_columns(self, connection: "Connection", schema: "pa.Schema") -> None:
        """Make the columns of a payload that are not there yet.

        Raises:
            StoreError: a column of another type, or one of our own name.
        """
        from psycopg.sql import SQL, Identifier

        for column in schema:
            kind, known = column_type(column), self.types.get(column.name)
            if column.name == EMBEDDING:
                raise StoreError(f"A payload column must not be called {EMBEDDING}.")
            if known is not None:
                if known != kind:
                    raise StoreError(
                        f"The column {column.name} holds {known}, and not {kind}."
                    )
                continue
            one = Identifier(column.name)
            text = "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} " + declared(kind)
            connection.execute(SQL(text).format(self.whole, one))
            if kind == GEOMETRY:
                text = "CREATE INDEX ON {} USING gist ({})"
                connection.execute(SQL(text).format(self.whole, one))
            elif kind in TIMES or column.name in ("sensor", "gsd_m", "source"):
                connection.execute(
                    SQL("CREATE INDEX ON {} ({})").format(self.whole, one)
                )

    def put(
        self, connection: "Connection", vectors: Sequence[Vector], payload: "pa.Table"
    ) -> None:
        """Add rows, or replace those of the same id."""
        from psycopg.sql import SQL, Identifier

        names = payload.column_names
        kinds = [column_type(column) for column in payload.schema]
        columns = SQL(", ").join(map(Identifier, [*names, EMBEDDING]))
        made = SQL(", ").join(
            SQL("{} " + copied(kind)).format(Identifier(name))
            for name, kind in zip(names, kinds, strict=True)
        )
        connection.execute("DROP TABLE IF EXISTS _rsrag_new")
        text = "CREATE TEMP TABLE _rsrag_new ({}, {} vector) ON COMMIT DROP"
        connection.execute(SQL(text).format(made, Identifier(EMBEDDING)))
        text = "COPY _rsrag_new ({}) FROM STDIN WITH (FORMAT BINARY)"
        with connection.cursor().copy(SQL(text).format(columns)) as copy:
            copy.set_types([*map(copied, kinds), "vector"])
            for start in range(0, len(vectors), _BLOCK):
                part = payload.slice(start, _BLOCK)
                values: list[Any] = [
                    column_values(part[name], kind)
                    for name, kind in zip(names, kinds, strict=True)
                ]
                some = vectors[start : start + _BLOCK]
                for row in zip(*values, some, strict=True):
                    copy.write_row(row)
        source = [
            SQL("ST_GeomFromWKB({}, 4326)" if kind == GEOMETRY else "{}").format(
                Identifier(name)
            )
            for name, kind in zip(names, kinds, strict=True)
        ]
        change = SQL(", ").join(
            SQL("{0} = EXCLUDED.{0}").format(Identifier(name))
            for name in [*names, EMBEDDING]
            if name != "id"
        )
        # In one order, so that two who write do not wait for each other.
        text = (
            "INSERT INTO {} ({}) SELECT {} FROM _rsrag_new ORDER BY id"
            " ON CONFLICT (id) DO UPDATE SET {}"
        )
        taken = SQL(", ").join([*source, Identifier(EMBEDDING)])
        connection.execute(SQL(text).format(self.whole, columns, taken, change))

    def make_graph(self, connection: "Connection", m: int, ef: int) -> None:
        """Make an HNSW index of halved numbers, where they are not too many a row."""
        from psycopg.sql import SQL, Identifier, Literal

        if self.has_graph or self.dim > _MOST_HALF_DIM:
            return
        text = (
            "CREATE INDEX ON {} USING hnsw (({}::halfvec({})) halfvec_ip_ops)"
            " WITH (m = {}, ef_construction = {})"
        )
        one = Identifier(EMBEDDING)
        numbers = (Literal(self.dim), Literal(m), Literal(ef))
        connection.execute(SQL(text).format(self.whole, one, *numbers))


def drop_table(server: PgServer, name: str) -> None:
    """Remove a table, if it is there, and the views that others made of it."""
    from psycopg.sql import SQL

    text = SQL("DROP TABLE IF EXISTS {} CASCADE").format(qualified(name))
    server.run(lambda connection: connection.execute(text))
