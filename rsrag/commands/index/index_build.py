"""``rsrag index build``, ``update``, ``rebuild`` and ``import``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import BuildSettings, ServerSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.desk.upkeep.build_choices import RebuildChoice, imagery_options

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions


@command
def build(
    sources: list[Path],
    *,
    name: str,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    precision: str = "auto",
    imagery: Annotated["ImageryOptions", From(imagery_options)],
    store: str = "faiss",
    ann: str = "auto",
    batch_size: int = 64,
    strict: bool = False,
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Build an index from archives. Run it again to take up a stopped build.

    Options:
        sources SOURCE...: Folders, .tar, .tar.gz and .zip archives, pictures, .SAFE
            products, STAC documents, addresses of pictures, and prefixes of buckets
            (s3://BUCKET/PREFIX, gs://, az://).
        encoder NAME: mini, a model of `rsrag models list`, open_clip:ARCHITECTURE, or a
            plugin's name. [default: $RSRAG_ENCODER or mini]
        chip_size SIZE: Side of a chip, in pixels (256) or metres (1280m, 2km).
            [default: scenes up to 1024 px are one chip, larger ones are cut at 512 px]
        stride SIZE: Step from chip to chip. [default: the chip size]
        scales SIZES: Several chip sizes in one index, with commas: 512,1024,2048 or
            1km,4km. Larger chips are read from overviews, at as many pixels as the
            smallest.
        bands R,G,B: Bands to show as red, green and blue, by name or number:
            B04,B03,B02 or 3,2,1.
        stretch HOW: How values become brightness: auto, none, percentile[:LOW,HIGH],
            range:LOW,HIGH, db[:LOW,HIGH] or reflectance[:SCALE[,OFFSET]]; the same
            for all chips of a scene.
        nodata VALUE: Value of pixels without data.
        max_nodata SHARE: Leave out chips with a larger share of pixels without data.
        bounds W S E N: Place of pictures that say none.
        crs CRS: Reference system of --bounds and of world files. [default: EPSG:4326]
        metadata FILE: Table of facts by file name, CSV, JSON or JSONL: datetime, gsd_m,
            sensor, and any others.
        asset KEY: Of a STAC item, take the asset of this key or role.
        remote: Read assets of STAC items from servers, too.
        datetime WHEN: Only scenes taken then: 2020, 2020-01-01/.., A/B.
        bbox W S E N: Only scenes that touch this box, degrees.
        max_cloud PERCENT: Only scenes with at most this much cloud.
        exclude GLOB: Leave out files, folders and archives of this name, or path below
            a source: *_mask.tif. May be given several times.
        strict_metadata: Leave out scenes whose time, place or cloud is not known, if it
            is asked for.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, show, stop_softly
    from rsrag.desk.upkeep.building import build_imagery, build_request
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.reports.build_reports import build_report_text

    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        with as_typed():
            request = build_request(
                settings,
                name,
                sources,
                imagery,
                choice,
                store,
                ann,
                batch_size=batch_size,
                strict=strict,
                stop=stop,
            )
        report = build_imagery(request, bar)
    show(json, report.to_json, build_report_text(report))


@command
def update(
    name: str,
    sources: list[Path] | None = None,
    *,
    remove: list[Path] | None = None,
    dry_run: bool = False,
    retry_skipped: bool = False,
    strict: bool = False,
    batch_size: int = 64,
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Bring an index up to date with its archives, reading only what is new.

    Options:
        sources [SOURCE...]: Sources to add, and to remember from now on. Those that the
            index has already are looked at in any case.
        remove SOURCE: Source to forget. May be given several times.
        retry_skipped: Read again only what could not be read before.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, show, stop_softly, tell_text
    from rsrag.desk.upkeep.rebuilding import update_imagery
    from rsrag.rendering.reports.update_pages import update_text

    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        report = update_imagery(
            settings,
            name,
            sources or (),
            remove or (),
            dry_run=dry_run,
            retry=retry_skipped,
            strict=strict,
            batch_size=batch_size,
            progress=bar,
            stop=stop,
        )
    if json:
        show(True, report.to_json, "")
    else:
        tell_text(update_text(report))


@command
def rebuild(
    name: str, *, choice: RebuildChoice, settings: BuildSettings, json: bool = False
) -> None:
    """Make an index again: its store, or all of it. Run it again if it was stopped.

    Options:
        store KIND: Make this vector store from the stored embeddings: faiss, exact,
            qdrant-edge or qdrant. [default: the kind that it is]
        encoder NAME: Embed the archives again with this encoder.
        from_archive: Read, cut and embed the archives again.
        chip_size SIZE: Cut the archives again, at 256 (pixels) or 1280m.
        stride SIZE: Step from chip to chip, when the archives are cut again.
        part FILE: Embed again only the chips of this damaged part. May be given several
            times.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, show
    from rsrag.desk.upkeep.rebuilding import rebuild_index
    from rsrag.rendering.reports.build_reports import rebuild_report_text

    with going_on(name, "it is as it was before"), BuildBar() as bar:
        report = rebuild_index(settings, name, choice, bar)
    show(json, report.to_json, rebuild_report_text(report))


@command
def import_embeddings(
    sources: list[Path],
    *,
    name: str,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    map: list[str] | None = None,
    store: str = "faiss",
    ann: str = "auto",
    force: bool = False,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Make an index of embeddings that were made elsewhere.

    Options:
        sources SOURCE...: GeoParquet or Parquet files, .npy, .npz, or folders of them.
        encoder NAME: Encoder that made the vectors: as of `rsrag index build`, or
            external:NAME for one that is not here. [default: what an export of rsrag
            says]
        map FIELD=COLUMN: Column to take for a field (embedding, id, geometry, bbox,
            lon, lat, source, datetime, gsd_m, sensor, crs, nodata_share); FIELD= leaves
            the field out. May be given several times.
        force: Put a new generation over an index of this name.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.building import import_vectors
    from rsrag.indexing.imports.import_layout import parse_map
    from rsrag.rendering.reports.transfer_reports import import_report_text

    with BuildBar() as bar:
        report = import_vectors(
            settings,
            name,
            sources,
            encoder,
            checkpoint,
            parse_map(map or []),
            store,
            ann,
            force=force,
            progress=bar,
        )
    show(json, report.to_json, import_report_text(report))


@command
def merge(
    names: list[str],
    *,
    name: str,
    store: str = "faiss",
    ann: str = "auto",
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Make one index of several of one encoder; each chip is in it once.

    Options:
        names INDEX...: Indexes to merge, two or more. They stay as they are.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.building import merge_indexes
    from rsrag.rendering.reports.transfer_reports import import_report_text

    with BuildBar() as bar:
        report = merge_indexes(settings, names, name, store, ann, bar)
    show(json, report.to_json, import_report_text(report))
