"""Layout of a foreign file: known layouts, and names typed by hand."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.imports.import_table import ForeignTable

if TYPE_CHECKING:
    import pyarrow as pa

OWN = "rsrag"
"""Layout of an export of our own: its columns are taken as they are."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A published way to name the columns.

    Attributes:
        name: for reports.
        needs: columns by which it is known.
        columns: its column for each of our fields.
    """

    name: str
    needs: frozenset[str]
    columns: Mapping[str, str]


_OWN_FIELDS = (
    "id", "geometry", "bbox", "source", "source_sha256", "window", "datetime",
    "gsd_m", "sensor", "crs", "nodata_share", "properties", "embedding",
)  # fmt: skip

LAYOUTS = (
    Layout(OWN, frozenset(_OWN_FIELDS), {name: name for name in _OWN_FIELDS}),
    Layout(
        "major-tom",
        frozenset({"grid_cell", "product_id", "embedding"}),
        {"id": "unique_id", "source": "product_id", "datetime": "timestamp"},
    ),
    Layout(
        "clay",
        frozenset({"embeddings", "geometry", "source_url"}),
        {"source": "source_url", "datetime": "date"},
    ),
    Layout(
        "clay", frozenset({"embeddings", "geometry", "item_id"}), {"source": "item_id"}
    ),
    Layout(
        "earth-index",
        frozenset({"embedding", "geometry", "tile_id"}),
        {"id": "tile_id"},
    ),
)

NAMES: Mapping[str, tuple[str, ...]] = {
    "embedding": ("embedding", "embeddings", "vector", "features"),
    "id": ("id", "unique_id", "chip_id", "tile_id"),
    "geometry": ("geometry", "geom", "wkb_geometry", "footprint", "wkt", "wkb"),
    "bbox": ("bbox",),
    "lon": ("lon", "longitude", "centre_lon", "center_lon", "centroid_lon"),
    "lat": ("lat", "latitude", "centre_lat", "center_lat", "centroid_lat"),
    "source": ("source", "source_url", "product_id", "item_id", "file", "path", "url"),
    "datetime": ("datetime", "timestamp", "acquisition_time", "date", "time"),
    "gsd_m": ("gsd_m", "gsd"),
    "sensor": ("sensor", "platform", "satellite"),
    "crs": ("crs", "utm_crs", "proj:code"),
    "nodata_share": ("nodata_share",),
}
"""Our fields, and what others call them, in the order they are looked for."""

LEFT_OUT = ("window", "source_sha256")
"""Of an export of our own; other files have no such thing."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns of one file.

    Attributes:
        layout: the layout's name, or ``columns`` if none is known.
        columns: column of each field that there is.
        rest: columns that go into ``properties``.
        geometry: what a GeoParquet footer says of the geometry column.
        dim: width of the embeddings, if the type tells.
    """

    layout: str
    columns: Mapping[str, str]
    rest: tuple[str, ...]
    geometry: Mapping[str, Any]
    dim: int | None

    @property
    def read(self) -> list[str]:
        """All columns that are needed, each once."""
        return list(dict.fromkeys([*self.columns.values(), *self.rest]))


def parse_map(words: list[str]) -> dict[str, str]:
    """Read ``field=column`` words; an empty column leaves the field out.

    Raises:
        ConfigError: no ``=``, or no such field.
    """
    mapping = {}
    for word in words:
        field, equals, column = word.partition("=")
        if not equals:
            raise ConfigError(
                f"--map {word!r} has no =.", hint="--map embedding=COLUMN"
            )
        if field not in NAMES:
            near = difflib.get_close_matches(field, NAMES, n=1)
            raise ConfigError(
                f"--map {word}: there is no field {field!r}."
                + (f" Did you mean {near[0]}?" if near else ""),
                hint=f"fields: {', '.join(NAMES)}",
            )
        mapping[field] = column
    return mapping


def map_columns(table: ForeignTable, typed: Mapping[str, str]) -> ColumnMap:
    """Find the column of each field.

    Args:
        table: a file.
        typed: what a person said, by field; empty leaves the field out.

    Raises:
        IndexingError: a column that was typed is not there, there is none of
            embeddings, or a column cannot be what it is taken for.
    """
    there = set(table.schema.names)
    for field, column in typed.items():
        if column and column not in there:
            near = difflib.get_close_matches(column, there, n=1)
            raise IndexingError(
                f"{table.path} has no column {column!r} for {field}. It has: "
                f"{columns_text(table.schema)}.",
                hint=f"--map {field}={near[0] if near else 'COLUMN'}",
            )
    layout = next((known for known in LAYOUTS if known.needs <= there), None)
    if layout is not None and layout.name == OWN and typed:
        # Columns of our own that were renamed by hand are no longer ours to trust.
        layout = None
    geo = _geo(table)
    columns: dict[str, str] = {}
    if layout is not None:
        columns |= {f: c for f, c in layout.columns.items() if c in there}
    if layout is None or layout.name != OWN:
        primary = geo.get("primary_column")
        if isinstance(primary, str) and primary in there:
            columns.setdefault("geometry", primary)
        taken = set(typed.values()) | set(columns.values())
        for field, names in NAMES.items():
            free = [name for name in names if name in there and name not in taken]
            if field not in columns and free:
                columns[field] = free[0]
    columns = {f: c for f, c in {**columns, **typed}.items() if c}
    if "embedding" not in columns:
        columns["embedding"] = _only_vectors(table)
    if ("lon" in columns) != ("lat" in columns):
        columns = {f: c for f, c in columns.items() if f not in ("lon", "lat")}
    from rsrag.indexing.imports.import_types import (
        check_types,
        embedding_dim,
        fits_properties,
    )

    check_types(table, columns)
    used = set(columns.values()) | set(LEFT_OUT) | {typed.get("embedding", "")}
    if layout is None or layout.name != OWN:
        columns = _one_place(columns, typed)
    rest = tuple(f.name for f in table.schema if f.name not in used)
    described = geo.get("columns", {}).get(columns.get("geometry", ""), {})
    return ColumnMap(
        layout=layout.name if layout else "columns",
        columns=columns,
        rest=tuple(n for n in rest if fits_properties(table.schema.field(n).type)),
        geometry=described if isinstance(described, Mapping) else {},
        dim=embedding_dim(table.schema.field(columns["embedding"]).type),
    )


def _one_place(columns: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """The columns with one way to say where: an outline, a box, or a point."""
    ways = (("geometry",), ("bbox",), ("lon", "lat"))
    asked = [way for way in ways if any(typed.get(field) for field in way)]
    there = [way for way in asked or ways if set(way) <= set(columns)]
    out = {field for way in ways if way not in there[:1] for field in way}
    return {field: column for field, column in columns.items() if field not in out}


def _only_vectors(table: ForeignTable) -> str:
    """The one column that holds lists of numbers."""
    from rsrag.indexing.imports.import_types import is_embedding

    found = [f.name for f in table.schema if is_embedding(f.type)]
    if len(found) == 1:
        return str(found[0])
    if found:
        what = f"several columns that may be vectors: {', '.join(found)}"
    else:
        what = f"no column of vectors. It has: {columns_text(table.schema)}"
    raise IndexingError(
        f"{table.path} has {what}.",
        hint=f"--map embedding={found[0] if found else 'COLUMN'}",
    )


def _geo(table: ForeignTable) -> Mapping[str, Any]:
    """The ``geo`` entry of the footer; what cannot be read is as good as none."""
    try:
        data = json.loads(table.footer.get(b"geo", b"{}"))
    except (ValueError, RecursionError):
        return {}
    good = isinstance(data, dict) and isinstance(data.get("columns", {}), dict)
    return data if good else {}


def columns_text(schema: "pa.Schema") -> str:
    """Names and types of columns, for a message."""
    shown = [f"{f.name} ({_short(str(f.type))})" for f in schema][:30]
    rest = len(schema) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
