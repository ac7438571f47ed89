"""``rsrag search``: chips by text, picture, place and time."""

import dataclasses
import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.commands.options.outputs import PICTURES, written
from rsrag.config import Settings
from rsrag.desk.chosen_settings import one_thread, settings_with
from rsrag.desk.filtering import filter_of
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.desk.imagery.hits import Hits
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.imagery.joined_indexes import Indexes
    from rsrag.filters import Filter
    from rsrag.retrieval.query import Term
    from rsrag.retrieval.store_search import SearchOptions


def _words_only(**given: Any) -> None:
    """Compute with one thread if no picture is embedded and one query is searched."""
    terms = [given["query"], *(given["add"] or ()), *(given["subtract"] or ())]
    pictures = given["image"] or given["paths"] or given["queries"]
    if not pictures and not any("@" in (term or "") for term in terms):
        one_thread()


@functools.partial(command, first=_words_only)
def search(
    query: str | None = None,
    paths: list[Path] | None = None,
    *,
    image: list[str] | None = None,
    chip: list[str] | None = None,
    vector: list[str] | None = None,
    add: list[str] | None = None,
    subtract: list[str] | None = None,
    like: list[str] | None = None,
    unlike: list[str] | None = None,
    queries: Path | None = None,
    index: str | None = None,
    no_refresh: bool = False,
    top_k: int = 10,
    where: Annotated["Filter", From(filter_of)],
    min_score: float | None = None,
    dedupe: bool = False,
    uniform: bool = False,
    localize: bool = False,
    min_prob: float | None = None,
    lanes: str = "picture",
    explain: bool = False,
    densify: bool = False,
    format: str = "table",
    json: bool = False,
    contact_sheet: Annotated[Path | None, written(*PICTURES)] = None,
    map: Annotated[Path | None, written()] = None,
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
        query TEXT: What to look for: "an airport with many parked planes", or a sum:
            "airport + planes - clouds"; concept:NAME is a concept. What stands in
            double quotes means itself.
        paths PATH...: Folders, archives or pictures to search. They are indexed first,
            later only what is new in them.
        image FILE: Look for chips like this picture. May be given several times.
        chip ID: Look for chips like this chip. May be given several times.
        vector FILE: Look for chips like this vector of the index's encoder (.npy).
        add TERM: Add a text or a picture to the query: [WEIGHT:]TEXT or [WEIGHT:]@FILE.
        subtract TERM: Take a text or a picture from the query: [WEIGHT:]TEXT or
            [WEIGHT:]@FILE.
        like ID: A chip that was found and is right. May be given several times.
        unlike ID: A chip that was found and is wrong. May be given several times.
        queries FILE: Search for many queries, one a line; - is stdin.
        index NAME: Index to search, or several of one encoder with commas between.
            [default: the only one]
        no_refresh: Search the paths as they were when they were last searched.
        top_k N: Most hits to print.
        min_score SCORE: Only hits whose cosine similarity is at least this.
        dedupe: Print no two hits of the same ground.
        uniform: Also hits that are one colour all over, which are left out else.
        localize: Also tell where in each chip it lies: a place in the table, an area in
            JSON and GeoJSON.
        min_prob P: Only hits that show what was asked for with at least this
            probability, 0 to 1. Words only.
        lanes LIST: Ways of looking, fused: picture; words and meaning of the captions
            that came with pictures; or all.
        explain: Tell on stderr which rank each lane gave to a hit.
        densify: Of an index built with --budget, embed smaller chips where the hits
            are, and search again.
        format WORD: Format of the hits: table, json, jsonl, csv, geojson, geoparquet,
            gpkg, paths, or gdal (paths that GDAL opens, in archives, too).
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
    from rsrag.commands.terminal.denser import found_denser
    from rsrag.commands.terminal.graphics import (
        ground_of,
        preview_of,
        write_pictures,
    )
    from rsrag.desk.imagery.finding.lanes_of_chips import lanes_of
    from rsrag.desk.imagery.finding.too_coarse import too_coarse
    from rsrag.desk.imagery.finding.within_chips import localized
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.imagery.joined_indexes import opened as open_index
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.hits.hit_formats import check_format
    from rsrag.rendering.hits.sections import render_sections
    from rsrag.retrieval.query import check_terms, marks, terms_of
    from rsrag.retrieval.store_search import SearchOptions

    with as_typed():
        chosen = check_format("json" if json else format)
        ground = ground_of(map, base)
        plain = chosen == "table" and queries is None
        drawn = preview_of(settings.preview, preview, no_preview, plain=plain)
        otherwise = bool(image or chip or vector or queries or like or unlike)
        query, searched = query_and_paths(query, paths, asked=otherwise)
        check_paths(searched, index, indexes, no_refresh)
        shared = terms_of(None, image, chip, vector, add or (), subtract or ())
        shared += marks(like, unlike)
        asked = [[*one, *shared] for one in _queries(query, queries)]
        for terms in asked:
            check_terms(terms)
        options = SearchOptions(
            *(top_k, where, min_score, dedupe, uniform, min_prob), lanes=lanes_of(lanes)
        )
    settings = dataclasses.replace(settings, indexes=indexes or settings.indexes)
    if searched:
        choice = EncoderChoice(encoder or settings.encoder, checkpoint)
        encoder = checkpoint = None
        index = index_of_paths(settings, searched, choice, refresh=not no_refresh)
    with open_index(index, settings, encoder, checkpoint) as opened:
        found = opened.find_all(asked, options)
        if densify:
            found = found_denser(opened, asked, options, found)
        if localize:
            if not isinstance(opened, Index):
                raise QueryError("--localize looks into the chips of one index.")
            pairs = zip(asked, found, strict=True)
            found = [localized(opened, terms, hits) for terms, hits in pairs]
        sections = [(hits.title, hits) for hits in found]
        about = found[0].about if len(found) == 1 else {**found[0].about, "query": ""}
        about = {name: value for name, value in about.items() if value}
        render_sections(
            sections, chosen, sys.stdout, batch=queries is not None, about=about
        )
        for learnt in dict.fromkeys(hits.about.get("marks") for hits in found):
            if learnt:
                print(f"marks: {learnt}.", file=sys.stderr)
        if explain:
            for line in _lanes_told(found):
                print(line, file=sys.stderr)
        _say_what_is_empty(found, opened, options)
        with opened.use() as generation:
            for terms in asked:
                for line in too_coarse(generation, terms):
                    print(line, file=sys.stderr)
        if where and not all(found):
            for one in opened.each:
                with one.use() as generation:
                    for line in generation.why_none(where):
                        print(line, file=sys.stderr)
        every = opened.centres() if map else ()
    write_pictures(sections, contact_sheet, map, ground, drawn, about, every)


def _queries(query: str | None, file: Path | None) -> "list[list[Term]]":
    """The first terms of each query: one that was typed, or the lines of a file.

    Raises:
        QueryError: both, or a file that cannot be read or has no query in it.
    """
    from rsrag.retrieval.query import terms_of

    if file is None:
        return [terms_of(query)]
    if query is not None:
        raise QueryError("Give one query, or --queries FILE, not both.")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"--queries {file} cannot be read: {exc}") from exc
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise QueryError(f"--queries {file} holds no query.", hint="one query a line")
    return [terms_of(line) for line in lines]


def _lanes_told(found: "Sequence[Hits]") -> list[str]:
    """For each hit its rank in each lane that has it."""
    told = []
    for hits in found:
        for rank, hit in enumerate(hits, start=1):
            lanes = hit.payload.get("lanes", {"picture": rank})
            ranks = ", ".join(f"{lane} #{place}" for lane, place in lanes.items())
            told.append(f"{rank}. {hit.file_name}: {ranks}")
    return told


def _say_what_is_empty(
    found: "Sequence[Hits]", opened: "Index | Indexes", options: "SearchOptions"
) -> None:
    """Tell why there is nothing, so that empty is never a riddle."""
    from rsrag.rendering.hits.hit_table import nothing_like

    with opened.use() as generation:
        uniform = generation.has_uniform
    conditions = {
        "the filters": bool(options.where),
        "--min-score": options.min_score is not None,
        "as told of by those words (--lanes)": options.lanes == ("words",),
        "as more than one colour (--uniform)": not options.uniform and uniform,
    }
    why = " and ".join(words for words, asked in conditions.items() if asked)
    for hits in found:
        if hits.nearest is not None:
            print(nothing_like(hits.title, hits.nearest), file=sys.stderr)
        elif not hits:
            print(
                f"{hits.title}: no chip of the {len(opened):,} in {hits.index_name!r} "
                f"passes {why}.",
                file=sys.stderr,
            )
