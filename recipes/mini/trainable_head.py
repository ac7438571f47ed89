"""A head as torch trains it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recipes.mini.features import Features
from rsrag.encoders.mini.mini_heads import CLAMP


class TrainableHead(nn.Module):
    """The torch twin of :class:`rsrag.encoders.mini.mini_heads.Head`, with dropout."""

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, sample: Features, hidden: int, dim: int, dropout: tuple[float, float]
    ) -> None:
        """Standardise by ``sample``, ``(n, features)``."""
        super().__init__()
        features = sample.shape[1]
        self.inner = nn.Linear(features, hidden)
        self.outer = nn.Linear(hidden, dim)
        self.skip = nn.Linear(features, dim, bias=False)
        self.dropout = dropout
        mean, deviation = sample.mean(axis=0), sample.std(axis=0) + 1e-3
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("deviation", torch.from_numpy(deviation))

    def forward(self, x: Tensor) -> Tensor:
        """``(n, features)`` to ``(n, dim)`` unit rows."""
        x = ((x - self.mean) / self.deviation).clamp(-CLAMP, CLAMP)
        x = F.dropout(x, self.dropout[0], self.training)
        hidden = F.dropout(F.gelu(self.inner(x)), self.dropout[1], self.training)
        return F.normalize(self.outer(hidden) + self.skip(x), dim=1)
