"""Pictures embedded in one pass, and vectors with labels in an ``.npz``."""

import zipfile
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, ImageryError, SourceNotFoundError, StoreError
from rsrag.imagery.scenes import item_pixels
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.sources import iter_sources
from rsrag.interfaces import Encoder
from rsrag.types import Skip, Vectors
from rsrag.vectors import unit_rows

KEYS = ("image_vectors", "labels", "class_names", "text_vectors")
_HINT = "numpy.savez(FILE, image_vectors=…, labels=…, class_names=…, text_vectors=…)"


@dataclass(frozen=True, slots=True)
class LabelledVectors:
    """``(n, dim)`` images and their class numbers; names and texts of the classes."""

    images: Vectors
    labels: NDArray[np.intp]
    classes: tuple[str, ...]
    texts: Vectors


def read_vectors(path: Path) -> LabelledVectors:
    """Read ``image_vectors``, ``labels``, ``class_names`` and ``text_vectors``.

    Labels are numbers of classes, from 0, or their names; no class stands twice. Rows
    are scaled to length one; both kinds are of one width.
    """
    arrays = _arrays(path)
    images, texts = (_rows(path, arrays, name) for name in (KEYS[0], KEYS[3]))
    classes = tuple(str(name) for name in arrays["class_names"].ravel())
    if images.shape[1] != texts.shape[1]:
        raise ConfigError(
            f"{path}: image_vectors are {images.shape[1]} wide, text_vectors "
            f"{texts.shape[1]}.",
            hint="both must come from one encoder",
        )
    if len(classes) != len(texts):
        raise ConfigError(
            f"{path}: {len(classes)} class_names for {len(texts)} text_vectors."
        )
    if twins := sorted({name for name in classes if classes.count(name) > 1}):
        raise ConfigError(f"{path}: the class {twins[0]!r} stands there twice.")
    labels = _labels(path, arrays["labels"], classes)
    if len(labels) != len(images):
        raise ConfigError(f"{path}: {len(labels)} labels, {len(images)} image_vectors.")
    return LabelledVectors(images, labels, classes, texts)


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ConfigError(f"{path} is one array, not an .npz.", hint=_HINT)
        with file:
            missing = [key for key in KEYS if key not in file.files]
            if missing:
                raise ConfigError(
                    f"{path} has no {', '.join(missing)}; it has "
                    f"{', '.join(file.files) or 'nothing'}.",
                    hint=_HINT,
                )
            return {key: file[key] for key in KEYS}
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as exc:
        raise ConfigError(
            f"{path} cannot be read as an .npz of plain arrays: {exc}", hint=_HINT
        ) from exc


def _rows(path: Path, arrays: dict[str, NDArray[np.generic]], name: str) -> Vectors:
    try:
        rows = unit_rows(arrays[name])
    except StoreError as exc:
        raise ConfigError(f"{path}: {name}: {exc}") from exc
    if not len(rows):
        raise ConfigError(f"{path}: {name} is empty.")
    return rows


def _labels(
    path: Path, given: NDArray[np.generic], classes: tuple[str, ...]
) -> NDArray[np.intp]:
    if given.dtype.kind in "US":
        number = {name: at for at, name in enumerate(classes)}
        names = [str(name) for name in given.ravel()]
        unknown = sorted({name for name in names if name not in number})
        if unknown:
            raise ConfigError(
                f"{path}: {unknown[0]!r} is a label and none of the class_names."
            )
        return np.array([number[name] for name in names], np.intp)
    if given.dtype.kind not in "iu":
        raise ConfigError(f"{path}: labels are {given.dtype}, not whole numbers.")
    labels = given.ravel().astype(np.intp)
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(wrong):
        raise ConfigError(
            f"{path}: label {labels[wrong[0]]} of picture {wrong[0]} is none of the "
            f"{len(classes)} classes, which count from 0."
        )
    return labels


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
