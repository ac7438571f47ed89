"""What tells a picture seen from very far from one seen from near."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from recipes.mini.features import Features, FeatureSet
from rsrag.encoders.mini.mini_heads import CLAMP
from rsrag.encoders.mini.mini_trunk import FRONT

DECAY = 0.01
STEPS = 300


@dataclass(frozen=True, slots=True)
class Gate:
    """A plane through the front part of the trunk's features, which nothing trains.

    Attributes:
        weight: ``(FRONT,)`` float32, of standardised and cut features.
        bias: ``(1,)`` float32.
    """

    weight: Features
    bias: Features


def fit_gate(sets: Sequence[FeatureSet], mean: Features, deviation: Features) -> Gate:
    """Logistic regression, near and far of the same weight in all.

    Args:
        sets: some far, some not.
        mean: of the near head, ``(features,)``.
        deviation: likewise.
    """
    rows = [one.views[..., :FRONT].reshape(-1, FRONT) for one in sets]
    far = np.concatenate(
        [np.full(len(r), one.far) for r, one in zip(rows, sets, strict=True)]
    )
    x = torch.from_numpy((np.concatenate(rows) - mean[:FRONT]) / deviation[:FRONT])
    x, y = x.clamp(-CLAMP, CLAMP), torch.from_numpy(far).float()
    shares = torch.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    with torch.random.fork_rng():  # what is trained next shall not depend on it
        layer = nn.Linear(FRONT, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    descent = torch.optim.LBFGS(layer.parameters(), max_iter=STEPS)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        said = layer(x)[:, 0]
        loss = F.binary_cross_entropy_with_logits(said, y, reduction="none") * shares
        total = loss.mean() + DECAY * (layer.weight**2).sum() / 2
        total.backward()  # type: ignore[no-untyped-call]
        return total

    descent.step(closure)  # type: ignore[no-untyped-call]
    return Gate(layer.weight.detach().numpy()[0], layer.bias.detach().numpy())
