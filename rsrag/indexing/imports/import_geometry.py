"""Footprints from what other people's files hold: WKB, WKT, GeoArrow, boxes, points."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import IndexingError
from rsrag.geo import bbox_geometry
from rsrag.indexing.imports.import_earth import LEAVE_OUT, RowPlace, Shapes, on_earth
from rsrag.indexing.imports.import_layout import ColumnMap
from rsrag.types import BBox

if TYPE_CHECKING:
    import pyarrow as pa


def footprints(table: "pa.Table", columns: ColumnMap, place: RowPlace) -> Shapes:
    """Lon/lat footprints of the rows, valid and inside ±180, ±90.

    From the geometry column if there is one, else from ``bbox``, else from ``lon``
    and ``lat``. An outline that runs across ±180 is cut there.

    Raises:
        IndexingError: bytes or text that are no geometry, coordinates that are not
            finite or beyond the Earth; naming file, column and row.
    """
    fields = columns.columns
    n = len(table)
    if "geometry" in fields:
        column = fields["geometry"]
        shapes = _decode(table[column], table.schema.field(column), place)
        shapes = _to_degrees(shapes, table.schema.field(column), columns, place)
    elif "bbox" in fields:
        column = fields["bbox"]
        shapes = _boxes(table[column], column, place)
    elif "lon" in fields:
        column = fields["lon"]
        shapes = _points(table[fields["lon"]], table[fields["lat"]])
    else:
        return np.full(n, None, dtype=object)
    return on_earth(shapes, column, place)


def _decode(column: "pa.ChunkedArray", field: "pa.Field", place: RowPlace) -> Shapes:
    import pyarrow as pa
    import shapely

    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    shapes: Shapes = np.full(len(column), None, dtype=object)
    there = np.flatnonzero(np.asarray(column.is_valid(), dtype=bool))
    if not len(there):
        return shapes
    values = column.take(pa.array(there))
    if not pa.types.is_nested(kind):
        words: Any = values.to_numpy()
        with np.errstate(invalid="ignore"):
            shapes[there] = _parse(words)
        # An empty value stands for none; anything else must be a geometry.
        bad = [row for row in there if shapes[row] is None and column[row].as_py()]
        if bad:
            value = column[bad[0]].as_py()
            raise IndexingError(
                f"{place.file}, column {field.name}, row {place.row + bad[0]}: "
                f"{value[:40]!r} is no geometry.",
                hint=LEAVE_OUT,
            )
        return shapes
    try:
        with np.errstate(invalid="ignore"):
            shapes[there] = _ragged(values.combine_chunks())
    except (ValueError, TypeError, KeyError, pa.ArrowException, shapely.GEOSException):
        raise IndexingError(
            f"{place.file}, column {field.name} is {kind}: no GeoArrow geometry.",
            hint=LEAVE_OUT,
        ) from None
    return shapes


def _parse(words: NDArray[Any]) -> Shapes:
    """WKB, WKB in hex digits, GeoJSON or WKT; what is none becomes ``None``."""
    import shapely

    first = words[0]
    read: Any = shapely.from_wkt
    if isinstance(first, bytes) or first[:2] in ("00", "01"):
        read = shapely.from_wkb
    elif first.lstrip().startswith("{"):
        read = shapely.from_geojson
    return np.asarray(read(words, on_invalid="ignore"))


def _ragged(array: "pa.Array") -> Shapes:
    """GeoArrow's own lists of points: point, line, polygon, multipolygon by depth."""
    import pyarrow as pa
    import shapely

    offsets = []
    while pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lists = np.asarray(array.offsets)
        offsets.append(lists - lists[0])
        array = array.flatten()
    if pa.types.is_struct(array.type):
        xy = np.column_stack([np.asarray(array.field(name)) for name in ("x", "y")])
    else:
        xy = np.asarray(array.flatten()).reshape(-1, array.type.list_size)[:, :2]
    kinds = (
        shapely.GeometryType.POINT,
        shapely.GeometryType.LINESTRING,
        shapely.GeometryType.POLYGON,
        shapely.GeometryType.MULTIPOLYGON,
    )
    return np.asarray(
        shapely.from_ragged_array(
            kinds[len(offsets)], np.ascontiguousarray(xy, float), tuple(offsets[::-1])
        )
    )


def _boxes(column: "pa.ChunkedArray", name: str, place: RowPlace) -> Shapes:
    shapes: Shapes = np.full(len(column), None, dtype=object)
    for row, value in enumerate(column.to_pylist()):
        if value is None:
            continue
        if isinstance(value, Mapping):
            value = [value[key] for key in ("xmin", "ymin", "xmax", "ymax")]
        if len(value) != 4 or any(side is None for side in value):
            raise IndexingError(
                f"{place.file}, column {name}, row {place.row + row}: {value!r} is no "
                "box of xmin, ymin, xmax, ymax.",
                hint="--map bbox= leaves it out",
            )
        shapes[row] = bbox_geometry(BBox(*map(float, value)))
    return shapes


def _points(lon: "pa.ChunkedArray", lat: "pa.ChunkedArray") -> Shapes:
    import pyarrow as pa
    import shapely

    xy = np.column_stack(
        [np.asarray(c.cast(pa.float64()).to_numpy()) for c in (lon, lat)]
    )
    shapes: Shapes = np.full(len(xy), None, dtype=object)
    there = ~np.isnan(xy).any(axis=1)
    shapes[there] = shapely.points(xy[there])
    return shapes


def _to_degrees(
    shapes: Shapes, field: "pa.Field", columns: ColumnMap, place: RowPlace
) -> Shapes:
    """Bring the file's reference system to lon/lat; none named is taken as that."""
    named = columns.geometry.get("crs")
    if named is None:
        entry = (field.metadata or {}).get(b"ARROW:extension:metadata", b"")
        try:
            data = json.loads(entry or b"{}")
            named = data.get("crs") if isinstance(data, dict) else None
        except (ValueError, RecursionError):
            named = None
    if named is None:
        return shapes
    import pyproj
    import shapely

    try:
        crs = pyproj.CRS.from_user_input(named)
    except pyproj.exceptions.CRSError as exc:
        raise IndexingError(
            f"{place.file}, column {field.name} names a reference system that is not "
            f"known: {exc}",
            hint="write it in OGC:CRS84",
        ) from exc
    if crs.is_geographic and (crs.to_epsg() == 4326 or "CRS84" in crs.to_string()):
        return shapes
    turn = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    return np.asarray(
        shapely.transform(
            shapes, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))
        )
    )
