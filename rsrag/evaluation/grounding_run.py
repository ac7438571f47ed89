"""Evaluation of grounding: the box that a phrase is found to mean, beside floors."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.grounding.grounded import Seen, ground
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.referred_things import Referred
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import reopen_scene
from rsrag.metrics.bootstrap import interval_mapping, picture_draws
from rsrag.metrics.box_overlap import (
    Corners,
    best_truth,
    grounding_figures,
    points_at,
    shared_and_covered,
)

FLOORS = ("whole picture", "middle box", "any candidate")
"""Boxes that the phrase has no part in: the picture; one in its middle of the middling
size of the thing's class; one by chance of those that may be the thing."""
_CHOICE = 50


def score_grounding(
    referred: Sequence[Referred],
    images: Path,
    encoder: DenseEncoder,
    *,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Figures of the encoder's boxes and of the floors, with intervals.

    A phrase is said of a thing that is there, so the best guess is scored even where
    the thing was "not found"; how often that was so stands beside it.

    Args:
        images: folder of the pictures.
        resamples: of the bootstrap over pictures.

    Raises:
        SourceNotFoundError: a picture is not there.
        ConfigError: a box outside of its picture.
    """
    rng = np.random.default_rng(seed)
    way = f"{encoder.dense_identity.id} with objects"
    if not hasattr(encoder, "object_classes"):
        way = encoder.dense_identity.id
    boxes: dict[str, list[Corners | None]] = {one: [] for one in (way, *FLOORS)}
    truths: list[list[Corners]] = []
    missed = 0
    seen: dict[str, Seen] = {}
    sizes = _sizes(referred, images)
    middling = _middling(referred, sizes)
    for number, one in enumerate(referred):
        size = sizes[one.picture]
        truths.append(_inside(one, size))
        path = str((images / one.picture).absolute())
        with closing(reopen_scene(path, ImageryOptions())) as scene:
            known = seen.setdefault(one.picture, {})
            found = ground(scene, encoder, one.text, top_k=_CHOICE, seen=known)
        missed += bool(found.nothing)
        guesses = [guess.box for guess in found.boxes]
        boxes[way].append(guesses[0] if guesses else None)
        chance = guesses[int(rng.integers(len(guesses)))] if guesses else None
        width, height = middling[one.kind]
        middle = (
            (size[0] - width) / 2,
            (size[1] - height) / 2,
            (size[0] + width) / 2,
            (size[1] + height) / 2,
        )
        whole = (0.0, 0.0, float(size[0]), float(size[1]))
        for floor, box in zip(FLOORS, (whole, middle, chance), strict=True):
            boxes[floor].append(box)
        progress(number + 1, len(referred))
    draws = picture_draws([one.picture for one in referred], resamples, rng)
    kinds = sorted({one.kind for one in referred})
    return {
        "ways": {name: _figures(made, truths, draws) for name, made in boxes.items()},
        "classes": {
            kind: {
                "phrases": len(rows),
                **{
                    name: figure["value"]
                    for name, figure in _figures(
                        [boxes[way][row] for row in rows],
                        [truths[row] for row in rows],
                        np.ones((1, len(rows))),
                    ).items()
                },
            }
            for kind in kinds
            if (rows := [n for n, one in enumerate(referred) if one.kind == kind])
        },
        "phrases": len(referred),
        "images": len(sizes),
        "not_found": round(missed / len(referred), 4),
        "truths_without_area": sum(
            all(b[0] == b[2] or b[1] == b[3] for b in one) for one in truths
        ),
    }


def _figures(
    boxes: Sequence[Corners | None],
    truths: Sequence[Sequence[Corners]],
    draws: np.ndarray,
) -> dict[str, dict[str, float]]:
    areas, pointing = [], []
    for box, right in zip(boxes, truths, strict=True):
        if box is None:
            areas.append((0.0, max((b[2] - b[0]) * (b[3] - b[1]) for b in right)))
            pointing.append(0.0)
            continue
        areas.append(shared_and_covered(box, best_truth(box, right)))
        pointing.append(float(any(points_at(box, one) for one in right)))
    shared, covered = np.array(areas).T
    parts = (shared, covered, np.array(pointing))
    once = grounding_figures(*parts, np.ones((1, len(boxes))))
    again = grounding_figures(*parts, draws)
    return {
        name: interval_mapping(float(value[0]), again[name], 0.95)
        for name, value in once.items()
    }


def _inside(one: Referred, size: tuple[int, int]) -> list[Corners]:
    """The boxes of a phrase in pixels, each of which the picture shows."""
    boxes = one.boxes_px(size)
    for left, top, right, bottom in boxes:
        if right < 0 or bottom < 0 or left >= size[0] or top >= size[1]:
            raise ConfigError(
                f"The box of {one.text!r} from {left:g}, {top:g} to {right:g}, "
                f"{bottom:g} lies outside of {one.picture}, which has {size[0]} x "
                f"{size[1]} pixels.",
                hint="--box-scale px, 1 or 100 says what its numbers are",
            )
    return boxes


def _sizes(referred: Sequence[Referred], images: Path) -> dict[str, tuple[int, int]]:
    """Width and height of every picture."""
    found = {}
    for name in dict.fromkeys(one.picture for one in referred):
        path = images / name
        if not path.is_file():
            raise SourceNotFoundError(
                f"{path} is not there, and phrases are about it.",
                hint="--images FOLDER of the pictures",
            )
        with closing(reopen_scene(str(path.absolute()), ImageryOptions())) as scene:
            found[name] = scene.width, scene.height
    return found


def _middling(
    referred: Sequence[Referred], sizes: dict[str, tuple[int, int]]
) -> dict[str, tuple[float, float]]:
    """Median width and height of each class's boxes, in pixels."""
    sides: dict[str, list[tuple[float, float]]] = {}
    for one in referred:
        for left, top, right, bottom in one.boxes_px(sizes[one.picture]):
            sides.setdefault(one.kind, []).append((right - left, bottom - top))
    return {
        kind: (float(width), float(height))
        for kind, rows in sides.items()
        for width, height in [np.median(np.array(rows), axis=0)]
    }
