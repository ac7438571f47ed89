"""Vectors and payloads in a table of PostgreSQL, with PostGIS and pgvector.

PostgreSQL finds candidates: exactly where few rows match, else by an HNSW graph that is
walked until enough pass the filter. They are scored again here from their float32
vectors as in every other store, so that ties break by id.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rsrag.filters import Filter
from rsrag.stores.files.demands import check_limit, check_there, payload_ids
from rsrag.stores.pgvector.pgvector_reading import identifier, literal
from rsrag.stores.pgvector.pgvector_search import PgSearch
from rsrag.stores.pgvector.pgvector_server import PgServer, closing_where_it_fails
from rsrag.stores.pgvector.pgvector_table import PgTable, drop_table
from rsrag.stores.pgvector.pgvector_values import TEXT, packed, unpacked
from rsrag.stores.pgvector.pgvector_view import show
from rsrag.types import Hit, Vectors
from rsrag.vectors import check_unit_rows

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection

EXACT_ROWS = 20_000
"""Up to so many rows there is no graph: all are looked at."""

_M, _EF_CONSTRUCTION = 24, 200


class PgVectorStore(PgSearch):
    """A table of the schema ``rsrag``; see the module.

    Args:
        server: that has it; closed with the store.
        table: that was made or read.
        view: name of the view that shows the table from the first flush on.
    """

    def __init__(
        self, server: PgServer, table: PgTable, view: str | None = None
    ) -> None:
        super().__init__(server, table)
        self._view = view

    @classmethod
    def create(
        cls, url: str, table: str, dim: int, view: str | None = None
    ) -> "PgVectorStore":
        """Make an empty table; one that is there is never replaced.

        Args:
            url: of the server; see :class:`PgServer`.
            table: its name.
            dim: width of the vectors, 1 to 16,000; above 4,000 there is no graph.
            view: of the same schema, that is to show this table once it is full, in
                place of what it shows: for maps and SQL, without the vectors.

        Raises:
            StoreError: no such server, one without the extensions, or a table of that
                name.
        """
        server = PgServer(url)
        with closing_where_it_fails(server):
            return cls(server, PgTable.make(server, table, dim), view)

    @classmethod
    def open(cls, url: str, table: str) -> "PgVectorStore":
        """Open a table that :meth:`create` made; ``StoreError`` if there is none."""
        server = PgServer(url)
        with closing_where_it_fails(server):
            return cls(server, PgTable.read(server, table))

    @staticmethod
    def drop(url: str, table: str) -> None:
        """Remove a table, if it is there."""
        server = PgServer(url)
        drop_table(server, table)
        server.close()

    def __len__(self) -> int:
        return self.count()

    def upsert(self, vectors: Vectors, payload: "pa.Table") -> None:
        """Add items; an id that is there already is replaced. See the protocol."""
        vectors = check_unit_rows(vectors, self.dim)
        payload_ids(payload, len(vectors))
        rows = packed(vectors)

        def work(connection: "Connection") -> PgTable:
            table = PgTable(self._table.name, self.dim)
            table.look(connection)
            table.add_columns(connection, payload.schema)
            table.put(connection, rows, payload)
            table.look(connection)
            return table

        self._table = self._server.run(work)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing."""
        found = self._run("DELETE FROM {table} WHERE id = ANY(%s) RETURNING id", [ids])
        return len(found)

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order."""
        text = "SELECT id, {vector} FROM {table} WHERE id = ANY(%s)"
        found = dict(self._run(text, [list(dict.fromkeys(ids))]))
        check_there(id_ for id_ in ids if id_ not in found)
        return unpacked([found[id_] for id_ in ids], self.dim)

    def payloads(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Payloads of ``ids``, in their order."""
        found = self._server.run(lambda connection: self._rows(connection, ids))
        check_there(id_ for id_ in ids if id_ not in found)
        return [found[id_] for id_ in ids]

    def count(self, where: Filter | None = None) -> int:
        """How many items match."""
        asked = self._asked(where)
        text = "SELECT count(*) FROM {table} WHERE {where}"
        return int(self._run(text, asked.values, where=asked.sql)[0][0])

    def words(self, column: str) -> dict[str, int]:
        """How many items have each word of a column; other kinds have none."""
        if self._table.types.get(column) != TEXT:
            return {}
        text = (
            "SELECT {column}, count(*) FROM {table}"
            " WHERE {column} IS NOT NULL GROUP BY {column}"
        )
        return dict(self._run(text, [], column=identifier(column)))

    def browse(
        self, where: Filter | None = None, after: str | None = None, limit: int = 100
    ) -> list[Hit]:
        """A page of the items that match, by id ascending. See the protocol."""
        check_limit(limit)
        asked = self._asked(where)
        if after is not None:
            # No id has NUL in it: the texts before and after one are told by the rest.
            first, cut, _ = after.partition("\0")
            asked.add("id > %s", first)
            if cut:
                asked.add("true")
        text = "SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT {limit}"

        def work(connection: "Connection") -> list[Hit]:
            query = self._statement(text, where=asked.sql, limit=literal(limit))
            ids = [id_ for (id_,) in connection.execute(query, asked.values)]
            rows = self._rows(connection, ids)
            return [Hit(id_, 0.0, rows[id_]) for id_ in ids if id_ in rows]

        return self._server.run(work)

    def flush(self) -> None:
        """Make the graph, above :data:`EXACT_ROWS` rows, and have them counted.

        Raises:
            StoreError: the name of the view is a table's.
        """
        many = len(self) > EXACT_ROWS

        def work(connection: "Connection") -> None:
            if many:
                self._table.make_graph(connection, _M, _EF_CONSTRUCTION)
            connection.execute(self._statement("ANALYZE {table}"))
            self._table.look(connection)
            if self._view is not None:
                show(connection, self._table, self._view)

        self._server.run(work)

    def close(self) -> None:
        """Close the connections."""
        self._server.close()
