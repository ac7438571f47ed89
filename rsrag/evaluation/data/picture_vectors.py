"""Embedding of pictures in one pass: decoded on threads, never kept."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageryError
from rsrag.imagery.scenes import item_pixels
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.sources import iter_sources
from rsrag.interfaces import Encoder
from rsrag.types import Skip, Vectors

BATCH = 64

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Embedded:
    """``(n, dim)`` unit rows, the pictures' sources in that order, and what broke."""

    sources: tuple[str, ...]
    vectors: Vectors
    broken: tuple[Skip, ...]


def embed_pictures(
    paths: Sequence[Path | str],
    encoder: Encoder,
    choose: Callable[[SourceItem], bool],
    expected: int,
    threads: int,
    progress: Progress | None,
) -> Embedded:
    """Embed chosen pictures of folders and archives, streaming through them once.

    ``progress`` is told how many of how many, ``expected`` at least, are done.

    Raises:
        SourceNotFoundError: a path that is not there, or holds no picture.
    """
    sources: list[str] = []
    broken: list[Skip] = []
    rows: list[Vectors] = []
    pending: deque[tuple[str, Future[NDArray[np.uint8] | Skip]]] = deque()

    def flush(count: int) -> None:
        batch = []
        for _ in range(min(count, len(pending))):
            source, future = pending.popleft()
            prepared = future.result()
            if isinstance(prepared, Skip):
                broken.append(prepared)
            else:
                sources.append(source)
                batch.append(prepared)
        if batch:
            rows.append(encoder.encode_prepared(np.stack(batch)))
        if progress is not None:
            progress(len(sources), max(expected, len(sources)))

    with ThreadPoolExecutor(threads) as pool:
        for item in iter_sources(paths):
            if isinstance(item, Skip):
                broken.append(item)
            elif choose(item):
                pending.append((item.source, pool.submit(_prepare, item, encoder)))
                if len(pending) >= 2 * BATCH:
                    flush(BATCH)
        while pending:
            flush(BATCH)
    dim = encoder.identity.dim
    vectors = np.concatenate(rows) if rows else np.empty((0, dim), np.float32)
    return Embedded(tuple(sources), vectors, tuple(broken))


def _prepare(item: SourceItem, encoder: Encoder) -> NDArray[np.uint8] | Skip:
    try:
        return encoder.prepare_image(item_pixels(item))
    except ImageryError as exc:
        return Skip(item.source, str(exc), type(exc).__name__)
