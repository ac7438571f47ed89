"""Trains the two heads against each other.

The loss is CLIP's (Radford et al. 2021), symmetric over the batch, with one
change: RSICD repeats captions, so a pair whose caption is the same as one's own, or
whose picture is, is not one's negative and leaves the sum.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from rsrag.encoders.mini_head import CLAMP
from rsrag.training.features import Features, FeatureSet, Report


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training run depends on, besides its data.

    Attributes:
        dim: width of the shared space.
        image_hidden: width of the picture head's inner layer.
        text_hidden: width of the text head's inner layer.
        epochs: passes over the pictures.
        batch_size: pictures a step, which is also the number of negatives.
        learning_rate: at its peak; warm-up of 50 steps, then cosine to 0.
        weight_decay: of AdamW, on all weights.
        temperature: of the loss at the start; it is learned.
        image_dropout: on features, and on the inner layer.
        text_dropout: likewise.
        average: decay of the running mean of the weights that is kept.
        scenes: drawn scenes added to each step, when there are any.
        seed: of everything.
    """

    dim: int = 256
    image_hidden: int = 576
    text_hidden: int = 512
    epochs: int = 40
    batch_size: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    temperature: float = 0.06
    image_dropout: tuple[float, float] = (0.2, 0.4)
    text_dropout: tuple[float, float] = (0.1, 0.3)
    average: float = 0.99
    scenes: int = 160
    seed: int = 0


class TrainableHead(nn.Module):
    """The torch twin of :class:`rsrag.encoders.mini_head.Head`, with dropout."""

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


@dataclass(frozen=True, slots=True)
class TrainedHeads:
    """The result of :func:`train`.

    Attributes:
        image: from trunk features; in evaluation mode.
        text: from MiniLM vectors; likewise.
        losses: mean loss of each epoch.
    """

    image: TrainableHead
    text: TrainableHead
    losses: tuple[float, ...]


def contrastive_loss(
    images: Tensor, texts: Tensor, scale: Tensor, group: Tensor, caption: Tensor
) -> Tensor:
    """Symmetric cross entropy over a batch, without false negatives.

    Args:
        images: ``(n, dim)`` unit rows.
        texts: ``(n, dim)`` unit rows, row i describes image i.
        scale: one over the temperature.
        group: ``(n,)`` of pictures; rows that share one are no negatives.
        caption: ``(n,)`` which caption; likewise.
    """
    logits = scale * images @ texts.T
    same = (group[:, None] == group) | (caption[:, None] == caption)
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


class _Draw:
    """Random rows of one feature set, as tensors for the loss.

    Args:
        data: the set.
        offset: added to its group and caption numbers, so that sets stay apart.
    """

    def __init__(self, data: FeatureSet, offset: int) -> None:
        self._data, self._offset = data, offset

    def __call__(
        self, rows: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        data = self._data
        view = rng.integers(len(data.views), size=len(rows))
        caption = np.array([rng.choice(data.captions[row]) for row in rows])
        return (
            torch.from_numpy(data.views[view, rows]),
            torch.from_numpy(data.texts[caption]),
            torch.from_numpy(data.groups[rows] + self._offset),
            torch.from_numpy(caption + self._offset),
        )


def train(
    data: FeatureSet,
    recipe: Recipe,
    report: Report,
    scenes: FeatureSet | None = None,
) -> TrainedHeads:
    """Train both heads; equal inputs give equal heads on the same machine.

    Args:
        data: features of the training split.
        recipe: see there.
        scenes: drawn ones, mixed into every step; none if not given.
        report: told the loss, every tenth epoch.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    _, count, width = data.views.shape
    image = TrainableHead(
        data.views.reshape(-1, width),
        recipe.image_hidden,
        recipe.dim,
        recipe.image_dropout,
    )
    text = TrainableHead(
        data.texts, recipe.text_hidden, recipe.dim, recipe.text_dropout
    )
    draw = _Draw(data, 0)
    draw_scenes = _Draw(scenes, 10**6) if scenes else None
    log_scale = nn.Parameter(torch.tensor(-math.log(recipe.temperature)))
    weights = [*image.parameters(), *text.parameters()]
    optimiser = torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": recipe.weight_decay},
            {"params": [log_scale], "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
    )
    size = min(recipe.batch_size, count)
    steps = recipe.epochs * (count // size)
    warm_up = min(50, max(steps // 10, 1))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: (
            min(1.0, (step + 1) / warm_up) * (1 + math.cos(math.pi * step / steps)) / 2
        ),
    )
    kept = [weight.detach().clone() for weight in weights]
    losses: list[float] = []
    step = 0
    for epoch in range(recipe.epochs):
        order = rng.permutation(count)
        total = 0.0
        for start in range(0, count - size + 1, size):
            rows = order[start : start + size]
            batch = draw(rows, rng)
            if scenes and draw_scenes:
                extra = rng.integers(len(scenes.captions), size=recipe.scenes)
                both = zip(batch, draw_scenes(extra, rng), strict=True)
                pictures, texts, group, caption = (torch.cat(parts) for parts in both)
            else:
                pictures, texts, group, caption = batch
            scale = log_scale.exp().clamp(max=100.0)
            loss = contrastive_loss(image(pictures), text(texts), scale, group, caption)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            step += 1
            total += float(loss.detach())
            decay = min(recipe.average, step / (step + 9))
            for mean, weight in zip(kept, weights, strict=True):
                mean.lerp_(weight.detach(), 1 - decay)
        losses.append(total / (count // size))
        if epoch % 10 == 9 or epoch == recipe.epochs - 1:
            report(f"epoch {epoch + 1} of {recipe.epochs}: loss {losses[-1]:.3f}")
    with torch.no_grad():
        for mean, weight in zip(kept, weights, strict=True):
            weight.copy_(mean)
    return TrainedHeads(image.eval(), text.eval(), tuple(losses))
