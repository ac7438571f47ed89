"""The ports: what an encoder and a store promise.

Read this page and ``rsrag.types``, and you know the system: every adapter is one
implementation of a protocol here, and the contract suites under
``tests/contracts`` hold each of them to these words.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rsrag.filters import Filter
from rsrag.types import EncoderIdentity, Hit, Pixels, Vectors

if TYPE_CHECKING:
    import pyarrow as pa


class Encoder(Protocol):
    """Turns pictures and texts into unit vectors of one space.

    The image side comes in two halves, so that a build can run the first on
    worker threads while the second keeps the processor's matrix units busy.
    """

    @property
    def identity(self) -> EncoderIdentity:
        """Id, weights, preprocessing and dim; reading it loads no image tower."""
        ...

    def prepare_image(self, image: Pixels) -> NDArray[np.uint8]:
        """Resize and crop one picture to the size that the model takes.

        Thread-safe. The result may be kept and encoded later.

        Args:
            image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1.

        Returns:
            ``(side, side, 3)`` uint8.
        """
        ...

    def encode_prepared(self, batch: NDArray[np.uint8]) -> Vectors:
        """Embed prepared pictures.

        Args:
            batch: ``(n, side, side, 3)`` uint8; ``n`` may be 0.

        Returns:
            ``(n, dim)`` float32 unit rows, in order. A row does not depend on
            the rest of the batch.
        """
        ...

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """Prepare and embed pictures: ``(n, dim)`` float32 unit rows, in order."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number, none of them blank.

        Returns:
            ``(n, dim)`` float32 unit rows, in order.

        Raises:
            EncoderError: a blank text.
        """
        ...


class VectorStore(Protocol):
    """Finds the nearest of many unit vectors, and keeps a payload with each.

    A score is a cosine similarity: larger is better, ties break by id
    ascending. A store never normalises: rows that are not unit float32 raise
    ``StoreError``. A store that cannot be read raises; it never looks empty.
    """

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        ...

    def __len__(self) -> int:
        """How many items there are."""
        ...

    def upsert(self, vectors: Vectors, payload: "pa.Table") -> None:
        """Add items; an id that is there already is replaced.

        Args:
            vectors: ``(n, dim)`` float32 unit rows.
            payload: ``n`` rows, row i describes vector i. Its ``id`` column
                holds strings, unique within the call; every call has the
                same schema. Columns that filters use are described at
                :class:`rsrag.filters.FilterColumns`.

        Raises:
            StoreError: bad vectors, lengths that differ, ids that repeat.
        """
        ...

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing.

        Returns:
            How many were removed.
        """
        ...

    def search(
        self, vectors: Vectors, top_k: int, where: Filter | None = None
    ) -> list[list[Hit]]:
        """The ``top_k`` nearest items of each query that match the filter.

        Args:
            vectors: ``(q, dim)`` float32 unit rows.
            top_k: at least 1.
            where: as :meth:`rsrag.filters.FilterColumns.rows` evaluates it.

        Returns:
            One list a query, best first, at most ``top_k`` long, shorter when
            there are fewer. Payloads are plain Python values.

        Raises:
            StoreError: bad vectors, or ``top_k`` below 1.
        """
        ...

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order.

        Raises:
            StoreError: naming the ids that are not there.
        """
        ...

    def flush(self) -> None:
        """Make all that was added durable, and quick to search (train, link)."""
        ...

    def close(self) -> None:
        """Let go of files and connections. Nothing more may be called."""
        ...
