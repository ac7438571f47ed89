"""Evaluation of maps of classes: pictures and masks, in the forms of published sets."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.class_pixels import class_pixels, colour_code, colour_codes
from rsrag.analysis.cover.cover_classes import ClassList, CoverClass
from rsrag.analysis.cover.cover_map import Segmented, pixels_of_map
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.metrics.bootstrap import interval_mapping
from rsrag.metrics.class_overlap import (
    accuracy,
    confusion,
    majority,
    mean_overlap,
    overlaps,
    resampled,
)

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


def paired(
    images: Path, masks: Path, endings: Sequence[str] = ()
) -> list[tuple[Path, Path]]:
    """Pictures with their masks, by name.

    Args:
        endings: of names, before the suffix, that do not count.

    Raises:
        SourceNotFoundError: no such folder, no pictures, or a picture without mask.
        ConfigError: two masks for one picture.
    """
    held: dict[str, Path] = {}
    for path in _files(masks):
        key = _key(path, endings)
        if key in held:
            raise ConfigError(
                f"{held[key].name} and {path.name} are masks of one name."
            )
        held[key] = path
    pairs = []
    for path in _files(images):
        mask = held.get(_key(path, endings))
        if mask is None:
            raise SourceNotFoundError(
                f"{path.name} has no mask in {masks}.",
                hint="a mask has its picture's name; endings: in the file of classes "
                "names what does not count",
            )
        pairs.append((path, mask))
    return pairs


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SourceNotFoundError(f"There is no folder {folder}.")
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
    if not found:
        raise SourceNotFoundError(
            f"{folder} holds no pictures.", hint=f"their names end in {PICTURES}"
        )
    return found


def _key(path: Path, endings: Sequence[str]) -> str:
    stem = path.stem
    for ending in sorted(endings, key=len, reverse=True):
        if ending and stem.endswith(ending):
            return stem.removesuffix(ending)
    return stem


def scored_classes(
    classes: ClassList, ignore: Sequence[int]
) -> tuple[tuple[CoverClass, ...], tuple[int, ...]]:
    """Classes that are scored, and all values of masks that are not.

    Raises:
        ConfigError: a class has neither a value nor a colour in masks, or none is left.
    """
    left_out = {*classes.ignore, *ignore}
    for one in classes.classes:
        if not one.values and not one.mask_colours:
            raise ConfigError(
                f"The class {one.name} has no value in masks.",
                hint="values: [N] for each class in the file of --classes",
            )
    scored = tuple(
        one
        for one in classes.classes
        if not one.values or not left_out.issuperset(one.values)
    )
    if len(scored) < 2:
        raise ConfigError(f"{len(scored)} classes are left to score; two are needed.")
    return scored, tuple(sorted(left_out))


def read_mask(
    path: Path, classes: ClassList, scored: Sequence[CoverClass], ignore: Sequence[int]
) -> NDArray[np.int16]:
    """A mask as numbers of classes, ``(height, width)``; -1 where nothing is scored.

    A mask of one band, or with a palette, holds values; one of three holds colours.

    Raises:
        ConfigError: values or colours that no class has and that are not ignored, or
            classes that have none of the mask's kind.
    """
    held = class_pixels(path, "mask")
    coloured = held.ndim == 3
    if coloured:
        held = colour_codes(held)
    made = np.full(held.shape, -2, np.int16)
    for one in classes.classes:
        number = scored.index(one) if one in scored else -1
        for value in one.values if not coloured else ():
            made[held == value] = number
        for colour in one.mask_colours if coloured else ():
            made[held == colour_code(colour)] = number
    if coloured:
        made[made == -2] = -1  # boundaries and void have colours of their own
        if (made == -1).all():
            raise ConfigError(f"{path} holds none of the classes' colours.")
        return made
    for value in ignore:
        made[held == value] = -1
    if (made == -2).any():
        value = int(held[made == -2][0])
        raise ConfigError(
            f"{path} holds the value {value}, which no class has.",
            hint=f"--ignore {value}, or give it to a class",
        )
    return made


def score_segmentation(
    pairs: Sequence[tuple[Path, Path]],
    classes: ClassList,
    scored: Sequence[CoverClass],
    ignore: Sequence[int],
    look: Callable[[Path], Segmented],
    *,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """IoU of each class, their mean and the accuracy, beside the commonest class.

    Args:
        look: the map of a picture, of the scored classes in their order.
        resamples: of the bootstrap over pictures.

    Raises:
        ConfigError: a mask of another size than its picture, or masks of nothing
            that is scored.
    """
    counts = []
    whole = 0
    for number, (picture, mask) in enumerate(pairs, start=1):
        truth = read_mask(mask, classes, scored, ignore)
        found = look(picture)
        said = pixels_of_map(found)
        if said.shape != truth.shape:
            sizes = (f"{one.shape[1]} x {one.shape[0]}" for one in (truth, said))
            raise ConfigError(f"{mask} is {' and its picture '.join(sizes)} pixels.")
        whole += truth.size
        counts.append(confusion(truth, said, len(scored)))
        progress(number, len(pairs))
    total = np.sum(counts, axis=0)
    if not total.any():
        raise ConfigError("No pixel of the masks is of a class that is scored.")
    draws = resampled(np.stack(counts), resamples, seed)
    by_class = overlaps(draws)
    floor = majority(total)
    truths = total.sum(axis=1)
    rows = []
    for number, one in enumerate(scored):
        seen = by_class[:, number][np.isfinite(by_class[:, number])]
        value = float(overlaps(total)[number])
        iou = interval_mapping(value, seen, 0.95) if len(seen) else None
        share = float(truths[number] / truths.sum())
        rows.append({"class": one.name, "share": round(share, 6), "iou": iou})
    return {
        "classes": rows,
        "miou": interval_mapping(float(mean_overlap(total)), mean_overlap(draws), 0.95),
        "accuracy": interval_mapping(float(accuracy(total)), accuracy(draws), 0.95),
        "majority": {
            "class": scored[int(truths.argmax())].name,
            "miou": round(float(mean_overlap(floor)), 4),
            "accuracy": round(float(accuracy(floor)), 4),
        },
        "confusion": total.tolist(),
        "images": len(pairs),
        "pixels": int(total.sum()),
        "unscored": whole - int(total.sum()),
    }
