"""``mini`` with an adapter on its heads; its trunks stay as they are."""

import dataclasses

from rsrag.encoders.adapters.adapter_file import Adapter, check_places
from rsrag.encoders.mini.mini_heads import Head, MiniWeights

WEIGHTS = ("inner", "outer", "skip")
"""Weights of a head that an adapter may change, named ``image.inner`` and so on."""


def heads_by_name(weights: MiniWeights) -> dict[str, Head]:
    """The heads as their tensors are named: ``image``, ``text``; ``far``, if any."""
    heads = {"image": weights.image.near, "text": weights.text}
    if weights.image.far is not None:
        heads["far"] = weights.image.far
    return heads


def adapted(weights: MiniWeights, adapter: Adapter) -> MiniWeights:
    """The heads with what an adapter adds.

    Raises:
        CheckpointError: it changes weights that are not there.
    """
    heads = heads_by_name(weights)
    matrices = {
        f"{tower}.{part}": getattr(head, part)
        for tower, head in heads.items()
        for part in WEIGHTS
    }
    check_places(adapter, {name: matrix.shape for name, matrix in matrices.items()})
    for name, (down, up) in adapter.deltas.items():
        tower, part = name.split(".")
        changed = matrices[name] + up @ down
        heads[tower] = dataclasses.replace(heads[tower], **{part: changed})
    image = dataclasses.replace(
        weights.image, near=heads["image"], far=heads.get("far")
    )
    return dataclasses.replace(weights, image=image, text=heads["text"])
