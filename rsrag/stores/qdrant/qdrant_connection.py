"""A connection to a Qdrant server, with retries and errors of ours."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rsrag.errors import StoreError
from rsrag.packages import need
from rsrag.stores.files.demands import check_dim

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

ATTEMPTS = 3
"""How often a request is made before a timeout counts as a failure."""

PAUSE_S = 0.5
"""Wait before the second attempt; it doubles with each."""

_TIMEOUT_S = 60
_EF_CONSTRUCT = 160
_BUSY = frozenset({429, 502, 503, 504})


class QdrantServer:
    """A client that asks again after timeouts, and raises errors of ours.

    Attributes:
        name: ``Qdrant at URL``, without any secret that the URL carries.
    """

    def __init__(
        self, url: str, api_key: str | None, client: "QdrantClient | None"
    ) -> None:
        self._own = client is None
        self._secret = api_key
        # What a URL may carry before the @ is as secret as the key.
        scheme, _, place = url.rpartition("://")
        self.name = f"Qdrant at {scheme or 'http'}://{place.rpartition('@')[2]}"
        if client is None:
            client = _connect(url, api_key)
        self._client = client

    def close(self) -> None:
        """Close the client, unless it was given."""
        if self._own:
            self._client.close()

    def call(self, method: str, *args: Any, **arguments: Any) -> Any:
        """Make a request, again if it times out.

        Raises:
            StoreError: the server refuses, fails, or does not answer.
        """
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException

        run: Callable[..., Any] = getattr(self._client, method)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return run(*args, **arguments)
            except (ApiException, QdrantException, ValueError) as exc:
                if attempt < ATTEMPTS and _passing(exc):
                    time.sleep(PAUSE_S * 2 ** (attempt - 1))
                    continue
                raise StoreError(
                    f"{self.name}, {method}: {self._words(exc)}",
                    hint="is the server up, and does --qdrant-url (and the key in "
                    "QDRANT_API_KEY) fit it?",
                ) from exc
        raise AssertionError("the last attempt returns or raises")

    def _words(self, exc: Exception) -> str:
        text = str(getattr(exc, "source", None) or exc) or type(exc).__name__
        return text.replace(self._secret, "***") if self._secret else text


def _connect(url: str, api_key: str | None) -> "QdrantClient":
    need("qdrant_client", "The store qdrant")
    from qdrant_client import QdrantClient

    try:
        return QdrantClient(
            url=url, api_key=api_key, timeout=_TIMEOUT_S, check_compatibility=False
        )
    except ValueError as exc:
        raise StoreError(
            f"{url.rpartition('@')[2]!r} is no URL of a Qdrant server: {exc}",
            hint="--qdrant-url http://localhost:6333",
        ) from exc


def _passing(exc: Exception) -> bool:
    """Whether the same request may well succeed a moment later."""
    import httpx
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse

    source = getattr(exc, "source", None)
    broken = (httpx.TimeoutException, httpx.RemoteProtocolError, httpx.ReadError)
    return (
        isinstance(source, broken)
        or isinstance(exc, ResourceExhaustedResponse)
        or getattr(exc, "status_code", None) in _BUSY
    )


def make_collection(
    url: str,
    collection: str,
    dims: Mapping[str, int],
    api_key: str | None,
    client: "QdrantClient | None",
) -> QdrantServer:
    """Create an empty collection, and return the connection.

    Args:
        url: of the server.
        collection: its name.
        dims: width of each vector by its name; ``""`` alone is one without name.
        api_key: if the server asks for one.
        client: used in place of a new one.

    Raises:
        StoreError: a width below 1, a collection of that name, or no answer.
    """
    for dim in dims.values():
        check_dim(dim)
    server = QdrantServer(url, api_key, client)
    from qdrant_client import models

    if server.call("collection_exists", collection):
        raise StoreError(
            f"{server.name} has a collection {collection!r} already.",
            hint="open it, or give another name",
        )
    # Dot, not Cosine: Qdrant would scale unit vectors again and change bits.
    vectors = {
        name: models.VectorParams(size=dim, distance=models.Distance.DOT, on_disk=True)
        for name, dim in dims.items()
    }
    server.call(
        "create_collection",
        collection,
        vectors_config=vectors.get("", vectors),
        hnsw_config=models.HnswConfigDiff(ef_construct=_EF_CONSTRUCT),
        on_disk_payload=True,
    )
    return server
