"""Scores of heat maps: Rsu, Ras, Rda and Rmi, and what cannot be gamed beside them.

The four are those of semantic localisation (Yuan et al., "Learning to Evaluate
Performance of Multi-modal Semantic Localization", TGRS 2022, and its published code).
Their filters have sides in pixels, made for pictures of about 3,000: ``scale`` fits
them to others. Cubing a map lifts Rmi and moves no peak, so pointing and the average
precision of the pixels stand beside it.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Region = Sequence[Sequence[float]]
"""Corners ``(x, y)`` of a polygon, in pixels."""

PUBLISHED_SIDE = 3000
"""Side of the pictures that the published filters were made for."""
_SMOOTH, _APART, _TIMES = 50, 1000, 5
_PEAK = 0.5


def scaled(heat: NDArray[np.floating]) -> Floats:
    """A map from 0 to 1; one without differences is 0."""
    low, high = float(heat.min()), float(heat.max())
    if high == low:
        return np.zeros(heat.shape)
    return np.asarray((heat - low) / (high - low), np.float64)


def region_mask(shape: tuple[int, int], regions: Sequence[Region]) -> Mask:
    """Pixels inside any of the regions, ``(height, width)``."""
    from PIL import Image, ImageDraw

    drawn = Image.new("1", (shape[1], shape[0]))
    pen = ImageDraw.Draw(drawn)
    for region in regions:
        pen.polygon([(int(x), int(y)) for x, y in region], fill=1, outline=1)
    return np.asarray(drawn, bool)


def rsu(heat: Floats, mask: Mask) -> float:
    """How much of the heat lies inside the regions, 0 to 1; larger is better."""
    inside = float(heat[mask].sum())
    outside = float(heat.sum()) - inside
    area = float(mask.sum())
    if not area:
        return 0.0
    return 1 - math.exp(-0.707 * inside / (outside + 1e-7) * (mask.size - area) / area)


def circles(regions: Sequence[Region]) -> list[tuple[Floats, float]]:
    """Centre and radius round each region: 1.5 times the mean way to its corners."""
    found = []
    for region in regions:
        corners = np.asarray(region, np.float64)
        centre = corners.mean(axis=0)
        radius = 1.5 * float(np.hypot(*(corners - centre).T).mean())
        found.append((centre, radius))
    return found


def attention_peaks(heat: Floats, scale: float) -> list[Floats]:
    """Centres ``(x, y)`` of the plateaus that are maxima of the smoothed map."""
    from rasterio.features import shapes
    from shapely.geometry import shape

    smooth = np.floor(heat * 255)
    for _ in range(_TIMES):
        smooth = np.rint(_box_mean(smooth, max(1, round(_SMOOTH * scale))))
    highest = _box_max(smooth, max(1, round(_APART * scale)))
    tops = ((smooth == highest) & (smooth > 0)).astype(np.uint8)
    found = []
    for area, _ in shapes(tops, mask=tops > 0, connectivity=8):
        # A pixel's polygon ends at its far side; its centre lies half a pixel before.
        centre = np.asarray(shape(area).centroid.coords[0]) - 0.5
        column, row = np.clip(centre.astype(int), 0, np.array(heat.shape[::-1]) - 1)
        if heat[row, column] >= _PEAK:
            found.append(centre)
    return found


def _box_mean(image: Floats, side: int) -> Floats:
    """Mean of a square round every pixel, mirrored at the rim without the last row."""
    before, after = side // 2, side - 1 - side // 2
    mean = image
    for axis in (0, 1):
        pads = [(0, 0), (0, 0)]
        pads[axis] = (before, after)
        small = image.shape[axis] <= max(before, after)
        grown = np.pad(mean, pads, mode="symmetric" if small else "reflect")
        sums = np.cumsum(np.insert(grown, 0, 0, axis=axis), axis=axis)
        length = image.shape[axis]
        high = np.take(sums, np.arange(side, side + length), axis=axis)
        mean = (high - np.take(sums, np.arange(length), axis=axis)) / side
    return mean


def _box_max(image: Floats, side: int) -> Floats:
    """Maximum of a square round every pixel (van Herk, 1992)."""
    before = side // 2
    best = image
    for axis in (0, 1):
        length = image.shape[axis]
        pads = [(0, 0), (0, 0)]
        pads[axis] = (before, side * 2)
        grown = np.moveaxis(np.pad(best, pads, constant_values=-np.inf), axis, 0)
        grown = grown[: (length + 2 * side) // side * side]
        runs = grown.reshape(-1, side, grown.shape[1])
        left = np.maximum.accumulate(runs, axis=1).reshape(grown.shape)
        right = np.maximum.accumulate(runs[:, ::-1], axis=1)[:, ::-1]
        right = right.reshape(grown.shape)
        made = np.maximum(right[:length], left[side - 1 : side - 1 + length])
        best = np.moveaxis(made, 0, axis)
    return best


def ras(peaks: Sequence[Floats], rings: Sequence[tuple[Floats, float]]) -> float:
    """How far attention lies from the regions' centres, 0 to 1; smaller is better."""
    shares = []
    for centre, radius in rings:
        near = _ways(peaks, centre, radius)
        off = float(near.mean()) if len(near) else radius
        shares.append(off / radius if radius else 1.0)
    mean = float(np.mean(shares))
    return (math.exp(3 * mean) - 1) / (math.exp(3) - 1)


def rda(peaks: Sequence[Floats], rings: Sequence[tuple[Floats, float]]) -> float:
    """How much attention gathers in one place in each region, 0 to 1."""
    found = []
    for centre, radius in rings:
        near = [p for p in peaks if np.hypot(*(p - centre)) <= radius]
        if len(near) < 2:
            found.append(float(len(near)))
            continue
        middle = np.mean(near, axis=0)
        spread = float(np.mean([np.hypot(*(p - middle)) for p in near])) / radius
        found.append(0.5 * (1 - spread) + math.exp(-0.5 * (len(near) + 2)))
    return float(np.mean(found))


def _ways(peaks: Sequence[Floats], centre: Floats, radius: float) -> Floats:
    ways = np.array([np.hypot(*(peak - centre)) for peak in peaks], np.float64)
    return ways[ways <= radius]


def localization_scores(
    heat: NDArray[np.floating], regions: Sequence[Region], scale: float
) -> dict[str, float]:
    """All scores of one map.

    Args:
        heat: ``(height, width)`` of the picture, larger is warmer.
        regions: where the thing is.
        scale: of the published filters; 1 for pictures of about 3,000 pixels.

    Returns:
        ``pointing`` (0 or 1: whether the warmest pixel lies in a region), ``ap`` (of
        the pixels), ``iou`` (of the pixels above 0.6 of the map's range), ``rsu``,
        ``ras``, ``rda`` and ``rmi``.
    """
    made = scaled(heat)
    mask = region_mask((made.shape[0], made.shape[1]), regions)
    warmest = np.unravel_index(int(made.argmax()), made.shape)
    warm = made >= 0.6
    rings = circles(regions)
    peaks = attention_peaks(made, scale)
    found = {
        "pointing": float(mask[warmest]),
        "ap": average_precision(made.ravel(), mask.ravel()),
        "iou": float((warm & mask).sum() / max(1, (warm | mask).sum())),
        "rsu": rsu(made, mask),
        "ras": ras(peaks, rings),
        "rda": rda(peaks, rings),
    }
    found["rmi"] = 0.4 * found["rsu"] + 0.35 * (1 - found["ras"]) + 0.25 * found["rda"]
    return found


def average_precision(scores: NDArray[np.floating], right: Mask) -> float:
    """Area under the curve of precision over recall, in steps; ties go together."""
    if not right.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    hits, count = hits[last], np.flatnonzero(last) + 1
    recall = np.diff(np.insert(hits / hits[-1], 0, 0.0))
    return float((recall * hits / count).sum())
