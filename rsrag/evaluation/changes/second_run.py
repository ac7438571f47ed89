"""Evaluation in SECOND's form: what changed into what, by maps of both dates."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.change_heads import naming_head
from rsrag.analysis.change.judged_pair import judge_arrays
from rsrag.analysis.change.outcome.class_maps import WHITE
from rsrag.analysis.change.outcome.components import find_components
from rsrag.analysis.change.pair_port import ChangeHead
from rsrag.analysis.cover.class_pixels import colour_code, colour_codes
from rsrag.analysis.cover.cover_classes import CoverClass, preset
from rsrag.encoders.dense_port import TapEncoder
from rsrag.errors import ChangeError, ConfigError, SourceNotFoundError
from rsrag.evaluation.changes.change_folders import evenly, whole_picture
from rsrag.evaluation.changes.pair_counts import pair_draws
from rsrag.evaluation.changes.transition_counts import (
    PIECES,
    Maps,
    codes_of,
    right_shares,
    transition_pieces,
    transition_pixels,
)
from rsrag.evaluation.segmentation_run import paired
from rsrag.metrics.bootstrap import interval_mapping
from rsrag.metrics.semantic_change import (
    class_counts,
    second_scores,
    transition_scores,
)

CLASSES: dict[str, tuple[str, ...]] = {
    "water": ("water",),
    "ground": ("bare", "road"),
    "low vegetation": ("low vegetation",),
    "tree": ("trees",),
    "building": ("building",),
    "playground": (),
}
"""SECOND's classes, in the order of their numbers from 1 and of the preset, and our
covers of each."""


@dataclass(frozen=True, slots=True)
class SecondPair:
    """Files of a pair: pictures, and maps of what is there where something changed."""

    name: str
    pictures: tuple[Path, Path]
    labels: tuple[Path, Path]


def second_pairs(folder: Path, limit: int | None = None) -> list[SecondPair]:
    """Pairs of a folder of ``im1``, ``im2``, ``label1`` and ``label2``.

    Raises:
        SourceNotFoundError: something is missing.
    """
    first = paired(folder / "im1", folder / "label1")
    later = dict(paired(folder / "im2", folder / "label2"))
    twins = dict(paired(folder / "im1", folder / "im2"))
    pairs = [
        SecondPair(one.stem, (one, twins[one]), (label, later[twins[one]]))
        for one, label in first
    ]
    return evenly(pairs, limit)


def read_colours(path: Path) -> NDArray[np.uint8]:
    """Classes of a map of SECOND's colours, from 1; white is 0.

    Raises:
        ConfigError: another colour.
    """
    from PIL import Image

    try:
        with Image.open(path) as held:
            pixels = np.asarray(held.convert("RGB"))
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be read as a map: {exc}") from exc
    codes = colour_codes(pixels)
    made = np.full(codes.shape, 255, np.uint8)
    colours = (one.mask_colours[0] for one in preset("second").classes)
    for number, colour in enumerate((WHITE, *colours)):
        made[codes == colour_code(colour)] = number
    if (made == 255).any():
        row, column = np.argwhere(made == 255)[0]
        raise ConfigError(
            f"{path} holds the colour {tuple(pixels[row, column].tolist())}, which no "
            "class of SECOND has.",
            hint="colours as published, in a lossless file; white where nothing "
            "changed",
        )
    return made


def said_maps(pair: SecondPair, encoder: TapEncoder, head: ChangeHead) -> Maps:
    """What ``rsrag change`` says of a pair, in SECOND's classes."""
    before, after = (whole_picture(one) for one in pair.pictures)
    covers = naming_head(encoder)
    shape = before.shape[:2]
    nothing = np.zeros(shape, np.uint8)
    try:
        judged = judge_arrays(before, after, encoder, head, cover_head=covers)
    except ChangeError:
        return nothing, nothing
    listed = tuple(
        CoverClass(one, (one,), covers, (0, 0, 0)) for one, covers in CLASSES.items()
    )
    found = find_components(judged, None, judged.threshold, None, listed, pair.name)
    numbers = {name: number for number, name in enumerate(CLASSES, start=1)}
    made = [np.zeros(found.numbers.shape, np.uint8) for _ in range(2)]
    for one in found.components:
        there = found.numbers == one.id
        for drawn, name in zip(made, (one.before, one.after), strict=True):
            drawn[there] = numbers.get(name, 0)
    unnamed = (made[0] == 0) | (made[1] == 0)
    cell = judged.cell_px
    for drawn in made:
        drawn[unnamed] = 0
    grown = [one.repeat(cell, axis=0).repeat(cell, axis=1) for one in made]
    return grown[0][: shape[0], : shape[1]], grown[1][: shape[0], : shape[1]]


def score_second(
    pairs: list[SecondPair],
    look: Callable[[SecondPair], Maps],
    *,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """mIoU, SeK and F1 of classes with intervals, and what became what.

    Transitions are scored by pixels (F1 of each) and by connected pieces of one
    transition that are said: on changed ground where half of a piece changed, right
    where most of that changed into what is said.

    Raises:
        ConfigError: maps of another size than their pictures.
        SourceNotFoundError: a map is not there.
    """
    count = len(CLASSES)
    counted, moved = [], np.zeros((3, count * count))
    pieces: list[tuple[int, int, int]] = []
    for number, pair in enumerate(pairs, start=1):
        truth = read_colours(pair.labels[0]), read_colours(pair.labels[1])
        said = look(pair)
        if any(a.shape != b.shape for a, b in zip(truth, said, strict=True)):
            raise ConfigError(f"{pair.name}: what is said is of another size.")
        counted.append(
            sum(class_counts(*one, count) for one in zip(truth, said, strict=True))
        )
        codes = codes_of(truth, count), codes_of(said, count)
        moved += transition_pixels(*codes, count)
        pieces.append(transition_pieces(*codes, count))
        progress(number, len(pairs))
    stack = np.stack(counted).astype(np.float64)
    draws = pair_draws(len(pairs), resamples, seed)
    value = second_scores(stack.sum(axis=0))
    drawn = second_scores(np.tensordot(draws, stack, axes=(1, 0)))
    names = list(CLASSES)
    told = np.array(pieces, np.float64)
    shares = right_shares(told.sum(axis=0)), right_shares(draws @ told)
    f1 = transition_scores(moved)
    order = [one for one in np.argsort(-moved[2]) if moved[2, one] or moved[1, one]]
    return {
        "figures": {
            name: interval_mapping(float(one), drawn[name], 0.95)
            for name, one in value.items()
        },
        "transitions": [
            {
                "from": names[one // count],
                "to": names[one % count],
                "pixels": int(moved[2, one]),
                "said": int(moved[1, one]),
                "f1": round(float(f1[one]), 4),
            }
            for one in order
        ],
        "transition_f1": round(float(np.mean(f1[moved[2] > 0])), 4)
        if (moved[2] > 0).any()
        else None,
        "pieces": {
            **dict(zip(PIECES, map(int, told.sum(axis=0)), strict=True)),
            **{
                name: interval_mapping(float(one), shares[1][name], 0.95)
                for name, one in shares[0].items()
            },
        },
        "pairs": len(pairs),
        "changed": round(float(1 - stack[:, 0].sum() / stack.sum()), 6),
    }


def given_maps(folder: Path) -> Callable[[SecondPair], Maps]:
    """Reads maps that another model wrote: ``label1`` and ``label2``.

    Raises:
        SourceNotFoundError: not there.
    """
    held = [
        {one.stem: one for one in (folder / name).iterdir()}
        if (folder / name).is_dir()
        else {}
        for name in ("label1", "label2")
    ]

    def look(pair: SecondPair) -> Maps:
        if any(pair.name not in one for one in held):
            raise SourceNotFoundError(
                f"{folder} has no maps of {pair.name}.",
                hint="label1 and label2, of the pictures' names",
            )
        first, later = (read_colours(one[pair.name]) for one in held)
        return first, later

    return look
