"""One MiniLM for the whole process, and a memory of what it embedded last.

The text space of the knowledge and ``mini`` both begin with the same sentence
vectors. Whoever embeds a text a moment after the other one finds it here.
"""

import functools
import logging
import threading
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.minilm import DIM, MiniLM
from rsrag.types import Vectors

REMEMBERED = 8_192
"""Texts whose vectors are kept: 13 MB of them."""


class RememberingMiniLM:
    """MiniLM that does not embed a text twice in a row. Thread-safe.

    Args:
        limit: texts remembered; the oldest go first.
    """

    def __init__(self, model: MiniLM, limit: int = REMEMBERED) -> None:
        self._model = model
        self._limit = limit
        self._known: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; see :meth:`rsrag.encoders.text_towers.minilm.MiniLM.encode`.

        Raises:
            EncoderError: a blank text.
        """
        if not all(map(str.strip, texts)):
            return self._model.encode(texts)  # which says the number of the blank one
        with self._lock:
            rows = {text: self._known.get(text) for text in texts}
        new = [text for text, row in rows.items() if row is None]
        if new:
            made = dict(zip(new, self._model.encode(new), strict=True))
            rows |= made
            self._remember(made)
        vectors = np.empty((len(texts), DIM), dtype=np.float32)
        for number, text in enumerate(texts):
            vectors[number] = rows[text]
        return vectors

    def encode_pieces(
        self, texts: Sequence[str]
    ) -> list[tuple[list[tuple[int, int]], Vectors]]:
        """Embed word pieces; see :meth:`MiniLM.encode_pieces`. None is remembered."""
        return self._model.encode_pieces(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each whole text, markers included."""
        return self._model.count_tokens(texts)

    def _remember(self, made: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            for text, row in list(made.items())[-self._limit :]:
                self._known[text] = row.copy()
            for text in list(self._known)[: max(len(self._known) - self._limit, 0)]:
                del self._known[text]


_log = logging.getLogger(__name__)
_making = threading.Lock()


def shared_minilm() -> RememberingMiniLM:
    """The process's MiniLM, loaded by the first call.

    Raises:
        ModelNotFoundError: its package is not installed.
        CheckpointError: its files are not what they should be.
    """
    with _making:
        return _shared()


@functools.cache
def _shared() -> RememberingMiniLM:
    started = time.perf_counter()
    made = RememberingMiniLM(MiniLM())
    _log.info("MiniLM loaded in %.2f s", time.perf_counter() - started)
    return made
