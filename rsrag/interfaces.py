"""The ports: what encoders, stores, rerankers and generators promise.

Read this page and ``rsrag.types``, and you know the system: every adapter is one
implementation of a protocol here, and the contract suites under
``tests/contracts`` hold each of them to these words.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rsrag.filters import Filter
from rsrag.types import EncoderIdentity, Generation, Hit, Message, Pixels, Vectors

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


class TextEncoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def identity(self) -> EncoderIdentity:
        """Id, weights, preprocessing and dim."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, markers included (CLIP: 77)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each whole text, markers included, none cut off."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number, none of them blank. What goes past
                ``max_tokens`` is not read.

        Returns:
            ``(n, dim)`` float32 unit rows, in order.

        Raises:
            EncoderError: a blank text.
        """


class Encoder(TextEncoder, Protocol):
    """Turns pictures and texts into unit vectors of one space.

    The image side comes in two halves, so that a build can run the first on
    worker threads while the second keeps the processor's matrix units busy.
    """

    @property
    def identity(self) -> EncoderIdentity:
        """Id, weights, preprocessing and dim; reading it loads no image tower."""

    def prepare_image(self, image: Pixels) -> "NDArray[np.uint8]":
        """Resize and crop one picture to the size that the model takes.

        Thread-safe. The result may be kept and encoded later.

        Args:
            image: ``(height, width, 3)`` uint8 RGB, any size from 1 x 1.

        Returns:
            ``(side, side, 3)`` uint8.
        """

    def encode_prepared(self, batch: "NDArray[np.uint8]") -> Vectors:
        """Embed prepared pictures.

        Args:
            batch: ``(n, side, side, 3)`` uint8; ``n`` may be 0.

        Returns:
            ``(n, dim)`` float32 unit rows, in order. A row does not depend on
            the rest of the batch.
        """

    def encode_images(self, images: Sequence[Pixels]) -> Vectors:
        """Prepare and embed pictures: ``(n, dim)`` float32 unit rows, in order."""


class VectorStore(Protocol):
    """Finds the nearest of many unit vectors, and keeps a payload with each.

    A score is a cosine similarity: larger is better, ties break by id
    ascending. A store never normalises: rows that are not unit float32 raise
    ``StoreError``. A store that cannot be read raises; it never looks empty.
    """

    @property
    def dim(self) -> int:
        """Width of the vectors."""

    def __len__(self) -> int:
        """How many items there are."""

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

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing.

        Returns:
            How many were removed.
        """

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

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order.

        Raises:
            StoreError: naming the ids that are not there.
        """

    def payloads(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Payloads of ``ids``, in their order, as plain Python values.

        Raises:
            StoreError: naming the ids that are not there.
        """

    def count(self, where: Filter | None = None) -> int:
        """How many items match the filter; all of them without one."""

    def words(self, column: str) -> dict[str, int]:
        """How many items have each word of a column; other kinds have none."""

    def browse(
        self, where: Filter | None = None, after: str | None = None, limit: int = 100
    ) -> list[Hit]:
        """A page of the items that match the filter, by id ascending.

        Each page goes on after the last id of the one before, until one is empty; an
        item that stays is listed once, whatever is added or removed meanwhile.

        Args:
            where: as in :meth:`search`.
            after: ids up to this one are left out, this one included; any string.
            limit: the most items to give, at least 1.

        Returns:
            Hits with score 0.0.

        Raises:
            StoreError: ``limit`` below 1.
        """

    def flush(self) -> None:
        """Make all that was added durable, and quick to search (train, link)."""

    def close(self) -> None:
        """Let go of files and connections. Nothing more may be called."""


class Reranker(Protocol):
    """Reads a query and a text together and says how well they go together."""

    @property
    def name(self) -> str:
        """For reports and ``--explain``."""

    def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, in order; larger is better, any scale."""


class Generator(Protocol):
    """A language model on this machine, or a server that speaks OpenAI's protocol."""

    @property
    def name(self) -> str:
        """Model's name, for reports."""

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and completion may have together."""

    @property
    def sees(self) -> bool:
        """Whether messages may carry pictures."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt, the chat template included, pictures not."""

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Generation:
        """Continue a conversation.

        Args:
            messages: the last one is the user's.
            max_tokens: of the completion, at least 1.
            temperature: 0 always takes the likeliest token.
            seed: the same seed, prompt and machine give the same text.
            on_text: called with each piece of text as it comes.

        Raises:
            GeneratorError: prompt and ``max_tokens`` do not fit the context, a
                picture for a model that does not see, or a failure to run.
        """

    def likelihood(self, prompt: Sequence[Message], continuation: str) -> float:
        """Mean log-probability of the continuation's tokens, at most 0.

        Raises:
            GeneratorError: this model does not tell.
        """

    def close(self) -> None:
        """Free the model."""
