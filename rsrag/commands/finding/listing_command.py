"""``rsrag list``, ``rsrag chip`` and ``rsrag index facets``: chips without a query."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import ServerSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def list_chips(
    index: str | None = None,
    *,
    where: Annotated["Filter", From(filter_of)],
    sort: str | None = None,
    limit: int = 100,
    offset: int = 0,
    after: str | None = None,
    count: bool = False,
    format: str = "table",
    json: bool = False,
    settings: ServerSettings,
) -> None:
    """List the chips that pass the filters, without a query.

    Options:
        index NAME: Index to look through. [default: the only one]
        sort COLUMN: Column or property to sort by, with - before it the highest first:
            -datetime, eo:cloud_cover; or distance, from --near. [default: id]
        limit N: Chips to print at most.
        offset N: Chips to pass over.
        after ID: Go on after this chip, by id.
        count: Print only how many there are.
        format WORD: table, json, jsonl, csv, geojson, geoparquet, gpkg or
            paths.
    """
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.rendering.hits.hit_formats import check_format, render_hits

    with as_typed():
        chosen = check_format("json" if json else format)
    with Index(index, settings) as opened:
        matching = opened.count(where=where)
        if count:
            print(matching)
            return
        found = opened.browse(
            where=where, sort=sort, limit=limit, offset=offset, after=after
        )
        render_hits(list(found), chosen, sys.stdout, about=found.about)
        print(f"{len(found):,} of {matching:,} chips.", file=sys.stderr)
        if where and not matching:
            with opened.use() as generation:
                for line in generation.why_none(where):
                    print(line, file=sys.stderr)


@command
def chip(
    id: str,
    *,
    out: Path,
    index: str | None = None,
    settings: ServerSettings,
) -> None:
    """Write one chip as a file of its own: a GeoTIFF that lies where the chip does.

    Options:
        id ID: Of the chip, as hits have it.
        out FILE: File to write: .tif, or a plain picture (.png, .jpg, .webp).
        index NAME: Index that has it. [default: the only one]
    """
    from rsrag.desk.imagery.chip_files import write_chip
    from rsrag.desk.imagery.imagery_index import Index

    with Index(index, settings) as opened, opened.use() as generation:
        placed = write_chip(opened.get(id), generation.options, out)
    note = "" if placed else " (it says no place)"
    print(f"wrote {out}{note}", file=sys.stderr)


@command
def facets(
    name: str,
    *,
    where: Annotated["Filter", From(filter_of)],
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Show what the chips of an index hold, column by column: what filters can ask."""
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.rendering.reports.facet_pages import facets_text

    with Index(name, settings) as opened:
        found = [one.to_json() for one in opened.facets(where=where)]
        chips = opened.count(where=where)
    show(json, found, facets_text(found, chips))
