"""Trains ``mini`` from captions: ``python -m recipes.mini``."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch

from recipes.mini.batches import Words
from recipes.mini.chips import WEST
from recipes.mini.curves import write_curves
from recipes.mini.descent import Descent, Watch
from recipes.mini.features import (
    STEP,
    Frozen,
    Report,
    extract,
    extract_chips,
    extract_scales,
    extract_scenes,
)
from recipes.mini.heads_file import save_heads
from recipes.mini.lite0 import TAIL_FROM, imagenet
from recipes.mini.pairs import Pair, read_pairs, read_source
from recipes.mini.recipe import Recipe
from recipes.mini.tail import TrainableTail
from recipes.mini.towers import Towers
from recipes.mini.train import Extra, train
from recipes.mini.vocabulary import SENTENCES, vocabulary
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

    sources = {"main": read_pairs(options.pairs, options.images)}
    for folder in options.also:
        if folder.name in sources:
            raise RsragError(f"Two sources are called {folder.name}: {options.also}.")
        sources[folder.name] = read_source(folder)
    valid = read_pairs(options.valid, options.images) if options.valid else []
    trained_on = {pair.data for pairs in sources.values() for pair in pairs}
    if both := trained_on & {pair.data for pair in valid}:
        raise RsragError(
            f"{len(both)} pictures of --valid are in --pairs or --also, too."
        )
    recipe = Recipe(
        epochs=options.epochs,
        tail_epochs=options.tail_epochs,
        seed=options.seed,
    )
    # Beside the result, for there is room on that disk, and /tmp may be in memory.
    with tempfile.TemporaryDirectory(
        prefix=".training-", dir=options.out.absolute().parent
    ) as scratch:
        room = options.keep or Path(scratch)
        room.mkdir(parents=True, exist_ok=True)
        trained = _train(options, recipe, sources, valid, room, report)
    notes = {
        "data": options.data_name,
        "sources": json.dumps({name: len(pairs) for name, pairs in sources.items()}),
        "views": str(options.views),
        "parts": str(options.parts),
        "mosaics": str(options.mosaics),
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
    sources: dict[str, list[Pair]],
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
        again=options.keep is not None,
    )
    extras: list[Extra] = []
    # The chips first: a package that is missing should not be noticed at the end.
    if options.chips:
        extras.append(Extra(extract_chips(options.chips, frozen), recipe.chips))
    if options.scenes:
        extras.append(Extra(extract_scenes(options.scenes, frozen), recipe.scenes))
    data = extract("main", sources["main"], frozen, views=options.views)
    for name, pairs in sources.items():
        captioned = any(pair.captions for pair in pairs)
        share = recipe.batch_size
        if name != "main":
            share = round(share * (recipe.captioned if captioned else recipe.labelled))
            views = extract(name, pairs, frozen, views=options.views)
            extras.append(Extra(views, share))
        # Where labels are all there is, pictures are cut to the thing already.
        if captioned:
            counts = {"parts": options.parts, "mosaics": options.mosaics}
            part = round(share * recipe.scales)
            scales = extract_scales(name, pairs, frozen, **counts)
            extras += [Extra(scaled, part) for scaled in scales]
    words = None
    if any(pair.label for pairs in sources.values() for pair in pairs):
        said = vocabulary().sentences(options.seed)
        vectors = frozen.read("words", [text for texts in said for text in texts])
        words = Words(vectors.reshape(len(said), SENTENCES, -1))
    tail = None
    if data.maps:
        device, dtype = best_device()
        blocks = imagenet()[1][TAIL_FROM:]
        tail = TrainableTail(blocks, data.maps[0].shape[1], dtype).to(device)
    watch = _watcher(valid, frozen) if valid else None
    return train(data, recipe, report, extras, watch, tail, words)


def best_device() -> tuple[torch.device, torch.dtype]:
    """The GPU in bfloat16 if there is one, else the CPU in what it is fast in."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    fast = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.device("cpu"), torch.bfloat16 if fast else torch.float32


def _watcher(pairs: list[Pair], frozen: Frozen) -> Watch:
    """Mean recall of towers on pictures that are not trained on."""
    data = extract("valid", pairs, frozen, views=1)
    pictures, texts = torch.from_numpy(data.views[0]), torch.from_numpy(data.texts)
    maps = torch.from_numpy(data.maps[0]) if data.maps else None
    owner = [i for i, captions in enumerate(data.captions) for _ in captions]
    rows = [row for captions in data.captions for row in captions]

    def watch(towers: Towers) -> float:
        image, text = towers.image, towers.text
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
    add(
        "--also",
        type=path,
        nargs="+",
        default=[],
        help="folders with train.jsonl and train-*.tar: further sources",
    )
    add(
        "--keep",
        type=path,
        help="a folder that keeps what the frozen trunks gave, and gives it to a later "
        "run on the same data with the same --seed and --side",
    )
    add(
        "--parts",
        type=int,
        default=3,
        help="nearer views of a labelled picture (default: %(default)s)",
    )
    add(
        "--mosaics",
        type=int,
        default=2,
        help="of pictures of its label, likewise (default: %(default)s)",
    )
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
