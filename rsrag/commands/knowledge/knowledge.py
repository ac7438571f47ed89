"""``rsrag knowledge``: import, list, show, search, stats."""

from contextlib import closing
from pathlib import Path

import typer

from rsrag.commands.options.arguments import KnowledgeSettings
from rsrag.commands.options.declarations import Box, as_typed, command

app = typer.Typer(
    help="Knowledge about places: import it, and look at it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("import")
@command
def import_command(
    paths: list[Path],
    *,
    name: str,
    as_: str | None = None,
    map: list[str] | None = None,
    unit: list[str] | None = None,
    drop: bool = False,
    source: str | None = None,
    licence: str | None = None,
    category: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    landmark: str | None = None,
    strict: bool = False,
    dry_run: bool = False,
    settings: KnowledgeSettings,
    json: bool = False,
) -> None:
    """Import landmarks, facts and texts. Importing the same again changes nothing.

    Options:
        paths PATH...: Files, folders, or the word airportsdata.
        name NAME: Collection to import into.
        as_ FORMAT: Format of the files: rswk, cards, csv, vector, osm, documents,
            airportsdata, collection, or a plugin's name. [default: told by the content]
        map FIELD=COLUMN: Column to take for a field (name, lon, lat, category, text,
            ...) or for a fact. May be given several times.
        unit COLUMN=UNIT: Unit of a column of bare numbers, where its name does not end
            in one (height_m). May be given several times.
        drop: Leave out columns that are no field; they become facts otherwise.
        source TEXT: Source of records that name none.
        licence NAME: Licence of records that name none, as CC-BY-4.0.
        category TEXT: Category of landmarks that have none.
        layer NAME: Layer to read of a file with several.
        crs CRS: Reference system of coordinates that say none, as EPSG:25832.
        encoding NAME: Encoding of texts that are no UTF-8, as cp1250. [default:
            guessed, and told]
        landmark NAME: Landmark that documents are about.
        strict: Fail at the first bad record.
    """
    from rsrag.commands.terminal.progress import ReadingLine
    from rsrag.commands.terminal.telling import show, tell, tell_text
    from rsrag.desk.upkeep.knowledge_import import (
        import_records,
        parse_columns,
        parse_units,
    )
    from rsrag.knowledge.importers.import_options import ImportOptions
    from rsrag.rendering.reports.knowledge_text import import_remarks, import_text

    options = ImportOptions(
        form=as_,
        columns=parse_columns(map or ()),
        units=parse_units(unit or ()),
        source=source,
        licence=licence,
        category=category,
        layer=layer,
        crs=crs,
        encoding=encoding,
        landmark=landmark,
        drop=drop,
        strict=strict,
    )
    with ReadingLine() as line:
        report = import_records(
            settings.knowledge, name, paths, options, dry_run=dry_run, progress=line
        )
    tell_text(import_remarks(report))
    for replaced in report["replaces"]:
        tell(f"note: {report['path']} takes the place of {replaced}.")
    show(json, report, lambda: import_text(report))


@app.command("list")
@command
def list_command(*, settings: KnowledgeSettings, json: bool = False) -> None:
    """List the collections: how much they hold, and under which licences."""
    from rsrag.commands.terminal.telling import show
    from rsrag.knowledge.catalogue.catalogue_files import collections_by_name
    from rsrag.knowledge.collection import collection_summary
    from rsrag.rendering.reports.knowledge_text import collections_text

    roots = settings.knowledge
    rows = [
        collection_summary(paths[-1]) | {"replaces": [str(path) for path in paths[:-1]]}
        for _, paths in sorted(collections_by_name(roots).items())
    ]
    show(json, rows, lambda: collections_text(rows, ", ".join(map(str, roots))))


@app.command("show")
@command
def show_command(name: str, *, settings: KnowledgeSettings, json: bool = False) -> None:
    """Show all that is known of a landmark; of each, if several have the name.

    Options:
        name NAME: Name, alias or id of a landmark.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.knowledge.browsing import dossiers
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_json import dossier_json
    from rsrag.rendering.reports.knowledge_text import dossier_text

    with closing(Catalogue.open(settings.knowledge)) as catalogue:
        found = dossiers(catalogue, name)
    show(
        json,
        lambda: [dossier_json(dossier) for dossier in found],
        lambda: "\n".join(dossier_text(dossier) for dossier in found),
    )


@app.command()
@command
def search(
    words: list[str] | None = None,
    *,
    category: str | None = None,
    bbox: Box | None = None,
    limit: int = 10,
    settings: KnowledgeSettings,
    json: bool = False,
) -> None:
    """Find landmarks by names, facts and texts.

    Options:
        words [WORDS...]: Words of names, facts and texts.
        category TEXT: Only landmarks of this category.
        bbox W S E N: Only landmarks in this box, degrees.
        limit N: Most results to print.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.geo import parse_bbox
    from rsrag.knowledge.browsing import search as search_catalogue
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_json import found_json
    from rsrag.rendering.reports.knowledge_text import found_text

    with as_typed():
        box = None if bbox is None else parse_bbox(bbox)
    with closing(Catalogue.open(settings.knowledge)) as catalogue:
        found = search_catalogue(
            catalogue, " ".join(words or []), category=category, bbox=box, limit=limit
        )
    show(json, lambda: [found_json(one) for one in found], lambda: found_text(found))


@app.command()
@command
def stats(
    collection: str | None = None, *, settings: KnowledgeSettings, json: bool = False
) -> None:
    """Count records by collection, category, variable, source and licence.

    Options:
        collection [NAME]: Collection to count. [default: all of them]
    """
    import dataclasses

    from rsrag.commands.terminal.telling import show
    from rsrag.indexing.knowledge.knowledge_source import choose_collections
    from rsrag.knowledge.catalogue.catalogue import Catalogue
    from rsrag.rendering.reports.knowledge_text import stats_text

    roots = settings.knowledge
    if collection is not None:
        roots = (choose_collections(roots, [collection])[collection],)
    with closing(Catalogue.open(roots)) as catalogue:
        counts = dataclasses.asdict(catalogue.stats())
    show(json, counts, lambda: stats_text(counts))
