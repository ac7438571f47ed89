"""``rsrag search``: chips by text, picture, place and time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import ServerSettings
from rsrag.commands.options.declarations import From, command
from rsrag.desk.filtering import filter_of
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.searching import Found
    from rsrag.filters import Filter


@command
def search(
    query: str | None = None,
    *,
    image: list[str] | None = None,
    chip: list[str] | None = None,
    vector: list[str] | None = None,
    add: list[str] | None = None,
    subtract: list[str] | None = None,
    queries: Path | None = None,
    index: str | None = None,
    top_k: int = 10,
    where: Annotated["Filter", From(filter_of)],
    min_score: float | None = None,
    dedupe: bool = False,
    format: str = "table",
    json: bool = False,
    contact_sheet: Path | None = None,
    map: Path | None = None,
    base: str | None = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    settings: ServerSettings,
) -> None:
    """Search an index by text, by picture, or by both.

    Options:
        query TEXT: What to look for: "an airport with many parked planes".
        image FILE: Look for chips like this picture. May be given several times.
        chip ID: Look for chips like this chip. May be given several times.
        vector FILE: Look for chips like this vector of the index's encoder (.npy).
        add TERM: Add a text or a picture to the query: [WEIGHT:]TEXT or [WEIGHT:]@FILE.
        subtract TERM: Take a text or a picture from the query: [WEIGHT:]TEXT or
            [WEIGHT:]@FILE.
        queries FILE: Search for many queries, one a line; - is stdin.
        index NAME: Index to search. [default: the only one]
        top_k N: Most hits to print.
        min_score SCORE: Only hits whose cosine similarity is at least this.
        dedupe: Print no two hits of the same ground.
        format WORD: Format of the hits: table, json, jsonl, csv, geojson, geoparquet or
            paths.
        contact_sheet FILE: Write a sheet of the hits' pictures (PNG, JPEG, WebP).
        map FILE: Write a map of the hits (HTML).
        base FILE|none: Picture of the whole Earth, plate carrée, to lie under the map.
            [default: a small one that comes with rsrag]
        encoder NAME: Encoder to embed the query with. [default: the one that the index
            was built with]
    """
    from rsrag.desk.searching import (
        EncoderWish,
        read_queries,
        run_search,
    )
    from rsrag.rendering.hits.hit_formats import check_format
    from rsrag.rendering.hits.sections import render_sections
    from rsrag.retrieval.query import Term, parse_term
    from rsrag.retrieval.store_search import SearchOptions

    chosen = check_format("json" if json else format)
    ground = _ground(map, base)
    shared = [
        *(parse_term(f"@{path}") for path in image or []),
        *(parse_term(f"#{chip_id}") for chip_id in chip or []),
        *(Term("vector", path) for path in vector or []),
        *(parse_term(text) for text in add or []),
        *(parse_term(text, -1) for text in subtract or []),
    ]
    options = SearchOptions(
        top_k=top_k,
        where=where,
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
    _write_pictures(found, contact_sheet, map, ground)


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
