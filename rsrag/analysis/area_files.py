"""Areas on the Earth as files: GeoJSON, or a GeoPackage by the name's ending."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rsrag.analysis.area_styles import AreaStyle, add_style
from rsrag.durable import staged, write_atomically
from rsrag.errors import ConfigError


def check_placed(place: object | None, source: str, things: str) -> None:
    """Raise where a scene has no place on the Earth, so ``things`` have none either.

    Raises:
        ConfigError: ``place`` is ``None``.
    """
    if place is None:
        raise ConfigError(
            f"{source} has no place on the Earth, so {things} cannot be drawn "
            "on a map.",
            hint="--json gives them in pixels; --overlay draws them on the picture",
        )


def write_areas(
    path: Path,
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str],
    style: AreaStyle | None = None,
) -> None:
    """Write areas with their properties; no file where there is none.

    Args:
        rows: plain JSON values, ``geometry`` in degrees among them.
        columns: properties that a GeoPackage, layer ``areas``, is given; GeoJSON holds
            all.
        style: how they look where they are opened.

    Raises:
        ConfigError: the file cannot be written.
    """
    if not rows:
        return
    try:
        if path.suffix.lower() == ".gpkg":
            _write_geopackage(path, rows, columns, style)
            return
        collection = area_collection(rows, style)
        write_atomically(path, json.dumps(collection, ensure_ascii=False) + "\n")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def area_collection(
    rows: Sequence[dict[str, Any]], style: AreaStyle | None = None
) -> dict[str, Any]:
    """Areas with their properties as a FeatureCollection (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "geometry": row["geometry"],
            "properties": {k: v for k, v in row.items() if k != "geometry"}
            | ({} if style is None else style.simplestyle(row)),
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def _write_geopackage(
    path: Path,
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str],
    style: AreaStyle | None,
) -> None:
    import geopandas
    from shapely.geometry import shape

    frame = geopandas.GeoDataFrame(
        {name: [row[name] for row in rows] for name in columns},
        geometry=[shape(row["geometry"]) for row in rows],
        crs="EPSG:4326",
    )
    with staged(path) as draft:
        # A spatial index has triggers that call GDAL's functions, and we write below.
        options = {} if style is None else {"SPATIAL_INDEX": "NO"}
        frame.to_file(draft, layer="areas", driver="GPKG", layer_options=options)
        if style is not None:
            values = [str(row[style.column]) for row in rows]
            with closing(sqlite3.connect(draft)) as database, database:
                add_style(database, "areas", style.column, style.qml(values))
