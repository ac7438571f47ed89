"""The trained part of ``mini``: two small heads, and the trunk's last blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.gelu import Array, gelu
from rsrag.encoders.text_towers.tensor_file import map_tensors
from rsrag.errors import CheckpointError
from rsrag.types import Vectors

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

    def __call__(self, features: Array) -> Vectors:
        """Project features.

        Args:
            features: ``(n, features)`` float32, finite.

        Returns:
            ``(n, dim)`` float32 unit rows.
        """
        x = np.clip((features - self.mean) / self.deviation, -CLAMP, CLAMP)
        hidden = gelu(x @ self.inner.T + self.inner_bias)
        y = hidden @ self.outer.T + self.outer_bias + x @ self.skip.T
        unit: Vectors = y / np.linalg.norm(y, axis=1, keepdims=True)
        return unit


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

    image: Head
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
    for name in ("image.outer_bias", "image.inner_bias", "text.inner_bias"):
        if file.tensors.get(name, np.empty(())).ndim != 1:
            raise CheckpointError(f"{path} lacks the tensor {name}.")
    dim = len(file.tensors["image.outer_bias"])
    heads = {}
    for tower, features in (("image", image_features), ("text", text_features)):
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
    expected = {f"{tower}.{part}" for tower in heads for part in Head.__slots__}
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
    return MiniWeights(heads["image"], heads["text"], tuple(tail), dim, file.metadata)
