"""Edges of a map of classes follow those of the picture."""

import numpy as np
import pytest
import rasterio
from made_scenes import opened, write_scene

from rsrag.analysis.cover import picture_edges
from rsrag.analysis.cover.cover_areas import area_mappings
from rsrag.analysis.cover.cover_classes import parse_classes
from rsrag.analysis.cover.cover_files import write_cover
from rsrag.analysis.cover.cover_map import NO_CLASS, Segmented
from rsrag.analysis.cover.picture_edges import check_refinable, refined
from rsrag.errors import QueryError
from rsrag.types import EncoderIdentity

LAND = 49
"""Columns of dark land in a scene of 90, which end inside a cell of 4."""


def map_of(scene, labels, cell_px=4) -> Segmented:
    return Segmented(
        scene.source,
        parse_classes("land,water").classes,
        ("cover", "cover"),
        labels,
        np.full(labels.shape, 70, np.uint8),
        np.stack([np.full(labels.shape, 30, np.uint8)] * 2),
        cell_px,
        EncoderIdentity("made", "0" * 64, "none", 3),
        (scene.width, scene.height),
        scene.place,
        10.0,
    )


def coast(path, **profile):
    """Land and water in 90 x 70 pixels, and the map of it in cells of 4."""
    pixels = np.full((70, 90, 3), 200, np.uint8)
    pixels[:, :LAND] = 40
    pixels[60:] = 0 if profile else pixels[60:]
    labels = np.full((18, 23), 2, np.uint8)
    labels[:, : LAND // 4] = 1
    return write_scene(path, pixels, **profile), labels


@pytest.mark.parametrize("strip", [256, 16])
def test_an_edge_moves_to_that_of_the_picture(tmp_path, monkeypatch, strip) -> None:
    monkeypatch.setattr(picture_edges, "_STRIP", strip)
    path, labels = coast(tmp_path / "a.tif")
    with opened(path) as scene:
        found = refined(map_of(scene, labels), scene)
    assert found.cell_px == 1 and found.labels.shape == (70, 90)
    assert (found.labels[:, :LAND] == 1).all() and (found.labels[:, LAND:] == 2).all()
    assert (found.sureness == 70).all() and found.shares.shape == (2, 70, 90)
    rows = area_mappings(found, None)
    assert [(row["class"], row["area_px"]) for row in rows] == [
        ("land", 70 * LAND),
        ("water", 70 * (90 - LAND)),
    ]
    write_cover(tmp_path / "c.tif", found)
    with rasterio.open(tmp_path / "c.tif") as file, rasterio.open(path) as source:
        assert file.shape == source.shape and file.transform == source.transform


def test_pixels_without_data_stay_so(tmp_path) -> None:
    path, labels = coast(tmp_path / "a.tif", nodata=0)
    labels[:3] = NO_CLASS
    with opened(path) as scene:
        found = refined(map_of(scene, labels), scene)
    assert (found.labels[60:] == 0).all() and (found.labels[:60] != 0).all()
    assert (found.labels[:10] == NO_CLASS).all() and (
        found.labels[16:60, :40] == 1
    ).all()


def test_means_are_of_what_is_there() -> None:
    values = np.arange(12.0).reshape(3, 4)
    near = picture_edges._near(values, 1)
    assert near[0, 0] == values[:2, :2].mean() and near[1, 1] == values[:3, :3].mean()
    assert near[2, 3] == values[1:, 2:].mean()


def test_what_is_too_large_is_refused(tmp_path, monkeypatch) -> None:
    path, _ = coast(tmp_path / "a.tif")
    monkeypatch.setattr(picture_edges, "MOST_PX", 70 * 90 - 1)
    with opened(path) as scene, pytest.raises(QueryError, match="too many to draw"):
        check_refinable(scene)
