"""Statements on a table, and its rows by them: filters, payloads, expressions."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from rsrag.columns.expressions import Touches, leaves
from rsrag.filters import Filter, FilterColumns
from rsrag.stores.pgvector.pgvector_conditions import Conditions
from rsrag.stores.pgvector.pgvector_names import EMBEDDING
from rsrag.stores.pgvector.pgvector_server import PgServer
from rsrag.stores.pgvector.pgvector_table import PgTable
from rsrag.stores.pgvector.pgvector_values import GEOMETRY, row_values

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable, Composed

_READ = 20_000


class PgReading:
    """What all calls of the store share."""

    def __init__(self, server: PgServer, table: PgTable) -> None:
        self._server, self._table = server, table

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._table.dim

    def _asked(self, where: Filter | None) -> Conditions:
        """All of a filter in SQL; of an expression, the ids that it holds for."""
        asked = Conditions(self._table.types).take(where)
        if where is not None and where.expression is not None:
            ids = self._server.run(lambda c: self._holding(c, where, asked))
            asked = Conditions(self._table.types)
            asked.add("id = ANY(%s)", ids)
        return asked

    def _holding(
        self, connection: "Connection", where: Filter, asked: Conditions
    ) -> list[str]:
        """Ids of the rows left by SQL that a filter's expression holds for."""
        import pyarrow as pa

        expression = where.expression
        assert expression is not None
        wanted = {leaf.name for leaf in leaves(expression)}
        if any(isinstance(leaf, Touches) for leaf in leaves(expression)):
            wanted |= {"bbox", "geometry"}
        if wanted - set(self._table.types):
            wanted.add("properties")
        names = ["id", *sorted(wanted & set(self._table.types) - {"id"})]
        text = "SELECT {columns} FROM {table} WHERE {where}"
        query = self._statement(text, columns=self._columns(names), where=asked.sql)
        kept: list[str] = []
        with connection.cursor(binary=True) as cursor:
            rows = iter(cursor.execute(query, asked.values))
            while some := list(islice(rows, _READ)):
                values = [
                    row_values(dict(zip(names, row, strict=True))) for row in some
                ]
                table = pa.table({n: [row[n] for row in values] for n in names})
                found = FilterColumns(table).rows(Filter(expression=expression))
                assert found is not None
                kept += [some[row][0] for row in found.tolist()]
        return kept

    def _rows(
        self, connection: "Connection", ids: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """Payloads of those ids that are there, by id."""
        names = list(self._table.types)
        text = "SELECT {columns} FROM {table} WHERE id = ANY(%s)"
        query = self._statement(text, columns=self._columns(names))
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(query, [without_nul(ids)]).fetchall()
        found = [row_values(dict(zip(names, row, strict=True))) for row in rows]
        return {row["id"]: row for row in found}

    def _columns(self, names: Sequence[str]) -> "Composed":
        from psycopg.sql import SQL

        text = {GEOMETRY: "ST_AsBinary({})"}
        return SQL(", ").join(
            SQL(text.get(self._table.types[name], "{}")).format(identifier(name))
            for name in names
        )

    def _run(
        self, text: str, values: Sequence[Any], **parts: "Composable"
    ) -> list[Any]:
        statement = self._statement(text, **parts)
        given = [without_nul(v) if isinstance(v, list | tuple) else v for v in values]

        def work(connection: "Connection") -> list[Any]:
            with connection.cursor(binary=True) as cursor:
                return cursor.execute(statement, given).fetchall()

        return self._server.run(work)

    def _statement(self, text: str, **parts: "Composable") -> "Composed":
        from psycopg.sql import SQL

        names = {"table": self._table.whole, "vector": identifier(EMBEDDING)}
        return SQL(text).format(**names, **parts)


def identifier(name: str) -> "Composable":
    """A name in a statement."""
    from psycopg.sql import Identifier

    return Identifier(name)


def literal(number: int) -> "Composable":
    """A number in a statement."""
    from psycopg.sql import Literal

    return Literal(number)


def without_nul(ids: Sequence[str]) -> list[str]:
    """Ids that PostgreSQL can be asked for: no text of it has NUL in it."""
    return [id_ for id_ in dict.fromkeys(ids) if "\0" not in id_]
