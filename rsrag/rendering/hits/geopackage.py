"""Hits as a GeoPackage that opens coloured by score, with a picture of each."""

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from rsrag.analysis.area_styles import add_style, fill_symbol
from rsrag.errors import RsragError
from rsrag.rendering.hits.geoparquet import hits_frame
from rsrag.rendering.hits.hit_html import jpeg, thumbnail
from rsrag.retrieval.chip_hit import ChipHit

LAYER = "hits"
SHADES = ("255,247,188", "254,227,145", "254,196,79", "236,112,20", "140,45,4")
"""Of five equal steps of the score, lowest first (ColorBrewer's YlOrBr)."""
PICTURED = 1_000
"""Hits that get a picture; more of them would make a heavy file."""
_SIDE = 176


def hits_geopackage(
    hits: Sequence[ChipHit],
    rows: Sequence[Mapping[str, Any]],
    about: Mapping[str, str] | None = None,
) -> bytes:
    """The file as bytes: one layer, ``hits``, EPSG:4326.

    Args:
        hits: best first.
        rows: the same as mappings; their query, if they have one, becomes a column.
        about: what they came from: a column each, and the layer's description.

    Returns:
        Columns as :meth:`rsrag.Hits.to_geopandas` has them, properties as JSON, a JPEG
        in ``thumbnail`` where the chip can be read, and QGIS's style beside them.
    """
    import json

    frame = hits_frame(hits)
    frame["properties"] = [json.dumps(row["properties"]) for row in rows]
    for name, value in (about or {}).items():
        frame[name] = value
    if rows and "query" in rows[0]:
        frame["query"] = [row["query"] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hits.gpkg"
        # A spatial index has triggers that call GDAL's functions, and we write below.
        frame.to_file(
            file,
            layer=LAYER,
            driver="GPKG",
            layer_options={"SPATIAL_INDEX": "NO", "FID": "fid"},
        )
        database = sqlite3.connect(file)
        try:
            with database:
                _complete(database, hits, about or {})
        finally:
            database.close()
        return file.read_bytes()


def _complete(
    database: sqlite3.Connection, hits: Sequence[ChipHit], about: Mapping[str, str]
) -> None:
    """Add the pictures, the style, and what the layer is."""
    database.execute(f"ALTER TABLE {LAYER} ADD COLUMN thumbnail BLOB")
    pictures = [(_picture(hit), rank) for rank, hit in enumerate(hits[:PICTURED], 1)]
    database.executemany(f"UPDATE {LAYER} SET thumbnail = ? WHERE rank = ?", pictures)
    add_style(database, LAYER, "score", style([hit.score for hit in hits]))
    said = "; ".join(f"{name}: {value}" for name, value in about.items())
    database.execute(
        "UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (said, LAYER)
    )


def _picture(hit: ChipHit) -> bytes | None:
    try:
        return jpeg(thumbnail(hit.pixels(), _SIDE), 82)
    except RsragError:
        return None


def style(scores: Sequence[float]) -> str:
    """QGIS's own XML: five shades by score, and a tip with the picture."""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    step = (high - low) / len(SHADES) or 1.0
    ranges, symbols = [], []
    for number, shade in enumerate(SHADES):
        ends = low + number * step, low + (number + 1) * step
        a, b = (f"{end:.6f}" for end in ends)
        ranges.append(
            f'<range lower="{a}" upper="{b}" symbol="{number}" render="true" '
            f'label="{ends[0]:.3f} - {ends[1]:.3f}"/>'
        )
        symbols.append(fill_symbol(number, shade, 150))
    tip = (
        '<img src="data:image/jpeg;base64,[% to_base64("thumbnail") %]"/>'
        '<br>[% "rank" %]. [% "place" %] [% round("score", 3) %]<br>[% "source" %]'
    )
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n'
        '<qgis version="3.28" styleCategories="Symbology|MapTips">'
        '<renderer-v2 type="graduatedSymbol" attr="score" symbollevels="0" '
        'graduatedMethod="GraduatedColor" enableorderby="0" forceraster="0">'
        f"<ranges>{''.join(ranges)}</ranges><symbols>{''.join(symbols)}</symbols>"
        f'</renderer-v2><mapTip enabled="1">{escape(tip)}</mapTip></qgis>\n'
    )
