"""Boxes that a phrase was found to mean, as plain values, files and on the picture."""

from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.area_files import check_placed, write_areas
from rsrag.analysis.grounding.grounded import Grounded
from rsrag.analysis.grounding.phrase_fit import Candidate
from rsrag.columns.outlines import shape_mapping
from rsrag.geo import geometry_bbox
from rsrag.imagery.places.pixel_areas import area_m2, area_on_earth
from rsrag.types import Pixels

_FIRST, _OTHER = (255, 221, 0), (255, 255, 255)


def box_mappings(found: Grounded) -> list[dict[str, Any]]:
    """Boxes as plain JSON values; none where the thing was not found.

    Positions are in degrees where the scene has a place, and always in pixels.
    """
    if found.nothing:
        return []
    return [_mapping(found, rank, one) for rank, one in enumerate(found.boxes, start=1)]


def _mapping(found: Grounded, rank: int, one: Candidate) -> dict[str, Any]:
    mapping: dict[str, Any] = {
        "rank": rank,
        "score": round(one.score, 6),
        "bbox_px": [round(side, 1) for side in one.box],
        "bbox": None,
        "area_m2": None,
        "geometry": None,
        "why": list(one.why),
    }
    if found.place is not None:
        from shapely import box

        ground = area_on_earth(found.place, box(*one.box))
        mapping |= {
            "bbox": [round(side, 7) for side in geometry_bbox(ground)],
            "area_m2": round(area_m2(ground), 1),
            "geometry": shape_mapping(ground),
        }
    return mapping


def write_boxes(path: Path, found: Grounded) -> int:
    """Write the boxes: GeoJSON, or a GeoPackage by the name's ending.

    Returns:
        How many were written; no file where the thing was not found.

    Raises:
        ConfigError: the scene has no place, or the file cannot be written.
    """
    check_placed(found.place, found.source, "boxes in it")
    rows = [
        {**row, "why": "; ".join(row["why"]), "query": found.phrase.text}
        for row in box_mappings(found)
    ]
    write_areas(path, rows, ("rank", "score", "area_m2", "query", "why"))
    return len(rows)


def boxes_drawn(picture: Pixels, found: Grounded) -> Pixels:
    """The scene with the boxes on it, the best in yellow.

    Args:
        picture: the scene, thinned out as one likes.

    Returns:
        As ``picture``.
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    made = Image.fromarray(picture).convert("RGB")
    pen = ImageDraw.Draw(made)
    scale = np.array([width / found.size[0], height / found.size[1]] * 2)
    line = max(2, width // 300)
    rows = list(enumerate(() if found.nothing else found.boxes))
    for number, one in reversed(rows):
        corners = tuple(float(side) for side in np.array(one.box) * scale)
        pen.rectangle(corners, outline=_OTHER if number else _FIRST, width=line)
    return np.asarray(made)
