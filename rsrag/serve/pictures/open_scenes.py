"""Scenes whose chips were just read stay open: the chips of a page often lie in one."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from rsrag.imagery.scenes import reread

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rsrag.imagery.reading import SceneReading
    from rsrag.types import Pixels, Window

MOST = 2
"""Scenes that stay open: a large picture is kept decoded, some 50 MB of it."""


class _Open:
    """An open scene, read by one thread at a time; ``None`` once it is closed."""

    def __init__(self, scene: "SceneReading") -> None:
        self.lock = threading.Lock()
        self.scene: SceneReading | None = scene


class OpenScenes:
    """The scenes that were read last. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[Hashable, _Open] = OrderedDict()

    def read(
        self, key: "Hashable", window: "Window", make: "Callable[[], SceneReading]"
    ) -> "Pixels":
        """Pixels of a window, as it was embedded.

        Args:
            key: of the scene.
            make: opens it.
        """
        while True:
            one = self._found(key) or self._put(key, _Open(make()))
            with one.lock:
                if one.scene is not None:
                    return reread(one.scene, window)

    def close(self) -> None:
        """Close all of them; each when nobody reads it any more."""
        self._leave(0)

    def _found(self, key: "Hashable") -> _Open | None:
        with self._lock:
            if key in self._open:
                self._open.move_to_end(key)
            return self._open.get(key)

    def _put(self, key: "Hashable", made: _Open) -> _Open:
        with self._lock:
            one = self._open.setdefault(key, made)
        if one is not made:  # Another thread was faster.
            _close(made)
        self._leave(MOST)
        return one

    def _leave(self, most: int) -> None:
        while True:
            with self._lock:
                if len(self._open) <= most:
                    return
                _, old = self._open.popitem(last=False)
            _close(old)


def _close(one: _Open) -> None:
    with one.lock:
        if one.scene is not None:
            one.scene.close()
            one.scene = None
