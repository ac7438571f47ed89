"""Hits as text for programs: JSON, CSV, GeoJSON, paths; and the door to all formats."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, TextIO, cast

from rsrag.columns.outlines import geometry_mapping
from rsrag.errors import ConfigError
from rsrag.imagery.sources.gdal_names import gdal_name
from rsrag.indexing.build.sidecar import rfc3339
from rsrag.indexing.format.chip_schema import RULES
from rsrag.rendering.hits.hit_table import hits_table, table_width
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit

BINARY = {"geoparquet": "parquet", "gpkg": "gpkg"}
"""Formats that are no text, and how their files end."""
FORMATS = ("table", "json", "jsonl", "csv", "geojson", "paths", "gdal", *BINARY)
"""What ``--format`` may say."""
SCORE_DIGITS = 6
"""Decimals of a score that a reader gets; float32 has no more to tell."""

CSV_COLUMNS = (
    *("rank", "id", "score", "probability", "source"),
    *("col_off", "row_off", "width", "height"),
    *("west", "south", "east", "north", "datetime", "gsd_m", "sensor"),
    *("nodata_share", "place", "crs", *RULES, "properties"),
)
"""Header of the CSV: window and bbox are spread over four columns each."""


def hit_mapping(hit: ChipHit, rank: int) -> dict[str, Any]:
    """A hit as plain JSON values; every key is always there, null where unknown.

    Args:
        rank: from 1.

    Returns:
        ``rank, id, score, probability, source, window [col_off, row_off, width,
        height], bbox [west, south, east, north], geometry`` (GeoJSON), ``datetime``
        (RFC 3339, UTC), ``gsd_m, sensor, nodata_share, place, crs,
        placed_by, dated_by, bands, properties``, and ``found_at`` where it was looked
        for. A bbox across the antimeridian has ``west > east``.
    """
    window, box, time, outline = hit.window, hit.bbox, hit.datetime, hit.wkb
    return {
        "rank": rank,
        **{n: hit.payload[n] for n in ("index", "lanes") if n in hit.payload},
        "id": hit.id,
        "score": round(float(hit.score), SCORE_DIGITS),
        "probability": _rounded(hit.probability),
        "source": hit.source,
        "window": None if window is None else list(window),
        "bbox": None if box is None else list(box),
        "geometry": None if outline is None else geometry_mapping(outline),
        "datetime": None if time is None else rfc3339(time),
        "gsd_m": hit.gsd_m,
        "sensor": hit.sensor,
        "nodata_share": _rounded(hit.nodata_share),
        "place": hit.place,
        "crs": hit.crs,
        **{name: getattr(hit, name) for name in RULES},
        "properties": hit.properties,
        **({} if hit.found_at is None else {"found_at": dict(hit.found_at)}),
    }


def check_format(format: str) -> str:
    """The same word, if it is one of :data:`FORMATS`.

    Raises:
        ConfigError: it is not.
    """
    if format not in FORMATS:
        raise ConfigError(
            f"There is no format {format!r}.", hint=f"--format {'|'.join(FORMATS)}"
        )
    return format


def render_hits(
    hits: Sequence[ChipHit],
    format: str,
    stream: TextIO | BinaryIO,
    rows: Sequence[dict[str, Any]] | None = None,
    about: Mapping[str, str] | None = None,
) -> None:
    """Write hits, best first, in the order given.

    Args:
        format: one of :data:`FORMATS`.
        rows: the hits as mappings, where they say more than
            :func:`hit_mapping` does.
        stream: where to; text is encoded as UTF-8 on a binary stream.
            GeoParquet is bytes: a text stream must have a ``buffer``, as
            ``sys.stdout`` has.
        about: what the hits came from; GeoJSON, GeoParquet and GeoPackage keep it.

    Raises:
        ConfigError: an unknown format, or GeoParquet to a terminal.
    """
    if check_format(format) in BINARY:
        if stream.isatty():
            raise ConfigError(
                f"{format} is not text: it would garble the terminal.",
                hint=f"redirect it: rsrag … --format {format} > hits.{BINARY[format]}",
            )
        if format == "geoparquet":
            from rsrag.rendering.hits.geoparquet import hits_geoparquet

            write_bytes(stream, hits_geoparquet(hits, _rows(hits, rows), about))
        else:
            from rsrag.rendering.hits.geopackage import hits_geopackage

            write_bytes(stream, hits_geopackage(hits, _rows(hits, rows), about))
        return
    encoding = str(getattr(stream, "encoding", None) or "utf-8")
    unicode = encoding.lower().startswith("utf")
    text = hits_text(
        hits,
        format,
        width=table_width(stream),
        ascii_only=not unicode,
        rows=rows,
        about=about,
    )
    if stream.isatty():
        text = "".join(f"{printable(line)}\n" for line in text.split("\n")[:-1])
    if format in ("paths", "gdal"):
        # A path is bytes: what the file system gave goes out unchanged.
        write_bytes(stream, text.encode("utf-8", "surrogateescape"))
    else:
        write_bytes(stream, text.encode("utf-8", "backslashreplace"))


def hits_text(
    hits: Sequence[ChipHit],
    format: str,
    *,
    width: int | None = None,
    ascii_only: bool = False,
    rows: Sequence[dict[str, Any]] | None = None,
    about: Mapping[str, str] | None = None,
) -> str:
    """Hits in one of the text formats, with a newline at the end of each line.

    Args:
        hits: best first.
        format: any of :data:`FORMATS` but those of :data:`BINARY`.
        width: columns that a table may take, ``None`` for as many as it needs.
        ascii_only: escape all else, in tables and JSON.
        rows, about: as in :func:`render_hits`.
    """
    if format == "table":
        return hits_table(hits, width=width, ascii_only=ascii_only)
    if format in ("paths", "gdal"):
        name = gdal_name if format == "gdal" else str
        names = dict.fromkeys(name(hit.source) for hit in hits)
        return "".join(f"{one}\n" for one in names if one is not None)
    rows = _rows(hits, rows)
    if format == "csv":
        return _csv(rows)
    dumps = json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False).encode
    if format == "jsonl":
        return "".join(f"{dumps(row)}\n" for row in rows)
    if format == "geojson":
        features = [dumps(_feature(row)) for row in rows]
        told = f'"rsrag": {dumps(dict(about))}, ' if about else ""
        head = f'{{"type": "FeatureCollection", {told}"features": ['
        return _lines(head, features, "]}")
    return _lines("[", [dumps(row) for row in rows], "]")


def hits_collection(
    hits: Sequence[ChipHit], about: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Hits as a GeoJSON FeatureCollection (RFC 7946); what they came from: `rsrag`."""
    features = [_feature(row) for row in _rows(hits, None)]
    told = {"rsrag": dict(about)} if about else {}
    return {"type": "FeatureCollection", **told, "features": features}


def _rows(
    hits: Sequence[ChipHit], rows: Sequence[dict[str, Any]] | None
) -> Sequence[dict[str, Any]]:
    if rows is not None:
        return rows
    return [hit_mapping(hit, rank) for rank, hit in enumerate(hits, start=1)]


def _lines(head: str, rows: list[str], tail: str) -> str:
    """A JSON array with one item a line, so that ``grep`` and ``diff`` work, too."""
    middle = "\n" + ",\n".join(rows) + "\n" if rows else ""
    return f"{head}{middle}{tail}\n"


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    """A hit as a GeoJSON feature (RFC 7946); plain pictures have a null geometry."""
    rest = dict(row)
    feature = {"type": "Feature", "id": rest["id"], "geometry": rest.pop("geometry")}
    box = rest.pop("bbox")
    if box is not None:
        feature["bbox"] = box
    return {**feature, "properties": rest}


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    from rsrag.imagery.places.georeference import short_crs

    out = io.StringIO()
    columns: tuple[str, ...] = CSV_COLUMNS
    if rows and "query" in rows[0]:
        columns = ("query", *columns)
    # RFC 4180 wants CRLF; every reader takes LF, and so do diff and cut.
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        window = row["window"] or [None] * 4
        box = row["bbox"] or [None] * 4
        spread = {
            **row,
            **dict(zip(("col_off", "row_off", "width", "height"), window, strict=True)),
            **dict(zip(("west", "south", "east", "north"), box, strict=True)),
            "properties": json.dumps(row["properties"], ensure_ascii=False)
            if row["properties"]
            else None,
            "crs": row["crs"] and short_crs(row["crs"]),
        }
        writer.writerow(spread[name] for name in columns)
    return out.getvalue()


def write_bytes(stream: TextIO | BinaryIO, data: bytes) -> None:
    """Write bytes to a binary stream, or below a text stream, or as text above it."""
    if not isinstance(stream, io.TextIOBase):
        cast("BinaryIO", stream).write(data)
        return
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(data.decode("utf-8", "surrogateescape"))
    else:
        stream.flush()
        buffer.write(data)


def _rounded(value: float | None) -> float | None:
    """A float32 that became a float, without the digits that it never had."""
    return None if value is None else round(value, SCORE_DIGITS)
