"""``rsrag knowledge``: import, list, show, search, stats."""

import dataclasses
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    CollectionsOption,
    JsonOption,
    settings_with,
)
from rsrag.commands.terminal.telling import tell

app = typer.Typer(
    help="Knowledge about places: import it, and look at it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def roots_of(knowledge: Path | None) -> tuple[Path, ...]:
    """Folders of collections: as typed, else of the settings."""
    return settings_with(knowledge=knowledge).knowledge


@app.command("import")
def import_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Files, folders, or the word airportsdata."
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="Name of the collection to import into.")
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="rswk, cards, csv, vector, osm, documents, airportsdata or "
            "collection. [default: told by the content]",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Column of a field (name, lon, lat, category, text, ...) or of a "
            "fact. May be repeated.",
        ),
    ] = None,
    drop: Annotated[
        bool,
        typer.Option(
            "--drop", help="Leave out other columns, which are facts otherwise."
        ),
    ] = False,
    source: Annotated[
        str | None, typer.Option("--source", help="Of records that name none.")
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option("--licence", help="Of records that name none, as CC-BY-4.0."),
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", help="Of landmarks that have none.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Of a file with several layers.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="Of a file that says none, as EPSG:25832."),
    ] = None,
    landmark: Annotated[
        str | None,
        typer.Option("--landmark", help="Name of what documents are about."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail at the first bad record.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; write nothing.")
    ] = False,
    knowledge: CollectionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import landmarks, facts and texts. Importing the same again changes nothing."""
    from rsrag.commands.knowledge.knowledge_import import parse_columns, run_import
    from rsrag.knowledge.collection import is_collection
    from rsrag.knowledge.importers.import_options import ImportOptions
    from rsrag.rendering.reports.knowledge_text import import_remarks, import_text

    options = ImportOptions(
        form=form,
        columns=parse_columns(columns or []),
        source=source,
        licence=licence,
        category=category,
        layer=layer,
        crs=crs,
        landmark=landmark,
        drop=drop,
        strict=strict,
    )
    roots = roots_of(knowledge)
    report = run_import(roots[-1], name, paths, options, dry_run=dry_run)
    print(import_remarks(report), end="", file=sys.stderr)
    for root in roots[:-1]:
        if is_collection(root / name):
            tell(f"note: {report['path']} takes the place of {root / name}.")
    if as_json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(import_text(report), end="")


@app.command("list")
def list_command(
    knowledge: CollectionsOption = None, as_json: JsonOption = False
) -> None:
    """List the collections: how much they hold, and under which licences."""
    from rsrag.knowledge.catalogue.catalogue_files import collections_by_name
    from rsrag.knowledge.collection import collection_summary
    from rsrag.rendering.reports.knowledge_text import collections_text

    roots = roots_of(knowledge)
    rows = [
        collection_summary(paths[-1]) | {"replaces": [str(path) for path in paths[:-1]]}
        for _, paths in sorted(collections_by_name(roots).items())
    ]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(collections_text(rows, ", ".join(map(str, roots))), end="")


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of a landmark: name, alias or id.")
    ],
    knowledge: CollectionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of a landmark; of each, if several have the name."""
    from rsrag.knowledge.browsing import dossiers
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_json import dossier_json
    from rsrag.rendering.reports.knowledge_text import dossier_text

    with closing(Catalogue.open(roots_of(knowledge))) as catalogue:
        found = dossiers(catalogue, name)
    if as_json:
        rows = [dossier_json(dossier) for dossier in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print("\n".join(dossier_text(dossier) for dossier in found), end="")


@app.command()
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS...]", help="Of names, facts and texts."),
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", help="Only landmarks of it.")
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option("--bbox", metavar="W S E N", help="Only landmarks in it."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Of results.")] = 10,
    knowledge: CollectionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find landmarks by names, facts and texts."""
    from rsrag.geo import parse_bbox
    from rsrag.knowledge.browsing import search as search_catalogue
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_json import found_json
    from rsrag.rendering.reports.knowledge_text import found_text

    box = None if bbox is None else parse_bbox(bbox)
    with closing(Catalogue.open(roots_of(knowledge))) as catalogue:
        found = search_catalogue(
            catalogue, " ".join(words or []), category=category, bbox=box, limit=limit
        )
    if as_json:
        rows = [found_json(one) for one in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(found_text(found), end="")


@app.command()
def stats(
    collection: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="One collection. [default: all]"),
    ] = None,
    knowledge: CollectionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count records by collection, category, variable, source and licence."""
    from rsrag.indexing.knowledge.knowledge_source import choose_collections
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_text import stats_text

    roots = roots_of(knowledge)
    if collection is not None:
        roots = (choose_collections(roots, [collection])[collection],)
    with closing(Catalogue.open(roots)) as catalogue:
        counts = dataclasses.asdict(catalogue.stats())
    if as_json:
        print(json.dumps(counts, indent=2, ensure_ascii=False))
    else:
        print(stats_text(counts), end="")
