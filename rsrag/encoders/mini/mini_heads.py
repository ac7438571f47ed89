"""The trained heads of ``mini``: from the trunks' features to unit vectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.mini.mini_trunk import FRONT
from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import Array, gelu
from rsrag.errors import CheckpointError
from rsrag.types import Vectors
from rsrag.vectors import unit_length

SURE = 2.0
"""How far beyond the gate a picture is read by the far head alone."""
FEW_ROWS = 8
"""Fewer rows than this are filled up: BLAS multiplies them in another order than many,
and a picture's vector must not depend on those beside it."""
CLAMP = 5.0
"""Features this many deviations out are cut: unseen imagery must not run away."""


@dataclass(frozen=True, slots=True)
class Head:
    """Features to a unit vector: standardise, two layers with GELU, and a short cut.

    Attributes:
        mean: of the training features, ``(features,)``.
        deviation: of the same, never 0.
        inner: ``(hidden, features)`` and ``inner_bias`` ``(hidden,)``.
        inner_bias: see above.
        outer: ``(dim, hidden)`` and ``outer_bias`` ``(dim,)``.
        outer_bias: see above.
        skip: ``(dim, features)``, linear, beside the two layers.
    """

    mean: Array
    deviation: Array
    inner: Array
    inner_bias: Array
    outer: Array
    outer_bias: Array
    skip: Array

    def standardised(self, features: Array) -> Array:
        """Features as the layers take them."""
        x: Array = (features - self.mean) / self.deviation
        return x.clip(-CLAMP, CLAMP)

    def __call__(self, features: Array) -> Vectors:
        """Project features, ``(n, features)`` float32 and finite.

        Returns:
            ``(n, dim)`` float32 unit rows.
        """
        return self.read(self.standardised(features))

    def read(self, x: Array) -> Vectors:
        """The same for what :meth:`standardised` gives."""
        hidden = gelu(x @ self.inner.T + self.inner_bias)
        return unit_length(hidden @ self.outer.T + self.outer_bias + x @ self.skip.T)


def _filled(rows: Array) -> Array:
    """The rows, the last one repeated until there are :data:`FEW_ROWS`."""
    if not 0 < len(rows) < FEW_ROWS:
        return rows
    return np.pad(rows, ((0, FEW_ROWS - len(rows)), (0, 0)), mode="edge")


@dataclass(frozen=True, slots=True)
class PictureHead:
    """The near head, and beside it one for pictures seen from very far.

    Which of them reads a picture goes by its colours and textures; where the gate is
    not certain, it is a mean of both.

    Attributes:
        near: for metres a pixel.
        far: for kilometres a pixel; ``None`` where the recipe saw no such picture.
        gate: ``(FRONT + 1,)``: a plane through the standardised front features, its
            offset last; positive is far.
    """

    near: Head
    far: Head | None = None
    gate: Array | None = None

    def standardised(self, features: Array) -> Array:
        """Features as the near head's layers take them."""
        return self.near.standardised(features)

    def share(self, x: Array) -> Array:
        """How far each is: ``(n,)`` float32 from 0, near, to 1, far.

        Args:
            x: what :meth:`standardised` gives.
        """
        if self.gate is None:
            return np.zeros(len(x), np.float32)
        said: Array = (x[:, :FRONT] @ self.gate[:-1] + self.gate[-1]) / SURE
        return said.clip(0, 1)

    def __call__(self, features: Array) -> Vectors:
        """Project features, ``(n, features)`` float32 and finite.

        Returns:
            ``(n, dim)`` float32 unit rows, each the same to the bit whatever stands
            beside it.
        """
        return self.read(features, self.standardised(features))

    def read(self, features: Array, x: Array) -> Vectors:
        """The same, where features are at hand as :meth:`standardised` gives them."""
        many, x = _filled(features), _filled(x)
        if self.far is None:
            return self.near.read(x)[: len(features)]
        share = self.share(x)[:, None]
        vectors = np.zeros((len(many), len(self.near.outer_bias)), np.float32)
        if len(rows := np.flatnonzero(share < 1)):
            near = self.near.read(_filled(x[rows]))[: len(rows)]
            vectors[rows] = (1 - share[rows]) * near
        if len(rows := np.flatnonzero(share)):
            vectors[rows] += share[rows] * self.far(_filled(many[rows]))[: len(rows)]
        mixed = np.flatnonzero((share > 0) & (share < 1))
        vectors[mixed] = unit_length(vectors[mixed])
        return vectors[: len(features)]


@dataclass(frozen=True, slots=True)
class MiniWeights:
    """What ``python -m recipes.mini`` writes.

    Attributes:
        image: from pooled picture features.
        text: from MiniLM vectors.
        tail: weight and bias of each convolution of the trunk's last blocks, in
            their order, as they lie in the file.
        dim: width of the shared space.
        metadata: strings: recipe, data, seed, versions, ``side``.
    """

    image: PictureHead
    text: Head
    tail: tuple[tuple[NDArray[Any], NDArray[Any]], ...]
    dim: int
    metadata: Mapping[str, str]


def load_heads(path: Path, image_features: int, text_features: int) -> MiniWeights:
    """Read the heads, every tensor of the file accounted for.

    Raises:
        CheckpointError: not such a file, or tensors that do not fit together.
    """
    file = map_tensors(path)
    towers = {"image": image_features, "text": text_features}
    if "gate.weight" in file.tensors:
        towers["far"] = image_features
    for tower in towers:
        name = f"{tower}.inner_bias"
        if file.tensors.get(name, np.empty(())).ndim != 1:
            raise CheckpointError(f"{path} lacks the tensor {name}.")
    if file.tensors.get("image.outer_bias", np.empty(())).ndim != 1:
        raise CheckpointError(f"{path} lacks the tensor image.outer_bias.")
    dim = len(file.tensors["image.outer_bias"])
    heads = {}
    for tower, features in towers.items():
        hidden = len(file.tensors[f"{tower}.inner_bias"])
        shapes: dict[str, tuple[int, ...]] = {
            "mean": (features,),
            "deviation": (features,),
            "inner": (hidden, features),
            "inner_bias": (hidden,),
            "outer": (dim, hidden),
            "outer_bias": (dim,),
            "skip": (dim, features),
        }
        parts = {
            part: file.take(f"{tower}.{part}", shape).astype(np.float32)
            for part, shape in shapes.items()
        }
        heads[tower] = Head(**parts)
    image = PictureHead(heads["image"])
    if "far" in heads:
        shapes = {"gate.weight": (FRONT,), "gate.bias": (1,)}
        gate = [file.take(name, shape) for name, shape in shapes.items()]
        gate_plane = np.concatenate(gate).astype(np.float32)
        image = PictureHead(heads["image"], heads["far"], gate_plane)
    expected = {f"{tower}.{part}" for tower in heads for part in Head.__slots__}
    expected |= {"gate.weight", "gate.bias"} if image.far else set()
    tail: list[tuple[NDArray[Any], NDArray[Any]]] = []
    while (name := f"tail.{len(tail)}.bias") in file.tensors:
        names = (f"tail.{len(tail)}.weight", name)
        if names[0] not in file.tensors:
            raise CheckpointError(f"{path} lacks the tensor {names[0]}.")
        tail.append((file.tensors[names[0]], file.tensors[name]))
        expected.update(names)
    if not tail:
        raise CheckpointError(
            f"{path} lacks the trunk's last blocks: an earlier recipe left them out "
            "where they were not trained.",
            hint="train again: python -m recipes.mini",
        )
    if left := sorted(set(file.tensors) - expected):
        raise CheckpointError(f"{path} has tensors that mini has no place for: {left}.")
    if not file.metadata.get("side", "").isdecimal():
        raise CheckpointError(f"{path} does not say the side of its pictures.")
    return MiniWeights(image, heads["text"], tuple(tail), dim, file.metadata)
