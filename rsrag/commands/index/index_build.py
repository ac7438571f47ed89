"""``rsrag index build``, ``update`` and ``rebuild``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import BuildSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.desk.upkeep.build_choices import (
    RebuildChoice,
    Sharding,
    imagery_options,
    sharding,
)

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
    budget: str | None = None,
    sharding: Annotated[Sharding | None, From(sharding)],
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
        budget TIME: With --scales: embed the largest chips of all scenes first, and the
            smaller ones until this time is up: 20m, 90s, 1h30m. Run it again, or
            `rsrag index densify`, to go on.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import going_on, show, stop_softly
    from rsrag.desk.upkeep.building import build_request
    from rsrag.desk.upkeep.densifying import build_within, time_limit, with_overview
    from rsrag.desk.upkeep.sharding import build_on
    from rsrag.factory import EncoderChoice
    from rsrag.rendering.reports.build_reports import build_report_text

    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
    with stop_softly() as stop, going_on(name), BuildBar() as bar:
        with as_typed():
            limit = time_limit(budget, sharding)
            request = build_request(
                settings,
                name,
                sources,
                with_overview(imagery, limit),
                choice,
                store,
                ann,
                batch_size=batch_size,
                strict=strict,
                stop=stop,
            )
        if limit is None:
            report = build_on(request, sharding, bar)
        else:
            report = build_within(request, limit, bar)
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
    from rsrag.desk.upkeep.updating import update_imagery
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
            qdrant-edge, qdrant or pgvector. [default: the kind that it is]
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
