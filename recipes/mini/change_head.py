"""Trains the small head that says where two pictures of one ground differ.

``python -m recipes.mini.change_head --set msbcd=DIR --set ombria=DIR --set dsifn=DIR
--pictures TAR... --labels JSONL... --out FILE``

It learns from pairs that are made of single pictures (patches put in, under other
light, season, sharpness and compression) and from folders of ``A``, ``B`` and ``mask``.
Every pair is brought into one light as ``rsrag change`` does it. Each folder is left
out in turn, and scored; the threshold that ships is the one that does best over these.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from recipes.mini.change_pairs import Pair, made_pair, read_pairs
from recipes.mini.cover_head import labelled, named_folder
from rsrag.analysis.change.aligning.common_grid import Common, Lattice
from rsrag.analysis.change.aligning.pair_alignment import align
from rsrag.analysis.change.aligning.pair_pictures import PlainPicture, enlarged
from rsrag.analysis.change.learned.learned_head import lowered
from rsrag.analysis.change.learned.pair_features import (
    EVEN,
    FEATURES,
    pair_features,
    pair_scale,
)
from rsrag.analysis.change.pair_scan import MARGIN_PX, PairPlan, pair_look
from rsrag.encoders.change_head import CLAMP, ChangeWeights
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.types import Window

MADE = "made"
PLAN = PairPlan(tap_px=4, enlarge=2)
EVERY = 4
"""Of the rows and columns of cells, one is kept."""
HIDDEN, FEW, EPOCHS, BATCH = 64, 16, 8, 512
BUILT = (
    "denseresidential", "mediumresidential", "sparseresidential", "industrial",
    "commercial", "school", "parking", "storagetanks", "resort", "center",
    "railwaystation", "square",
)  # fmt: skip

Floats = NDArray[np.float32]


@dataclass
class Cells:
    """Cells of pairs.

    Attributes:
        features: ``(n, FEATURES)`` float16.
        changed: share of each cell that changed, ``(n,)`` float32.
        source: name of each cell's source, ``(n,)``.
        pair: number of its pair, ``(n,)``.
    """

    features: NDArray[np.float16]
    changed: Floats
    source: NDArray[np.str_]
    pair: NDArray[np.int64]


def cells_of(
    pair: Pair, encoder: MiniEncoder, rng: np.random.Generator
) -> tuple[NDArray[np.float16], Floats]:
    """Features of some cells of a pair, and the share of each that changed."""
    before, after, mask = pair
    height, width = mask.shape
    rows, columns = (np.arange(0.0, side + 64, 32) for side in (height, width))
    lattice = Lattice(*np.meshgrid(columns, rows))
    common = Common(lattice, Window(0, 0, width, height), None, 1.0, 1.0, ())
    aligned = align(
        PlainPicture(before, None), PlainPicture(after, None), common, None, tune=True
    )
    if aligned.held is None:
        raise ValueError(f"A pair of {width} x {height} pixels is too large to learn.")
    whole = enlarged(*aligned.held, PLAN.enlarge)
    area = Window(0, 0, whole.width, whole.height)
    rim = (MARGIN_PX, MARGIN_PX)
    pixels, _ = whole.read_with_mask(area)
    pixels = np.pad(pixels, (rim, rim, (0, 0)), mode="symmetric")
    looked = pair_look(pixels, MARGIN_PX, encoder, PLAN, aligned.tuning)
    made = pair_features(looked, pair_scale([looked]))
    side = PLAN.tap_px // PLAN.enlarge
    down, across = height // side, width // side
    share = mask[: down * side, : across * side].reshape(down, side, across, side)
    at = tuple(rng.integers(EVERY, size=2))
    kept = np.s_[at[0] : down : EVERY, at[1] : across : EVERY]
    changed = share.mean(axis=(1, 3), dtype=np.float32)[kept]
    return made[kept].reshape(-1, FEATURES).astype(np.float16), changed.ravel()


def collect(
    pairs: Sequence[tuple[str, Pair]], encoder: MiniEncoder, seed: int = 0
) -> Cells:
    """Cells of pairs, each given with the name of its source."""
    rng = np.random.default_rng(seed)
    found = [cells_of(pair, encoder, rng) for _, pair in pairs]
    counts = [len(changed) for _, changed in found]
    return Cells(
        np.concatenate([features for features, _ in found]),
        np.concatenate([changed for _, changed in found]),
        np.repeat(np.array([name for name, _ in pairs]), counts),
        np.repeat(np.arange(len(pairs)), counts),
    )


class Net(nn.Module):
    """The torch twin of :class:`rsrag.encoders.change_head.ChangeWeights`."""

    mean: torch.Tensor
    deviation: torch.Tensor
    size: torch.Tensor

    def __init__(self, features: torch.Tensor) -> None:
        """Standardise by some cells, ``(n, FEATURES)``."""
        super().__init__()
        even, odd = features[:, :EVEN], features[:, EVEN:]
        self.inner = nn.Linear(EVEN, HIDDEN)
        self.apart = nn.Linear(FEATURES - EVEN, HIDDEN, bias=False)
        self.middle = nn.Linear(HIDDEN, FEW)
        self.outer = nn.Linear(FEW, 1)
        self.register_buffer("mean", even.mean(dim=0))
        self.register_buffer("deviation", even.std(dim=0) + 1e-2)
        self.register_buffer("size", odd.pow(2).mean(dim=0).sqrt() + 1e-2)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """``(n, FEATURES)`` to ``(n,)``, before the sigmoid."""
        x = ((features[:, :EVEN] - self.mean) / self.deviation).clamp(-CLAMP, CLAMP)
        y = (features[:, EVEN:] / self.size).clamp(-CLAMP, CLAMP)
        still = self.inner(F.dropout(x, 0.2, self.training))
        moved = self.apart(F.dropout(y, 0.2, self.training))
        hidden = (F.gelu(still + moved) + F.gelu(still - moved)) / 2
        hidden = F.dropout(hidden, 0.2, self.training)
        made: torch.Tensor = self.outer(F.gelu(self.middle(hidden)))
        return made[:, 0]


def fit(
    cells: Cells,
    rows: NDArray[np.int64],
    epochs: int = EPOCHS,
    seed: int = 0,
    shares: Mapping[str, float] | None = None,
) -> ChangeWeights:
    """A head for some of the cells.

    Args:
        shares: how much all cells of a source count together; 1 where nothing is said.
    """
    torch.manual_seed(seed)
    names, owner = np.unique(cells.source[rows], return_inverse=True)
    given = shares or {}
    share = np.array([given.get(name, 1.0) for name in names.tolist()])
    share = share / np.bincount(owner)
    weights = torch.from_numpy((share[owner] / share[owner].mean()).astype(np.float32))
    held = torch.from_numpy(cells.features[rows])
    wanted = torch.from_numpy(cells.changed[rows])
    net = Net(held[:: max(1, len(held) // 20_000)].float())
    trained = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = epochs * -(-len(held) // BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(trained, 4e-3, total_steps=steps)
    for _ in range(epochs):
        for some in torch.split(torch.randperm(len(held)), BATCH):
            made = net(held[some].float())
            loss = F.binary_cross_entropy_with_logits(
                made, wanted[some], weight=weights[some]
            )
            trained.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            trained.step()
            rate.step()
    parts = {name: one.detach().numpy() for name, one in net.state_dict().items()}
    tensors = {
        name.replace(".bias", "_bias").replace(".weight", ""): one
        for name, one in parts.items()
    }
    return ChangeWeights(0.5, "", **tensors)


def named_share(text: str) -> tuple[str, float]:
    """``NAME=N``."""
    name, _, number = text.partition("=")
    return name, float(number)


def f1_by_threshold(told: Floats, changed: NDArray[np.bool_]) -> Floats:
    """At 0.01, 0.02 and so on to 0.99, ``(99,)``."""
    found = told[None] >= np.linspace(0.01, 0.99, 99)[:, None]
    right = (found & changed).sum(axis=1)
    wrong = found.sum(axis=1) + changed.sum()
    return np.asarray(2 * right / np.maximum(wrong, 1), np.float32)


def left_out(
    cells: Cells, epochs: int, shares: Mapping[str, float] | None = None
) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
    """Of each source the probabilities by a head that never saw it, and the truth."""
    found = {}
    for name in sorted({*cells.source.tolist()} - {MADE}):
        own = cells.source == name
        head = fit(cells, np.flatnonzero(~own), epochs, shares=shares)
        told = head(cells.features[own].astype(np.float32)[None])[0]
        found[name] = told, cells.changed[own] > 0.5
    return found


def threshold_of(found: dict[str, tuple[Floats, NDArray[np.bool_]]]) -> float:
    """That does best over sources, each counting the same."""
    curves = [f1_by_threshold(*one) for one in found.values()]
    return round(0.01 * (1 + int(np.mean(curves, axis=0).argmax())), 2)


def f1_lowered(
    told: Floats, changed: NDArray[np.bool_], pair: NDArray[np.int64], threshold: float
) -> float:
    """F1 where the threshold falls for pairs of which much seems to have changed."""
    found = np.zeros(len(told), bool)
    for number in np.unique(pair):
        own = pair == number
        found[own] = told[own] >= lowered(told[own], threshold)
    return 2 * int((found & changed).sum()) / max(1, int(found.sum() + changed.sum()))


def write(path: Path, head: ChangeWeights) -> None:
    """Write ``.safetensors``: float16, and the statistics in float32."""
    from safetensors.numpy import save_file

    tensors = {}
    for part in fields(head)[2:]:
        value = getattr(head, part.name)
        wide = dict.fromkeys(("mean", "deviation", "size"), np.float32)
        kind = wide.get(part.name, np.float16)
        tensors[part.name] = np.ascontiguousarray(value.astype(kind))
    words = {"threshold": str(head.threshold), "calibrated_on": head.calibrated_on}
    save_file(tensors, path, metadata=words)


def main() -> None:
    """Make pairs, look at all, leave each source out, fit, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", dest="sets", type=named_folder, action="append")
    parser.add_argument("--every", type=int, default=1, help="of a folder's pairs")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", type=Path, nargs="+", required=True)
    parser.add_argument("--thin", type=int, default=12, help="of the pictures")
    parser.add_argument("--made", type=int, default=300, help="pairs that are made")
    parser.add_argument("--share", dest="shares", type=named_share, action="append")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    encoder, rng = MiniEncoder(), np.random.default_rng(0)
    listed = list(labelled(given.pictures, given.labels, given.thin, None))
    pictures = [picture for _, picture in listed]
    built = [picture for label, picture in listed if label in BUILT] or pictures
    pairs = [(MADE, made_pair(pictures, built, rng)) for _ in range(given.made)]
    for name, folder in given.sets or ():
        pairs += [(name, pair) for _, pair in read_pairs(folder, given.every)]
    cells = collect(pairs, encoder)
    shares = {MADE: 2.0, **dict(given.shares or ())}
    found = left_out(cells, given.epochs, shares)
    best = threshold_of(found) if found else 0.5
    for name, (told, changed) in found.items():
        score = f1_by_threshold(told, changed)
        at = score[round(100 * best) - 1]
        pair = cells.pair[cells.source == name]
        fell = f1_lowered(told, changed, pair, best)
        sys.stderr.write(
            f"{name}, never seen: F1 {fell:.3f} where {best} falls with the pair, "
            f"{at:.3f} at {best}, {score.max():.3f} at best\n"
        )
    if given.out is not None:
        head = fit(cells, np.arange(len(cells.pair)), given.epochs, shares=shares)
        words = f"sources that heads never saw: {', '.join(found) or 'none'}"
        tensors = [getattr(head, part.name) for part in fields(head)[2:]]
        write(given.out, ChangeWeights(best, words, *tensors))


if __name__ == "__main__":
    main()
