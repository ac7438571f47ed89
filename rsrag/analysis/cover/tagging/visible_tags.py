"""Tags of features that are large enough to be seen in a chip."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Tags = Mapping[str, str]
MIN_AREA_PX, MIN_BREADTH_PX = 64.0, 4.0
"""An area is seen that has so many pixels in the chip, and is so broad."""
MIN_LINE_PX, MIN_LINE_BREADTH_PX = 16.0, 1.0
"""A line is seen that runs so far in the chip, and is so broad on the ground."""
MIN_POINT_PX = 3.0
"""A point is seen where its kind of thing has so many pixels across."""
CENTRE = 0.1
"""What lies within this part of the chip's side from its middle is in its centre."""
METRES_A_DEGREE = 111_320.0
BREADTHS_M = {
    "highway": {
        "motorway": 25.0,
        "trunk": 20.0,
        "primary": 12.0,
        "secondary": 10.0,
        "tertiary": 8.0,
        "residential": 6.0,
        "unclassified": 6.0,
        "service": 4.0,
        "track": 3.0,
        "path": 1.5,
        "footway": 2.0,
        "cycleway": 2.5,
        "steps": 2.0,
    },
    "waterway": {"river": 20.0, "canal": 15.0, "stream": 3.0, "ditch": 1.5},
    "railway": {"rail": 5.0, "tram": 3.0},
    "aeroway": {"runway": 40.0, "taxiway": 15.0},
}
"""Metres that lines are broad which do not say it by ``width``; others have 3."""
POINTS_M = {
    "wind_turbine": 60.0,
    "storage_tank": 20.0,
    "silo": 8.0,
    "tower": 8.0,
    "lighthouse": 10.0,
    "helipad": 15.0,
    "tree": 8.0,
}
"""Metres across of things that are mapped as points; others are not seen."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A thing on a map: its tags, and its outline in lon/lat degrees."""

    tags: Tags
    shape: "BaseGeometry"


@dataclass(frozen=True, slots=True)
class Ground:
    """A chip on the ground.

    Attributes:
        west: and the others, degrees; across the antimeridian there is none.
        width_px: pixels of the chip.
        height_px: likewise.
    """

    west: float
    south: float
    east: float
    north: float
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class ChipTags:
    """What the map says of a chip.

    Attributes:
        centre: tags of what lies in its middle, the smallest first.
        around: tags of what else is seen, the largest first.
    """

    centre: tuple[Tags, ...]
    around: tuple[Tags, ...]


class Map:
    """Features, found by their place."""

    def __init__(self, features: Sequence[Feature]) -> None:
        from shapely import STRtree

        self._features = [one for one in features if one.tags]
        self._tree = STRtree([one.shape for one in self._features])

    def seen(self, ground: Ground) -> ChipTags:
        """Tags of what can be seen in a chip."""
        from shapely import Point, box

        whole = box(ground.west, ground.south, ground.east, ground.north)
        middle = Point(ground.width_px / 2, ground.height_px / 2)
        middle = middle.buffer(CENTRE * min(ground.width_px, ground.height_px))
        centre: list[tuple[float, int, Tags]] = []
        around: list[tuple[float, int, Tags]] = []
        for at in sorted(self._tree.query(whole, predicate="intersects").tolist()):
            one = self._features[at]
            part = _in_pixels(one.shape.intersection(whole), ground)
            size = _size(part, one.tags, ground)
            if size <= 0:
                continue
            if part.intersects(middle):
                centre.append((size, at, one.tags))
            else:
                around.append((-size, at, one.tags))
        return ChipTags(_tags(centre), _tags(around))


def _tags(found: list[tuple[float, int, Tags]]) -> tuple[Tags, ...]:
    return tuple(tags for _, _, tags in sorted(found, key=lambda one: one[:2]))


def _in_pixels(shape: "BaseGeometry", ground: Ground) -> "BaseGeometry":
    """A shape in the chip's pixels, from its left and top."""
    from shapely.affinity import affine_transform

    across = ground.width_px / (ground.east - ground.west)
    down = ground.height_px / (ground.north - ground.south)
    moved = [across, 0, 0, -down, -ground.west * across, ground.north * down]
    return affine_transform(shape, moved)


def _size(part: "BaseGeometry", tags: Tags, ground: Ground) -> float:
    """Pixels that a part of a feature covers; 0 if it cannot be seen."""
    if part.is_empty:
        return 0.0
    if part.area > 0:
        broad = _breadth(part)
        seen = part.area >= MIN_AREA_PX and broad >= MIN_BREADTH_PX
        return float(part.area) if seen else 0.0
    latitude = math.radians((ground.south + ground.north) / 2)
    metres = (ground.east - ground.west) * METRES_A_DEGREE * math.cos(latitude)
    a_pixel = metres / ground.width_px
    if part.length > 0:
        broad = _line_breadth_m(tags) / a_pixel
        seen = part.length >= MIN_LINE_PX and broad >= MIN_LINE_BREADTH_PX
        return float(part.length * broad) if seen else 0.0
    across = max((POINTS_M.get(value, 0.0) for value in tags.values()), default=0.0)
    across /= a_pixel
    return across * across if across >= MIN_POINT_PX else 0.0


def _breadth(part: "BaseGeometry") -> float:
    """The shorter side of the smallest rectangle round it, turned as it must be."""
    from shapely import minimum_rotated_rectangle

    corners = list(minimum_rotated_rectangle(part).exterior.coords)
    return min(math.dist(corners[0], corners[1]), math.dist(corners[1], corners[2]))


def _line_breadth_m(tags: Tags) -> float:
    try:
        return float(tags.get("width", "").removesuffix("m").strip())
    except ValueError:
        pass
    for key, breadths in BREADTHS_M.items():
        if key in tags:
            return breadths.get(tags[key], 3.0)
    return 3.0


def features_of(frames: Sequence[tuple[str, Any]]) -> Iterator[Feature]:
    """Features of tables: their columns are tags, or one of them holds all tags.

    Args:
        frames: of :func:`rsrag.knowledge.feature_files.read_features`.
    """
    import json

    for _, frame in frames:
        names = [name for name in frame.columns if name != frame.geometry.name]
        cells = frame[names].itertuples(index=False, name=None)
        for shape, row in zip(frame.geometry, cells, strict=True):
            if shape is None or shape.is_empty:
                continue
            tags: dict[str, str] = {}
            for name, value in zip(names, row, strict=True):
                if name in ("tags", "other_tags") and isinstance(value, str):
                    try:
                        value = json.loads(value)
                    except ValueError:
                        continue
                if isinstance(value, dict):
                    tags |= {str(k): str(v) for k, v in value.items() if v is not None}
                elif isinstance(value, str) and value.strip() and name not in _NO_TAGS:
                    tags[str(name)] = value.strip()
            yield Feature(tags, shape)


_NO_TAGS = ("osm_id", "osm_way_id", "id", "@id", "full_id", "osm_type")
"""Columns that say which feature it is, and not what."""
