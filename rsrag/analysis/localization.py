"""Where in a scene a thing lies, by words or by a picture of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.dense_scan import ScanPlan
from rsrag.analysis.heat import Peak, peaks
from rsrag.analysis.scene_colours import nothing_to_see
from rsrag.analysis.scene_similarities import similarities
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.errors import ConfigError
from rsrag.imagery.imagery_options import Size
from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.reading import SceneReading
from rsrag.interfaces import Encoder
from rsrag.retrieval.relevance.relevance import relevance_of
from rsrag.types import EncoderIdentity, Pixels, Vectors

HALF_DATA = 0.5
"""Cells with a smaller share of data are nodata."""
FLAT = 1e-4
"""Cosines that vary less than this over a scene: it is of one colour."""
SHRINK_ABOVE_PX = 320
"""Windows are looked at with fewer pixels where they have more than this."""
STANDS_OUT = 0.98
"""Share of foreign pictures that must be less like the query than a peak is."""
LIFT = 0.22
"""How much more a peak must be like the query than like the background queries.

What nothing can show, the sound of silence, is nearer to some place of a scene than to
most pictures, but no place is nearer to it than to other words."""


@dataclass(frozen=True, slots=True)
class Localized:
    """What was found.

    Attributes:
        source: of the scene.
        query: as it was asked.
        heat: ``(rows, columns)`` float32 cosines, nan where there is no data.
        plan: windows, stride and shrinkage.
        peaks: warmest first.
        relevance: share of foreign pictures that are less like the query than the best
            peak, 0 to 1; ``None`` for an encoder that no such pictures were kept of.
        lift: by how much the best peak is more like the query than like the background
            queries; ``None`` where none were given.
        nothing: why nothing stands out; empty where something does.
        identity: of the dense fields.
        size: width and height of the scene, pixels.
        place: of the scene, if it has one.
        gsd_m: metres a pixel, if known.
    """

    source: str
    query: str
    heat: NDArray[np.float32]
    plan: ScanPlan
    peaks: tuple[Peak, ...]
    relevance: float | None
    lift: float | None
    nothing: str
    identity: EncoderIdentity
    size: tuple[int, int]
    place: Georeference | None
    gsd_m: float | None


def plan_for(
    encoder: DenseEncoder,
    gsd_m: float | None,
    window: Size | None = None,
    stride_px: int | None = None,
) -> ScanPlan:
    """Windows of one size, or those that serve the encoder well.

    Args:
        gsd_m: metres a pixel of the scene, if known.
        window: its side; in metres only where ``gsd_m`` is known.
        stride_px: in pixels that are looked at.

    Raises:
        ConfigError: metres in a scene that tells none, or windows below 16 pixels.
    """
    stride = stride_px or encoder.dense_stride_px
    if window is None:
        return ScanPlan(encoder.dense_windows_px, stride)
    pixels = window.value
    if window.unit == "m":
        if gsd_m is None:
            raise ConfigError(
                f"The scene does not say how large its pixels are, so a window of "
                f"{window} cannot be cut.",
                hint="give --window in pixels: --window 96px",
            )
        pixels = window.value / gsd_m
    shrink = max(1, round(pixels / max(encoder.dense_windows_px)))
    if pixels <= SHRINK_ABOVE_PX:
        shrink = 1
    side = round(pixels / shrink)
    if side < 16:
        raise ConfigError(
            f"A window of {window} is {side} pixels of this scene: too few to see "
            "anything in.",
            hint="give a larger --window",
        )
    return ScanPlan((side,), stride, shrink)


def background_of(encoder: Encoder) -> Vectors | None:
    """Queries that a scene may show instead, ``(n, dim)``; ``None``: none are kept."""
    found = relevance_of(encoder.identity)
    return None if found is None else found.background


def localize(
    scene: SceneReading,
    encoder: DenseEncoder,
    query: str,
    vector: Vectors,
    plan: ScanPlan,
    *,
    bank: Vectors | None = None,
    background: Vectors | None = None,
    threshold: float = 0.6,
    top_k: int = 10,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Localized:
    """Find what is like a query in a scene.

    Args:
        query: its words, for people.
        vector: ``(1, dim)`` float32 unit row of the encoder's space.
        bank: ``(n, dim)`` of foreign pictures, made as the fields are.
        background: ``(n, dim)`` unit rows of queries that a scene may show instead; see
            :mod:`rsrag.retrieval.relevance.relevance`.
        threshold: how far down the way from a peak to the median its area goes.
        top_k: most peaks to give.

    Raises:
        ImageReadError: the scene has no data, or cannot be decoded.
    """
    nothing = nothing_to_see(scene)
    found, data = similarities(scene, encoder, plan, vector, progress, background)
    heat = np.where(data >= min(HALF_DATA, float(data.max())), found[0], np.nan)
    best = float(np.nanmax(heat))
    relevance = None if bank is None else float((bank @ vector[0] < best).mean())
    lift = None
    if background is not None:
        lift = best - float(found[1].ravel()[np.nanargmax(heat)])
    apart = max(plan.windows_px) * plan.shrink
    size = scene.width, scene.height
    return Localized(
        scene.source,
        query,
        heat.astype(np.float32),
        plan,
        ()
        if nothing
        else tuple(peaks(heat, plan.cell_px, apart, threshold, top_k, size)),
        relevance,
        lift,
        nothing or _nothing(heat, relevance, lift),
        encoder.dense_identity,
        size,
        scene.place,
        scene.metadata.gsd_m,
    )


def warmest(
    picture: Pixels,
    encoder: DenseEncoder,
    vector: Vectors,
    corner: tuple[int, int],
    threshold: float = 0.6,
) -> Peak:
    """The warmest place of a chip, and its area.

    A small chip is enlarged, so that it holds windows side by side.

    Args:
        picture: ``(height, width, 3)`` uint8 RGB.
        vector: ``(1, dim)`` float32 unit row of the encoder's space.
        corner: column and row of the scene where the chip begins; peak and area are
            given in pixels of the scene.
    """
    from PIL import Image
    from shapely.affinity import translate

    height, width = picture.shape[:2]
    times = max(1.0, 2 * max(encoder.dense_windows_px) / min(height, width))
    if times > 1:
        size = round(width * times), round(height * times)
        enlarged = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
        picture = np.asarray(enlarged)
    stride = max(1, encoder.dense_stride_px // 2)
    windows = encoder.dense_windows_px
    fields = encoder.encode_dense_windows(picture, windows, stride)
    heat = np.mean([field.vectors @ vector[0] for field in fields], axis=0)
    cell, apart = stride / times, max(windows) / times
    heat = heat.astype(np.float32)
    (peak,) = peaks(heat, cell, apart, threshold, 1, (width, height))
    x, y = corner
    return replace(
        peak,
        column=peak.column + x,
        row=peak.row + y,
        area=translate(peak.area, x, y),
    )


def _nothing(
    heat: NDArray[np.floating], relevance: float | None, lift: float | None
) -> str:
    if heat.size > 1 and np.nanmax(heat) - np.nanmin(heat) < FLAT:
        return "the scene looks the same everywhere"
    if relevance is not None and relevance < STANDS_OUT:
        return (
            f"{1 - relevance:.0%} of pictures that were taken elsewhere look as much "
            "like it as the best place here"
        )
    if lift is not None and lift < LIFT:
        return "the best place here is no more like it than like other words"
    return ""
