"""What ``mini`` computes with: the trunk on ONNX Runtime, and the trained heads.

``mini_trunk.onnx`` holds the network and the weights of its frozen blocks, and places
for the weights of its tail, which are those of the heads' file. The recipe writes it
(``python -m recipes.mini.trunk_onnx``). Sides are free: what is pooled over a picture
of 160 pixels is there as a map, too, for a larger one.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.durable import file_sha256
from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import Array, gelu
from rsrag.errors import CheckpointError
from rsrag.types import Vectors

TRUNK = Path(__file__).with_name("mini_trunk.onnx")
TRUNK_SHA256 = "fc8d952c822c6d3da65ca82952470d24f106fd745ce12ebd6e25d4e6fa78ca29"
IMAGENET_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the checkpoint that ``TRUNK`` was made from: an encoder is told by it, for
another file that holds the same weights gives the same vectors."""

FRONT = 2 * (3 + 24 + 40 + 112)
"""Numbers that the tail has no part in; they stand first in a row."""
FEATURES = FRONT + 1280
"""All numbers in a row: mean and deviation of the colours (3) and of the maps of blocks
2 (24), 4 (40) and 10 (112), then the mean of the head's map (1280)."""
MAPS = ("block2", "block4", "block10", "head")
"""Outputs before pooling: ``(n, channels, height, width)``, the sides those of the
picture divided by 4, 8, 16 and 32, rounded up. Values of ``block10`` enter the tail."""

PASS = 4
"""Pictures a pass on a processor: more no longer fit its caches."""
GPU_PASS = 256

Tail = Sequence[tuple[NDArray[Any], NDArray[Any]]]
"""Weight and bias of each convolution of the tail, in their order."""


class Trunk:
    """The network, from pixels to rows of pooled features. Safe to share.

    Passes run side by side, each on one processor: none waits for another, and a
    picture's row does not depend on those beside it. ``onnxruntime-gpu``, installed in
    the place of ``onnxruntime``, runs it on a GPU, in float32 as well.

    Args:
        tail: weights of the last blocks.

    Raises:
        CheckpointError: the network's file is not the package's, or the tail does not
            fit it.
    """

    def __init__(self, tail: Tail) -> None:
        from concurrent.futures import ThreadPoolExecutor

        # Its wheels report their use to Microsoft, unless this stands here before.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime as ort

        if (found := file_sha256(TRUNK)) != TRUNK_SHA256:
            raise CheckpointError(
                f"{TRUNK} has sha256 {found}, expected {TRUNK_SHA256}.",
                hint="pip install --force-reinstall --no-deps rsrag",
            )
        weights = {
            f"tail.{number}.{part}": np.ascontiguousarray(tensor, dtype=np.float32)
            for number, convolution in enumerate(tail)
            for part, tensor in zip(("weight", "bias"), convolution, strict=True)
        }
        gpu = "CUDAExecutionProvider" in ort.get_available_providers()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised
        options.add_external_initializers(
            list(weights),
            [ort.OrtValue.ortvalue_from_numpy(w) for w in weights.values()],
        )
        providers = [("CUDAExecutionProvider", {"use_tf32": "0"})] if gpu else []
        try:
            self._session = ort.InferenceSession(
                str(TRUNK), options, providers=[*providers, "CPUExecutionProvider"]
            )
        except Exception as exc:  # ONNX Runtime has no error class of its own to name
            raise CheckpointError(
                f"mini's trunk cannot take a tail of {len(tail)} convolutions: {exc}"
            ) from exc
        self._needed = ort.RunOptions()
        self._needed.only_execute_path_to_fetches = True
        self._step = GPU_PASS if gpu else PASS
        # No thread starts before there is work for two.
        self._pool = ThreadPoolExecutor(
            1 if gpu else available_processors(), "rsrag-trunk"
        )

    def features(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled features of pictures.

        Args:
            batch: ``(n, height, width, 3)`` uint8 RGB, ``n`` at least 1.

        Returns:
            ``(n, FEATURES)`` float32, in order.
        """
        return self.run(batch, ["features"])[0]

    def run(
        self, batch: NDArray[np.uint8], outputs: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """What the network gives for pictures.

        Args:
            batch: ``(n, height, width, 3)`` uint8 RGB, ``n`` at least 1.
            outputs: ``features`` and names in ``MAPS``.

        Returns:
            An array for each output, the pictures along its first axis, in order.
        """
        parts = [batch[i : i + self._step] for i in range(0, len(batch), self._step)]

        def run(part: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            made: list[NDArray[np.float32]] = self._session.run(
                list(outputs), {"pixels": part}, self._needed
            )
            return made

        made = [run(parts[0])] if len(parts) == 1 else self._pool.map(run, parts)
        return [np.concatenate(rows) for rows in zip(*made, strict=True)]


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
        x = self.standardised(features)
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
