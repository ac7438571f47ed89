"""What changed by two maps of classes that somebody has made, pixel by pixel."""

import numpy as np

from rsrag.analysis.change.aligning.common_grid import Common, common_grid
from rsrag.analysis.change.fact_sheet import Registration
from rsrag.analysis.change.judgement import Judged
from rsrag.analysis.change.outcome.changed import Changed, told_of
from rsrag.analysis.change.outcome.class_maps import NOTHING, SAME, ClassMap, Labels
from rsrag.analysis.cover.cover_areas import AreaSize
from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.errors import ChangeError, ConfigError
from rsrag.imagery.reading import SceneReading
from rsrag.types import EncoderIdentity, Window

MOST_PX = 1 << 22
"""Pixels of common ground up to which each is a cell; larger pairs are thinned out."""


def compare_maps(
    before: SceneReading,
    after: SceneReading,
    maps: tuple[ClassMap, ClassMap],
    smallest: AreaSize | None,
) -> Changed:
    """Say what changed where two maps of two scenes differ.

    Args:
        maps: of the scenes, with a label for each of their pixels.
        smallest: of components; ``None``: sixteen pixels.

    Raises:
        ChangeError: the scenes share no ground, or the maps nothing of it.
        ConfigError: a map is not of its picture's size, or classes are not the same.
    """
    first, second = (
        _enlarged(one.labels, scene)
        for scene, one in zip((before, after), maps, strict=True)
    )
    names = [[c.name for c in one.classes] for one in maps]
    if names[0] != names[1]:
        raise ConfigError(
            f"The maps have other classes: {', '.join(names[0])}, and "
            f"{', '.join(names[1])}.",
            hint="map both by one list",
        )
    common = common_grid(before, after)
    listed = tuple(names[0])
    judged = _judged(common, first, second, listed)
    classes = tuple(
        CoverClass(one.name, one.words, (one.name,), one.colour)
        for one in maps[0].classes
    )
    return told_of(
        before, after, common, judged, classes, smallest, 0.5,
        EncoderIdentity("", "", "", 0),
    )  # fmt: skip


def _enlarged(labels: Labels, scene: SceneReading) -> Labels:
    """A label for each pixel of a picture; a cell of a coarser map has several."""
    height, width = labels.shape
    cell = max(1, round(scene.width / width))
    if (-(-scene.width // cell), -(-scene.height // cell)) != (width, height):
        raise ConfigError(
            f"The map of {scene.source} has {width} x {height} pixels, the picture "
            f"{scene.width} x {scene.height}.",
            hint="a map has a pixel for each of its picture's, or for squares of them",
        )
    if cell == 1:
        return labels
    wide = labels.repeat(cell, axis=0).repeat(cell, axis=1)
    return wide[: scene.height, : scene.width]


def _judged(
    common: Common, before: Labels, after: Labels, names: tuple[str, ...]
) -> Judged:
    window = common.window
    cell = max(1, int(np.ceil(np.sqrt(window.width * window.height / MOST_PX))))
    first, second = _thinned(before, window, cell), _laid(common, after, cell)
    both = (first > 0) & (second > 0)
    seen = both | ((first == SAME) & (second == SAME))
    if not seen.any():
        raise ChangeError("The two maps have classes nowhere in common.")
    probability = np.where(both & (first != second), np.float32(1), np.float32(0))
    probability[~seen] = np.nan
    covers = np.zeros((2, len(names), *first.shape), np.uint8)
    for date, labels in enumerate((first, second)):
        for number in range(len(names)):
            covers[date, number] = 255 * (labels == number + 1)
    notes = list(common.notes)
    if not seen.all():
        notes.append(f"{1 - seen.mean():.1%} of the ground has no class in one of them")
    if cell > 1:
        notes.append(f"one pixel of {cell} along each side was looked at")
    return Judged(
        probability,
        covers,
        names,
        cell,
        (window.width, window.height),
        0.5,
        "two maps",
        "nothing: the maps say it",
        Registration(0.0, 0.0, 0.0, applied=False, residual_px=None),
        "not looked at",
        0.0,
        float(seen.mean()),
        bool((first == second).all()),
        tuple(notes),
    )


def _thinned(labels: Labels, window: Window, cell: int) -> Labels:
    left, top, width, height = window
    return labels[top : top + height, left : left + width][::cell, ::cell]


def _laid(common: Common, labels: Labels, cell: int) -> Labels:
    """The later map on the pixels of the earlier one: of each the nearest."""
    left, top, width, height = common.window
    made = np.full((-(-height // cell), -(-width // cell)), NOTHING, np.int16)
    for number, row in enumerate(range(0, height, cell)):
        x, y = common.lattice.at(Window(left, top + row, width, 1))
        x, y = (np.nan_to_num(one[0, ::cell], nan=-9.0) for one in (x, y))
        column, line = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
        inside = (column >= 0) & (line >= 0)
        inside &= (column < labels.shape[1]) & (line < labels.shape[0])
        made[number, inside] = labels[line[inside], column[inside]]
    return made
