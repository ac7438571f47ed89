"""Trains the heads of ``mini`` from captions: ``python -m rsrag.training``."""

import argparse
import sys
import time
from pathlib import Path
from typing import TypedDict

import torch

from rsrag.config import available_processors
from rsrag.encoders.mini import MiniEncoder
from rsrag.errors import RsragError
from rsrag.retrieval.hit_rates import HitRates, hit_rates
from rsrag.training.chips import WEST
from rsrag.training.contrast import Recipe, Watch, train
from rsrag.training.curves import write_curves
from rsrag.training.features import Report, extract, extract_chips, extract_scenes
from rsrag.training.heads_file import save_heads
from rsrag.training.pairs import Pair, read_pairs
from rsrag.training.trainable_head import TrainableHead


class Settings(TypedDict):
    """What all features are made with."""

    side: int
    seed: int
    threads: int
    report: Report


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
    recipe = Recipe(epochs=options.epochs, seed=options.seed)
    settings: Settings = {
        "side": options.side,
        "seed": options.seed,
        "threads": available_processors(),
        "report": report,
    }
    # The chips first: a package that is missing should not be noticed at the end.
    chips = extract_chips(options.chips, **settings) if options.chips else None
    scenes = extract_scenes(options.scenes, **settings) if options.scenes else None
    data = extract(pairs, views=options.views, **settings)
    watch = _watcher(valid, settings) if valid else None
    heads = train(data, recipe, report, scenes, chips, watch)
    notes = {
        "data": options.data_name,
        "views": str(options.views),
        "drawn_scenes": str(options.scenes),
        "blue_marble_chips": str(options.chips),
        "blue_marble_longitudes": "{:g} to {:g}".format(*WEST),
    }
    save_heads(options.out, heads, recipe, options.side, notes)
    report(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")
    table, plot = write_curves(options.out, heads.losses, heads.watched)
    report(f"wrote {table} and {plot}")
    if valid:
        # Scored as shipped: from the file, in float16, through the encoder itself.
        report(f"valid: {score(MiniEncoder(options.out), valid)}")


def _watcher(pairs: list[Pair], settings: Settings) -> Watch:
    """Mean recall of heads on pictures that are not trained on."""
    data = extract(pairs, views=1, **settings)
    pictures, texts = torch.from_numpy(data.views[0]), torch.from_numpy(data.texts)
    owner = [i for i, captions in enumerate(data.captions) for _ in captions]
    rows = [row for captions in data.captions for row in captions]

    def watch(image: TrainableHead, text: TrainableHead) -> float:
        return hit_rates(image(pictures).numpy(), text(texts).numpy()[rows], owner).mean

    return watch


def score(encoder: MiniEncoder, pairs: list[Pair]) -> HitRates:
    """Hit rates of an encoder on captioned pictures, each a candidate for each."""
    images = encoder.encode_images([pair.pixels() for pair in pairs])
    owner = [i for i, pair in enumerate(pairs) for _ in pair.captions]
    texts = encoder.encode_texts([text for pair in pairs for text in pair.captions])
    return hit_rates(images, texts, owner)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rsrag.training", description=__doc__
    )
    path, add = Path, parser.add_argument
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
    add("--epochs", type=int, default=40, help="(default: %(default)s)")
    add("--seed", type=int, default=0, help="(default: %(default)s)")
    add("--data-name", default="unnamed", help="written into the file's metadata")
    return parser


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
