"""Pictures and what is true of them, as an adapter is learnt from them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

LEAST = 20
"""Pictures that an adapter is learnt from, at least."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the pictures, with all their texts.

    Attributes:
        pictures: numbers of rows.
        texts: numbers of texts, those of one picture after those of another.
        owner: for each of the texts which of ``pictures`` it is of.
    """

    pictures: Numbers
    texts: Numbers
    owner: list[int]


class TrainingPairs:
    """Pairs that belong together, checked.

    Attributes:
        pictures: ``(n, …)``, a row a picture, as a learner keeps it.
        text_rows: ``(m, …)``, a row for each different text.
        kinds: ``(m,)`` int64; texts of one kind say the same.
        same: ``(n,)`` int64; pictures that share a number are equal.
        labelled: kinds are classes, and the texts ways to say their names.

    Args:
        pictures: see above.
        texts: of each picture, numbers of texts.
        kinds: see above.
        labels: names of the classes; ``None``: the texts are captions.

    Raises:
        QueryError: too few pictures, all of one kind, or one picture of two classes.
    """

    def __init__(
        self,
        pictures: NDArray[Any],
        texts: Sequence[Sequence[int]],
        kinds: Sequence[int],
        text_rows: NDArray[Any],
        labels: Sequence[str] | None = None,
    ) -> None:
        self.pictures, self.text_rows = pictures, text_rows
        self.kinds = np.asarray(kinds, np.int64)
        self.labelled = labels is not None
        self._texts = [np.asarray(numbers, np.intp) for numbers in texts]
        first: dict[bytes, int] = {}
        self.same = np.array(
            [
                first.setdefault(hashlib.sha256(row.tobytes()).digest(), number)
                for number, row in enumerate(pictures)
            ],
            np.int64,
        )
        count = len(first)
        if count < LEAST:
            one = "picture is" if count == 1 else "different pictures are"
            raise QueryError(
                f"{count} {one} too few to learn from, and to hold some aside.",
                hint=f"{LEAST} different pictures at least; some hundreds serve well",
            )
        if len({int(kind) for kind in self.kinds}) < 2:
            what = f"of the class {labels[0]!r}" if labels else "said to be the same"
            raise QueryError(
                f"All {len(pictures):,} pictures are {what}: there is nothing to tell "
                "apart.",
                hint="pictures of other things, with words for them",
            )
        if labels is not None:
            self._refuse_contradictions(labels)

    def _refuse_contradictions(self, labels: Sequence[str]) -> None:
        kind_of = [int(self.kinds[texts[0]]) for texts in self._texts]
        for number, twin in enumerate(self.same):
            if kind_of[number] != kind_of[twin]:
                names = labels[kind_of[twin]], labels[kind_of[number]]
                raise QueryError(
                    f"Pictures {twin + 1} and {number + 1} are the same, and labelled "
                    f"{names[0]!r} and {names[1]!r}: examples contradict each other.",
                    hint="leave one of them out, or caption them instead",
                )

    def parts(self, share: float, seed: int) -> tuple[Part, Part]:
        """What is learnt from, and what is held aside; equal pictures stay together.

        Args:
            share: that is held aside, of the different pictures.
            seed: of the choice.
        """
        different = np.unique(self.same)
        order = np.random.default_rng(seed).permutation(different)
        aside = set(order[: max(2, round(share * len(order)))].tolist())
        chosen = np.array([int(number) in aside for number in self.same])
        return self._part(~chosen), self._part(chosen)

    def _part(self, chosen: NDArray[np.bool_]) -> Part:
        pictures = np.flatnonzero(chosen)
        texts = [self._texts[number] for number in pictures]
        owner = [row for row, numbers in enumerate(texts) for _ in numbers]
        return Part(pictures, np.concatenate(texts), owner)

    def draw(self, pictures: Numbers, rng: np.random.Generator) -> Numbers:
        """A text of each picture."""
        drawn = [rng.choice(self._texts[number]) for number in pictures]
        return np.array(drawn, np.intp)

    def accuracy(self, images: Vectors, said: Vectors, part: Part) -> float:
        """Share of pictures whose class's mean text is the nearest, in percent.

        Args:
            images: ``(n, dim)`` unit rows, of the part's pictures.
            said: ``(m, dim)`` of its texts.
            part: whose they are.
        """
        kinds = self.kinds[part.texts]
        known, column = np.unique(kinds, return_inverse=True)
        sums = np.zeros((len(known), said.shape[1]), np.float32)
        np.add.at(sums, column, said)
        best = known[(images @ unit_rows(sums).T).argmax(axis=1)]
        truth = np.array([self.kinds[self._texts[n][0]] for n in part.pictures])
        return 100 * float((best == truth).mean())

    def digest(self) -> bytes:
        """Of all of it."""
        whole = hashlib.sha256()
        for array in (*self.pictures, self.text_rows, self.kinds, *self._texts):
            whole.update(f"{array.shape}".encode())
            whole.update(np.ascontiguousarray(array).data)
        return whole.digest()
