"""Trains the small head that says what covers the ground.

``python -m recipes.mini.cover_head --set korea=DIR --set dronedeploy=DIR --set
roads=DIR --pictures TAR... --labels JSONL... --out FILE``

A head of two layers reads blocks 2, 4 and 10 of ``mini``'s trunk, which are plain
ImageNet, and the colours, in cells of 4 pixels. It learns from:

- sets of pictures and masks (``images`` and ``masks`` below DIR; the preset says which
  covers a value stands for, and it may be several: *rest* is water or bare);
- pictures with a label alone: which covers may be there, and which must be;
- the Blue Marble: water by its mask, snow, sand and forest by colour;
- drawn clouds over all of these, and pictures whitened into snow.

Scale, turns, colours, haze and season are changed at random; seeds are fixed.
``--halves`` fits on one half of each set and scores the other, both ways;
``--across`` leaves each set out in turn, and scores it.
"""

import argparse
import json
import sys
import tarfile
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from recipes.mini.cover_augment import clouded, recoloured, snowed, turned
from recipes.mini.cover_labels import BUILT_UP, PICTURES, SNOWY
from recipes.mini.earth import Earth, surface_mask
from rsrag.analysis.cover.cover_classes import cover_names, preset
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_taps import TAPS
from rsrag.evaluation.segmentation_run import paired, read_mask
from rsrag.imagery.scenes import load_picture
from rsrag.metrics.class_overlap import confusion, mean_overlap, overlaps
from rsrag.types import Pixels

CELL = 4
GROUP = 96
"""Cells of one picture that are kept together: what a label says is said of them."""
HIDDEN, EPOCHS, BATCH = 48, 7, 24
SCALES = {
    "korea": (1, 1, 1.5, 2, 0.7),
    "dronedeploy": (1, 0.86, 0.5),
    "roads": (1, 1, 0.7, 1.3),
}
ROUNDS = {"korea": 5, "dronedeploy": 2, "roads": 3}
"""How often each picture of a set is looked at, changed anew."""
A_SET = 1000
"""Groups of each set."""
CROP = 448
"""Pictures of a set are cut to this side, before they are scaled."""
READ = ("colours", "colours deviation", "block2", "block4", "block10")
CHANNELS = np.concatenate([np.arange(TAPS[n].start, TAPS[n].stop) for n in READ])
COVERS = cover_names()

Floats = NDArray[np.float32]
Sets = NDArray[np.uint8]
"""Of each pixel the covers that may be there, a bit each; 0: nothing is known."""


def bits(covers: Sequence[str]) -> int:
    """Some covers as bits."""
    return sum(1 << COVERS.index(name) for name in covers)


@dataclass
class Samples:
    """Groups of cells of pictures, and what is known of them.

    Attributes:
        values: ``(GROUP, channels)`` float16 each.
        sets: ``(GROUP, 8)`` uint8 each: eight of a cell's pixels.
        must: shares of covers that must be there.
        owner: source and number of the picture.
    """

    values: list[NDArray[np.float16]] = field(default_factory=list)
    sets: list[Sets] = field(default_factory=list)
    must: list[Mapping[str, float]] = field(default_factory=list)
    owner: list[tuple[str, int]] = field(default_factory=list)


def values_of(encoder: MiniEncoder, picture: Pixels) -> Floats:
    """``(rows, columns, channels)`` of a picture's cells."""
    return encoder.encode_taps(picture, CELL).values[..., CHANNELS]


def add(
    samples: Samples,
    encoder: MiniEncoder,
    picture: Pixels,
    sets: Sets,
    must: Mapping[str, float],
    owner: tuple[str, int],
    groups: int,
    rng: np.random.Generator,
) -> None:
    """Draw cells from a picture."""
    values = values_of(encoder, picture)
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    flat = values[:rows, :columns].reshape(rows * columns, -1)
    cells = sets[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = cells.transpose(0, 2, 1, 3).reshape(rows * columns, -1)[:, ::2]
    known = np.flatnonzero((cells > 0).any(axis=1))
    for _ in range(groups if len(known) else 0):
        chosen = rng.choice(known, GROUP, replace=len(known) < GROUP)
        samples.values.append(flat[chosen].astype(np.float16))
        samples.sets.append(cells[chosen])
        samples.must.append(must)
        samples.owner.append(owner)


def masked(name: str, folder: Path) -> Iterator[tuple[Pixels, Sets]]:
    """Pictures of a set and the covers that each of their pixels may have."""
    listed = preset(name)
    classes = [one for one in listed.classes if one.covers]
    table = np.array([0, *(bits(one.covers) for one in classes)], np.uint8)
    rest = [v for one in listed.classes if not one.covers for v in one.values]
    for picture, mask in paired(folder / "images", folder / "masks", listed.endings):
        truth = read_mask(mask, listed, classes, [*listed.ignore, *rest])
        yield load_picture(picture), table[truth + 1]


def labelled(
    archives: Sequence[Path],
    labels: Sequence[Path],
    every: int,
    known: Container[str] | None = PICTURES,
) -> Iterator[tuple[str, Pixels]]:
    """Label and pixels of every n-th picture of some tar files.

    Args:
        known: labels that are taken; ``None``: all, and pictures without one.
    """
    named: dict[str, str] = {}
    for path in labels:
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            named[entry["file"]] = entry["label"].lower().replace(" ", "")
    for archive in archives:
        with tarfile.open(archive) as tar:
            for number, member in enumerate(one for one in tar if one.isfile()):
                label = named.get(Path(member.name).name, "")
                stream = tar.extractfile(member) if number % every == 0 else None
                if stream is not None and (known is None or label in known):
                    picture = Image.open(BytesIO(stream.read())).convert("RGB")
                    yield label, np.asarray(picture)


def earth_crops(count: int, rng: np.random.Generator) -> Iterator[tuple[Pixels, Sets]]:
    """Squares of the Blue Marble's western half and what their colours say."""
    earth = Earth().picture
    mask = surface_mask()
    red, green, blue = (earth[..., band].astype(np.int16) for band in range(3))
    low, high = earth.min(axis=2), earth.max(axis=2)
    sets = np.where(mask == 1, bits(("trees", "low vegetation", "bare")), 0)
    sets[(mask != 1) & (blue >= red) & (high < 150)] = bits(("water",))
    sets[(mask == 1) & (low > 110)] = 0
    sets[low > 165] = bits(("snow",))
    sets[(mask == 1) & (red > 150) & (red - blue > 40)] = bits(("bare",))
    sets[(mask == 1) & (green > red) & (green > blue) & (red < 60)] = bits(("trees",))
    land = mask == 1
    for axis in (0, 1):  # the shore of the mask is not that of the picture
        for step in (1, -1):
            sets[land != np.roll(land, step, axis)] = 0
    height, width = earth.shape[0], earth.shape[1] * 160 // 360
    while count:
        y, x = int(rng.integers(100, height - 256)), int(rng.integers(width - 256))
        part = sets[y : y + 256, x : x + 256].astype(np.uint8)
        if (part == bits(("water",))).mean() > 0.9 and rng.random() < 0.8:
            continue
        count -= 1
        yield earth[y : y + 256, x : x + 256], part


def cropped(
    picture: Pixels, sets: Sets, rng: np.random.Generator
) -> tuple[Pixels, Sets]:
    """A square of both, where they are larger than ``CROP``."""
    y, x = (int(rng.integers(max(1, side - CROP + 1))) for side in sets.shape)
    return picture[y : y + CROP, x : x + CROP], sets[y : y + CROP, x : x + CROP]


def resized(picture: Pixels, sets: Sets, scale: float) -> tuple[Pixels, Sets]:
    """Both at another size."""
    size = [max(32, round(side * scale)) for side in sets.shape[::-1]]
    drawn = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    held = Image.fromarray(sets).resize(size, Image.Resampling.NEAREST)
    return np.asarray(drawn), np.asarray(held)


def collect(given: argparse.Namespace, encoder: MiniEncoder) -> Samples:
    """Look at all that is there to learn from."""
    samples = Samples()
    sky = bits(("cloud",))
    for name, folder in given.sets:
        rng = np.random.default_rng(1)
        held = list(masked(name, folder))
        rounds = ROUNDS.get(name, 3)
        groups = max(1, A_SET // (rounds * len(held)))
        for again in range(rounds):
            for number, (picture, sets) in enumerate(held):
                picture, sets = turned(*cropped(picture, sets, rng), rng)
                scale = float(rng.choice(SCALES.get(name, (1, 0.7, 1.4))))
                picture, sets = resized(picture, sets, scale)
                if again:
                    picture = recoloured(picture, rng)
                if rng.random() < 0.05:
                    picture, sets = clouded(picture, sets, sky, rng)
                owner = name, number
                add(samples, encoder, picture, sets, {}, owner, groups, rng)
        sys.stderr.write(f"{name}: {len(samples.values)} groups\n")
    rng = np.random.default_rng(2)
    pictures = labelled(given.pictures, given.labels, given.every)
    for number, (label, picture) in enumerate(pictures):
        may, must = (BUILT_UP if given.built else PICTURES)[label]
        sets = np.full(picture.shape[:2], bits(may), np.uint8)
        sides = (128, 160, 224, 300) if given.built else (128, 160, 224)
        scale = float(rng.choice(sides)) / min(sets.shape)
        picture, sets = resized(*turned(picture, sets, rng), scale)
        picture, drawn = recoloured(picture, rng), rng.random()
        if drawn < 0.1 and label in SNOWY:
            picture, sets, must = (
                snowed(picture, rng),
                np.full_like(sets, bits(("snow",))),
                {},
            )
        elif drawn < 0.2:
            (picture, sets), must = clouded(picture, sets, sky, rng), {}
        add(samples, encoder, picture, sets, must, ("pictures", number), 1, rng)
    sys.stderr.write(f"pictures: {len(samples.values)} groups\n")
    for number, (picture, sets) in enumerate(earth_crops(given.earth, rng)):
        if rng.random() < 0.5:
            y, x = (int(rng.integers(128)) for _ in range(2))
            picture, sets = (
                picture[y : y + 128, x : x + 128],
                sets[y : y + 128, x : x + 128],
            )
            picture, sets = resized(picture, sets, 2)
        picture, sets = turned(recoloured(picture, rng), sets, rng)
        if rng.random() < 0.25:
            picture, sets = clouded(picture, sets, sky, rng)
        add(samples, encoder, picture, sets, {}, ("earth", number), 2, rng)
    sys.stderr.write(f"earth: {len(samples.values)} groups\n")
    return samples


class Net(nn.Module):
    """The head while it learns; see :class:`rsrag.encoders.cover_head.CoverHead`."""

    def __init__(self, values: torch.Tensor) -> None:
        super().__init__()
        self.mean, self.deviation = values.mean(0), values.std(0) + 1e-3
        self.inner = nn.Linear(values.shape[1], HIDDEN)
        self.outer = nn.Linear(HIDDEN, len(COVERS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(..., channels)`` to the logits of the covers."""
        x = ((x - self.mean) / self.deviation).clamp(-5, 5)
        made: torch.Tensor = self.outer(
            F.gelu(self.inner(F.dropout(x, 0.1, self.training)))
        )
        return made

    def head(self) -> CoverHead:
        """As it ships: rounded to float16."""
        tensors = {
            "mean": self.mean,
            "deviation": self.deviation,
            "inner": self.inner.weight,
            "inner_bias": self.inner.bias,
            "outer": self.outer.weight,
            "outer_bias": self.outer.bias,
        }
        rounded = {
            name: one.detach().numpy().astype(np.float16).astype(np.float32)
            for name, one in tensors.items()
        }
        return CoverHead(COVERS, CHANNELS, **rounded)


def fit(samples: Samples, rows: NDArray[np.int64], power: float) -> CoverHead:
    """Fit the head on some groups.

    What is known of a pixel is a set of covers, and its loss is that of their
    probability together. Sets that are rare count more, by ``power``.
    """
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    values, sets = np.stack(samples.values), np.stack(samples.sets)
    kinds, flat = np.unique(sets, return_inverse=True)
    kind_of = flat.reshape(sets.shape)
    counts = np.bincount(kind_of[rows].ravel(), minlength=len(kinds)).astype(np.float64)
    weights = np.where(counts > 0, (counts.sum() / np.maximum(counts, 1)) ** power, 0)
    weights[kinds == 0] = 0
    heavy = torch.from_numpy(weights / weights.max()).float()
    members = torch.tensor(
        [[float(mask >> bit & 1) for bit in range(len(COVERS))] for mask in kinds]
    )
    net = Net(torch.from_numpy(values[rows[::7]].astype(np.float32)).flatten(0, 1))
    descent = torch.optim.AdamW(net.parameters(), 4e-3, weight_decay=0.02)
    steps = EPOCHS * (len(rows) // BATCH)
    plan = torch.optim.lr_scheduler.OneCycleLR(descent, 4e-3, total_steps=steps + 1)
    for _ in range(EPOCHS):
        order = rng.permutation(rows)
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            known = torch.from_numpy(kind_of[batch].astype(np.int64))
            likely = net(torch.from_numpy(values[batch].astype(np.float32))).softmax(2)
            of_sets = -(likely @ members.T).clamp_min(1e-5).log()
            weight = heavy[known]
            loss = (torch.gather(of_sets, 2, known) * weight).sum() / weight.sum()
            for place, number in enumerate(batch):
                for cover, share in samples.must[number].items():
                    one = likely[place, :, COVERS.index(cover)]
                    best = one.topk(max(1, round(share * GROUP * 2 / 3))).values.mean()
                    loss = loss - 0.1 / BATCH * torch.log(best.clamp_min(1e-4))
            descent.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            descent.step()
            plan.step()
    net.eval()
    return net.head()


def score(
    encoder: MiniEncoder,
    name: str,
    folder: Path,
    heads: Sequence[CoverHead | None],
) -> str:
    """IoU of a set's classes, each picture by its head; none leaves it out."""
    listed = preset(name)
    classes = [one for one in listed.classes if one.covers]
    if name == "dronedeploy":  # too little water to score
        classes = [one for one in classes if one.name != "water"]
    rest = [v for one in listed.classes if one not in classes for v in one.values]
    total = np.zeros((len(classes), len(classes) + 1), np.int64)
    pairs = paired(folder / "images", folder / "masks", listed.endings)
    members = np.array(
        [[n in one.covers for n in COVERS] for one in classes], np.float32
    )
    for number, (picture, mask) in enumerate(pairs):
        head = heads[number]
        if head is None:
            continue
        truth = read_mask(mask, listed, classes, [*listed.ignore, *rest])
        likely = head(encoder.encode_taps(load_picture(picture), CELL).values)
        said = (likely @ members.T).argmax(axis=2).repeat(CELL, 0).repeat(CELL, 1)
        said = said[: truth.shape[0], : truth.shape[1]]
        total += confusion(truth, said, len(classes))
    by_class = zip(classes, overlaps(total), strict=True)
    words = ", ".join(f"{one.name} {value:.2f}" for one, value in by_class)
    return f"mean IoU {float(mean_overlap(total)):.3f} ({words})"


def part(number: int, count: int) -> int:
    """Half of a set that a picture is in, by name; -1 for the rim between them."""
    return 0 if number < count // 2 - 1 else 1 if number > count // 2 else -1


def halves(given: argparse.Namespace, samples: Samples, encoder: MiniEncoder) -> None:
    """Fit on one half of each set, score the other; both ways together."""
    sizes = {
        name: len(paired(folder / "images", folder / "masks", preset(name).endings))
        for name, folder in given.sets
    }

    def half(owner: tuple[str, int]) -> int:
        return part(owner[1], sizes[owner[0]]) if owner[0] in sizes else 2

    which = np.array([half(one) for one in samples.owner])
    heads = [
        fit(samples, np.flatnonzero((which == one) | (which == 2)), given.power)
        for one in (0, 1)
    ]
    for name, folder in given.sets:
        other = {0: heads[1], 1: heads[0], -1: None}
        chosen = [other[part(number, sizes[name])] for number in range(sizes[name])]
        found = score(encoder, name, folder, chosen)
        sys.stderr.write(f"{name}, the other half: {found}\n")


def write(path: Path, head: CoverHead) -> None:
    """Write the file that ships, in float16."""
    from safetensors.numpy import save_file

    names = CoverHead.__slots__[1:]
    tensors = {name: getattr(head, name) for name in names}
    save_file(
        {
            name: np.ascontiguousarray(one.astype(np.float16))
            for name, one in tensors.items()
        },
        path,
        metadata={"covers": ",".join(head.covers)},
    )


def named_folder(text: str) -> tuple[str, Path]:
    """``korea=DIR``."""
    name, _, folder = text.partition("=")
    return name, Path(folder)


def main() -> None:
    """Look at everything, fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--set", dest="sets", type=named_folder, action="append", required=True
    )
    parser.add_argument("--pictures", type=Path, nargs="*", default=[])
    parser.add_argument("--labels", type=Path, nargs="*", default=[])
    parser.add_argument("--every", type=int, default=12)
    parser.add_argument(
        "--earth", type=int, default=100, help="crops of the Blue Marble"
    )
    parser.add_argument("--power", type=float, default=0.5)
    parser.add_argument(
        "--built", action="store_true", help="built-up ground is building all over"
    )
    parser.add_argument("--halves", action="store_true")
    parser.add_argument(
        "--across", action="store_true", help="leave each set out in turn"
    )
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    encoder = MiniEncoder()
    samples = collect(given, encoder)
    sources = np.array([name for name, _ in samples.owner])
    if given.halves:
        halves(given, samples, encoder)
    for name, folder in given.sets if given.across else ():
        left = fit(samples, np.flatnonzero(sources != name), given.power)
        count = len(paired(folder / "images", folder / "masks", preset(name).endings))
        found = score(encoder, name, folder, [left] * count)
        sys.stderr.write(f"{name}, never seen: {found}\n")
    if given.out is not None:
        write(given.out, fit(samples, np.arange(len(sources)), given.power))


if __name__ == "__main__":
    main()
