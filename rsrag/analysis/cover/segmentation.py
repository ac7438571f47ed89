"""What covers a scene, cell by cell: by texts, and by a small head for land cover."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.analysis.cover.cover_map import NO_CLASS, NO_DATA, Bytes, Segmented
from rsrag.analysis.dense_scan import ScanPlan, scan
from rsrag.analysis.scene_colours import nothing_to_see
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import DenseEncoder, Look, between_cells
from rsrag.errors import ImageReadError
from rsrag.imagery.reading import SceneReading
from rsrag.types import Vectors

Floats = NDArray[np.float32]

FINE_PX, COARSE_PX = 4, 8
"""Side of a cell, in pixels that are looked at, in ordinary and in huge scenes."""
HUGE_PX = 1 << 28
"""Pixels of a scene from which cells are coarse."""
_LEVELS = 255
"""Steps that the root of a cover's probability is kept in: small ones count, too."""
_STRIP = 256
"""Rows of cells that are decided at once."""


def fine_px(scene: SceneReading, plan: ScanPlan) -> int:
    """Side of the cells that are told apart, in pixels that are looked at."""
    looked_at = scene.width * scene.height / plan.shrink**2
    return FINE_PX if looked_at < HUGE_PX else COARSE_PX


@dataclass(frozen=True, slots=True)
class _Scores:
    """What the scan gives, whole.

    Attributes:
        cosines: ``(texts, rows, columns)`` of the windows' cells.
        covers: ``(covers, rows, columns)`` of the fine cells, in ``_LEVELS``.
        data: ``(rows, columns)`` of the fine cells: there is data.
    """

    cosines: Floats
    covers: Bytes
    data: NDArray[np.bool_]


def segment(
    scene: SceneReading,
    encoder: DenseEncoder,
    classes: Sequence[CoverClass],
    heads: Sequence[str],
    vectors: Vectors,
    plan: ScanPlan,
    *,
    head: CoverHead | None,
    temperature: float,
    margin: float = 0.0,
    closed: bool = False,
    keep_shares: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Segmented:
    """Say of every cell of a scene which class covers it.

    The texts' cosines go through a softmax over all classes; the classes that the cover
    head tells share among them, as it says, what text gives to none of the others.

    Args:
        heads: of :func:`heads_for`.
        vectors: ``(classes, dim)`` float32 unit rows: the classes' texts.
        temperature: of the softmax over the cosines.
        margin: that the likeliest class must lead by, 0 to 1.
        closed: one of the classes is right everywhere: covers that none of them stands
            for do not count, and every cell has a class.
        keep_shares: keep every class's probability.

    Raises:
        ImageReadError: the scene has no data, or cannot be decoded.
    """
    told = np.array([one == "cover" for one in heads])
    if not told.any():
        head = None
    side = fine_px(scene, plan)
    windows = () if told.all() else plan.windows_px
    looking = ScanPlan(
        windows, plan.stride_px, plan.shrink, None if head is None else side
    )
    nothing = "" if closed else nothing_to_see(scene)
    scores = _scores(scene, encoder, looking, vectors, head, side, progress)
    if not scores.data.any():
        raise ImageReadError(f"{scene.source} holds no pixel with data.")
    members = _members(classes, told, head)
    rows, columns = scores.data.shape
    labels, sureness = np.empty((2, rows, columns), np.uint8)
    shares = np.empty((len(classes), rows, columns), np.uint8) if keep_shares else None
    for start in range(0, rows, _STRIP):
        strip = slice(start, min(start + _STRIP, rows))
        likely, other = _likely(
            scores, strip, plan.stride_px // side, told, members, temperature, closed
        )
        lead, sure = _decided(likely, other, 0.0 if closed else margin)
        data = scores.data[strip]
        labels[strip] = np.where(data, lead, NO_DATA)
        sureness[strip] = np.where(data, np.rint(100 * sure), 0)
        if shares is not None:
            shares[:, strip] = np.where(data, np.rint(100 * likely), NO_CLASS)
    if nothing:
        labels[scores.data] = NO_CLASS
    elif np.isin(labels, (NO_DATA, NO_CLASS)).all():
        nothing = f"none of the classes is the likeliest anywhere, by {margin:g}"
    return Segmented(
        scene.source,
        tuple(classes),
        tuple(heads),
        labels,
        sureness,
        shares,
        side * plan.shrink,
        encoder.dense_identity,
        (scene.width, scene.height),
        scene.place,
        scene.metadata.gsd_m,
        nothing,
    )


def _scores(
    scene: SceneReading,
    encoder: DenseEncoder,
    plan: ScanPlan,
    vectors: Vectors,
    head: CoverHead | None,
    side: int,
    progress: Callable[[int, int], None],
) -> _Scores:
    """Look the scene over once."""

    def take(look: Look) -> tuple[Floats | None, Bytes | None]:
        cosines = None
        if look.fields:
            mean = np.mean([field.vectors @ vectors.T for field in look.fields], axis=0)
            cosines = np.moveaxis(np.asarray(mean, np.float32), 2, 0)
        covers = None
        if head is not None and look.taps is not None:
            likely = np.moveaxis(head(look.taps.values), 2, 0)
            covers = np.rint(np.sqrt(likely) * _LEVELS).astype(np.uint8)
        return cosines, covers

    fine = (
        -(-scene.height // (side * plan.shrink)),
        -(-scene.width // (side * plan.shrink)),
    )
    coarse = plan.cells(scene.width, scene.height)
    cosines = np.zeros((len(vectors) if plan.windows_px else 0, *coarse), np.float32)
    covers = np.zeros((0 if head is None else len(head.covers), *fine), np.uint8)
    data = np.zeros(fine, bool)
    to_fine = plan.fine_px // side
    to_coarse = plan.stride_px // plan.fine_px
    for row, column, taken, share in scan(scene, encoder, plan, take, progress):
        seen = share >= min(0.5, float(share.max()))
        seen &= share > 0
        seen = np.repeat(np.repeat(seen, to_fine, axis=0), to_fine, axis=1)
        at = row * to_fine, column * to_fine
        part = data[at[0] : at[0] + seen.shape[0], at[1] : at[1] + seen.shape[1]]
        part[:] = seen[: part.shape[0], : part.shape[1]]
        texts, known = taken or (None, None)
        if texts is not None:
            up, left = row // to_coarse, column // to_coarse
            cosines[:, up : up + texts.shape[1], left : left + texts.shape[2]] = texts
        if known is not None:
            covers[:, row : row + known.shape[1], column : column + known.shape[2]] = (
                known
            )
    return _Scores(cosines, covers, data)


def _members(
    classes: Sequence[CoverClass], told: NDArray[np.bool_], head: CoverHead | None
) -> Floats:
    """``(classes, covers)``: which covers make up each class that the head tells."""
    names = () if head is None else head.covers
    made = [
        [float(cover and name in one.covers) for name in names]
        for one, cover in zip(classes, told, strict=True)
    ]
    return np.asarray(made, np.float32).reshape(len(classes), len(names))


def _likely(
    scores: _Scores,
    strip: slice,
    times: int,
    told: NDArray[np.bool_],
    members: Floats,
    temperature: float,
    closed: bool,
) -> tuple[Floats, Floats]:
    """Probability of each class in a strip of cells, and of covers that none is."""
    columns = scores.data.shape[1]
    shape = len(told), strip.stop - strip.start, columns
    likely = np.zeros(shape, np.float32)
    left = np.ones(shape[1:], np.float32)
    if not told.all():
        rows, held = strip.stop - strip.start, scores.cosines.shape[1:]
        down = between_cells(rows, strip.start, 1, held[0], times)
        across = between_cells(columns, 0, 1, held[1], times)
        logits = down @ (scores.cosines @ across.T) / np.float32(temperature)
        logits -= logits.max(axis=0)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=0)
        likely[~told] = logits[~told]
        left = logits[told].sum(axis=0) if told.any() else np.zeros_like(left)
    other = np.zeros_like(left)
    if told.any():
        covers = (scores.covers[:, strip].astype(np.float32) / _LEVELS) ** 2
        mine = np.tensordot(members[told], covers, axes=1)
        if closed:
            mine /= np.maximum(mine.sum(axis=0), 1e-6)
        else:
            other = np.maximum(0, 1 - mine.sum(axis=0)) * left
        likely[told] = mine * left
    return likely, other


def _decided(
    likely: Floats, other: Floats, margin: float
) -> tuple[NDArray[np.int64], Floats]:
    """Number of the likeliest class, or ``NO_CLASS``; and how likely it is."""
    lead = likely.argmax(axis=0)
    best = np.take_along_axis(likely, lead[None], axis=0)[0]
    second = other
    if len(likely) > 1:
        second = np.maximum(np.partition(likely, -2, axis=0)[-2], other)
    none = (other > best) | (best - second < margin)
    return np.where(none, NO_CLASS, lead + 1), best
