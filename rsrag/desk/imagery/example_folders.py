"""Folders of example pictures, one for each class."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.interfaces import Encoder
    from rsrag.rag.looking.examples import Prototypes


def example_classes(
    folder: Path, encoder: "Encoder", labels: Sequence[str] = ()
) -> "Prototypes":
    """Classes of the pictures in a folder's folders, which are named after them.

    Args:
        folder: of one folder a class.
        encoder: of the pictures that are to be told.
        labels: none: the folders name the classes.

    Raises:
        QueryError: no such folders, labels beside them, or examples that cannot be.
    """
    from rsrag.evaluation.data.labelled import label_pictures
    from rsrag.rag.looking.examples import prototypes
    from rsrag.rag.looking.scene import label_vectors, likeness_floor, temperature_of

    hint = f"{folder}/river/*.png, {folder}/lake/*.png, …"
    if labels:
        raise QueryError(
            "Labels are named twice: the folders of examples name them already.",
            hint="leave out --labels and --labels-file",
        )
    names: list[str] = []
    if folder.is_dir():
        names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not names:
        raise QueryError(
            f"{folder} has no folder of examples, one for each class.", hint=hint
        )
    found = label_pictures([folder], encoder, classes=tuple(names))
    if found.broken:
        one = found.broken[0]
        raise QueryError(f"An example cannot be read: {one.source}: {one.reason}")
    return prototypes(
        names,
        label_vectors(names, encoder),
        [found.vectors[np.flatnonzero(found.labels == at)] for at in range(len(names))],
        temperature_of(encoder),
        likeness_floor(encoder),
    )
