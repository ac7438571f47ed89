"""What changed as files: rasters and polygons for a GIS, a picture, the fact sheet."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.area_files import check_placed, write_areas
from rsrag.analysis.area_styles import AreaStyle
from rsrag.analysis.change.fact_sheet import sheet_json
from rsrag.analysis.change.outcome.changed import Changed
from rsrag.analysis.placed_raster import write_raster
from rsrag.durable import write_atomically
from rsrag.errors import ConfigError
from rsrag.types import Pixels

COLUMNS = ("id", "from", "to", "probability", "area_m2", "cell")
_GAP_PX = 8
_TINT, _RIM = (255, 64, 0), (255, 255, 255)


def write_change(path: Path, found: Changed) -> tuple[Path, ...]:
    """Write the probability of change, and what covered each cell, before and after.

    ``path`` is a Cloud Optimized GeoTIFF of float32, nan where nothing can be compared;
    covers stand in ``NAME.before.tif`` and ``NAME.after.tif`` beside it, bytes with
    colours and names, 0 where none is told. (A GeoTIFF has colours for one band alone.)

    Returns:
        The paths of the covers, if any head tells them.

    Raises:
        ConfigError: a file cannot be written.
    """
    sheet = found.sheet
    tags = {
        "RSRAG_BEFORE": found.before,
        "RSRAG_AFTER": found.after,
        "RSRAG_HEAD": sheet.head,
        "RSRAG_THRESHOLD": f"{sheet.threshold:g}",
        "RSRAG_ENCODER": found.identity.id,
        "RSRAG_WEIGHTS_SHA256": found.identity.weights_sha256,
    }
    write_raster(
        path,
        {"probability of change": found.probability},
        found.place,
        found.cell_px,
        tags=tags,
        nodata=float("nan"),
    )
    if not found.covers.any():
        return ()
    palette: list[tuple[str, tuple[int, int, int]] | None] = [None] * 256
    for number, one in enumerate(found.classes, start=1):
        palette[number] = one.name, one.colour
    beside = []
    for when, covers in zip(("before", "after"), found.covers, strict=True):
        beside.append(path.with_name(f"{path.stem}.{when}.tif"))
        write_raster(
            beside[-1],
            {f"class {when}": covers},
            found.place,
            found.cell_px,
            tags=tags,
            nodata=0,
            palette=palette,
        )
    return tuple(beside)


def component_mappings(found: Changed) -> list[dict[str, Any]]:
    """Components as the fact sheet has them, with their outlines."""
    rows = sheet_json(found.sheet)["components"]
    return [
        {**row, "geometry": shape}
        for row, shape in zip(rows, found.geometries, strict=True)
    ]


def write_change_polygons(path: Path, found: Changed) -> int:
    """Write the components: GeoJSON, or a GeoPackage by the name's ending.

    Returns:
        How many were written.

    Raises:
        ConfigError: the pair has no place, or the file cannot be written.
    """
    check_placed(found.place, found.before, "its changes")
    rows = component_mappings(found)
    style = AreaStyle("to", {one.name: one.colour for one in found.classes})
    write_areas(path, rows, COLUMNS, style)
    return len(rows)


def write_sheet(path: Path, found: Changed, text: str) -> None:
    """Write the fact sheet: JSON, or as Markdown by the name's ending.

    Args:
        text: the sheet for people.

    Raises:
        ConfigError: the file cannot be written.
    """
    whole = json.dumps(sheet_json(found.sheet), ensure_ascii=False, indent=1) + "\n"
    try:
        write_atomically(path, text if path.suffix.lower() == ".md" else whole)
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def change_overlay(before: Pixels, after: Pixels, found: Changed) -> Pixels:
    """Before, after, and after with the pieces that changed over it, side by side.

    What could not be compared is grey.

    Args:
        before: the common ground, thinned out as one likes.
        after: of the same size.
    """
    from PIL import Image

    height, width = before.shape[:2]
    _, _, wide, tall = found.window
    part = (0, 0, wide / found.cell_px, tall / found.cell_px)

    def drawn(values: np.ndarray, how: Image.Resampling) -> np.ndarray:
        return np.asarray(
            Image.fromarray(values).resize((width, height), how, box=part)
        )

    # Pieces alone are tinted: what lies below the threshold is no change.
    numbers = drawn(found.numbers, Image.Resampling.NEAREST)
    likely = drawn(np.nan_to_num(found.probability), Image.Resampling.BILINEAR)
    veil = np.where(numbers > 0, 0.2 + 0.35 * likely, 0)[..., None]
    mixed = after * (1 - veil) + np.array(_TINT) * veil
    rim = np.zeros(numbers.shape, bool)
    framed = np.pad(numbers, 1)
    for axis in (0, 1):
        for way in (-1, 1):
            beside = np.roll(framed, way, axis)[1:-1, 1:-1]
            rim |= (numbers > 0) & (beside != numbers)
    mixed[rim] = _RIM
    lost = drawn(np.isnan(found.probability).astype(np.uint8), Image.Resampling.NEAREST)
    grey = mixed.mean(axis=2, keepdims=True) * 0.5 + 60
    mixed = np.where(lost[..., None] > 0, grey, mixed)
    gap = np.full((height, _GAP_PX, 3), 255, np.uint8)
    last = np.rint(mixed).astype(np.uint8)
    return np.concatenate([before, gap, after, gap, last], axis=1)
