"""Trains the object head of ``mini`` on the frozen blocks of its trunk.

``python -m recipes.mini.object_head --boxes DIR --chips TAR JSONL --places TAR... JSONL
--out FILE``

It learns from pictures with drawn boxes (``boxes.jsonl`` beside ``images``), from chips
of single objects that are pasted into scenes without any, and from pictures of which
only the kind of place is known. Scales, turns and colours vary; seeds are fixed. With
``--folds N`` the n-th picture with boxes is kept aside in turn, and a head is written
for each turn, ``FILE`` with ``-fold0`` and so on in its name.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from recipes.mini.object_scenes import (
    SIZES,
    BoxedScene,
    boxed_scenes,
    labelled,
    pasted_scenes,
    place_scenes,
    root_of_area,
)
from rsrag.encoders.dense_port import TapEncoder
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_objects import CLAMP, OBJECT_CELL, OBJECTS, REACH, UNIT_PX
from rsrag.types import Pixels

HIDDEN, PATCH, STEPS = 32, 16, 1400
MIX = (11, 6, 3)
"""Patches a step: of drawn boxes, of pasted objects, of places."""
INSIDE, OUTSIDE = 0.35, 0.8
"""Cells nearer to the middle than this share of a box are its object, those beyond the
other share are not; between them nothing is asked."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """A scene as cells.

    Attributes:
        taps: ``(rows + 2 * REACH, columns + 2 * REACH, features)`` float16.
        target: ``(rows, columns, classes)`` uint8: 1 an object, 0 none, 2 not asked.
        boxes: ``(rows, columns, 4)``, float32, reach in pixels; 0 where none.
        scene: without its pixels.
    """

    taps: NDArray[np.float16]
    target: NDArray[np.uint8]
    boxes: Floats
    scene: BoxedScene


def sample(encoder: TapEncoder, scene: BoxedScene) -> Sample:
    """A scene as cells, and what is asked of each."""
    taps = taps_of(encoder, scene.pixels)
    rows, columns = taps.shape[0] - 2 * REACH, taps.shape[1] - 2 * REACH
    target = np.zeros((rows, columns, len(OBJECTS)), np.uint8)
    boxes = np.zeros((rows, columns, 4), np.float32)
    nearest = np.full((rows, columns), np.inf, np.float32)
    y, x = np.mgrid[:rows, :columns].astype(np.float32) * OBJECT_CELL + OBJECT_CELL / 2
    large = sorted(scene.boxes, key=lambda one: -root_of_area(one[1]))
    for kind, (left, top, right, bottom) in large:
        size = root_of_area((left, top, right, bottom))
        away = np.hypot(
            (x - (left + right) / 2) / (right - left) * 2,
            (y - (top + bottom) / 2) / (bottom - top) * 2,
        )
        learned = kind >= 0 and SIZES[0] <= size <= SIZES[1]
        around = away < (OUTSIDE if learned else 1.2)
        rim = target[around] if kind < 0 else target[around][:, kind]
        if kind < 0:
            target[around] = np.where(rim == 1, 1, 2)
            continue
        cells = target[..., kind]
        cells[around & (cells == 0)] = 2
        if not learned:
            continue
        middle = away <= max(INSIDE, float(away.min()))
        middle &= away < nearest
        nearest[middle] = away[middle]
        target[middle] = np.where(target[middle] == 1, 0, target[middle])
        cells[middle] = 1
        boxes[middle] = np.stack([x - left, y - top, right - x, bottom - y], 2)[middle]
    # Boxes must hold their cell.
    bad = (boxes.min(2) <= 0) & (target == 1).any(2)
    target[bad] = np.where(target[bad] == 1, 2, target[bad])
    scene.pixels = np.empty((0, 0, 3), np.uint8)
    return Sample(taps.astype(np.float16), target, boxes, scene)


def taps_of(encoder: TapEncoder, pixels: Pixels) -> Floats:
    """Taps of a picture's cells and of ``REACH`` more on all sides."""
    rim = REACH * OBJECT_CELL
    padded = np.pad(pixels, ((rim, rim), (rim, rim), (0, 0)), mode="symmetric")
    return encoder.encode_taps(padded, OBJECT_CELL).values


class Net(nn.Module):
    """What :class:`rsrag.encoders.mini.mini_objects.ObjectHead` computes, trainable."""

    def __init__(self, mean: Floats, deviation: Floats) -> None:
        super().__init__()
        self.mean, self.deviation = torch.from_numpy(mean), torch.from_numpy(deviation)
        self.inner = nn.Conv2d(len(mean), HIDDEN, 1)
        self.near = nn.Conv2d(HIDDEN, HIDDEN, 3)
        self.wide = nn.Conv2d(HIDDEN, HIDDEN, 3, dilation=2)
        self.outer = nn.Conv2d(HIDDEN, len(OBJECTS) + 4, 1)
        assert self.outer.bias is not None
        nn.init.constant_(self.outer.bias[: len(OBJECTS)], -4)

    def forward(self, taps: torch.Tensor) -> torch.Tensor:
        """``(n, rows, columns, features)`` to ``(n, rows, columns, classes + 4)``."""
        x = ((taps - self.mean) / self.deviation).clamp(-CLAMP, CLAMP)
        x = x.movedim(-1, 1)
        x = F.dropout2d(x, 0.15, self.training)
        x = F.gelu(self.inner(x))
        x = F.dropout2d(F.gelu(self.near(x)), 0.1, self.training)
        x = F.dropout2d(F.gelu(self.wide(x)), 0.1, self.training)
        made: torch.Tensor = self.outer(x).movedim(1, -1)
        return made

    def tensors(self) -> dict[str, Floats]:
        """By the names of the head's."""
        found = {"mean": self.mean.numpy(), "deviation": self.deviation.numpy()}
        for name in ("inner", "near", "wide", "outer"):
            layer = getattr(self, name)
            weight = layer.weight.detach().numpy()
            found[name] = weight[..., 0, 0] if weight.shape[-1] == 1 else weight
            found[f"{name}_bias"] = layer.bias.detach().numpy()
        return {name: tensor.copy() for name, tensor in found.items()}


def patch(one: Sample, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """A square of cells, round an object as often as not."""
    rows, columns = one.target.shape[:2]
    where = np.argwhere((one.target == 1).any(2))
    if len(where) and rng.random() < 0.7:
        y, x = where[int(rng.integers(len(where)))] - rng.integers(0, PATCH, 2)
    else:
        y, x = rng.integers(rows), rng.integers(columns)
    y, x = max(0, min(y, rows - PATCH)), max(0, min(x, columns - PATCH))
    taps = _cut(one.taps, y, x, PATCH + 2 * REACH, 0).astype(np.float32)
    target = _cut(one.target, y, x, PATCH, 2)
    return taps, target, _cut(one.boxes, y, x, PATCH, 0)


def _cut(whole: NDArray[Any], y: int, x: int, side: int, beyond: int) -> NDArray[Any]:
    part = whole[y : y + side, x : x + side]
    made = np.full((side, side, whole.shape[2]), beyond, whole.dtype)
    made[: part.shape[0], : part.shape[1]] = part
    return made


def loss_of(
    made: torch.Tensor,
    target: torch.Tensor,
    boxes: torch.Tensor,
    weight: torch.Tensor,
    shown: torch.Tensor,
) -> torch.Tensor:
    """Focal loss of the chances, overlap of the boxes, and places by their likeliest.

    Args:
        made: ``(n, rows, columns, classes + 4)``.
        target: ``(n, rows, columns, classes)``, see :class:`Sample`.
        boxes: ``(n, rows, columns, 4)``.
        weight: ``(n, classes)`` of cells that are no object.
        shown: ``(n, classes)`` bool: the object lies somewhere in the patch's place.
    """
    count = len(OBJECTS)
    logits = made[..., :count]
    truth = (target == 1).float()
    none = torch.where(target == 0, weight[:, None, None], 0.0)
    asked = torch.where(target == 1, 1.0, none)
    chance = torch.sigmoid(logits)
    miss = torch.where(truth > 0, 1 - chance, chance)
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    balance = torch.where(truth > 0, 1.0, 0.5)
    total = (asked * balance * miss**2 * entropy).sum() / truth.sum().clamp_min(1)
    held = truth.amax(-1) > 0
    if held.any():
        mine = made[..., count:][held].clamp(-4, 4)
        true = torch.log(boxes[held].clamp_min(1) / UNIT_PX)
        a, b = mine.exp(), true.exp()
        low = torch.minimum(a, b)
        both = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
        areas = [(r[:, 0] + r[:, 2]) * (r[:, 1] + r[:, 3]) for r in (a, b)]
        overlap = both / (areas[0] + areas[1] - both)
        total = total + (1 - overlap).mean() + 0.2 * F.smooth_l1_loss(mine, true)
    if shown.any():
        best = logits.flatten(1, 2).topk(3, dim=1).values.mean(1)[shown]
        total = total + 0.3 * F.softplus(-best).mean()
    return total


def fit(samples: Sequence[Sample], seed: int = 0, steps: int = STEPS) -> Net:
    """Fit the network, the same for the same seed."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    width = samples[0].taps.shape[2]
    order = rng.permutation(len(samples))[:200]
    some = [samples[i].taps.reshape(-1, width)[::7] for i in order]
    stack = np.concatenate(some).astype(np.float32)
    net = Net(stack.mean(0), stack.std(0) + 1e-3)
    descent = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    plan = torch.optim.lr_scheduler.OneCycleLR(descent, 3e-3, total_steps=steps)
    kinds: list[list[Sample]] = [[], [], []]
    for one in samples:
        drawn = one.scene.group >= 0
        kinds[0 if drawn else 1 if one.scene.boxes else 2].append(one)
    shares = []
    for kind in kinds:
        roots = np.array([np.prod(one.target.shape[:2]) for one in kind], float) ** 0.5
        shares.append(roots / roots.sum())
    net.train()
    mean = 0.0
    for step in range(steps):
        chosen: list[Sample] = []
        for kind, share, many in zip(kinds, shares, MIX, strict=True):
            chosen += [kind[i] for i in rng.choice(len(kind), many, p=share)]
        parts = [patch(one, rng) for one in chosen]
        taps, target, boxes = (
            torch.from_numpy(np.stack(part)) for part in zip(*parts, strict=True)
        )
        weight = torch.from_numpy(np.stack([one.scene.weight for one in chosen]))
        shown = torch.zeros(len(chosen), len(OBJECTS), dtype=torch.bool)
        for row, one in enumerate(chosen):
            shown[row, list(one.scene.shown)] = True
        loss = loss_of(net(taps), target, boxes, weight, shown)
        descent.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        descent.step()
        plan.step()
        mean += loss.item()
        if step % 250 == 249:
            sys.stderr.write(f"step {step + 1}: loss {mean / 250:.3f}\n")
            mean = 0.0
    net.eval()
    return net


def write(path: Path, net: Net) -> None:
    """Write the file that ships, in float16."""
    from safetensors.numpy import save_file

    tensors = {name: one.astype(np.float16) for name, one in net.tensors().items()}
    save_file(tensors, path, metadata={"objects": ",".join(OBJECTS)})


def samples_of(given: argparse.Namespace, encoder: TapEncoder) -> list[Sample]:
    """All scenes as cells."""
    rng = np.random.default_rng(given.seed)
    places = labelled(given.places[:-1], given.places[-1])
    chips = labelled(given.chips[:-1], given.chips[-1])
    some = {label: found[::3] for label, found in places.items()}
    found = []
    for scenes in (
        boxed_scenes(given.boxes, given.passes, rng),
        pasted_scenes(chips, places, given.pasted, rng),
        place_scenes(some, rng),
    ):
        found += [sample(encoder, scene) for scene in scenes]
        sys.stderr.write(f"{len(found)} scenes\n")
    return found


def main() -> None:
    """Make the samples, fit, and write the file; or keep a part of the boxes aside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=Path, required=True)
    parser.add_argument("--chips", type=Path, nargs="+", required=True)
    parser.add_argument("--places", type=Path, nargs="+", required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--pasted", type=int, default=400)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    samples = samples_of(given, cast("TapEncoder", MiniEncoder()))
    for fold in range(given.folds):
        rest = [
            one
            for one in samples
            if one.scene.group < 0 or one.scene.group % given.folds != fold
        ]
        path = given.out.with_stem(f"{given.out.stem}-fold{fold}")
        write(path, fit(rest, given.seed, given.steps))
    if not given.folds:
        write(given.out, fit(samples, given.seed, given.steps))


if __name__ == "__main__":
    main()
