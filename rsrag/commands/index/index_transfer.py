"""``rsrag index push``, ``pull``, ``import`` and ``merge``."""

from pathlib import Path

from rsrag.commands.options.arguments import IndexSettings, ServerSettings
from rsrag.commands.options.declarations import as_typed, command


@command
def push(
    name: str,
    place: str,
    *,
    tag: str | None = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Put an index into a bucket. Run it again after a stop: it goes on.

    Options:
        place PLACE: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX, or a
            folder; it holds any number of indexes.
        tag TAG: Name for the generation there, to be pulled as NAME@TAG.
    """
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.transferring import push_index
    from rsrag.rendering.reports.transfer_reports import push_report_text

    with CountBar("pushing", " bytes") as bar:
        report = push_index(settings, name, place, tag, bar)
    show(json, report.to_json, push_report_text(report))


@command
def pull(
    address: str,
    *,
    name: str | None = None,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Fetch an index from a bucket, check every file, and switch readers to it.

    Options:
        address PLACE/NAME[@TAG]: Index in a place that was pushed to; without a tag,
            the generation that was pushed last.
        name NAME: Name of the index here. [default: as there]
    """
    from rsrag.commands.terminal.progress import CountBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.transferring import pull_index
    from rsrag.rendering.reports.transfer_reports import pull_report_text

    with CountBar("pulling", " bytes") as bar:
        report = pull_index(settings, address, name, bar)
    show(json, report.to_json, pull_report_text(report))


@command
def import_embeddings(
    sources: list[Path],
    *,
    name: str,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    map: list[str] | None = None,
    stride: int | None = None,
    values: str = "auto",
    store: str = "faiss",
    ann: str = "auto",
    force: bool = False,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Make an index of embeddings that were made elsewhere.

    Options:
        sources SOURCE...: GeoParquet or Parquet files, .npy, .npz, or folders of them;
            with --stride, rasters of embeddings as of `rsrag similar-places`.
        encoder NAME: Encoder that made the vectors: as of `rsrag index build`, or
            external:NAME for one that is not here. [default: what an export of rsrag
            says]
        map FIELD=COLUMN: Column to take for a field (embedding, id, geometry, bbox,
            lon, lat, source, datetime, gsd_m, sensor, crs, nodata_share); FIELD= leaves
            the field out. May be given several times.
        stride N: Of rasters that hold an embedding a pixel, make a row of each cell of
            N x N pixels, the mean of their vectors.
        values HOW: What their values stand for: auto (as the file says; refused if it
            does not), alphaearth, plain or SCALE[,OFFSET].
        force: Put a new generation over an index of this name.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.building import import_vectors
    from rsrag.indexing.imports.import_layout import parse_map
    from rsrag.indexing.imports.import_raster import cell_choice
    from rsrag.rendering.reports.transfer_reports import import_report_text

    with as_typed():
        cells = cell_choice(stride, values)
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
            cells=cells,
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


@command
def append(
    name: str,
    sources: list[str],
    *,
    settings: ServerSettings,
    json: bool = False,
) -> None:
    """Put the chips of other indexes, or of files, into an imported or merged index.

    The index gets a new generation; a chip that it has already stays as it is.

    Options:
        sources SOURCE...: Indexes of the same encoder, or files of its embeddings as
            `rsrag index import` takes them.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.appending import append_to
    from rsrag.rendering.reports.transfer_reports import import_report_text

    with BuildBar() as bar:
        report = append_to(settings, name, sources, bar)
    show(json, report.to_json, import_report_text(report))
