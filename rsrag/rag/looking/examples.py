"""Classes by a few example pictures instead of their names alone.

A class is the mean of its examples' vectors. With few of them its name helps: its text
counts half as much as the mean, below :data:`ENOUGH` examples. How sure one may be is
read from the examples themselves: each is left out once, and told by the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.answers import LabelScore
from rsrag.errors import QueryError
from rsrag.rag.looking.calibration import fit_temperature
from rsrag.rag.looking.scene import ranked
from rsrag.rag.looking.transduction import softmax
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

ENOUGH = 4
"""Examples of a class from which its name no longer counts."""
TEXT_WEIGHT = 0.5
REFUSED = 0.1
"""Share of the examples that are called none of the classes, each left out once."""
FEW = 4
"""Examples below which it is not said that they contradict each other."""
SAME = 0.9999
"""Cosine from which two pictures are the same."""


@dataclass(frozen=True, slots=True)
class Prototypes:
    """Classes as their examples show them.

    Attributes:
        labels: of the classes.
        vectors: ``(n, dim)`` unit rows, a class each.
        temperature: of the softmax over cosines.
        floor: the cosine of a class that is none of these.
        doubts: words on examples that contradict each other, if they do.
    """

    labels: tuple[str, ...]
    vectors: Vectors
    temperature: float
    floor: float
    doubts: str = ""

    def shares(
        self, images: Vectors, *, temperature: float | None = None, closed: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probability of each class, and cosine to it, for ``(m, dim)`` pictures.

        Args:
            images: unit rows.
            temperature: another than that of the examples.
            closed: one of the classes is right.

        Returns:
            Twice ``(m, n)``; what a row of probabilities lacks of one is the
            probability that no class is right.
        """
        cosines = (images @ self.vectors.T).astype(np.float64)
        logits = cosines
        if not closed:
            logits = np.hstack([cosines, np.full((len(cosines), 1), self.floor)])
        made = softmax(logits / (temperature or self.temperature))
        return made[:, : len(self.labels)], cosines

    def scores(
        self, image: Vectors, *, temperature: float | None = None, closed: bool = False
    ) -> list[LabelScore]:
        """Classes of one ``(1, dim)`` picture, likeliest first."""
        shares, cosines = self.shares(image, temperature=temperature, closed=closed)
        return ranked(self.labels, shares[0], cosines[0])


def prototypes(
    labels: Sequence[str],
    texts: Vectors,
    examples: Sequence[Vectors],
    temperature: float,
    floor: float,
) -> Prototypes:
    """Make classes of examples.

    Args:
        labels: of the classes.
        texts: ``(n, dim)`` unit rows of their names.
        examples: ``(m, dim)`` unit rows of each class's pictures, at least one.
        temperature: of the encoder; taken where the examples do not ask for a higher
            one.
        floor: cosine from which a picture is like another to the encoder; taken where
            no class has two examples.

    Raises:
        QueryError: a class without an example, or one picture in two classes.
    """
    for label, rows in zip(labels, examples, strict=True):
        if not len(rows):
            raise QueryError(
                f"There is no example of {label!r}.",
                hint=f"put pictures of it into its folder, or remove {label}/",
            )
    _check_apart(labels, examples)
    vectors = np.concatenate(
        [_mean(rows, text) for rows, text in zip(examples, texts, strict=True)]
    )
    cosines, truth, doubts = [], [], ""
    for at, rows in enumerate(examples):
        for row in range(len(rows) if len(rows) > 1 else 0):
            without = vectors.copy()
            without[at] = _mean(np.delete(rows, row, axis=0), texts[at])
            cosines.append(without @ rows[row])
            truth.append(at)
    if truth:
        table, own = np.stack(cosines), np.array(truth, np.intp)
        temperature = max(temperature, fit_temperature(table, own))
        floor = float(np.quantile(table[np.arange(len(own)), own], REFUSED))
        right = np.bincount(own[table.argmax(axis=1) == own], minlength=len(labels))
        doubts = _doubts(labels, right, np.bincount(own, minlength=len(labels)))
    return Prototypes(tuple(labels), vectors, temperature, floor, doubts)


def _doubts(
    labels: Sequence[str], right: NDArray[np.intp], count: NDArray[np.intp]
) -> str:
    """Words where no more than half of the examples are told by the others."""
    if count.sum() < FEW or 2 * right.sum() > count.sum():
        return ""
    each = ", ".join(
        f"{label} {told} of {many}"
        for label, told, many in zip(labels, right, count, strict=True)
        if many
    )
    return (
        f"The examples contradict each other: left out one by one, {right.sum()} of "
        f"{count.sum()} are told rightly by the others ({each})."
    )


def _mean(rows: Vectors, text: Vectors) -> Vectors:
    """``(1, dim)``: the mean of examples, and with few of them the name."""
    mean = unit_rows(rows.mean(axis=0, keepdims=True))
    if len(rows) < ENOUGH:
        mean = unit_rows(mean + TEXT_WEIGHT * text)
    return mean


def _check_apart(labels: Sequence[str], examples: Sequence[Vectors]) -> None:
    for first in range(len(labels)):
        for second in range(first + 1, len(labels)):
            if (examples[first] @ examples[second].T).max() > SAME:
                raise QueryError(
                    f"A picture is an example of {labels[first]!r} and of "
                    f"{labels[second]!r}.",
                    hint="remove it from one of the two folders",
                )
