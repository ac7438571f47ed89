"""``rsrag similar``: chips of an index that are one picture."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rsrag.commands.options.arguments import ServerSettings
from rsrag.commands.options.declarations import From, command
from rsrag.commands.options.outputs import written
from rsrag.desk.filtering import filter_of

if TYPE_CHECKING:
    from rsrag.filters import Filter


@command
def similar(
    index: str | None = None,
    *,
    where: Annotated["Filter", From(filter_of)],
    min_score: float = 0.95,
    limit: int = 1_000,
    alike: bool = False,
    csv: bool = False,
    sheet: Annotated[Path | None, written(".html", ".htm")] = None,
    json: bool = False,
    settings: ServerSettings,
) -> None:
    """Report near-duplicates of an index: exact, recompressed, resized, shifted.

    All chips are compared with one another; the pixels of the closest pairs are read.

    Options:
        index NAME: Index to look through. [default: the only one]
        min_score SCORE: Cosine similarity from which pairs are looked at.
        limit N: Pairs to look at, at most; the closest are taken.
        alike: Also pairs that look alike and are two pictures.
        csv: Print CSV.
        sheet FILE: Write the pairs with their pictures (HTML).
    """
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.imagery.finding.similar import similar_chips
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.rendering.hits.similar_pages import pairs_csv, pairs_html, pairs_text

    if csv and json:
        raise typer.BadParameter("--csv and --json: give one of them.")
    with Index(index, settings) as opened, opened.use() as generation:
        with CountBar("comparing", " chips") as bar:
            found = similar_chips(generation, where, min_score, limit, bar)
        shown = found.told(alike)
        if csv:
            sys.stdout.write(pairs_csv(shown["pairs"]))
        else:
            show(json, shown, lambda: pairs_text(shown))
        if sheet is not None:
            pairs = [pair for pair in found.pairs if alike or pair.kind != "alike"]
            several = [(one.kind, one.score, one.first, one.second) for one in pairs]
            sheet.write_text(pairs_html(opened.name, several), encoding="utf-8")
            tell(f"wrote {sheet}")
    for note in found.notes(min_score, limit):
        tell(note)
