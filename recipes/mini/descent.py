"""Some epochs of gradient descent on both towers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from recipes.mini.batches import Batch, Batches
from recipes.mini.contrast import label_loss
from recipes.mini.features import Report
from recipes.mini.recipe import Recipe
from recipes.mini.towers import Towers
from recipes.mini.vocabulary import vocabulary
from rsrag.encoders.adapters.pair_loss import contrastive_loss

Watch = Callable[[Towers], float]
"""Told both towers, as they would be kept now; answers how good they are."""
Rates = Sequence[tuple[nn.Module, float]]
"""Modules that learn, and the learning rate of each at its peak."""

REPORTED = 2
"""Epochs between two reports."""


@dataclass(frozen=True, slots=True)
class Descent:
    """The result of :func:`descend`.

    Attributes:
        towers: running mean of the weights; in evaluation mode.
        losses: mean loss of each epoch.
        watched: what ``watch`` said after each epoch; empty without one.
    """

    towers: Towers
    losses: tuple[float, ...]
    watched: tuple[float, ...]

    def then(self, later: "Descent") -> "Descent":
        """This one and what it was followed by."""
        losses, watched = self.losses + later.losses, self.watched + later.watched
        return Descent(later.towers, losses, watched)


@dataclass(frozen=True, slots=True)
class Course:
    """What a descent depends on, besides where it begins.

    Attributes:
        recipe: weight decay and decay of the mean.
        epochs: how many.
        batches: of every epoch.
        rates: AdamW; a warm-up of at most 50 steps, then a cosine to 0.
        temperature: to begin with.
    """

    recipe: Recipe
    epochs: int
    batches: Batches
    rates: Rates
    temperature: float


def descend(
    towers: Towers,
    course: Course,
    rng: np.random.Generator,
    report: Report,
    watch: Watch | None,
) -> Descent:
    """Train both towers in place and keep the running mean of their weights.

    Args:
        towers: in training mode.
        course: how.
        rng: draws the batches.
        report: told the loss now and then, and what ``watch`` said.
        watch: asked after every epoch; changes nothing.
    """
    recipe, epochs, batches = course.recipe, course.epochs, course.batches
    kept = towers.kept()
    weights, means = towers.weights(), kept.weights()
    # One scale for captions and one for labels: they want different ones.
    start = torch.full((2,), -math.log(course.temperature), device=weights[0].device)
    log_scale = nn.Parameter(start)
    optimiser = torch.optim.AdamW(
        [
            *({"params": list(part.parameters()), "lr": r} for part, r in course.rates),
            {"params": [log_scale], "lr": course.rates[0][1], "weight_decay": 0.0},
        ],
        weight_decay=recipe.weight_decay,
    )
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step, steps)
    )
    losses: list[float] = []
    watched: list[float] = []
    step = 0
    for epoch in range(epochs):
        total = 0.0
        for batch in batches.epoch(rng):
            loss = _loss(towers, batch, log_scale.exp().clamp(max=100.0), recipe)
            total += float(loss.detach())
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            step += 1
            share = min(recipe.average, step / (step + 9))
            with torch.no_grad():
                for mean, weight in zip(means, weights, strict=True):
                    mean.lerp_(weight, 1 - share)
        losses.append(total / len(batches))
        if watch is not None:
            with torch.no_grad():
                watched.append(watch(kept))
        if epoch % REPORTED == REPORTED - 1 or epoch == epochs - 1:
            good = f", {watched[-1]:.2f}" if watched else ""
            report(f"epoch {epoch + 1} of {epochs}: loss {losses[-1]:.3f}{good}")
    return Descent(kept, tuple(losses), tuple(watched))


def _loss(towers: Towers, batch: Batch, scales: Tensor, recipe: Recipe) -> Tensor:
    """Of captions, and of labels where pictures have them.

    ``scales`` are one over the temperatures of both.
    """
    images = towers.image(batch.features, batch.maps, batch.far)
    pairs = len(batch.texts)
    words = batch.texts[:0] if batch.words is None else batch.words
    texts = towers.text(torch.cat([batch.texts, words]))
    loss = contrastive_loss(
        images[batch.picture],
        texts[:pairs],
        scales[0],
        batch.group,
        batch.caption,
        batch.apart,
    )
    if batch.words is None:
        return loss
    known, rows = vocabulary(), batch.label[batch.label >= 0]
    sure, absent = (
        torch.from_numpy(table).to(rows.device)[rows]
        for table in (known.sure, known.absent)
    )
    labelled = label_loss(
        images[batch.label >= 0], texts[pairs:], scales[1], sure, absent
    )
    return loss + recipe.label_weight * labelled


def _rate(step: int, steps: int) -> float:
    """Warm-up of at most 50 steps, then a cosine to 0."""
    warm_up = min(50, max(steps // 10, 1))
    return min(1.0, (step + 1) / warm_up) * (1 + math.cos(math.pi * step / steps)) / 2
