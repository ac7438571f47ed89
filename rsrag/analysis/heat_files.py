"""A heat map as files: raster and polygons for a GIS, a picture for the eye."""

from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.area_files import check_placed, write_areas
from rsrag.analysis.heat import Peak, finer, ranks
from rsrag.analysis.localization import Localized
from rsrag.analysis.placed_raster import write_raster
from rsrag.columns.outlines import shape_mapping
from rsrag.imagery.places.georeference import Georeference, to_lon_lat
from rsrag.imagery.places.pixel_areas import area_m2, area_on_earth
from rsrag.types import Pixels

_WARM = ((13, 8, 135), (156, 23, 158), (237, 121, 83), (240, 249, 33))
"""From cold to warm, at even steps (the ends and thirds of matplotlib's plasma)."""


def write_heat(path: Path, found: Localized) -> None:
    """Write a Cloud Optimized GeoTIFF of float32 cells.

    Band 1 is the cosine, comparable between scenes; band 2 the rank within the scene,
    0 to 1. Query, encoder, weights, window and stride stand in the tags, and why
    nothing stands out; nodata is nan.

    Raises:
        ConfigError: the file cannot be written.
    """
    tags = {
        "RSRAG_QUERY": found.query,
        "RSRAG_ENCODER": found.identity.id,
        "RSRAG_WEIGHTS_SHA256": found.identity.weights_sha256,
        "RSRAG_PREPROCESSING": found.identity.preprocessing,
        "RSRAG_WINDOW_PX": ",".join(
            str(side * found.plan.shrink) for side in found.plan.windows_px
        ),
        "RSRAG_STRIDE_PX": str(found.plan.cell_px),
    }
    if found.nothing:
        tags["RSRAG_NOTHING"] = found.nothing
    if found.gsd_m is not None:
        tags["RSRAG_WINDOW_M"] = ",".join(
            f"{side * found.plan.shrink * found.gsd_m:g}"
            for side in found.plan.windows_px
        )
    bands = {"cosine": found.heat, "rank": ranks(found.heat)}
    write_raster(
        path, bands, found.place, found.plan.cell_px, tags=tags, nodata=float("nan")
    )


def peak_mappings(found: Localized) -> list[dict[str, Any]]:
    """Peaks as plain JSON values.

    Positions are in degrees where the scene has a place, and always in pixels.
    """
    return [peak_mapping(found.place, peak) for peak in found.peaks]


def peak_mapping(place: Georeference | None, peak: Peak) -> dict[str, Any]:
    """One peak of a scene as plain JSON values.

    Returns:
        ``rank, score, score_mean, peak_px, bbox_px``, and where the scene has a place
        ``peak, area_m2, geometry``, else null.
    """
    mapping: dict[str, Any] = {
        "rank": peak.rank,
        "score": round(peak.score, 6),
        "score_mean": round(peak.score_mean, 6),
        "peak_px": [round(peak.column, 1), round(peak.row, 1)],
        "bbox_px": [round(v, 1) for v in peak.area.bounds],
        "peak": None,
        "area_m2": None,
        "geometry": None,
    }
    if place is not None:
        x, y = place.at(peak.column, peak.row)
        lon, lat = to_lon_lat(place.crs).transform(x, y)
        ground = area_on_earth(place, peak.area)
        mapping |= {
            "peak": [round((float(lon) + 180) % 360 - 180, 7), round(float(lat), 7)],
            "area_m2": round(area_m2(ground), 1),
            "geometry": shape_mapping(ground),
        }
    return mapping


def write_polygons(path: Path, found: Localized) -> int:
    """Write the areas of the peaks: GeoJSON, or a GeoPackage by the name's ending.

    Returns:
        How many were written; no file where nothing stands out.

    Raises:
        ConfigError: the scene has no place, or the file cannot be written.
    """
    check_placed(found.place, found.source, "its areas")
    rows = [] if found.nothing else peak_mappings(found)
    for row in rows:
        row["query"] = found.query
    write_areas(path, rows, ("rank", "score", "score_mean", "area_m2", "query"))
    return len(rows)


def overlay(picture: Pixels, found: Localized) -> Pixels:
    """The scene with its heat over it, cold to warm, and the areas outlined.

    Args:
        picture: the scene, thinned out as one likes.

    Returns:
        As ``picture``.
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    drawn = finer(found.heat)
    seen = np.isfinite(drawn)
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    share = np.where(seen, (drawn - low) / max(high - low, 1e-9), 0)
    steps = np.linspace(0, 1, len(_WARM))
    colours = np.stack(
        [np.interp(share, steps, [one[band] for one in _WARM]) for band in range(3)], 2
    )
    # Cells at the rim reach beyond the scene; what lies there is cut off.
    cells = np.array(found.heat.shape) * found.plan.cell_px
    cut = drawn.shape * np.array((found.size[1], found.size[0])) / cells
    part = (0, 0, float(cut[1]), float(cut[0]))
    veil = Image.fromarray(colours.astype(np.uint8)).resize(
        (width, height), Image.Resampling.BILINEAR, box=part
    )
    veiled = np.where(seen, 40 + 130 * share, 0)  # what is cold hides little
    where = Image.fromarray(veiled.astype(np.uint8)).resize(
        (width, height), Image.Resampling.BILINEAR, box=part
    )
    made = Image.composite(veil, Image.fromarray(picture), where)
    pen = ImageDraw.Draw(made)
    scale = width / found.size[0], height / found.size[1]
    for peak in () if found.nothing else found.peaks:
        ring = [(x * scale[0], y * scale[1]) for x, y in peak.area.exterior.coords]
        pen.line(ring, fill=(255, 255, 255), width=max(1, width // 400))
    return np.asarray(made)
