"""Trains the two heads against each other.

The loss is CLIP's (Radford et al. 2021), symmetric over the batch, with one
change: RSICD repeats captions, so a pair whose caption is the same as one's own, or
whose picture is, is not one's negative and leaves the sum. Nor are a drawn scene and
a chip of the Earth negatives of each other, for both are worded with the same words.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from rsrag.training.features import FeatureSet, Report
from rsrag.training.trainable_head import TrainableHead


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
        chips: chips of the Earth added to each step, likewise.
        seed: of everything.
    """

    dim: int = 256
    image_hidden: int = 1024
    text_hidden: int = 512
    epochs: int = 40
    batch_size: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    temperature: float = 0.06
    image_dropout: tuple[float, float] = (0.2, 0.4)
    text_dropout: tuple[float, float] = (0.1, 0.3)
    average: float = 0.99
    scenes: int = 64
    chips: int = 96
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainedHeads:
    """The result of :func:`train`.

    Attributes:
        image: from trunk features; in evaluation mode.
        text: from MiniLM vectors; likewise.
        losses: mean loss of each epoch.
        watched: what ``watch`` said after each epoch; empty without one.
    """

    image: TrainableHead
    text: TrainableHead
    losses: tuple[float, ...]
    watched: tuple[float, ...] = ()


Watch = Callable[[TrainableHead, TrainableHead], float]
"""Told both heads, as they would be kept now; answers how good they are."""


def contrastive_loss(
    images: Tensor,
    texts: Tensor,
    scale: Tensor,
    group: Tensor,
    caption: Tensor,
    apart: Tensor | None = None,
) -> Tensor:
    """Symmetric cross entropy over a batch, without false negatives.

    Args:
        images: ``(n, dim)`` unit rows.
        texts: ``(n, dim)`` unit rows, row i describes image i.
        scale: one over the temperature.
        group: ``(n,)`` of pictures; rows that share one are no negatives.
        caption: ``(n,)`` which caption; likewise.
        apart: ``(n, n)`` bool, further pairs that are no negatives.
    """
    logits = scale * images @ texts.T
    same = (group[:, None] == group) | (caption[:, None] == caption)
    if apart is not None:
        same |= apart
    same.fill_diagonal_(False)
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


class _Draw:
    """Random rows of one feature set, as tensors for the loss.

    Args:
        data: the set.
        number: of the set, so that groups and captions of sets stay apart.
    """

    def __init__(self, data: FeatureSet, number: int) -> None:
        self.size = len(data.captions)
        self._data, self._number = data, number

    def __call__(
        self, rows: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        data, offset = self._data, self._number * 10**6
        view = rng.integers(len(data.views), size=len(rows))
        caption = np.array([rng.choice(data.captions[row]) for row in rows])
        return (
            torch.from_numpy(data.views[view, rows]),
            torch.from_numpy(data.texts[caption]),
            torch.from_numpy(data.groups[rows] + offset),
            torch.from_numpy(caption + offset),
            torch.full((len(rows),), self._number),
        )


def train(
    data: FeatureSet,
    recipe: Recipe,
    report: Report,
    scenes: FeatureSet | None = None,
    chips: FeatureSet | None = None,
    watch: Watch | None = None,
) -> TrainedHeads:
    """Train both heads; equal inputs give equal heads on the same machine.

    Args:
        data: features of the training split.
        recipe: see there.
        report: told the loss, every tenth epoch.
        scenes: drawn ones, mixed into every step; none if not given.
        chips: of the Earth, likewise.
        watch: asked after every epoch; changes nothing.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    count, width = len(data.captions), data.views.shape[2]
    image = TrainableHead(
        data.views.reshape(-1, width),
        recipe.image_hidden,
        recipe.dim,
        recipe.image_dropout,
    )
    text = TrainableHead(
        data.texts, recipe.text_hidden, recipe.dim, recipe.text_dropout
    )
    heads = (image, text)
    # The running mean of the weights is what is kept.
    kept = (copy.deepcopy(image).eval(), copy.deepcopy(text).eval())
    draw = _Draw(data, 0)
    more = [
        (_Draw(extra, number), share)
        for number, (extra, share) in enumerate(
            ((scenes, recipe.scenes), (chips, recipe.chips)), 1
        )
        if extra is not None
    ]
    log_scale = nn.Parameter(torch.tensor(-math.log(recipe.temperature)))
    weights = [weight for head in heads for weight in head.parameters()]
    means = [weight for head in kept for weight in head.parameters()]
    optimiser = torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": recipe.weight_decay},
            {"params": [log_scale], "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
    )
    size = min(recipe.batch_size, count)
    steps = recipe.epochs * (count // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step, steps)
    )
    losses: list[float] = []
    watched: list[float] = []
    step = 0
    for epoch in range(recipe.epochs):
        order = rng.permutation(count)
        total = 0.0
        for start in range(0, count - size + 1, size):
            parts = [draw(order[start : start + size], rng)]
            parts += [
                other(rng.integers(other.size, size=share), rng)
                for other, share in more
            ]
            pictures, texts, group, caption, source = (
                torch.cat(tensors) for tensors in zip(*parts, strict=True)
            )
            extra = source > 0
            apart = (source[:, None] != source) & extra[:, None] & extra
            scale = log_scale.exp().clamp(max=100.0)
            loss = contrastive_loss(
                image(pictures), text(texts), scale, group, caption, apart
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            step += 1
            total += float(loss.detach())
            decay = min(recipe.average, step / (step + 9))
            with torch.no_grad():
                for mean, weight in zip(means, weights, strict=True):
                    mean.lerp_(weight, 1 - decay)
        losses.append(total / (count // size))
        if watch is not None:
            with torch.no_grad():
                watched.append(watch(*kept))
        if epoch % 10 == 9 or epoch == recipe.epochs - 1:
            report(f"epoch {epoch + 1} of {recipe.epochs}: loss {losses[-1]:.3f}")
    return TrainedHeads(*kept, tuple(losses), tuple(watched))


def _rate(step: int, steps: int) -> float:
    """Warm-up of at most 50 steps, then a cosine to 0."""
    warm_up = min(50, max(steps // 10, 1))
    return min(1.0, (step + 1) / warm_up) * (1 + math.cos(math.pi * step / steps)) / 2
