"""One generation of an index of imagery, open; queries of several threads, joined.

Text queries of several threads, embedded and searched together.

One pass over the weights and over the vectors serves all who wait. A query that finds a
processor free goes at once; only while all are taken do others gather, and go together.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from rsrag.factory import OpenIndex

if TYPE_CHECKING:
    from rsrag.filters import Filter
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.interfaces import Encoder, VectorStore
    from rsrag.retrieval.chip_hit import ChipHit
    from rsrag.types import Hit, Pixels, Vectors

MOST = 16
"""Queries that go together at most."""

T = TypeVar("T")
R = TypeVar("R")


class _Waiting(Generic[T, R]):
    """One who waits: for a result, an error, or its turn to lead."""

    def __init__(self, item: T) -> None:
        self.item, self.woken = item, threading.Event()
        self.result: R | None = None
        self.error: BaseException | None = None
        self.done = False


class Joined(Generic[T, R]):
    """Calls a function with the items of several threads at once.

    Args:
        work: takes items and gives a result for each, in order.
        at_once: calls of ``work`` that may run side by side.
    """

    def __init__(self, work: Callable[[list[T]], Sequence[R]], at_once: int) -> None:
        self._work, self._free = work, at_once
        self._lock = threading.Lock()
        self._queue: list[_Waiting[T, R]] = []

    def __call__(self, item: T) -> R:
        """The result for one item, or the error that ``work`` raises for it."""
        me: _Waiting[T, R] = _Waiting(item)
        with self._lock:
            self._queue.append(me)
            leads = self._free > 0
            self._free -= leads
        if not leads:
            me.woken.wait()
        if not me.done:
            self._lead()
        if me.error is not None:
            raise me.error
        return me.result  # type: ignore[return-value]

    def _lead(self) -> None:
        """Work for all who wait, the own item among them, and pass the turn on."""
        with self._lock:
            together, self._queue = self._queue[:MOST], self._queue[MOST:]
        try:
            self._do(together)
        finally:
            with self._lock:
                following = self._queue[0] if self._queue else None
                self._free += following is None
            for one in together:
                one.done = True
                one.woken.set()
            if following is not None:
                following.woken.set()

    def _do(self, together: list[_Waiting[T, R]]) -> None:
        try:
            results = self._work([one.item for one in together])
            for one, result in zip(together, results, strict=True):
                one.result = result
        except Exception as error:
            if len(together) == 1:
                together[0].error = error
                return
            for one in together:  # What is wrong with one is no fault of the others.
                self._do([one])


class JoinedEncoder:
    """An encoder whose texts are embedded with those of other threads."""

    def __init__(self, encoder: "Encoder", at_once: int) -> None:
        self._encoder = encoder
        self._texts: Joined[Sequence[str], Vectors] = Joined(self._embed, at_once)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_texts(self, texts: Sequence[str]) -> "Vectors":
        """As :meth:`rsrag.interfaces.TextEncoder.encode_texts`."""
        return self._texts(texts)

    def _embed(self, several: list[Sequence[str]]) -> "list[Vectors]":
        import numpy as np

        rows = self._encoder.encode_texts([text for texts in several for text in texts])
        return np.split(rows, np.cumsum([len(texts) for texts in several])[:-1])


class JoinedStore:
    """A store in which queries of one filter and one length are searched together."""

    def __init__(self, store: "VectorStore", at_once: int) -> None:
        self._store = store
        self._searches: Joined[Any, list[list[Hit]]] = Joined(self._search, at_once)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(
        self, vectors: "Vectors", top_k: int, where: "Filter | None" = None
    ) -> "list[list[Hit]]":
        """As :meth:`rsrag.interfaces.VectorStore.search`."""
        return self._searches((vectors, top_k, where))

    def _search(
        self, several: "list[tuple[Vectors, int, Filter | None]]"
    ) -> "list[list[list[Hit]]]":
        import numpy as np

        found: list[list[list[Hit]]] = [[] for _ in several]
        left = list(range(len(several)))
        while left:
            _, top_k, where = several[left[0]]
            alike = [at for at in left if several[at][1:] == (top_k, where)]
            rows = np.concatenate([several[at][0] for at in alike])
            hits = iter(self._store.search(rows, top_k, where))
            for at in alike:
                found[at] = [next(hits) for _ in several[at][0]]
            left = [at for at in left if at not in alike]
        return found


class Generation:
    """One generation of an index, open.

    Attributes:
        manifest: of it.
        store: its vectors.
        folder: where it lies.
        encoder: of queries, made when it is first asked for.
    """

    def __init__(
        self, opened: OpenIndex, load: Callable[[OpenIndex], "Encoder"]
    ) -> None:
        self._opened, self._load = opened, load
        self.manifest, self.store, self.folder = (
            opened.manifest,
            opened.store,
            opened.folder,
        )

    @cached_property
    def encoder(self) -> "Encoder":
        """Of queries; what it needs is loaded when it is first used."""
        return self._load(self._opened)

    @cached_property
    def joined_encoder(self) -> "Encoder":
        """The same, for many threads: their texts are embedded together."""
        return cast(
            "Encoder", JoinedEncoder(self.encoder, self._opened.settings.threads)
        )

    @cached_property
    def joined_store(self) -> "VectorStore":
        """The store, for many threads: they search it together."""
        return cast(
            "VectorStore", JoinedStore(self.store, self._opened.settings.threads)
        )

    @cached_property
    def options(self) -> "ImageryOptions":
        """How its pictures were read."""
        return self._opened.imagery_options()

    @cached_property
    def sensors(self) -> dict[str, int]:
        """How many chips each sensor has."""
        return self.store.words("sensor")

    def where(self, where: "Filter | None") -> "Filter | None":
        """A filter with sensors as this index spells them."""
        from rsrag.desk.imagery.reach import with_sensors

        return with_sensors(where, lambda: self.sensors)

    @property
    def has_uniform(self) -> bool:
        """Whether some chips are one colour all over, and some are not."""
        return 0 < self.manifest.imagery.uniform < self.manifest.rows

    def varied(self, where: "Filter | None") -> "Filter | None":
        """A filter that leaves out what is one colour all over, unless all is."""
        if not self.has_uniform:
            return where
        from rsrag.filters import Filter
        from rsrag.indexing.format.chip_schema import UNIFORM

        where = where or Filter()
        return replace(where, ranges={**where.ranges, "contrast": (UNIFORM, None)})

    def why_none(self, where: "Filter") -> list[str]:
        """What there is of all that a filter asks for and no chip has, in sentences."""
        from rsrag.desk.imagery.reach import why_none

        parts = self.manifest.part_paths(self.folder)
        return why_none(parts, self.where(where) or where)

    def fetch(self, ids: Sequence[str]) -> "Vectors":
        """Stored vectors by id; imported chips go by their old ids, too."""
        if self.manifest.imagery.imported is None:
            return self.store.fetch(ids)
        from rsrag.errors import StoreError
        from rsrag.indexing.imports.import_types import foreign_id

        try:
            return self.store.fetch([foreign_id(id_) for id_ in ids])
        except StoreError as exc:
            names = ", ".join(map(repr, ids))
            raise StoreError(f"Not all in the store: {names}.") from exc

    def reader(self) -> "Callable[[ChipHit], Pixels]":
        """A reader of chips; each keeps the scene open that it read last."""
        from rsrag.retrieval.chip_hit import chip_reader

        return chip_reader(lambda: self.options)

    def close(self) -> None:
        """Close the store."""
        self.store.close()
