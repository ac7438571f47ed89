"""Writes what was trained as the file that ``mini`` loads."""

import dataclasses
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recipes.mini.lite0 import imagenet_tail
from recipes.mini.recipe import Recipe
from recipes.mini.towers import Towers
from recipes.mini.trainable_head import TrainableHead


def save_heads(
    path: Path, towers: Towers, recipe: Recipe, side: int, notes: Mapping[str, str]
) -> None:
    """Write ``.safetensors`` in float16, and the statistics in float32.

    Args:
        path: of the file; replaced if it is there.
        towers: both.
        recipe: how.
        side: of prepared pictures, in pixels.
        notes: more strings for the metadata, such as the data and the figures.
    """
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[np.generic]] = {}
    heads = {"image": towers.image.head, "text": towers.text}
    if towers.image.far is not None and towers.gate is not None:
        heads["far"] = towers.image.far
        tensors["gate.weight"] = towers.gate.weight
        tensors["gate.bias"] = towers.gate.bias
    for tower, head in heads.items():
        for name, tensor in _parts(head).items():
            # A deviation may be too small for float16.
            wide = name in ("mean", "deviation")
            dtype = np.float32 if wide else np.float16
            tensors[f"{tower}.{name}"] = tensor.astype(dtype)
    tail = towers.image.tail
    trained = tail.tensors() if tail else imagenet_tail()
    for number, (weight, bias) in enumerate(trained):
        tensors[f"tail.{number}.weight"] = weight.astype(np.float16)
        tensors[f"tail.{number}.bias"] = bias.astype(np.float16)
    metadata = {
        "side": str(side),
        "recipe": json.dumps(dataclasses.asdict(recipe)),
        "versions": json.dumps({name: version(name) for name in ("torch", "numpy")}),
        **notes,
    }
    save_file(tensors, path, metadata=metadata)


def _parts(head: TrainableHead) -> dict[str, NDArray[np.float32]]:
    named = {
        "mean": head.mean,
        "deviation": head.deviation,
        "inner": head.inner.weight,
        "inner_bias": head.inner.bias,
        "outer": head.outer.weight,
        "outer_bias": head.outer.bias,
        "skip": head.skip.weight,
    }
    return {name: tensor.detach().cpu().numpy() for name, tensor in named.items()}
