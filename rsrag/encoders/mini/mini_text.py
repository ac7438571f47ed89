"""The text half of ``mini``: MiniLM and a head, in NumPy, without torch."""

from collections.abc import Sequence

from rsrag.encoders.mini.mini_head import Head
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.types import Vectors


class TextTower:
    """Texts to unit vectors.

    Args:
        head: the trained one.

    Raises:
        ModelNotFoundError: MiniLM's package is not installed.
        CheckpointError: MiniLM's files are not what they should be.
    """

    def __init__(self, head: Head) -> None:
        """Load MiniLM."""
        self._head = head
        self._minilm = shared_minilm()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts: ``(n, dim)`` float32 unit rows, in order.

        Raises:
            EncoderError: a blank text.
        """
        return self._head(self._minilm.encode(texts))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each whole text."""
        return self._minilm.count_tokens(texts)
