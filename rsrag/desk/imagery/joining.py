"""Text queries of several threads, embedded and searched together.

One pass over the weights and over the vectors serves all who wait. A query that finds a
processor free goes at once; only while all are taken do others gather, and go together.
"""

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rsrag.desk.imagery.stages import stage

if TYPE_CHECKING:
    from rsrag.filters import Filter
    from rsrag.interfaces import Encoder, VectorStore
    from rsrag.types import Hit, Vectors

MOST = 16
"""Queries that go together at most."""

KEPT = 512
"""Texts whose vectors are kept."""

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

    Attributes:
        calls: of ``work`` so far.
        items: that were given to it.
    """

    def __init__(self, work: Callable[[list[T]], Sequence[R]], at_once: int) -> None:
        self._work, self._free = work, at_once
        self._lock = threading.Lock()
        self._queue: list[_Waiting[T, R]] = []
        self.calls = self.items = 0

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
            self.calls, self.items = self.calls + 1, self.items + len(together)
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
    """An encoder whose texts are embedded with those of other threads.

    Who turns pages or moves a map asks the same text again: the last ones are kept.
    """

    def __init__(self, encoder: "Encoder", at_once: int) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.joined: Joined[Sequence[str], Vectors] = Joined(
            functools.partial(_embedded, encoder), at_once
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_texts(self, texts: Sequence[str]) -> "Vectors":
        """As :meth:`rsrag.interfaces.TextEncoder.encode_texts`."""
        import numpy as np

        if len(texts) != 1:
            with stage("encode"):
                return self.joined(texts)
        (text,) = texts
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return np.array(known)
        with stage("encode"):
            row = self.joined(texts)
        with self._lock:
            self._known[text] = np.array(row)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return row


# No methods: an object that holds a method of its own is freed late, and with it a
# generation that is gone.
def _embedded(encoder: "Encoder", several: list[Sequence[str]]) -> "list[Vectors]":
    import numpy as np

    rows = encoder.encode_texts([text for texts in several for text in texts])
    return np.split(rows, np.cumsum([len(texts) for texts in several])[:-1])


class JoinedStore:
    """A store in which queries of one filter and one length are searched together."""

    def __init__(self, store: "VectorStore", at_once: int) -> None:
        self._store = store
        self.joined: Joined[Any, list[list[Hit]]] = Joined(
            functools.partial(_searched, store), at_once
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def search(
        self, vectors: "Vectors", top_k: int, where: "Filter | None" = None
    ) -> "list[list[Hit]]":
        """As :meth:`rsrag.interfaces.VectorStore.search`."""
        with stage("search"):
            return self.joined((vectors, top_k, where))


def _searched(
    store: "VectorStore", several: "list[tuple[Vectors, int, Filter | None]]"
) -> "list[list[list[Hit]]]":
    import numpy as np

    found: list[list[list[Hit]]] = [[] for _ in several]
    left = list(range(len(several)))
    while left:
        _, top_k, where = several[left[0]]
        alike = [at for at in left if several[at][1:] == (top_k, where)]
        rows = np.concatenate([several[at][0] for at in alike])
        hits = iter(store.search(rows, top_k, where))
        for at in alike:
            found[at] = [next(hits) for _ in several[at][0]]
        left = [at for at in left if at not in alike]
    return found
