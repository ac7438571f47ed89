"""Trains the two towers of ``mini`` against each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recipes.mini.batches import Batches, Words
from recipes.mini.descent import Course, Descent, Watch, descend
from recipes.mini.features import Features, FeatureSet, Report
from recipes.mini.gate import fit_gate
from recipes.mini.recipe import Recipe
from recipes.mini.tail import TrainableTail
from recipes.mini.towers import ImageTower, Towers
from recipes.mini.trainable_head import TrainableHead


@dataclass(frozen=True, slots=True)
class Extra:
    """A set beside the captioned pictures.

    Attributes:
        data: the set.
        share: of it in a step, pictures.
    """

    data: FeatureSet
    share: int


def train(
    data: FeatureSet,
    recipe: Recipe,
    report: Report,
    extras: Sequence[Extra] = (),
    watch: Watch | None = None,
    tail: TrainableTail | None = None,
    words: Words | None = None,
) -> Descent:
    """Train both towers; equal inputs give equal weights on the same machine.

    The heads learn alone first, on frozen networks. A tail that learned beside heads
    that know nothing would forget what ImageNet taught it.

    Args:
        data: features of the training split.
        recipe: see there.
        report: told what begins, and the loss now and then.
        extras: other sets, some of each in every step. Where one is far, it has a
            picture head of its own.
        watch: asked after every epoch; changes nothing.
        tail: trained in the second part, where it lies; all sets must have maps
            then. ``None`` leaves the trunk as it is.
        words: the vocabulary, where pictures have labels.

    Returns:
        Both towers, and the losses of all epochs, one part after the other.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    device = torch.device("cpu")
    if tail is not None:
        device = next(tail.parameters()).device
    shares = [(extra.data, extra.share) for extra in extras]

    def batches(*, maps: bool) -> Batches:
        size, captions = recipe.batch_size, recipe.captions
        return Batches(
            data,
            shares,
            size,
            captions=captions,
            maps=maps,
            device=device,
            words=words,
        )

    sets = [data, *(extra.data for extra in extras)]
    towers, rate = _begin(sets, words, recipe, device), recipe.learning_rate
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
    image = towers.image
    course = Course(
        recipe,
        recipe.tail_epochs,
        batches(maps=True),
        [
            (image.head, rate),
            *([] if image.far is None else [(image.far, rate)]),
            (towers.text, rate),
            (tail, recipe.tail_learning_rate),
        ],
        recipe.late_temperature,
    )
    return heads.then(descend(towers, course, rng, report, watch))


def _begin(
    sets: Sequence[FeatureSet],
    words: Words | None,
    recipe: Recipe,
    device: torch.device,
) -> Towers:
    """Heads that know nothing, on the trunk as it is."""
    near, far = (
        _rows([one for one in sets if one.far is far]) for far in (False, True)
    )
    texts = [one.texts for one in sets if len(one.texts)]
    if words is not None:
        texts.append(words.vectors[:, ::6].reshape(-1, words.vectors.shape[2]))
    text = TrainableHead(
        np.concatenate(texts), recipe.text_hidden, recipe.dim, recipe.text_dropout
    )
    heads = [
        TrainableHead(rows, hidden, recipe.dim, recipe.image_dropout)
        for rows, hidden in ((near, recipe.image_hidden), (far, recipe.far_hidden))
        if len(rows)
    ]
    gate = None
    if len(heads) > 1:
        # Photographs say better what is far, if there are any.
        seen: Sequence[FeatureSet] = [one for one in sets if not one.drawn]
        seen = seen if any(one.far for one in seen) else sets
        gate = fit_gate(seen, heads[0].mean.numpy(), heads[0].deviation.numpy())
    image = ImageTower(heads[0], heads[1] if len(heads) > 1 else None)
    return Towers(image.to(device), text.to(device), gate)


def _rows(sets: Sequence[FeatureSet]) -> Features:
    """All views of all sets, one below the other."""
    views = [one.views.reshape(-1, one.views.shape[2]) for one in sets]
    return np.concatenate(views) if views else np.empty((0, 0), np.float32)
