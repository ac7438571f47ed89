"""The open service: the indexes it shows, the knowledge it asks, its gates."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rsrag.config import Settings
from rsrag.desk.asking.knowledge_base import Knowledge
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.indexing.generations.index_directory import list_indexes
from rsrag.serve.failures import HttpFailure
from rsrag.serve.pictures.open_scenes import OpenScenes
from rsrag.serve.serve_options import ServeOptions

if TYPE_CHECKING:
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.interfaces import Generator

V = TypeVar("V")


class Kept(Generic[V]):
    """The last so many values that were made, by key. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, if it is still there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value; the one that was not asked for longest goes."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def of(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value, made if it is not there."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found


class Service:
    """What stays open while requests come.

    Args:
        settings: folders, threads, keys of servers.
        options: of the service.
        names: of the indexes of imagery that are shown; all by default.
        generator: words answers, if there is one; the caller's to close.

    Raises:
        IndexNotFoundError, IndexMismatchError, IndexCorruptError: an index that is
            named cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        options: ServeOptions,
        names: Sequence[str] = (),
        generator: "Generator | None" = None,
    ) -> None:
        self.settings, self.options = settings, options
        self.names = tuple(names or list_indexes(settings.indexes, IMAGERY))
        only = self.names[0] if len(self.names) == 1 else None
        self.knowledge = Knowledge(llm=generator, settings=settings, index=None)
        self.desk, self.only = self.knowledge.desk, only
        self.counts: Kept[int] = Kept(256)
        self.contexts: Kept[Any] = Kept(256)
        self.items: Kept[dict[str, Any]] = Kept(2_048)
        self.scenes = OpenScenes()
        for name in self.names:
            self.desk.index(name)

    def index(self, name: str) -> "Index":
        """An index that is shown.

        Raises:
            HttpFailure: 404: another name.
        """
        if name not in self.names:
            raise HttpFailure(404, f"There is no collection {name[:80]!r}.")
        return self.desk.index(name)

    def warm(self) -> None:
        """Load what the first request would wait for."""
        for name in self.names:
            with self.index(name).use() as generation:
                if generation.manifest.imagery.imported is None:
                    generation.joined_encoder.encode_texts(["a harbour"])

    def close(self) -> None:
        """Close all; requests that are under way end first."""
        self.scenes.close()
        self.knowledge.close()
