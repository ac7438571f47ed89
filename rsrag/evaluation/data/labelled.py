"""Pictures with a class each: folders named after classes, or a file of labels."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.caption_files import (
    FILE_KEYS,
    Captioned,
    csv_rows,
    json_lines,
    read_text,
)
from rsrag.evaluation.data.vector_files import Progress, embed_pictures
from rsrag.evaluation.retrieval_run import Names
from rsrag.imagery.archives.archive_names import unescape
from rsrag.imagery.sources.items import SourceItem
from rsrag.interfaces import Encoder
from rsrag.types import Skip, Vectors

LABEL_KEYS = ("label", "class", "category")
_HINT = "jsonl of file, label; or csv with the columns filename, label"


@dataclass(frozen=True, slots=True)
class Labelled:
    """``(n, dim)`` unit rows of pictures, and ``(n,)`` numbers of their classes.

    Attributes:
        classes: names, in the order of the file of classes, else sorted.
        without_image: labelled in the file, found in no source.
        without_label: sources that have no class.
        broken: sources that cannot be read.
    """

    vectors: Vectors
    labels: NDArray[np.intp]
    classes: tuple[str, ...]
    without_image: tuple[str, ...]
    without_label: tuple[str, ...]
    broken: tuple[Skip, ...]


def read_classes(path: Path) -> tuple[str, ...]:
    """Class names, one a line, in their order; none twice."""
    text, _ = read_text(path)
    names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise ConfigError(f"{path} holds no class.", hint="one a line")
    if twins := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"{path} has the class {twins[0]!r} more than once.")
    return tuple(names)


def read_labels(path: Path) -> dict[str, str]:
    """Classes by file name, from jsonl of ``{"file", "label"}`` or csv of both."""
    text, _ = read_text(path)
    labels: dict[str, str] = {}
    is_json = text.lstrip()[:1] == "{"
    rows = (
        json_lines(text, path)
        if is_json
        else csv_rows(io.StringIO(text, newline=""), path)
    )
    for where, row in rows:
        if not isinstance(row, dict):
            raise ConfigError(f"{where} is not an object.", hint=_HINT)
        if not (is_json or (row.keys() & FILE_KEYS and row.keys() & LABEL_KEYS)):
            raise ConfigError(
                f"{path} has not the columns filename and label.", hint=_HINT
            )
        file, label = _first(row, FILE_KEYS), _first(row, LABEL_KEYS)
        if not file or not label:
            lacks = "file" if not file else "label"
            raise ConfigError(f"{where} has no {lacks}.", hint=_HINT)
        if labels.setdefault(file, label) != label:
            raise ConfigError(
                f"{where}: {file} is labelled {label!r}, and {labels[file]!r} before."
            )
    if not labels:
        raise ConfigError(f"{path} holds no label.", hint=_HINT)
    return labels


def _first(row: Mapping[str, object], keys: Sequence[str]) -> str:
    value = next((row[key] for key in keys if row.get(key) is not None), "")
    return str(value).strip()


def label_pictures(
    paths: Sequence[Path | str],
    encoder: Encoder,
    *,
    labels: dict[str, str] | None = None,
    classes: tuple[str, ...] | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> Labelled:
    """Embed pictures that have a class.

    ``labels`` are by file name; ``None``: the folder that a picture lies in is its
    class. Without ``classes``, those that occur are all.

    Raises:
        SourceNotFoundError: a path that is not there, or no picture with a class.
        ConfigError: a label that is none of ``classes``, or one class alone.
    """
    if labels is not None and classes is not None:
        _check_known(set(labels.values()), classes)
    files = list(labels or {})
    names = Names([Captioned(file, ()) for file in files])
    roots = {Path(path).absolute().as_posix() for path in paths}
    label_of: dict[str, str] = {}
    stray: list[str] = []
    seen: set[str] = set()

    def choose(item: SourceItem) -> bool:
        label: str | None = None
        if labels is None:
            label = _folder_of(item.source, roots)
        elif (number := names.find(item.source)) is not None:
            seen.add(files[number])
            label = labels[files[number]]
        if label is None:
            stray.append(item.source)
            return False
        label_of[item.source] = label
        return True

    found = embed_pictures(paths, encoder, choose, len(files), threads, progress)
    if not found.sources:
        raise SourceNotFoundError(
            f"No picture of {', '.join(map(str, paths))} has a class.",
            hint="folders named after classes, or --labels FILE",
        )
    given = [label_of[source] for source in found.sources]
    if classes is not None:
        _check_known(set(given), classes)
    known = classes or tuple(sorted(set(label_of.values())))
    if len(known) < 2:
        raise ConfigError(
            f"All pictures are of the class {known[0]!r}: there is nothing to tell "
            "apart.",
            hint="a folder for each class, or --classes FILE",
        )
    column = {name: at for at, name in enumerate(known)}
    return Labelled(
        found.vectors,
        np.array([column[label] for label in given], np.intp),
        known,
        tuple(file for file in files if file not in seen),
        tuple(stray),
        found.broken,
    )


def _check_known(given: set[str], classes: tuple[str, ...]) -> None:
    if unknown := sorted(given - set(classes)):
        raise ConfigError(
            f"{len(unknown)} labels are none of the {len(classes)} classes, such as "
            f"{unknown[0]!r}.",
            hint="names must be spelled as in the file of classes",
        )


def _folder_of(source: str, roots: set[str]) -> str | None:
    """Name of a picture's folder; ``None`` for one named on the command line."""
    path = unescape(source)
    _, mark, member = path.rpartition("!/")
    inner = member if mark else path
    folder = inner.rpartition("/")[0]
    if not folder or (not mark and folder in roots):
        return None
    return folder.rpartition("/")[2]
