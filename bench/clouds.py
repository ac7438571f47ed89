"""Vectors to search: many, drawn the same each time, shaped as those of CLIP are.

CLIP's image vectors are no ball. They lie in a narrow cone, in clusters, and within a
cluster along few directions; texts lie elsewhere altogether (Liang et al. 2022, "Mind
the Gap"). Indexes that are trained on images meet such texts as strangers, so both
kinds of queries are measured.

The shape was read off GeoRSCLIP ViT-B/32's vectors of the 1,005 pictures and 19 class
names of WHU-RS19: mean of norm 0.755, variance 0.273 between classes and 0.157 within,
eigenvalues falling as ``k**-1.36``, cosine of a text to pictures 0.20, to its ten
nearest 0.29.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Kind = Literal["image", "text"]

BLOCK = 65_536
_MEAN = 0.755
_BETWEEN, _WITHIN = 0.273, 0.157
_FALL = 1.36
_CLUSTERS = 2_000
_TEXT_TO_MEAN, _TEXT_TO_CLUSTER = 0.27, 0.2


class Cloud(Protocol):
    """``count`` vectors of width ``dim`` in blocks, and queries near them."""

    @property
    def name(self) -> str:
        """What a table calls it."""
        ...

    @property
    def count(self) -> int:
        """How many vectors."""
        ...

    @property
    def dim(self) -> int:
        """Their width."""
        ...

    def block(self, number: int) -> Array:
        """Rows ``number * BLOCK`` and on, unit, ``(at most BLOCK, dim)``."""
        ...

    def queries(self, kind: Kind, count: int) -> Array:
        """Unit rows ``(count, dim)`` that are not among the vectors."""
        ...


def blocks(cloud: Cloud) -> Iterator[Array]:
    """All rows of a cloud, in order."""
    for number in range(-(-cloud.count // BLOCK)):
        yield cloud.block(number)


def unit(rows: NDArray[np.floating]) -> Array:
    """Rows of length one, float32."""
    rows = np.asarray(rows, np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@dataclass(frozen=True)
class Clustered:
    """Drawn clusters in a cone, as CLIP's image vectors lie."""

    count: int
    dim: int = 512
    name: str = "clustered"

    def block(self, number: int) -> Array:
        """See :class:`Cloud`."""
        rows = min(BLOCK, self.count - number * BLOCK)
        return self._images(np.random.default_rng([1, number]), rows)

    def queries(self, kind: Kind, count: int) -> Array:
        """See :class:`Cloud`."""
        if kind == "image":
            return self._images(np.random.default_rng([2, 0]), count)
        rng = np.random.default_rng([2, 1])
        mean, centres, _ = self._shape
        gap = rng.standard_normal(self.dim)
        gap -= mean * (gap @ mean) / (mean @ mean)
        chosen = centres[rng.integers(0, len(centres), count)]
        chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
        own = rng.standard_normal((count, self.dim)) / np.sqrt(self.dim)
        towards = _TEXT_TO_MEAN * mean / _MEAN + _TEXT_TO_CLUSTER * chosen
        return unit(towards + 0.85 * gap / np.linalg.norm(gap) + 0.3 * own)

    def _images(self, rng: np.random.Generator, rows: int) -> Array:
        mean, centres, turn = self._shape
        chosen = centres[rng.integers(0, len(centres), rows)]
        noise = rng.standard_normal((rows, self.dim), dtype=np.float32)
        return unit((mean + chosen).astype(np.float32) + noise @ turn)

    @cached_property
    def _shape(self) -> tuple[NDArray[np.float64], NDArray[np.float64], Array]:
        rng = np.random.default_rng(0)
        mean = rng.standard_normal(self.dim)
        mean *= _MEAN / np.linalg.norm(mean)
        centres = rng.standard_normal((_CLUSTERS, self.dim)) @ _spread(
            rng, self.dim, _BETWEEN
        )
        return mean, centres, _spread(rng, self.dim, _WITHIN).astype(np.float32)


@dataclass(frozen=True)
class Repeated:
    """Real vectors, each many times over with noise along the directions they vary in.

    Attributes:
        path: ``.npz`` with ``image_vectors (m, dim)``, ``labels (m,)`` and
            ``text_vectors (t, dim)``, as ``rsrag eval zeroshot --vectors`` reads it.
        near: mean cosine of a copy to its original; the real vectors' nearest
            neighbours lie at 0.94.
    """

    count: int
    path: Path
    near: float = 0.9
    name: str = "real, repeated"

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return int(self._real[0].shape[1])

    def block(self, number: int) -> Array:
        """See :class:`Cloud`."""
        rows = min(BLOCK, self.count - number * BLOCK)
        return self._copies(np.random.default_rng([3, number]), rows)

    def queries(self, kind: Kind, count: int) -> Array:
        """See :class:`Cloud`; texts are mixtures of two real ones, with noise."""
        if kind == "image":
            return self._copies(np.random.default_rng([4, 0]), count)
        rng = np.random.default_rng([4, 1])
        texts = self._real[1]
        one, other = (texts[rng.integers(0, len(texts), count)] for _ in "ab")
        part = rng.uniform(0.5, 1.0, (count, 1))
        own = rng.standard_normal((count, self.dim)) / np.sqrt(self.dim)
        return unit(part * one + (1 - part) * other + 0.15 * own)

    def _copies(self, rng: np.random.Generator, rows: int) -> Array:
        images, _, turn = self._real
        chosen = images[rng.integers(0, len(images), rows)]
        noise = rng.standard_normal((rows, turn.shape[0]), dtype=np.float32)
        return unit(chosen + noise @ turn * np.sqrt(1 / self.near**2 - 1))

    @cached_property
    def _real(self) -> tuple[Array, Array, Array]:
        with np.load(self.path) as data:
            images, texts = unit(data["image_vectors"]), unit(data["text_vectors"])
            labels = data["labels"]
        own = np.stack([images[labels == each].mean(axis=0) for each in labels])
        _, values, rows = np.linalg.svd(images - own, full_matrices=False)
        turn = values[:, None] * rows
        return images, texts, (turn / np.linalg.norm(turn)).astype(np.float32)


def _spread(rng: np.random.Generator, dim: int, variance: float) -> NDArray[np.float64]:
    """A matrix that gives normal numbers a falling spectrum in random directions."""
    turn, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    values = np.arange(1, dim + 1) ** (-_FALL)
    values *= variance / values.sum()
    return np.asarray(np.sqrt(values)[:, None] * turn)
