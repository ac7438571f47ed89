"""``rsrag search``: chips by text, picture, place and time."""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import settings_with
from rsrag.commands.options.declarations import From, command
from rsrag.config import Settings
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def search(
    query: str | None = None,
    paths: list[Path] | None = None,
    *,
    image: list[str] | None = None,
    chip: list[str] | None = None,
    vector: list[str] | None = None,
    add: list[str] | None = None,
    subtract: list[str] | None = None,
    queries: Path | None = None,
    index: str | None = None,
    no_refresh: bool = False,
    top_k: int = 10,
    where: Annotated["Filter", From(filter_of)],
    min_score: float | None = None,
    dedupe: bool = False,
    format: str = "table",
    json: bool = False,
    contact_sheet: Path | None = None,
    map: Path | None = None,
    preview: bool = False,
    no_preview: bool = False,
    base: str | None = None,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    indexes: Path | None = None,
    settings: Annotated[Settings, From(settings_with, ("qdrant_url",))],
) -> None:
    """Search an index or some paths by text, by picture, or by both.

    Options:
        query TEXT: What to look for: "an airport with many parked planes".
        paths PATH...: Folders, archives or pictures to search. They are indexed first,
            later only what is new in them.
        image FILE: Look for chips like this picture. May be given several times.
        chip ID: Look for chips like this chip. May be given several times.
        vector FILE: Look for chips like this vector of the index's encoder (.npy).
        add TERM: Add a text or a picture to the query: [WEIGHT:]TEXT or [WEIGHT:]@FILE.
        subtract TERM: Take a text or a picture from the query: [WEIGHT:]TEXT or
            [WEIGHT:]@FILE.
        queries FILE: Search for many queries, one a line; - is stdin.
        index NAME: Index to search. [default: the only one]
        no_refresh: Search the paths as they were when they were last searched.
        top_k N: Most hits to print.
        min_score SCORE: Only hits whose cosine similarity is at least this.
        dedupe: Print no two hits of the same ground.
        format WORD: Format of the hits: table, json, jsonl, csv, geojson, geoparquet or
            paths.
        contact_sheet FILE: Write a sheet of the hits' pictures (PNG, JPEG, WebP).
        map FILE: Write a map of the hits (HTML).
        preview: Draw the first hits on the terminal. [default: where it can]
        no_preview: Draw no pictures on the terminal.
        base FILE|none: Picture of the whole Earth, plate carrée, to lie under the map.
            [default: a small one that comes with rsrag]
        encoder NAME: Encoder to embed the query with. [default: the one that the index
            was built with; for paths $RSRAG_ENCODER or mini]
    """
    from rsrag.commands.options.searched_paths import (
        check_paths,
        index_of_paths,
        query_and_paths,
    )
    from rsrag.commands.terminal.hit_pictures_out import (
        ground_of,
        preview_of,
        write_pictures,
    )
    from rsrag.desk.searching import EncoderWish, read_queries, run_search
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.hits.hit_formats import check_format
    from rsrag.rendering.hits.sections import render_sections
    from rsrag.retrieval.query import Term, parse_term
    from rsrag.retrieval.store_search import SearchOptions

    chosen = check_format("json" if json else format)
    ground = ground_of(map, base)
    plain = chosen == "table" and queries is None
    drawn = preview_of(settings.preview, preview, no_preview, plain=plain)
    otherwise = bool(image or chip or vector or queries)
    query, searched = query_and_paths(query, paths, asked=otherwise)
    check_paths(searched, index, indexes, no_refresh)
    settings = dataclasses.replace(settings, indexes=indexes or settings.indexes)
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
    if searched:
        choice = EncoderChoice(encoder or settings.encoder, checkpoint)
        encoder = checkpoint = None
        index = index_of_paths(settings, searched, choice, refresh=not no_refresh)
    asked = [[term, *shared] for term in read_queries(query, queries)] or [shared]
    found = run_search(
        settings, index, asked, options, EncoderWish(encoder, checkpoint)
    )
    render_sections(found.sections, chosen, sys.stdout, batch=queries is not None)
    for line in found.empty(options):
        print(line, file=sys.stderr)
    write_pictures(found, contact_sheet, map, ground, drawn)
