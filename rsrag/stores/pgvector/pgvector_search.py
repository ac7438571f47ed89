"""Nearest rows of a table: few that match are sorted, among many a graph is walked."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.filters import Filter
from rsrag.stores.files.demands import query_rows
from rsrag.stores.pgvector.pgvector_conditions import Conditions
from rsrag.stores.pgvector.pgvector_reading import PgReading, literal
from rsrag.stores.pgvector.pgvector_server import PgServer
from rsrag.stores.pgvector.pgvector_table import PgTable
from rsrag.stores.pgvector.pgvector_values import (
    Vector,
    packed,
    row_values,
    unpacked,
)
from rsrag.stores.scan import exact_scores, margin
from rsrag.types import Hit, Vectors
from rsrag.vectors import top_k as best

if TYPE_CHECKING:
    from psycopg import Connection

FEW = 4_000
"""Fewer rows than these are always sorted, and no graph is walked."""

_EVEN = 1_280
"""A row that is looked at costs so much less than one that a walk comes by, times the
rows that it has to find."""

_MOST_BY_GRAPH = 400
_REMEMBERED = 256
_SPARE, _GROWTH = 22, 4
_WALK = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
    " SET LOCAL enable_sort = off"
)

Row = tuple[Any, ...]
"""A candidate: id, vector, its distance where it was asked for, and its payload."""


class PgSearch(PgReading):
    """The search of the store."""

    def __init__(self, server: PgServer, table: PgTable) -> None:
        super().__init__(server, table)
        self._known: dict[str, bool] = {}

    def search(
        self, vectors: Vectors, top_k: int, where: Filter | None = None
    ) -> list[list[Hit]]:
        """The ``top_k`` nearest items of each query that match. See the protocol."""
        vectors = query_rows(vectors, self.dim, top_k)
        asked = self._asked(where)

        def work(connection: "Connection") -> list[list[Hit]]:
            by_graph = (
                self._table.has_graph
                and top_k <= _MOST_BY_GRAPH
                and len(vectors) > 0
                and self._many(connection, where)
            )
            found = []
            for query, packed_query in zip(vectors, packed(vectors), strict=True):
                rows = None
                if by_graph:
                    rows = self._by_graph(connection, packed_query, top_k, asked)
                if rows is None or self._may_tie(query, rows, top_k):
                    rows = self._sorted(connection, packed_query, top_k, asked)
                found.append(self._hits(query, top_k, rows))
            return found

        return self._server.run(work, whole=False)

    def _many(self, connection: "Connection", where: Filter | None) -> bool:
        """Whether so many rows match that a walk soon meets enough of them.

        The fewer match, the longer is the walk, and the sooner are they all looked at.
        How many they are is the planner's word; where it expects many, rows are
        counted up to :data:`FEW`, footprints by their boxes. What was found of a filter
        is remembered: filters are asked again with other queries.
        """
        if not where:
            return True
        if where.expression is not None:
            return False
        asked = Conditions(self._table.types, loose=True).take(where)
        key = f"{self._table.rows} {asked.parts} {asked.values}"
        if (known := self._known.get(key)) is not None:
            return known
        while len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = self._count_many(connection, asked)
        return self._known[key]

    def _count_many(self, connection: "Connection", asked: Conditions) -> bool:
        from psycopg.sql import SQL

        some = self._statement("SELECT 1 FROM {table} WHERE {where}", where=asked.sql)
        plan = connection.execute(SQL("EXPLAIN (FORMAT JSON) ") + some, asked.values)
        row = plan.fetchone()
        few = max(FEW, math.isqrt(_EVEN * self._table.rows))
        if row is None or row[0][0]["Plan"]["Plan Rows"] < few:
            return False
        counting = SQL("SELECT count(*) FROM ({} LIMIT {}) AS matching")
        query = counting.format(some, literal(FEW))
        found = connection.execute(query, asked.values).fetchone()
        return found is not None and found[0] >= FEW

    def _by_graph(
        self, connection: "Connection", query: Vector, k: int, asked: Conditions
    ) -> list[Row] | None:
        """Candidates of a walk; ``None`` where it did not find enough."""
        from psycopg.sql import SQL

        limit = max(2 * k, k + _SPARE)
        half = SQL("::halfvec({})").format(literal(self.dim))
        text = (
            "SELECT id, {vector}, NULL, {columns} FROM {table} WHERE {where}"
            " ORDER BY ({vector}{half}) <#> %b::vector{half} LIMIT {limit}"
        )
        statement = self._statement(
            text,
            columns=self._columns(self._names),
            where=asked.sql,
            half=half,
            limit=literal(limit),
        )
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            connection.execute(_WALK)
            rows = cursor.execute(statement, [*asked.values, query]).fetchall()
        return rows if len(rows) == limit else None

    def _sorted(
        self, connection: "Connection", query: Vector, k: int, asked: Conditions
    ) -> list[Row]:
        """Candidates by looking at all rows that match, until none may be missing."""
        limit = k + _SPARE
        text = (
            "SELECT id, {vector}, ({vector} <#> %b)::float8, {columns} FROM {table}"
            " WHERE {where} ORDER BY 3 LIMIT {limit}"
        )
        while True:
            statement = self._statement(
                text,
                columns=self._columns(self._names),
                where=asked.sql,
                limit=literal(limit),
            )
            with connection.cursor(binary=True) as cursor:
                rows = cursor.execute(statement, [query, *asked.values]).fetchall()
            # pgvector gives the negative of the product.
            if len(rows) < limit or rows[-1][2] > rows[k - 1][2] + margin(self.dim):
                return rows
            limit *= _GROWTH

    @property
    def _names(self) -> list[str]:
        return list(self._table.types)

    def _may_tie(self, query: NDArray[np.float32], rows: list[Row], k: int) -> bool:
        """Whether rows that a walk left out may be as near as the ``k``-th."""
        scores = exact_scores(query, unpacked([row[1] for row in rows], self.dim))
        return bool(scores.min() >= np.partition(scores, -k)[-k])

    def _hits(self, query: NDArray[np.float32], k: int, rows: list[Row]) -> list[Hit]:
        if not rows:
            return []
        ids = np.array([row[0] for row in rows], dtype=np.str_)
        scores = exact_scores(query, unpacked([row[1] for row in rows], self.dim))
        hits = []
        for one in best(scores, ids, k):
            values = dict(zip(self._names, rows[one][3:], strict=True))
            hits.append(Hit(str(ids[one]), float(scores[one]), row_values(values)))
        return hits
