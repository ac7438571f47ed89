"""Features of GeoPackage, Shapefile, GeoJSON, KML and their kin as cards."""

import datetime as dt
import decimal
from pathlib import Path
from typing import Any

from rsrag.errors import KnowledgeError
from rsrag.geo import wrapped
from rsrag.knowledge.collection import Records
from rsrag.knowledge.feature_files import read_features
from rsrag.knowledge.importers.card_columns import field_names, taken_apart
from rsrag.knowledge.importers.cards import CardReader, plain
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.importers.osm import read_osm
from rsrag.knowledge.shapes import shape_wkb
from rsrag.types import Skip

_MARKUP = {
    "kml": "altitudeMode tessellate extrude visibility drawOrder icon".split(),  # noqa: SIM905
    "gml": ["gml_id", "fid", "lowerCorner", "upperCorner"],
}
"""Columns that come of the format, and tell nothing of the place."""
_TEXTS = ("name", "category", "source", "licence")


def read_vector(
    path: Path, kind: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Read one layer, or all of a KML, GPX or OpenStreetMap file; a feature is a card.

    Raises:
        KnowledgeError: unreadable, no such layer, no coordinate system, or a mapping
            that does not fit.
    """
    where = str(path)
    layers, notes = read_features(
        path, layer=options.layer, crs=options.crs, encoding=options.encoding
    )
    options.state.notes += notes
    if kind == "osm":
        return _osm(layers, where, options)
    collector = Collector(options, where)
    reader = CardReader(collector, drop=options.drop)
    rows: list[tuple[str, Any, dict[str, Any]]] = []
    columns: dict[str, None] = {}
    for layer, frame in layers:
        at = f"{layer}, feature" if len(layers) > 1 else "feature"
        own = [str(c) for c in frame.columns if c != frame.geometry.name]
        own = [c for c in own if c not in _MARKUP.get(kind, ())]
        columns |= dict.fromkeys(own)
        cells = frame[own].itertuples(index=False, name=None)
        for number, (shape, row) in enumerate(
            zip(frame.geometry, cells, strict=True), 1
        ):
            card = dict(zip(own, map(_plain, row), strict=True))
            rows.append((f"{at} {number}", shape, taken_apart(card, options.state)))
            columns |= dict.fromkeys(rows[-1][2])
    filled = {column for _, _, row in rows for column in row}
    for whole in options.state.apart.keys() - filled:
        columns.pop(whole, None)
    names = field_names(list(columns), options.columns, where)
    for at, shape, row in rows:
        with collector.attempt(at):
            if shape is None:
                raise KnowledgeError(
                    f"{collector.at}: geometry: there is none, or it is broken."
                )
            card = {names[c]: v for c, v in row.items() if c in names}
            for field in ("lon", "lat", "wkt", "bbox", "coordinates", "geometry"):
                card.pop(field, None)
            for field in _TEXTS:
                value = card.get(field)
                if isinstance(value, list):
                    card[field] = ", ".join(map(plain, value))
                elif isinstance(value, int | float):
                    card[field] = plain(value)
            reader.add(card, shape_wkb(wrapped(shape), collector.at))
    return collector.records(), collector.skipped


def _osm(
    layers: list[tuple[str, Any]], where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Features as GDAL reads them from OpenStreetMap's own files, with all tags."""
    kinds = {"points": "node", "lines": "way"}
    features = []
    for layer, frame in layers:
        own = [c for c in frame.columns if c != "geometry"]
        cells = frame[own].itertuples(index=False, name=None)
        for shape, row in zip(frame.geometry, cells, strict=True):
            tags = {k: v for k, v in zip(own, row, strict=True) if isinstance(v, str)}
            more = dict(zip(own, row, strict=True)).get("other_tags")
            way, number = tags.pop("osm_way_id", None), tags.pop("osm_id", None)
            kind = "way" if way else kinds.get(layer, "relation")
            tags |= more if isinstance(more, dict) else {}
            features.append(
                {
                    "id": f"{kind}/{way or number}",
                    "properties": {"tags": tags},
                    "geometry": None if shape is None else shape.__geo_interface__,
                }
            )
    records, skipped = read_osm({"features": features}, where, options)
    options.state.notes.append(f"{where}: features without a name were not read")
    return records, skipped


def _plain(value: Any) -> Any:
    """A cell as a JSON value; ``None`` for what is missing."""
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        value = value.tolist()
    if isinstance(value, list | tuple):
        if value and all(isinstance(v, tuple) and len(v) == 2 for v in value):
            return {str(key): _plain(part) for key, part in value}  # Arrow's map
        return [part for part in map(_plain, value) if part is not None]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, dt.datetime | dt.date | dt.time):
        missing = value != value  # pandas' NaT
        return None if missing else value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, decimal.Decimal | dt.timedelta):
        return str(value)
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, str | int | float) else None
