"""Where one thing is in a scene and where not, by text alone."""

from collections.abc import Callable

import numpy as np

from rsrag.analysis.cover.cover_classes import CoverClass
from rsrag.analysis.cover.cover_map import NO_CLASS, NO_DATA, Segmented
from rsrag.analysis.cover.segmentation import fine_px
from rsrag.analysis.dense_scan import ScanPlan
from rsrag.analysis.localization import background_of, localize
from rsrag.encoders.dense_port import DenseEncoder
from rsrag.imagery.reading import SceneReading
from rsrag.types import Vectors

MOST_PLACES = 200


def segment_one(
    scene: SceneReading,
    encoder: DenseEncoder,
    one: CoverClass,
    vector: Vectors,
    plan: ScanPlan,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Segmented:
    """The areas that stand out, as :func:`rsrag.analysis.localization.localize` has it.

    Args:
        vector: ``(1, dim)`` float32 unit row: the thing's text.

    Returns:
        A map of 1 and 255; ``sureness`` is that of the area, the share of the way from
        the scene's median to its best peak. ``nothing`` says why none stands out.

    Raises:
        ImageReadError: the scene has no data, or cannot be decoded.
    """
    from rasterio.features import rasterize
    from shapely.affinity import scale

    found = localize(
        scene,
        encoder,
        one.name,
        vector,
        plan,
        bank=encoder.dense_bank,
        background=background_of(encoder),
        top_k=MOST_PLACES,
        progress=progress,
    )
    side = fine_px(scene, plan)
    times, cell = plan.stride_px // side, side * plan.shrink
    shape = -(-scene.height // cell), -(-scene.width // cell)
    seen = np.isfinite(found.heat).repeat(times, axis=0).repeat(times, axis=1)
    data = seen[: shape[0], : shape[1]]
    labels = np.where(data, NO_CLASS, NO_DATA).astype(np.uint8)
    sureness = np.zeros(shape, np.uint8)
    median = float(np.nanmedian(found.heat))
    for peak in () if found.nothing else reversed(found.peaks):
        area = scale(peak.area, 1 / cell, 1 / cell, origin=(0, 0))
        inside = rasterize([area], shape, all_touched=True).astype(bool) & data
        labels[inside] = 1
        way = (peak.score - median) / max(found.peaks[0].score - median, 1e-6)
        sureness[inside] = round(100 * way)
    return Segmented(
        scene.source,
        (one,),
        ("text",),
        labels,
        sureness,
        None,
        cell,
        encoder.dense_identity,
        found.size,
        scene.place,
        found.gsd_m,
        found.nothing,
    )
