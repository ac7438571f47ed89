"""``rsrag geojoin``: what a map says of the chips of an index."""

from pathlib import Path

from rsrag.commands.options.arguments import IndexSettings
from rsrag.commands.options.declarations import command


@command
def geojoin(
    index: str,
    files: list[Path],
    *,
    out: Path | None = None,
    pairs: Path | None = None,
    cards: Path | None = None,
    best: float | None = None,
    layer: str | None = None,
    crs: str | None = None,
    settings: IndexSettings,
) -> None:
    """Join the chips of an index with OpenStreetMap: tags, sentences, training pairs.

    A thing counts where it is large enough to be seen at the chip's resolution; what
    lies in the middle is told apart from what lies around it.

    Options:
        index NAME: Index of imagery.
        files FILE...: The map: GeoPackage, GeoParquet, GeoJSON whose columns are tags,
            or OpenStreetMap's own .osm and .pbf.
        out FILE: For id, tags, title and title_multi_objects of each chip. [default:
            stdout]
        pairs FILE: For file and captions, as training and eval retrieval take them.
        cards FILE: For a card of each chip, its place, tags and sentence, as rsrag
            knowledge import takes them, so that rsrag ask knows them.
        best SHARE: Only the share of chips whose words and picture agree best to the
            index's encoder.
        layer NAME: Layer to read of several.
        crs CRS: Of a map that names none.
    """
    import sys

    from rsrag.commands.terminal.telling import tell
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.desk.upkeep.tagging_chips import cards_of, join_tags, pairs_of
    from rsrag.evaluation.data.interchange.written_rows import json_line, write_rows

    with Index(index, settings=settings) as opened:
        joined = join_tags(opened, files, best=best, layer=layer, crs=crs)
    for note in joined.notes:
        tell(f"note: {note}")
    if pairs is not None:
        named = pairs_of(joined.rows)
        write_rows(named, pairs)
        tell(f"wrote {pairs}: {len(named)} pictures with words")
    if cards is not None:
        write_rows(cards_of(joined.rows, files), cards)
        tell(f"wrote {cards}: {len(joined.rows)} cards")
        tell(f"next: rsrag knowledge import {cards} --licence ODbL-1.0 (the map's)")
    if out is not None:
        write_rows(joined.rows, out)
        tell(f"wrote {out}: {len(joined.rows)} chips")
    elif pairs is None and cards is None:
        for row in joined.rows:
            sys.stdout.write(json_line(row))
    tell(
        f"{joined.features:,} features, {joined.chips:,} chips: {len(joined.rows):,} "
        "with tags"
    )
    if joined.unplaced:
        tell(f"{joined.unplaced:,} chips have no place of their own.")
