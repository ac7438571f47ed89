"""Trains ``mini`` from captions: ``python -m recipes.mini``."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch

from recipes.mini.chips import WEST
from recipes.mini.curves import write_curves
from recipes.mini.descent import Descent, Watch
from recipes.mini.features import (
    STEP,
    Frozen,
    Report,
    extract,
    extract_chips,
    extract_scenes,
)
from recipes.mini.heads_file import save_heads
from recipes.mini.lite0 import TAIL_FROM, imagenet
from recipes.mini.pairs import Pair, read_pairs
from recipes.mini.recipe import Recipe
from recipes.mini.tail import TrainableTail
from recipes.mini.towers import Towers
from recipes.mini.train import train
from rsrag.config import available_processors
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import RsragError
from rsrag.metrics.hit_rates import HitRates, hit_rates


def main() -> int:
    """Train, write and score. Returns the exit code."""
    options = _parser().parse_args()
    try:
        _run(options)
    except RsragError as error:
        hint = f"\n{error.hint}" if error.hint else ""
        _say(f"{type(error).__name__}: {error}{hint}")
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    start = time.monotonic()

    def report(words: str) -> None:
        _say(f"[{time.monotonic() - start:6.1f} s] {words}")

    pairs = read_pairs(options.pairs, options.images)
    valid = read_pairs(options.valid, options.images) if options.valid else []
    if both := {pair.data for pair in pairs} & {pair.data for pair in valid}:
        raise RsragError(f"{len(both)} pictures are in --pairs and in --valid too.")
    recipe = Recipe(
        epochs=options.epochs,
        tail_epochs=options.tail_epochs,
        seed=options.seed,
    )
    # Beside the result, for there is room on that disk, and /tmp may be in memory.
    with tempfile.TemporaryDirectory(
        prefix=".training-", dir=options.out.absolute().parent
    ) as scratch:
        trained = _train(options, recipe, pairs, valid, Path(scratch), report)
    notes = {
        "data": options.data_name,
        "views": str(options.views),
        "drawn_scenes": str(options.scenes),
        "blue_marble_chips": str(options.chips),
        "blue_marble_longitudes": "{:g} to {:g}".format(*WEST),
    }
    save_heads(options.out, trained.towers, recipe, options.side, notes)
    report(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")
    table, plot = write_curves(options.out, trained.losses, trained.watched)
    report(f"wrote {table} and {plot}")
    if valid:
        # Scored as shipped: from the file, in float16, through the encoder itself.
        report(f"valid: {score(MiniEncoder(options.out), valid)}")


def _train(
    options: argparse.Namespace,
    recipe: Recipe,
    pairs: list[Pair],
    valid: list[Pair],
    scratch: Path,
    report: Report,
) -> Descent:
    """Run the frozen networks over everything, and train on what they give."""
    frozen = Frozen(
        side=options.side,
        seed=options.seed,
        threads=available_processors(),
        report=report,
        maps=scratch if recipe.tail_epochs else None,
    )
    # The chips first: a package that is missing should not be noticed at the end.
    chips = extract_chips(options.chips, frozen) if options.chips else None
    scenes = extract_scenes(options.scenes, frozen) if options.scenes else None
    data = extract(pairs, frozen, views=options.views)
    tail = None
    if data.maps:
        device, dtype = best_device()
        blocks = imagenet()[1][TAIL_FROM:]
        tail = TrainableTail(blocks, data.maps[0].shape[1], dtype).to(device)
    watch = _watcher(valid, frozen) if valid else None
    return train(data, recipe, report, scenes, chips, watch, tail)


def best_device() -> tuple[torch.device, torch.dtype]:
    """The GPU in bfloat16 if there is one, else the CPU in what it is fast in."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    fast = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.device("cpu"), torch.bfloat16 if fast else torch.float32


def _watcher(pairs: list[Pair], frozen: Frozen) -> Watch:
    """Mean recall of towers on pictures that are not trained on."""
    data = extract(pairs, frozen, views=1)
    pictures, texts = torch.from_numpy(data.views[0]), torch.from_numpy(data.texts)
    maps = torch.from_numpy(data.maps[0]) if data.maps else None
    owner = [i for i, captions in enumerate(data.captions) for _ in captions]
    rows = [row for captions in data.captions for row in captions]

    def watch(towers: Towers) -> float:
        image, text = towers
        device = next(text.parameters()).device
        seen = [
            image(
                pictures[i : i + STEP].to(device),
                None if maps is None else maps[i : i + STEP].to(device),
            )
            for i in range(0, len(pictures), STEP)
        ]
        words = text(texts.to(device)).cpu().numpy()[rows]
        return hit_rates(torch.cat(seen).cpu().numpy(), words, owner).mean

    return watch


def score(encoder: MiniEncoder, pairs: list[Pair]) -> HitRates:
    """Hit rates of an encoder on captioned pictures, each a candidate for each."""
    images = encoder.encode_images([pair.pixels() for pair in pairs])
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    texts = encoder.encode_texts([text for pair in pairs for text in pair.captions])
    return hit_rates(images, texts, owner)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recipes.mini", description=__doc__)
    path, add, usual = Path, parser.add_argument, Recipe()
    add("--images", type=path, nargs="+", required=True, help="folders and tars")
    add("--pairs", type=path, required=True, help="JSONL: file, captions")
    add("--valid", type=path, help="JSONL to score on; never trained on")
    add("--out", type=path, required=True, help="the .safetensors to write")
    add("--side", type=int, default=160, help="pixels (default: %(default)s)")
    add("--views", type=int, default=8, help="a picture (default: %(default)s)")
    add("--scenes", type=int, default=5000, help="drawn (default: %(default)s)")
    add(
        "--chips",
        type=int,
        default=4000,
        help="of the Blue Marble's western half (default: %(default)s; 0: none)",
    )
    add(
        "--epochs",
        type=int,
        default=usual.epochs,
        help="of the heads alone (default: %(default)s)",
    )
    add(
        "--tail-epochs",
        type=int,
        default=usual.tail_epochs,
        help="of heads and the trunk's last blocks (default: %(default)s; 0: none)",
    )
    add("--seed", type=int, default=0, help="(default: %(default)s)")
    add("--data-name", default="unnamed", help="written into the file's metadata")
    return parser


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
