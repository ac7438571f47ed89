"""``rsrag index build``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rsrag.commands.options.arguments import (
    AnnOption,
    BatchSizeOption,
    CheckpointOption,
    IndexesOption,
    JsonOption,
    PrecisionOption,
    QdrantUrlOption,
    StoreOption,
    StrictOption,
    ThreadsOption,
    settings_with,
)


def build(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, .tar/.tar.gz/.zip archives, files, .SAFE products, STAC "
            "documents, addresses.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the index.")],
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            help="mini, a model of `rsrag models list`, or open_clip:ARCHITECTURE. "
            "[default: $RSRAG_ENCODER or mini]",
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    precision: PrecisionOption = "auto",
    chip_size: Annotated[
        str | None,
        typer.Option(
            "--chip-size",
            help="Pixels (256) or metres (1280m, 2km). [default: scenes up to 1024 px "
            "are one chip, larger ones are cut at 512 px]",
        ),
    ] = None,
    stride: Annotated[
        str | None,
        typer.Option(
            "--stride", help="Step from chip to chip. [default: the chip size]"
        ),
    ] = None,
    bands: Annotated[
        str | None,
        typer.Option(
            "--bands",
            metavar="R,G,B",
            help="Names or numbers, as B04,B03,B02 or 3,2,1.",
        ),
    ] = None,
    stretch: Annotated[
        str,
        typer.Option(
            "--stretch",
            help="auto, none, percentile[:LOW,HIGH], range:LOW,HIGH or "
            "reflectance[:SCALE[,OFFSET]]; per scene, never per chip.",
        ),
    ] = "auto",
    nodata: Annotated[
        float | None, typer.Option("--nodata", help="Value of pixels without data.")
    ] = None,
    max_nodata: Annotated[
        float,
        typer.Option(
            "--max-nodata", min=0, max=1, help="Leave out chips with a larger share."
        ),
    ] = 0.99,
    bounds: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            "--bounds", metavar="W S E N", help="Place of pictures that carry none."
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="Of --bounds and world files. [default: EPSG:4326]"),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            "--metadata",
            metavar="FILE",
            help="CSV, JSON or JSONL by file name: datetime, gsd_m, sensor, ...",
        ),
    ] = None,
    asset: Annotated[
        str | None,
        typer.Option(
            "--asset", metavar="KEY", help="STAC: asset to take, or its role."
        ),
    ] = None,
    remote: Annotated[
        bool, typer.Option("--remote", help="STAC: read assets on servers too.")
    ] = False,
    datetime: Annotated[
        str | None,
        typer.Option(
            "--datetime",
            metavar="A/B",
            help="Only scenes of this time: 2020, 2020-01-01/.., A/B.",
        ),
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option("--bbox", metavar="W S E N", help="Only scenes that touch it."),
    ] = None,
    max_cloud: Annotated[
        float | None,
        typer.Option(
            "--max-cloud", metavar="PERCENT", help="Only scenes with no more cloud."
        ),
    ] = None,
    strict_metadata: Annotated[
        bool,
        typer.Option(
            "--strict-metadata",
            help="Leave out scenes whose time, place or cloud is not known.",
        ),
    ] = False,
    store: StoreOption = "faiss",
    ann: AnnOption = "auto",
    qdrant_url: QdrantUrlOption = None,
    batch_size: BatchSizeOption = 64,
    threads: ThreadsOption = None,
    strict: StrictOption = False,
    indexes: IndexesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build an index from archives. Run it again to take up a stopped build."""
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.stopping import going_on, stop_softly
    from rsrag.desk.building import run_build
    from rsrag.factory import EncoderChoice
    from rsrag.imagery.imagery_options import ImageryOptions, Size
    from rsrag.rendering.reports.build_reports import build_report_text

    settings = settings_with(indexes, qdrant_url, threads)
    options = ImageryOptions(
        chip_size=Size.parse(chip_size) if chip_size else None,
        stride=Size.parse(stride) if stride else None,
        bands=tuple(band.strip() for band in bands.split(",")) if bands else None,
        stretch=stretch,
        nodata=nodata,
        bounds=bounds,
        crs=crs,
        max_nodata=max_nodata,
        metadata=metadata,
        datetime=datetime,
        bbox=bbox,
        max_cloud=max_cloud,
        strict_metadata=strict_metadata,
        asset=asset,
        remote=remote,
    )
    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        report = run_build(
            settings,
            name,
            sources,
            options,
            choice,
            store,
            ann,
            batch_size,
            strict,
            bar,
            stop,
        )
    if as_json:
        print(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print(build_report_text(report), end="")
