"""Evaluation of masks of one thing that a phrase means, beside floors."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.cover_map import Segmented, pixels_of_map
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.referred_masks import FORM, ReferredMask
from rsrag.metrics.bootstrap import interval_mapping, picture_draws
from rsrag.metrics.box_overlap import grounding_figures
from rsrag.metrics.mask_runs import box_of, decode_mask

Mask = NDArray[np.bool_]
FLOORS = ("whole picture", "middle box")
"""Masks that the phrase has no part in: all; a box in the middle of the middling size
of the thing's class."""


def score_referring(
    things: Sequence[ReferredMask],
    images: Path,
    look: Callable[[Path, str], Segmented],
    *,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Overlap of masks with the truth; nothing found is an empty mask.

    Args:
        look: the map of a picture for a phrase.
        resamples: of the bootstrap over pictures.

    Raises:
        SourceNotFoundError: a picture is not there.
        ConfigError: a mask that is none, or not of its picture's size.
    """
    truths = [_truth(one) for one in things]
    sizes: dict[str, list[NDArray[np.float64]]] = {}
    for one, truth in zip(things, truths, strict=True):
        left, top, right, bottom = box_of(truth)
        part = np.array([right - left, bottom - top]) / truth.shape[::-1]
        sizes.setdefault(one.kind, []).append(part)
    rows: dict[str, list[tuple[float, float, float]]] = {}
    missed = 0
    for number, (one, truth) in enumerate(zip(things, truths, strict=True)):
        found = look(_picture(images, one.picture), one.text)
        said = pixels_of_map(found) == 0
        if said.shape != truth.shape:
            shapes = (f"{m.shape[1]} x {m.shape[0]}" for m in (truth, said))
            raise ConfigError(
                f"The mask of {one.where} is {' and its picture '.join(shapes)} pixels."
            )
        missed += not said.any()
        height, width = truth.shape
        across, down = np.median(sizes[one.kind], axis=0) / 2
        middle = np.zeros_like(truth)
        rows_of = slice(round(height * (0.5 - down)), round(height * (0.5 + down)))
        columns = slice(round(width * (0.5 - across)), round(width * (0.5 + across)))
        middle[rows_of, columns] = True
        masks = (said, np.ones_like(truth), middle)
        for way, mask in zip(("text", *FLOORS), masks, strict=True):
            rows.setdefault(way, []).append(_areas(mask, truth))
        progress(number + 1, len(things))
    rng = np.random.default_rng(seed)
    draws = picture_draws([one.picture for one in things], resamples, rng)
    kinds = sorted({one.kind for one in things})
    once = np.ones((1, len(things)))
    own = {
        kind: np.array([[float(one.kind == kind) for one in things]]) for kind in kinds
    }
    return {
        "ways": {
            way: {
                name: interval_mapping(float(value[0]), again[name], 0.95)
                for name, value in _figures(made, once).items()
            }
            for way, made in rows.items()
            for again in [_figures(made, draws)]
        },
        "classes": {
            kind: {
                "phrases": int(which.sum()),
                **{
                    name: round(float(value[0]), 4)
                    for name, value in _figures(rows["text"], which).items()
                },
            }
            for kind, which in own.items()
        },
        "phrases": len(things),
        "images": len({one.picture for one in things}),
        "not_found": round(missed / len(things), 4),
    }


def _truth(one: ReferredMask) -> Mask:
    try:
        truth = decode_mask(one.mask)
        box_of(truth)
    except ValueError as exc:
        raise ConfigError(f"{one.where} cannot be used: {exc}.", hint=FORM) from exc
    return truth


def _picture(images: Path, name: str) -> Path:
    for path in (images / name, images / Path(name).name):
        if path.is_file():
            return path
    raise SourceNotFoundError(
        f"{images / name} is not there, and phrases are about it.",
        hint="--images FOLDER of the pictures",
    )


def _areas(mask: Mask, truth: Mask) -> tuple[float, float, float]:
    """Pixels that both have, that either has, and whether its middle lies in it."""
    shared, covered = (mask & truth).sum(), (mask | truth).sum()
    if not mask.any():
        return 0.0, float(covered), 0.0
    row, column = (int(one.mean()) for one in np.nonzero(mask))
    return float(shared), float(covered), float(truth[row, column])


def _figures(
    areas: Sequence[tuple[float, float, float]], weights: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    shared, covered, pointing = np.array(areas).T
    return grounding_figures(shared, covered, pointing, weights)
