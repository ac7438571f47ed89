"""What changed between two scenes: cells, components, and the fact sheet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.aligning.common_grid import Common, common_grid
from rsrag.analysis.change.aligning.laid_over import LaidOver
from rsrag.analysis.change.change_heads import naming_head
from rsrag.analysis.change.fact_sheet import FactSheet
from rsrag.analysis.change.judged_pair import judge
from rsrag.analysis.change.judgement import Judged, JudgeOptions
from rsrag.analysis.change.outcome.components import find_components
from rsrag.analysis.change.outcome.sheet_making import sheet_of
from rsrag.analysis.change.pair_port import ChangeHead, Floats
from rsrag.analysis.cover.cover_areas import AreaSize
from rsrag.analysis.cover.cover_classes import CoverClass, preset
from rsrag.encoders.dense_port import TapEncoder
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.reading import SceneReading
from rsrag.types import EncoderIdentity, Window

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed between two scenes.

    Attributes:
        sheet: all that may be said of it.
        before: source of the earlier scene.
        after: of the later one.
        probability: ``(rows, columns)`` float32 of cells of the common grid, nan where
            nothing can be compared.
        numbers: ``(rows, columns)`` int32: id of the component that a cell belongs to,
            0 for none.
        covers: ``(2, rows, columns)`` uint8: the class before and after, 1 the first
            of ``classes``; 0 where nothing can be compared or no head tells.
        geometries: of each component, GeoJSON in degrees; ``None`` without a place.
        classes: that covers are told by.
        cell_px: side of a cell in pixels of the common grid.
        place: of the common grid, if it has one.
        window: of the earlier scene, which is the common grid.
        identity: of the encoder.
    """

    sheet: FactSheet
    before: str
    after: str
    probability: Floats
    numbers: NDArray[np.int32]
    covers: Bytes
    geometries: tuple[Any, ...]
    classes: tuple[CoverClass, ...]
    cell_px: int
    place: Georeference | None
    window: Window
    identity: EncoderIdentity


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """How two scenes are compared.

    Attributes:
        judging: how they are made comparable.
        smallest: of components; ``None``: sixteen cells.
        threshold: of a cell's probability; ``None``: the head's own.
        mask: what is not to be compared: a scene that is above 0 there.
        classes: that covers are told by; each has covers of the encoder's head.
    """

    judging: JudgeOptions = field(default_factory=JudgeOptions)
    smallest: AreaSize | None = None
    threshold: float | None = None
    mask: SceneReading | None = None
    classes: tuple[CoverClass, ...] = ()


def compare(
    before: SceneReading,
    after: SceneReading,
    encoder: TapEncoder,
    head: ChangeHead,
    options: CompareOptions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Changed:
    """Say what changed between two scenes.

    Raises:
        ChangeError: they share no ground, or nothing of it can be compared.
        ImageReadError: pixels cannot be decoded.
        ConfigError: components are to be measured in square metres, and nothing says
            how large a pixel is.
    """
    common = common_grid(before, after)
    unknown = None
    if options.mask is not None:
        laid = common_grid(before, options.mask)
        unknown = LaidOver(options.mask, laid.lattice, laid.finer)
    judged = judge(
        before,
        after,
        common,
        encoder,
        head,
        options.judging,
        naming_head(encoder),
        unknown,
        progress,
    )
    # A cloud is in the way, not on the ground: nothing turned into one.
    covers = [one for one in preset("landcover").classes if one.name != "cloud"]
    classes = options.classes or tuple(covers)
    threshold = options.threshold or judged.threshold
    return told_of(
        before,
        after,
        common,
        judged,
        classes,
        options.smallest,
        threshold,
        encoder.dense_identity,
    )


def told_of(
    before: SceneReading,
    after: SceneReading,
    common: Common,
    judged: Judged,
    classes: tuple[CoverClass, ...],
    smallest: AreaSize | None,
    threshold: float,
    identity: EncoderIdentity,
) -> Changed:
    """What a judged pair comes to: its components and its fact sheet.

    Args:
        classes: that covers are told by.
        smallest: of components; ``None``: sixteen cells.
        threshold: of a cell's probability.

    Raises:
        ConfigError: components are to be measured in square metres, and nothing says
            how large a pixel is.
    """
    found = find_components(
        judged, common.place, threshold, smallest, classes, before.source
    )
    sheet = sheet_of(
        judged,
        found,
        threshold,
        overlap=common.overlap,
        notes=(*_order(before, after), *judged.notes),
        dates=(_date(before), _date(after)),
        gsd_m=before.metadata.gsd_m,
        encoder=identity.id,
    )
    covers = np.zeros((2, *judged.probability.shape), np.uint8)
    if judged.cover_names:
        number = {
            cover: at for at, one in enumerate(classes, start=1) for cover in one.covers
        }
        numbers = np.array([number.get(name, 0) for name in judged.cover_names])
        covers = numbers[judged.covers.argmax(axis=1)].astype(np.uint8)
        covers[:, ~np.isfinite(judged.probability)] = 0
    return Changed(
        sheet,
        before.source,
        after.source,
        judged.probability,
        found.numbers,
        covers,
        found.geometries,
        classes,
        judged.cell_px,
        common.place,
        common.window,
        identity,
    )


def _date(scene: SceneReading) -> str | None:
    moment = scene.metadata.datetime
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _order(before: SceneReading, after: SceneReading) -> tuple[str, ...]:
    first, second = before.metadata.datetime, after.metadata.datetime
    if first is None or second is None or first <= second:
        return ()
    return (
        f"the picture that is named first was taken on {first:%Y-%m-%d}, after the "
        f"other, of {second:%Y-%m-%d}: what came and what went are exchanged "
        "(--swap turns them round)",
    )
