"""The desk: indexes that stay open while questions come, shared by all who ask."""

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rsrag.config import Settings
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.interfaces import Encoder


class Desk:
    """Indexes by name, each opened once and shared. Threads may share it.

    Args:
        settings: folders, threads, keys.
        encoder: instead of the indexes' own, and of the default.
        checkpoint: its weights.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: str | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self.settings = settings
        self._wanted = encoder, checkpoint
        self._indexes: dict[str, Index] = {}
        self._lock = threading.Lock()
        self._closed = False

    def index(self, name: str | None = None) -> "Index":
        """An index, open; the only one by default.

        Raises:
            QueryError: no name, and there are several; or the desk was closed.
            IndexNotFoundError: no such index.
        """
        # A question about a fact opens none, and does not wait for what would.
        from rsrag.desk.imagery.imagery_index import Index
        from rsrag.factory import find_index

        name = find_index(name, self.settings).name
        with self._lock:
            if self._closed:
                raise QueryError("The desk was closed.", hint="open it again")
            if name not in self._indexes:
                self._indexes[name] = Index(name, self.settings, *self._wanted)
            return self._indexes[name]

    @cached_property
    def encoder(self) -> "Encoder":
        """The encoder for pictures that no index is asked about."""
        from rsrag.factory import EncoderChoice

        name, checkpoint = self._wanted
        choice = EncoderChoice(name or self.settings.encoder, checkpoint)
        return choice.load(self.settings)

    def close(self) -> None:
        """Close all indexes as soon as nobody uses them."""
        with self._lock:
            self._closed = True
            for index in self._indexes.values():
                index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
