"""Nearest rows of a table: few that match are sorted, among many a graph is walked."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.filters import Filter
from rsrag.stores.files.demands import query_rows
from rsrag.stores.pgvector.pgvector_conditions import Conditions
from rsrag.stores.pgvector.pgvector_reading import PgReading, literal
from rsrag.stores.pgvector.pgvector_values import Vector, packed, unpacked
from rsrag.stores.scan import exact_scores, margin
from rsrag.types import Hit, Vectors
from rsrag.vectors import top_k as best

if TYPE_CHECKING:
    from psycopg import Connection

FEW = 4_000
"""Fewer rows than these are sooner sorted than found by walking the graph."""

_EF = 200
_MOST_BY_GRAPH = 400
_SPARE, _GROWTH = 22, 4
_WALK = (
    f"SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = {_EF};"
    " SET LOCAL hnsw.max_scan_tuples = 100000; SET LOCAL enable_seqscan = off;"
    " SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
)
_SORT = "; ".join(
    f"SET LOCAL enable_{how} = on" for how in ("seqscan", "bitmapscan", "sort")
)


class PgSearch(PgReading):
    """The search of the store."""

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
                found.append(self._hits(connection, query, top_k, rows))
            return found

        return self._server.run(work)

    def _many(self, connection: "Connection", where: Filter | None) -> bool:
        """Whether at least :data:`FEW` rows match, footprints by their boxes."""
        if not where:
            return True
        if where.expression is not None:
            return False
        asked = Conditions(self._table.types, loose=True).take(where)
        some = "SELECT 1 FROM {table} WHERE {where} LIMIT {few}"
        text = f"SELECT count(*) FROM ({some}) AS matching"
        query = self._statement(text, where=asked.sql, few=literal(FEW))
        found = connection.execute(query, asked.values).fetchone()
        return found is not None and found[0] >= FEW

    def _by_graph(
        self, connection: "Connection", query: Vector, k: int, asked: Conditions
    ) -> list[tuple[str, bytes]] | None:
        """Candidates of a walk; ``None`` where it did not find enough."""
        from psycopg.sql import SQL

        limit = max(2 * k, k + _SPARE)
        half = SQL("::halfvec({})").format(literal(self.dim))
        text = (
            "SELECT id, {vector} FROM {table} WHERE {where}"
            " ORDER BY ({vector}{half}) <#> %b::vector{half} LIMIT {limit}"
        )
        statement = self._statement(
            text, where=asked.sql, half=half, limit=literal(limit)
        )
        with connection.cursor(binary=True) as cursor:
            connection.execute(_WALK)
            rows = cursor.execute(statement, [*asked.values, query]).fetchall()
        return rows if len(rows) == limit else None

    def _sorted(
        self, connection: "Connection", query: Vector, k: int, asked: Conditions
    ) -> list[tuple[str, bytes]]:
        """Candidates by looking at all rows that match, until none may be missing."""
        limit = k + _SPARE
        text = (
            "SELECT id, {vector}, ({vector} <#> %b)::float8 FROM {table}"
            " WHERE {where} ORDER BY 3 LIMIT {limit}"
        )
        if self._table.has_graph:
            connection.execute(_SORT)
        while True:
            statement = self._statement(text, where=asked.sql, limit=literal(limit))
            with connection.cursor(binary=True) as cursor:
                rows = cursor.execute(statement, [query, *asked.values]).fetchall()
            # pgvector gives the negative of the product.
            if len(rows) < limit or rows[-1][2] > rows[k - 1][2] + margin(self.dim):
                return [row[:2] for row in rows]
            limit *= _GROWTH

    def _may_tie(
        self, query: NDArray[np.float32], rows: list[tuple[str, bytes]], k: int
    ) -> bool:
        """Whether rows that a walk left out may be as near as the ``k``-th."""
        scores = exact_scores(query, unpacked([row[1] for row in rows], self.dim))
        return bool(scores.min() >= np.partition(scores, -k)[-k])

    def _hits(
        self,
        connection: "Connection",
        query: NDArray[np.float32],
        k: int,
        rows: list[tuple[str, bytes]],
    ) -> list[Hit]:
        if not rows:
            return []
        ids = np.array([row[0] for row in rows], dtype=np.str_)
        scores = exact_scores(query, unpacked([row[1] for row in rows], self.dim))
        kept = best(scores, ids, k)
        payloads = self._rows(connection, [str(ids[i]) for i in kept])
        return [Hit(str(ids[i]), float(scores[i]), payloads[str(ids[i])]) for i in kept]
