"""Low-rank changes of weights, as torch learns them and as they are set on a model."""

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.encoders.adapters.adapter_file import Adapter, Deltas, check_places
from rsrag.errors import EncoderError

if TYPE_CHECKING:
    import torch
    from torch import nn

    Learnt = dict[str, tuple[torch.Tensor, torch.Tensor]]
    """``down`` and ``up`` as they are learnt, by the name of the weight."""


def attach(module: "nn.Module", names: Iterable[str], rank: int, seed: int) -> "Learnt":
    """Freeze a module, and let a low-rank change of some weights be learnt.

    ``down`` is drawn, ``up`` is 0: to begin with the module does what it did.

    Args:
        module: any; it is changed.
        names: of weights that are matrices.
        rank: of the changes, at most half the smaller side of each.
        seed: of what is drawn.

    Returns:
        ``down`` and ``up`` by name, the parameters that learn.

    Raises:
        EncoderError: no such weight.
    """
    import torch
    from torch import nn
    from torch.nn.utils import parametrize

    class Changed(nn.Module):
        def __init__(self, down: torch.Tensor, up: torch.Tensor) -> None:
            super().__init__()
            self.down, self.up = nn.Parameter(down), nn.Parameter(up)

        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight + self.up @ self.down

    module.requires_grad_(False)
    draws = torch.Generator().manual_seed(seed)
    learnt: Learnt = {}
    for name in names:
        owner_name, _, leaf = name.rpartition(".")
        owner: Any = module.get_submodule(owner_name)
        weight = getattr(owner, leaf)
        size = min(rank, max(1, min(weight.shape) // 2))
        down = torch.randn(size, weight.shape[1], generator=draws)
        change = Changed(down / weight.shape[1] ** 0.5, torch.zeros(len(weight), size))
        change.to(weight.device)
        parametrize.register_parametrization(owner, leaf, change)
        learnt[name] = change.down, change.up
    if not learnt:
        raise EncoderError("There is no weight that an adapter could change.")
    return learnt


def as_deltas(learnt: "Learnt") -> Deltas:
    """What was learnt, as an adapter's file holds it."""
    return {
        name: (down.detach().cpu().numpy(), up.detach().cpu().numpy())
        for name, (down, up) in learnt.items()
    }


def changed(
    weights: "dict[str, torch.Tensor]", adapter: Adapter
) -> "dict[str, torch.Tensor]":
    """A model's weights with what an adapter adds, those that change in float32.

    Text towers have ``text.`` before their weights' names in some files only.

    Raises:
        CheckpointError: weights that are not there, or of another shape.
    """
    import torch

    def place(name: str) -> str:
        plain = name.removeprefix("text.")
        return next((n for n in (name, f"text.{plain}", plain) if n in weights), name)

    deltas = {place(name): pair for name, pair in adapter.deltas.items()}
    shapes = {name: tensor.shape for name, tensor in weights.items()}
    check_places(dataclasses.replace(adapter, deltas=deltas), shapes)
    sums = {
        name: weights[name].float() + torch.from_numpy(np.asarray(up @ down))
        for name, (down, up) in deltas.items()
    }
    return {**weights, **sums}
