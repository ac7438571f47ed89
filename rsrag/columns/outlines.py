"""Footprints of an index as shapely geometries."""

from typing import Any

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
