"""Footprints of an index as shapely geometries."""

import json
from typing import Any, cast

from rsrag.errors import IndexCorruptError


def read_outlines(wkb: Any) -> Any:
    """Geometries of WKB: one, or an array for a sequence; ``None`` stays.

    Raises:
        IndexCorruptError: it is none; the store that it comes from is damaged.
    """
    import shapely

    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as exc:
        raise IndexCorruptError(
            f"A footprint of the index is no geometry: {exc}",
            hint="rsrag index verify NAME says what mends it",
        ) from exc


def geometry_mapping(wkb: bytes) -> dict[str, Any]:
    """WKB as a GeoJSON geometry object, with lists for coordinates.

    Raises:
        IndexCorruptError: it is no geometry.
    """
    return shape_mapping(read_outlines(wkb))


def shape_mapping(shape: Any) -> dict[str, Any]:
    """A shapely geometry as a GeoJSON geometry object, with lists for coordinates."""
    import shapely

    return cast("dict[str, Any]", json.loads(shapely.to_geojson(shape)))
