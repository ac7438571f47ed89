"""Whether ``rsrag change`` names what became what: pairs made of labelled pictures.

``python -m bench.transitions --pictures TAR... --labels JSONL... [--keep DIR]`` puts
pieces of pictures of one land cover into pictures of another, in other light, writes
them in SECOND's form and scores them as ``rsrag eval change --format second`` does. A
picture's label says what covers it. Water is cut out where a picture of a shore is
smoothest. ``--folder DIR --cover building`` scores folders of ``A``, ``B`` and ``mask``
instead, whose mask marks what came or went of one cover: of the changes with a name
that lie on it, how many name that cover.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recipes.mini.cover_head import labelled
from rsrag.analysis.change.change_heads import head_for, naming_head, tap_encoder
from rsrag.analysis.change.fact_sheet import UNKNOWN
from rsrag.analysis.change.judged_pair import judge_arrays
from rsrag.analysis.change.nuisances import brightened, compressed, darkened, tinted
from rsrag.analysis.change.outcome.components import find_components
from rsrag.analysis.cover.cover_classes import preset
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.evaluation.changes.change_folders import masked_pairs
from rsrag.evaluation.changes.second_run import (
    CLASSES,
    said_maps,
    score_second,
    second_pairs,
)
from rsrag.types import Pixels

SIDE = 192
COVERED = {
    "denseresidential": "building", "industrial": "building", "commercial": "building",
    "forest": "tree", "meadow": "low vegetation", "farmland": "low vegetation",
    "desert": "ground", "bareland": "ground", "parking": "ground",
}  # fmt: skip
SHORES = ("beach", "pond", "river", "port")
LIGHTS = (lambda one, _: one, brightened, darkened, tinted, compressed)
PARTS = ("im1", "im2", "label1", "label2")


def resized(picture: Pixels, side: int = SIDE) -> Pixels:
    """Of another size."""
    drawn = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(drawn)


def water(picture: Pixels) -> Pixels | None:
    """The smoothest square of a third of the sides, where it is not red nor bright."""
    best, least = None, 9.0
    side = picture.shape[0] // 3
    for top in range(0, picture.shape[0] - side, side // 4):
        for left in range(0, picture.shape[1] - side, side // 4):
            part = picture[top : top + side, left : left + side].astype(np.float32)
            rough = float(part.std(axis=(0, 1)).mean())
            red, green, blue = part.mean(axis=(0, 1))
            if rough < least and max(green, blue) > red + 12 and red < 110:
                best, least = part.astype(np.uint8), rough
    return best


def covered(
    archives: Sequence[Path], labels: Sequence[Path]
) -> dict[str, list[Pixels]]:
    """Pictures by what covers them, in SECOND's classes."""
    found: dict[str, list[Pixels]] = {}
    for label, picture in labelled(archives, labels, 1, None):
        if label in COVERED:
            found.setdefault(COVERED[label], []).append(picture)
        elif label in SHORES and (part := water(picture)) is not None:
            found.setdefault("water", []).append(part)
    return found


def patch(rng: np.random.Generator) -> NDArray[np.bool_]:
    """A turned ellipse or rectangle inside a picture."""
    down, across = np.mgrid[:SIDE, :SIDE] - rng.uniform(50, SIDE - 50, (2, 1, 1))
    turn = rng.uniform(0, np.pi)
    along = np.cos(turn) * across + np.sin(turn) * down
    beside = np.cos(turn) * down - np.sin(turn) * across
    sides = rng.uniform(24, 48, 2)
    if rng.random() < 0.5:
        return np.asarray(np.hypot(along / sides[0], beside / sides[1]) < 1, bool)
    inside = (np.abs(along) < sides[0]) & (np.abs(beside) < sides[1])
    return np.asarray(inside, bool)


def make(found: dict[str, list[Pixels]], count: int, folder: Path) -> None:
    """Write pairs: every class becomes every other in turn."""
    rng = np.random.default_rng(0)
    names = sorted(found)
    turns = [(a, b) for a in names for b in names if a != b]
    rng.shuffle(turns)
    presets = preset("second").classes
    colours = {
        name: one.mask_colours[0] for name, one in zip(CLASSES, presets, strict=True)
    }
    for part in PARTS:
        (folder / part).mkdir(parents=True)
    for number in range(count):
        was, became = turns[number % len(turns)]
        before, other = (
            resized(found[name][int(rng.integers(len(found[name])))])
            for name in (was, became)
        )
        where = patch(rng)
        after = np.where(where[..., None], other, before)
        light = LIGHTS[int(rng.integers(len(LIGHTS)))]
        maps = [np.full((SIDE, SIDE, 3), 255, np.uint8) for _ in range(2)]
        for drawn, name in zip(maps, (was, became), strict=True):
            drawn[where] = colours[name]
        pictures = (before, light(after, 1), *maps)
        for part, picture in zip(PARTS, pictures, strict=True):
            Image.fromarray(picture).save(folder / part / f"{number:03d}.png")


def of_one_cover(folder: Path, cover: str, limit: int, head: str) -> tuple[int, ...]:
    """Changes on a mask: all, named on one side at least, on both, with the cover.

    The last two are those with the cover among the names, of one side and of both.
    """
    encoder = tap_encoder(MiniEncoder())
    covers = naming_head(encoder)
    judge = head_for(encoder, head)
    classes = [one for one in preset("landcover").classes if one.name != "cloud"]
    counts = np.zeros(5, np.int64)
    for pair in masked_pairs(folder, limit=limit):
        before, after, truth = pair.read()
        judged = judge_arrays(before, after, encoder, judge, cover_head=covers)
        found = find_components(
            judged, None, judged.threshold, None, classes, pair.name
        )
        cell = judged.cell_px
        wide = found.numbers.repeat(cell, axis=0).repeat(cell, axis=1)
        wide = wide[: truth.shape[0], : truth.shape[1]]
        for one in found.components:
            if truth[wide == one.id].mean() < 0.5:
                continue
            named = {one.before, one.after} - {UNKNOWN}
            both = UNKNOWN not in (one.before, one.after)
            counts += (
                1, bool(named), both, cover in named, both and cover in named,
            )  # fmt: skip
    return tuple(counts.tolist())


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pairs and score them, or score a folder's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, nargs="+", default=[])
    parser.add_argument("--labels", type=Path, nargs="+", default=[])
    parser.add_argument("--pairs", type=int, default=80)
    parser.add_argument("--keep", type=Path, help="folder to keep the pairs in")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cover", default="building")
    parser.add_argument("--head", default="auto")
    given = parser.parse_args(arguments)
    if given.folder is not None:
        counts = of_one_cover(given.folder, given.cover, given.pairs, given.head)
        words = ("on the mask", "named", "both named", "with it", "both, with it")
        print(", ".join(f"{w} {n}" for w, n in zip(words, counts, strict=True)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch) / "pairs"
        make(covered(given.pictures, given.labels), given.pairs, folder)
        encoder = tap_encoder(MiniEncoder())
        head = head_for(encoder, given.head)
        report = score_second(
            second_pairs(folder), lambda pair: said_maps(pair, encoder, head)
        )
    print(json.dumps(report["pieces"]))
    for one in report["transitions"]:
        print("{from} -> {to}: {pixels} pixels, said {said}, F1 {f1}".format(**one))


if __name__ == "__main__":
    main()
