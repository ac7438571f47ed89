"""Objects in a picture as evidence: counted by part of it, and placed."""

import numpy as np
import pytest
import shapely

from rsrag.encoders.dense_port import ObjectField
from rsrag.rag.looking.objects_seen import objects_seen

CLASSES = ("plane", "ship", "small vehicle", "large vehicle", "bridge")


class Planted:
    """Sees objects in the cells where they were planted, 16 pixels across."""

    object_classes = CLASSES

    def __init__(self, **places) -> None:
        self.places = places

    def encode_objects(self, image, *, margin_px=0) -> ObjectField:
        rows, columns = (-(-side // 8) for side in image.shape[:2])
        chances = np.zeros((rows, columns, len(CLASSES)), np.float32)
        for name, cells in self.places.items():
            for row, column, chance in cells:
                if row < rows and column < columns:
                    number = CLASSES.index(name.replace("_", " "))
                    chances[row, column, number] = chance
        return ObjectField(chances, np.full((rows, columns, 4), 8, np.float32), 8)


PICTURE = np.zeros((96, 96, 3), np.uint8)


def test_each_kind_is_counted_by_part_of_the_picture() -> None:
    planes = [(1, 1, 0.9), (1, 10, 0.7), (2, 3, 0.8), (6, 6, 0.5)]
    encoder = Planted(plane=planes, ship=[(6, 6, 0.61)], bridge=[(9, 9, 0.99)])
    found = objects_seen("a.png", PICTURE, encoder)
    assert [one.text for one in found] == [
        "3 planes are seen: 2 at the top left, 1 at the top right.",
        "One ship is seen, in the middle.",
    ]
    assert found[0].scores["objects"] == 3
    assert found[0].score == pytest.approx(0.9)


def test_boxes_become_a_geometry() -> None:
    encoder = Planted(plane=[(1, 1, 0.9), (9, 9, 0.8)])

    def on_earth(boxes):
        return shapely.to_wkb(shapely.union_all([shapely.box(*one) for one in boxes]))

    (found,) = objects_seen("a.png", PICTURE, encoder, None, on_earth)
    assert shapely.from_wkb(found.geometry).area == 2 * 16 * 16


def test_what_cannot_be_seen_is_not_told() -> None:
    encoder = Planted(small_vehicle=[(1, 1, 0.9)], plane=[(5, 5, 0.59)])
    assert objects_seen("a.png", PICTURE, encoder, gsd_m=10.0) == []
    assert [one.id for one in objects_seen("a.png", PICTURE, encoder)] == [
        "a.png small vehicle"
    ]
    assert objects_seen("a.png", PICTURE, object()) == []
