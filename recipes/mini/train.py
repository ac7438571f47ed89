"""Trains the two towers of ``mini`` against each other."""

import numpy as np
import torch

from recipes.mini.batches import Batches
from recipes.mini.descent import Course, Descent, Watch, descend
from recipes.mini.features import FeatureSet, Report
from recipes.mini.recipe import Recipe
from recipes.mini.tail import TrainableTail
from recipes.mini.towers import ImageTower, Towers
from recipes.mini.trainable_head import TrainableHead


def train(
    data: FeatureSet,
    recipe: Recipe,
    report: Report,
    scenes: FeatureSet | None = None,
    chips: FeatureSet | None = None,
    watch: Watch | None = None,
    tail: TrainableTail | None = None,
) -> Descent:
    """Train both towers; equal inputs give equal weights on the same machine.

    The heads learn alone first, on frozen networks. A tail that learned beside heads
    that know nothing would forget what ImageNet taught it.

    Args:
        data: features of the training split.
        recipe: see there.
        report: told what begins, and the loss every tenth epoch.
        scenes: drawn ones, mixed into every step; none if not given.
        chips: of the Earth, likewise.
        watch: asked after every epoch; changes nothing.
        tail: trained in the second part, where it lies; all sets must have maps
            then. ``None`` leaves the trunk as it is.

    Returns:
        Both towers, and the losses of all epochs, one part after the other.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    device = torch.device("cpu")
    if tail is not None:
        device = next(tail.parameters()).device
    extras = [
        (extra, share)
        for extra, share in ((scenes, recipe.scenes), (chips, recipe.chips))
        if extra is not None
    ]

    def batches(*, maps: bool) -> Batches:
        size, captions = recipe.batch_size, recipe.captions
        return Batches(data, extras, size, captions=captions, maps=maps, device=device)

    towers, rate = _begin(data, recipe, device), recipe.learning_rate
    course = Course(
        recipe,
        recipe.epochs,
        batches(maps=False),
        [(towers.image, rate), (towers.text, rate)],
        recipe.temperature,
    )
    heads = descend(towers, course, rng, report, watch)
    if tail is None or not recipe.tail_epochs:
        return heads
    report("heads and the trunk's last blocks together")
    towers, rate = heads.towers.with_tail(tail), recipe.late_learning_rate
    course = Course(
        recipe,
        recipe.tail_epochs,
        batches(maps=True),
        [
            (towers.image.head, rate),
            (towers.text, rate),
            (tail, recipe.tail_learning_rate),
        ],
        recipe.late_temperature,
    )
    return heads.then(descend(towers, course, rng, report, watch))


def _begin(data: FeatureSet, recipe: Recipe, device: torch.device) -> Towers:
    """Heads that know nothing, on the trunk as it is."""
    sample = data.views.reshape(-1, data.views.shape[2])
    image = TrainableHead(sample, recipe.image_hidden, recipe.dim, recipe.image_dropout)
    text = TrainableHead(
        data.texts, recipe.text_hidden, recipe.dim, recipe.text_dropout
    )
    return Towers(ImageTower(image).to(device), text.to(device))
