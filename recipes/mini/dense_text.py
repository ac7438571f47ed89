"""Trains what ``mini`` adds to its head where it looks at windows of a larger picture.

``python -m recipes.mini.dense_text --pictures TAR... --scenes DIR... --earth FILE
--out FILE``

A window's rim sees its surroundings, a chip's sees nothing, so the same head reads the
two differently. A small correction is fitted on the frozen head: ``v = h(x) + B
gelu(A x)``. It learns from two kinds of windows whose true vector is known:

- mosaics of pictures, at several sizes, colours and turns: a window inside a tile
  should give the vector of the whole picture;
- scenes of other sources (satellites, drones, the whole Earth), unlabelled: a window
  should give what its exact cut-out gives, so that nothing is unlearned there.

The trunk's tail is the one in whole numbers (``recipes.mini.quick_trunk``, to be run
first); the file that ships was fitted on the same in float32.

It starts at zero: the head alone. Seeds are fixed; a tenth of the mosaics is kept
aside, and says when to stop.
"""

import argparse
import sys
import tarfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from torch import nn

from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.encoders.mini.mini_dense import DenseHead, window_features
from rsrag.encoders.mini.mini_heads import load_heads
from rsrag.encoders.mini.mini_quick import QuickTail
from rsrag.encoders.mini.mini_trunk import FEATURES, Trunk
from rsrag.encoders.text_towers import minilm
from rsrag.imagery.scenes import load_picture
from rsrag.types import Pixels

TILES, WINDOWS = 4, (96, 160)
SIDES = (96, 150, 224)
"""Sides of a mosaic's tiles: scale must not be a tile's."""
HIDDEN, EPOCHS, BATCH = 96, 5, 512
BANK = 660
"""Foreign pictures that are kept."""
CROPS, CROP_SIDE = 80, 512
KINDS = (".png", ".jpg", ".tif")
INNER = 0.30
"""Windows centred in this middle share of a tile, to each side, are taken."""

Floats = NDArray[np.float32]


def pictures_of(archives: Sequence[Path], every: int) -> Iterator[Pixels]:
    """Every n-th picture of some tar files."""
    for archive in archives:
        with tarfile.open(archive) as tar:
            for number, member in enumerate(one for one in tar if one.isfile()):
                stream = tar.extractfile(member) if number % every == 0 else None
                if stream is not None:
                    picture = Image.open(BytesIO(stream.read())).convert("RGB")
                    yield np.asarray(picture)


def earth_crops(path: Path, count: int, rng: np.random.Generator) -> Iterator[Pixels]:
    """Squares of a picture of the whole Earth, of its western half: 20 W and beyond."""
    with Image.open(path) as picture:
        earth = np.asarray(picture.convert("RGB"))
    height, width = earth.shape[0], earth.shape[1] * 160 // 360
    for _ in range(count):
        y = int(rng.integers(height - CROP_SIDE))
        x = int(rng.integers(width - CROP_SIDE))
        yield earth[y : y + CROP_SIDE, x : x + CROP_SIDE]


def mosaic(
    pictures: Sequence[Pixels], side: int, rng: np.random.Generator
) -> tuple[Pixels, list[Pixels]]:
    """``TILES`` squared pictures as one, and each as it stands in there."""
    whole = Image.new("RGB", (TILES * side, TILES * side))
    light, colour = rng.uniform(0.75, 1.3), rng.uniform(0.6, 1.3)
    tiles = []
    for number, picture in enumerate(pictures):
        turned = Image.fromarray(np.rot90(picture, int(rng.integers(4))).copy())
        tile = turned.resize((side, side), Image.Resampling.BICUBIC)
        tile = ImageEnhance.Brightness(tile).enhance(light)
        tile = ImageEnhance.Color(tile).enhance(colour)
        whole.paste(tile, (number % TILES * side, number // TILES * side))
        tiles.append(np.asarray(tile))
    return np.asarray(whole), tiles


class Samples:
    """Pooled features of windows, what the head makes of them, and what is true."""

    def __init__(self, encoder: MiniEncoder) -> None:
        self.encoder = encoder
        heads = load_heads(HEADS, FEATURES, minilm.DIM)
        self.head, self._trunk = heads.image, Trunk(heads.tail)
        self._quick = QuickTail()
        self.features: list[Floats] = []
        self.true: list[Floats] = []
        self.mosaics: list[int] = []

    def windows(self, picture: Pixels) -> list[Floats]:
        """``(rows, columns, features)`` of each window's side."""
        trunk, quick = self._trunk, self._quick
        return window_features(trunk, picture, WINDOWS, 32, quick=quick)

    def add_mosaic(
        self,
        pictures: Sequence[Pixels],
        side: int,
        number: int,
        rng: np.random.Generator,
    ) -> None:
        """Windows inside the tiles of a mosaic."""
        whole, tiles = mosaic(pictures, side, rng)
        vectors = self.encoder.encode_images(tiles)
        for features in self.windows(whole):
            rows, columns = features.shape[:2]
            for row in range(rows):
                for column in range(columns):
                    y, x = (row * 32 + 16) / side, (column * 32 + 16) / side
                    if max(abs(y % 1 - 0.5), abs(x % 1 - 0.5)) > INNER:
                        continue
                    if y >= TILES or x >= TILES:
                        continue
                    self.features.append(features[row, column])
                    self.true.append(vectors[int(y) * TILES + int(x)])
                    self.mosaics.append(number)

    def add_scene(self, picture: Pixels, count: int, rng: np.random.Generator) -> None:
        """Some windows of a scene that lie in it whole."""
        for window, features in zip(WINDOWS, self.windows(picture), strict=True):
            rows, columns = features.shape[:2]
            half = window // 2
            cells = [
                (row, column)
                for row in range(rows)
                for column in range(columns)
                if half <= row * 32 + 16 <= picture.shape[0] - half
                and half <= column * 32 + 16 <= picture.shape[1] - half
            ]
            if not cells:
                continue
            chosen = [cells[i] for i in rng.permutation(len(cells))[:count]]
            cuts = [
                picture[
                    row * 32 + 16 - half : row * 32 + 16 + half,
                    column * 32 + 16 - half : column * 32 + 16 + half,
                ]
                for row, column in chosen
            ]
            self.true += list(self.encoder.encode_images(cuts))
            self.features += [features[cell] for cell in chosen]
            self.mosaics += [-1] * len(chosen)


class Correction(nn.Module):
    """``B gelu(A x)``, with ``B`` zero to begin with."""

    def __init__(self, features: int, dim: int) -> None:
        super().__init__()
        self.inner = nn.Linear(features, HIDDEN)
        self.outer = nn.Linear(HIDDEN, dim)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(n, features)`` standardised to ``(n, dim)``."""
        made: torch.Tensor = self.outer(
            F.gelu(self.inner(F.dropout(x, 0.1, self.training)))
        )
        return made

    def tensors(self) -> dict[str, Floats]:
        """By the names of :class:`rsrag.encoders.mini.mini_dense.DenseHead`."""
        layers = {"inner": self.inner, "outer": self.outer}
        weights = {name: layer.weight for name, layer in layers.items()}
        biases = {f"{name}_bias": layer.bias for name, layer in layers.items()}
        return {
            name: tensor.detach().numpy().copy()
            for name, tensor in {**weights, **biases}.items()
        }


def fit(samples: Samples) -> dict[str, Floats]:
    """Weights that are best on the windows kept aside, of mosaics and of scenes."""
    features = np.stack(samples.features)
    x = samples.head.standardised(features)
    steps = range(0, len(features), 4096)
    base = np.concatenate([samples.head(features[i : i + 4096]) for i in steps])
    owner = np.array(samples.mosaics)
    aside = {
        "mosaics": np.flatnonzero((owner >= 0) & (owner % 10 == 9)),
        "scenes": np.flatnonzero(owner < 0)[::10],
    }
    train = np.setdiff1d(np.arange(len(x)), np.concatenate(list(aside.values())))
    tensors = [torch.from_numpy(one) for one in (x, base, np.stack(samples.true))]
    net = Correction(x.shape[1], base.shape[1])
    descent = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.05)
    plan = torch.optim.lr_scheduler.OneCycleLR(
        descent, 1e-3, total_steps=EPOCHS * (len(train) // BATCH) + 1
    )
    best, weights = -1.0, net.tensors()
    for epoch in range(EPOCHS + 1):
        net.eval()
        found = {
            name: _cosine(net, [one[rows] for one in tensors])
            for name, rows in aside.items()
            if len(rows)
        }
        sys.stderr.write(f"epoch {epoch}: cosine to the true vectors {found}\n")
        if (score := float(np.mean(list(found.values())))) > best:
            best, weights = score, net.tensors()
        if epoch == EPOCHS:
            break
        net.train()
        order = torch.from_numpy(np.random.default_rng(epoch).permutation(train))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            a, b, t = (one[order[start : start + BATCH]] for one in tensors)
            made = F.normalize(b + net(a), dim=1)
            loss = (1 - (made * t).sum(1)).mean()
            descent.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            descent.step()
            plan.step()
    return weights


def _cosine(net: Correction, rows: Sequence[torch.Tensor]) -> float:
    with torch.no_grad():
        made = F.normalize(rows[1] + net(rows[0]), dim=1)
        return round(float((made * rows[2]).sum(1).mean()), 4)


def bank_of(
    samples: Samples, weights: dict[str, Floats], pictures: Sequence[Pixels]
) -> Floats:
    """``(n, dim)``: of each picture the mean, over windows, of its middle's vectors."""
    no_bank = np.empty((0, len(weights["outer_bias"])), np.float32)
    head = DenseHead(samples.head, **weights, bank=no_bank)
    rows = []
    for picture in pictures:
        middle = [
            one[tuple(side // 2 for side in one.shape[:2])][None]
            for one in samples.windows(picture)
        ]
        rows.append(np.mean([head(one)[0] for one in middle], axis=0))
    return np.asarray(rows, np.float32)


def write(path: Path, encoder: MiniEncoder, tensors: dict[str, Floats]) -> None:
    """Write the file that ships, in float16."""
    from safetensors.numpy import save_file

    save_file(
        {name: tensor.astype(np.float16) for name, tensor in tensors.items()},
        path,
        metadata={"weights_sha256": encoder.identity.weights_sha256},
    )


def main() -> None:
    """Make the samples, fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--scenes", type=Path, nargs="*", default=[])
    parser.add_argument("--earth", type=Path)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--a-scene", type=int, default=24)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    encoder = MiniEncoder()
    samples = Samples(encoder)
    pictures = list(pictures_of(given.pictures, given.every))
    order = rng.permutation(len(pictures))
    many = TILES * TILES
    for number in range(len(pictures) // many):
        some = [pictures[i] for i in order[number * many : (number + 1) * many]]
        samples.add_mosaic(some, SIDES[number % len(SIDES)], number, rng)
        if number % 20 == 0:
            sys.stderr.write(f"mosaic {number}: {len(samples.true)} windows\n")
    for folder in given.scenes:
        files = [one for one in sorted(folder.iterdir()) if one.suffix in KINDS]
        for path in files[:: max(1, len(files) // 60)]:
            samples.add_scene(load_picture(path), given.a_scene, rng)
        sys.stderr.write(f"{folder}: {len(samples.true)} windows\n")
    if given.earth is not None:
        for crop in earth_crops(given.earth, CROPS, rng):
            samples.add_scene(crop, given.a_scene, rng)
        sys.stderr.write(f"{given.earth}: {len(samples.true)} windows\n")
    weights = fit(samples)
    foreign = pictures[:: max(1, len(pictures) // BANK)]
    bank = bank_of(samples, weights, foreign)
    write(given.out, encoder, {**weights, "bank": bank})


if __name__ == "__main__":
    main()
