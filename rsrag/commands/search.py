"""``rsrag search``: chips by text, picture, place and time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import (
    CheckpointOption,
    DatetimeOption,
    GsdOption,
    IndexesOption,
    JsonOption,
    MaxNodataOption,
    QdrantUrlOption,
    SensorOption,
    settings_with,
)
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.searching import Found


def search(
    query: Annotated[
        str | None,
        typer.Argument(help='What to look for: "an airport with many parked planes".'),
    ] = None,
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image", metavar="FILE", help="Look for what is like a picture."
        ),
    ] = None,
    chip: Annotated[
        list[str] | None,
        typer.Option("--chip", metavar="ID", help="Look for what is like a chip."),
    ] = None,
    vector: Annotated[
        list[str] | None,
        typer.Option(
            "--vector",
            metavar="FILE",
            help="Look for what is like a vector of the index's encoder (.npy).",
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", help="[WEIGHT:]TEXT or [WEIGHT:]@FILE to add."),
    ] = None,
    subtract: Annotated[
        list[str] | None,
        typer.Option(
            "--subtract", help="[WEIGHT:]TEXT or [WEIGHT:]@FILE to take away."
        ),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries", metavar="FILE", help="Many queries, one a line; - is stdin."
        ),
    ] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", help="Name of the index. [default: the only one]"),
    ] = None,
    top_k: Annotated[int, typer.Option("--top-k", "-k", help="Hits at most.")] = 10,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            "--bbox",
            metavar="W S E N",
            help="Footprints that touch this box: west south east north, degrees. "
            "W > E crosses the antimeridian.",
        ),
    ] = None,
    intersects: Annotated[
        str | None,
        typer.Option(
            "--intersects",
            metavar="FILE|GEOJSON",
            help="Footprints that touch this area: a GeoJSON file, GeoJSON or WKT.",
        ),
    ] = None,
    datetime: DatetimeOption = None,
    sensor: SensorOption = None,
    gsd: GsdOption = None,
    max_nodata: MaxNodataOption = None,
    min_score: Annotated[
        float | None, typer.Option("--min-score", help="Cosine that a hit must reach.")
    ] = None,
    dedupe: Annotated[
        bool, typer.Option("--dedupe", help="No two hits of the same ground.")
    ] = False,
    format: Annotated[
        str,
        typer.Option(
            "--format", help="table, json, jsonl, csv, geojson, geoparquet or paths."
        ),
    ] = "table",
    as_json: JsonOption = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--contact-sheet", metavar="FILE", help="Write pictures (PNG, JPEG)."
        ),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Write a map (HTML).")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="FILE|none",
            help="Picture of the whole Earth, plate carrée, to lie under the map. "
            "[default: a small one that comes with rsrag]",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="[default: the one the index was built with]"),
    ] = None,
    checkpoint: CheckpointOption = None,
    qdrant_url: QdrantUrlOption = None,
    indexes: IndexesOption = None,
) -> None:
    """Search an index by text, by picture, or by both."""
    from rsrag.desk.filtering import filter_of
    from rsrag.desk.searching import (
        EncoderWish,
        read_queries,
        run_search,
    )
    from rsrag.rendering.hits.hit_formats import check_format
    from rsrag.rendering.hits.sections import render_sections
    from rsrag.retrieval.query import Term, parse_term
    from rsrag.retrieval.store_search import SearchOptions

    chosen = check_format("json" if as_json else format)
    ground = _ground(map_file, base)
    settings = settings_with(indexes, qdrant_url)
    shared = [
        *(parse_term(f"@{path}") for path in image or []),
        *(parse_term(f"#{chip_id}") for chip_id in chip or []),
        *(Term("vector", path) for path in vector or []),
        *(parse_term(text) for text in add or []),
        *(parse_term(text, -1) for text in subtract or []),
    ]
    options = SearchOptions(
        top_k=top_k,
        where=filter_of(bbox, intersects, datetime, sensor, gsd, max_nodata),
        min_score=min_score,
        dedupe=dedupe,
    )
    asked = [[term, *shared] for term in read_queries(query, queries)] or [shared]
    found = run_search(
        settings, index, asked, options, EncoderWish(encoder, checkpoint)
    )
    render_sections(found.sections, chosen, sys.stdout, batch=queries is not None)
    for line in found.empty(options):
        print(line, file=sys.stderr)
    _write_pictures(found, contact_sheet, map_file, ground)


def _ground(map_file: Path | None, base: str | None) -> bytes | None:
    """What lies under the map, read before anything is searched."""
    if map_file is None:
        if base is not None:
            raise QueryError(
                f"--base {base} lies under a map, and no map is asked for.",
                hint="--map FILE.html",
            )
        return None
    from rsrag.rendering.hits.map_ground import map_ground

    return map_ground(base)


def _write_pictures(
    found: "Found",
    contact_sheet: Path | None,
    map_file: Path | None,
    ground: bytes | None,
) -> None:
    """Write the contact sheet and the map that were asked for, and say where."""
    if contact_sheet is None and map_file is None:
        return
    from rsrag.retrieval.chip_pictures import chip_reader

    read = chip_reader(found.imagery)
    if contact_sheet is not None:
        from rsrag.rendering.hits.contact_sheet import write_contact_sheet

        missing = write_contact_sheet(contact_sheet, found.sections, read)
        _say_written(contact_sheet, missing)
    if map_file is not None:
        from rsrag.rendering.hits.html_map import write_map

        missing = write_map(map_file, found.sections, read, ground)
        _say_written(map_file, missing)


def _say_written(path: Path, missing: int) -> None:
    note = f" ({missing} chips could not be read again)" if missing else ""
    print(f"wrote {path}{note}", file=sys.stderr)
