"""Vectors with labels in an ``.npz``, so that zero-shot needs no model."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, SourceNotFoundError, StoreError
from rsrag.types import Vectors
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
