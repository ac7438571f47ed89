"""Qdrant as a server, by its REST API."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.stores.qdrant.qdrant_base import QdrantStore
from rsrag.stores.qdrant.qdrant_calls import MOST_WORDS, FoundPoint, found_points
from rsrag.stores.qdrant.qdrant_connection import QdrantServer, make_collection
from rsrag.stores.qdrant.qdrant_filters import Dialect

if TYPE_CHECKING:
    from qdrant_client import QdrantClient


class QdrantServerStore(QdrantStore):
    """A collection of a Qdrant server.

    Every request may be repeated without harm, and those that time out are. The API
    key is handed to the client and kept nowhere else.
    """

    KIND = "qdrant"

    def __init__(
        self, server: QdrantServer, collection: str, dim: int, vector: str | None = None
    ) -> None:
        super().__init__(dim, vector)
        self._server, self._collection = server, collection

    @classmethod
    def create(
        cls,
        url: str,
        collection: str,
        dim: int,
        api_key: str | None = None,
        client: "QdrantClient | None" = None,
    ) -> "QdrantServerStore":
        """Make an empty collection. One that is there is never replaced.

        Args:
            url: of the server (``http://localhost:6333``).
            collection: its name.
            dim: width of the vectors.
            api_key: if the server asks for one.
            client: used in place of a new one, and left open by ``close``.

        Raises:
            StoreError: ``dim`` below 1, a collection of that name there already, or a
                server that does not answer.
        """
        server = make_collection(url, collection, {"": dim}, api_key, client)
        return cls(server, collection, dim)

    @classmethod
    def create_named(
        cls,
        url: str,
        collection: str,
        dims: Mapping[str, int],
        api_key: str | None = None,
        client: "QdrantClient | None" = None,
    ) -> "dict[str, QdrantServerStore]":
        """Make an empty collection with named vectors, and a store for each.

        The arguments are those of :meth:`create`; ``dims`` is the width of each vector
        by its name.
        """
        make_collection(url, collection, dims, api_key, client).close()
        return {
            name: cls.open(url, collection, api_key, client, vector=name)
            for name in dims
        }

    @classmethod
    def open(
        cls,
        url: str,
        collection: str,
        api_key: str | None = None,
        client: "QdrantClient | None" = None,
        vector: str | None = None,
    ) -> "QdrantServerStore":
        """Open a collection, or one of its vectors by name; see :meth:`create`.

        Raises:
            StoreError: no such collection, not one that :meth:`create` made, or a
                server that does not answer.
        """
        server = QdrantServer(url, api_key, client)
        if not server.call("collection_exists", collection):
            raise StoreError(
                f"{server.name} has no collection {collection!r}.",
                hint="rsrag index rebuild NAME --store qdrant --qdrant-url URL "
                "makes it from the index",
            )
        info = server.call("get_collection", collection)
        vectors = info.config.params.vectors
        if vector is not None:
            vectors = vectors.get(vector) if isinstance(vectors, Mapping) else None
        size, distance = (getattr(vectors, name, "") for name in ("size", "distance"))
        if not size or str(getattr(distance, "value", distance)) != "Dot":
            raise StoreError(
                f"The collection {collection!r} of {server.name} was not made by "
                f"rsrag: it needs {_called(vector)} with the distance Dot.",
                hint="give another collection name",
            )
        return cls(server, collection, int(size), vector)

    @staticmethod
    def drop(
        url: str,
        collection: str,
        api_key: str | None = None,
        client: "QdrantClient | None" = None,
    ) -> None:
        """Remove a collection, if it is there; see :meth:`create`."""
        server = QdrantServer(url, api_key, client)
        server.call("delete_collection", collection)
        server.close()

    def flush(self) -> None:
        """Nothing is left to do: each request waits until the server has it on disk."""

    def close(self) -> None:
        """Close the connection, unless the client was given."""
        self._server.close()

    def _dialect(self) -> Dialect:
        from qdrant_client import models

        return Dialect(
            group=models.Filter,
            between=lambda key, low, high: models.FieldCondition(
                key=key, range=models.Range(gte=low, lte=high)
            ),
            one_of=lambda key, values: models.FieldCondition(
                key=key, match=models.MatchAny(any=values)
            ),
            has_id=lambda points: models.HasIdCondition(has_id=list(points)),
            has_vector=lambda name: models.HasVectorCondition(has_vector=name),
        )

    def _create_index(self, key: str, kind: str) -> None:
        from qdrant_client import models

        schema = models.PayloadSchemaType(kind)
        self._call("create_payload_index", field_name=key, field_schema=schema)

    def _put(
        self,
        points: Sequence[str],
        vectors: Sequence[Any],
        payloads: Iterable[dict[str, Any]],
    ) -> None:
        from qdrant_client import models

        made = [
            models.PointStruct(id=point, vector=vector, payload=payload)
            for point, vector, payload in zip(points, vectors, payloads, strict=True)
        ]
        self._call("upsert", points=made, wait=True)

    def _remove(self, points: list[str]) -> None:
        self._call("delete", points_selector=points, wait=True)

    def _strip(self, points: list[str]) -> None:
        names = [str(self.vector)]
        self._call("delete_vectors", vectors=names, points=points, wait=True)

    def _query(
        self, query: NDArray[np.float32], limit: int, conditions: Any, fields: list[str]
    ) -> list[FoundPoint]:
        response = self._call(
            "query_points",
            query=query.tolist(),
            using=self.vector,
            query_filter=conditions,
            limit=limit,
            with_payload=fields or False,
        )
        return found_points(response.points)

    def _retrieve(
        self, points: Sequence[str], payload: bool, vectors: bool | list[str]
    ) -> list[FoundPoint]:
        records = self._call(
            "retrieve", ids=list(points), with_payload=payload, with_vectors=vectors
        )
        return found_points(records, vectors)

    def _scroll(
        self, start: Any, limit: int, conditions: Any, fields: list[str]
    ) -> tuple[list[FoundPoint], Any]:
        records, following = self._call(
            "scroll",
            offset=start,
            limit=limit,
            scroll_filter=conditions,
            with_payload=fields,
            with_vectors=False,
        )
        return found_points(records), following

    def _facet(self, key: str, conditions: Any) -> dict[str, int]:
        found = self._call(
            "facet", key=key, limit=MOST_WORDS, exact=True, facet_filter=conditions
        )
        return {
            hit.value: hit.count for hit in found.hits if isinstance(hit.value, str)
        }

    def _number(self, conditions: Any) -> int:
        return int(self._call("count", exact=True, count_filter=conditions).count)

    def _call(self, method: str, **arguments: Any) -> Any:
        return self._server.call(method, self._collection, **arguments)


def _called(vector: str | None) -> str:
    return "one unnamed vector" if vector is None else f"a vector named {vector!r}"
