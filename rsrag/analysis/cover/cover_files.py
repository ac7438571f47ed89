"""A map of classes as files: raster and polygons for a GIS, a picture."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.area_files import check_placed, write_areas
from rsrag.analysis.area_styles import AreaStyle
from rsrag.analysis.cover.cover_areas import AreaSize, area_mappings
from rsrag.analysis.cover.cover_map import (
    NO_CLASS,
    NO_DATA,
    Segmented,
    pixels_of_map,
)
from rsrag.analysis.placed_raster import write_raster
from rsrag.durable import write_atomically
from rsrag.errors import ConfigError
from rsrag.metrics.mask_runs import box_of, encode_mask
from rsrag.types import Pixels

_NONE = (190, 190, 190)


def write_cover(path: Path, found: Segmented) -> None:
    """Write a Cloud Optimized GeoTIFF of bytes with colours and names of its values.

    0 is nodata, 255 no class by the margin. Classes, heads and encoder stand in the
    tags.

    Raises:
        ConfigError: the file cannot be written.
    """
    palette: list[tuple[str, tuple[int, int, int]] | None] = [None] * 256
    for number, one in enumerate(found.classes, start=1):
        palette[number] = one.name, one.colour
    palette[NO_CLASS] = "no class", _NONE
    write_raster(
        path,
        {"class": found.labels},
        found.place,
        found.cell_px,
        tags=_tags(found),
        nodata=NO_DATA,
        palette=palette,
    )


def write_shares(path: Path, found: Segmented) -> None:
    """Write each class's probability as a band of whole percents, nodata 255.

    Raises:
        ConfigError: the file cannot be written.
    """
    assert found.shares is not None
    bands = {
        one.name: band for one, band in zip(found.classes, found.shares, strict=True)
    }
    tags = _tags(found)
    write_raster(path, bands, found.place, found.cell_px, tags=tags, nodata=NO_CLASS)


def _tags(found: Segmented) -> dict[str, str]:
    heads = zip(found.classes, found.heads, strict=True)
    return {
        "RSRAG_CLASSES": ",".join(one.name for one in found.classes),
        "RSRAG_HEADS": ",".join(f"{one.name}: {head}" for one, head in heads),
        "RSRAG_ENCODER": found.identity.id,
        "RSRAG_WEIGHTS_SHA256": found.identity.weights_sha256,
    }


def write_cover_polygons(
    path: Path, found: Segmented, smallest: AreaSize | None
) -> int:
    """Write the connected areas: GeoJSON, or a GeoPackage by the name's ending.

    Returns:
        How many were written; no file where there are none.

    Raises:
        ConfigError: the scene has no place, or the file cannot be written.
    """
    check_placed(found.place, found.source, "its areas")
    rows = area_mappings(found, smallest)
    style = AreaStyle("class", {one.name: one.colour for one in found.classes})
    write_areas(path, rows, ("class", "head", "score", "area_m2"), style)
    return len(rows)


def write_masks(path: Path, found: Segmented) -> int:
    """Write a mask of each class's pixels as JSON, in GeoPixInstruct's form.

    A record of ``image_id``, ``image_path`` and ``instances``, each with ``category``,
    ``description``, ``bbox`` (left, top, width and height in pixels, as COCO has it)
    and ``mask``: ``size`` and ``counts`` of COCO's run lengths.

    Returns:
        How many classes have pixels.

    Raises:
        ConfigError: the file cannot be written.
    """
    labels = pixels_of_map(found)
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(found.classes):
        mask = labels == number
        if mask.any():
            left, top, right, bottom = box_of(mask)
            row = {
                "instance_id": str(len(rows)),
                "category": one.name,
                "category_id": number + 1,
                "description": one.name,
                "bbox": [left, top, right - left, bottom - top],
                "mask": encode_mask(mask),
            }
            rows.append(row)
    name = Path(found.source).name
    record = {"image_id": Path(name).stem, "image_path": name, "instances": rows}
    try:
        write_atomically(path, json.dumps([record], ensure_ascii=False) + "\n")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc
    return len(rows)


def cover_overlay(picture: Pixels, found: Segmented) -> Pixels:
    """The scene with the classes' colours over it.

    Args:
        picture: the scene, thinned out as one likes.

    Returns:
        As ``picture``.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    colours = np.zeros((256, 3), np.uint8)
    for number, one in enumerate(found.classes, start=1):
        colours[number] = one.colour
    colours[NO_CLASS] = _NONE
    part = found.size[0] / found.cell_px, found.size[1] / found.cell_px
    drawn = Image.fromarray(found.labels).resize(
        (width, height), Image.Resampling.NEAREST, box=(0, 0, *part)
    )
    labels = np.asarray(drawn)
    veil = np.where(labels == NO_DATA, 0.0, np.where(labels == NO_CLASS, 0.25, 0.5))
    mixed = picture * (1 - veil[..., None]) + colours[labels] * veil[..., None]
    return np.asarray(np.rint(mixed), np.uint8)
