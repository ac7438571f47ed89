"""``rsrag index plan``, ``embed-shard`` and ``commit``: a build that others run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rsrag.commands.options.arguments import BuildSettings, ThreadSettings
from rsrag.commands.options.declarations import From, as_typed, command
from rsrag.desk.upkeep.build_choices import imagery_options

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions


@command
def plan(
    sources: list[Path],
    *,
    name: str,
    work: str,
    encoder: str | None = None,
    checkpoint: Path | None = None,
    precision: str = "auto",
    imagery: Annotated["ImageryOptions", From(imagery_options)],
    batch_size: int = 64,
    strict: bool = False,
    shard_chips: int | None = None,
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Cut a build into shards, to be embedded anywhere, and print the plan's address.

    The options are those of `rsrag index build`. The same command makes the same plan.

    Options:
        sources SOURCE...: As of `rsrag index build`; all workers must see them.
        work PLACE: Folder or bucket that all workers see; parts come to lie there.
        encoder NAME: As of `rsrag index build`. [default: $RSRAG_ENCODER or mini]
        shard_chips N: Pictures of a shard at most. [default: 4096]
    """
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.upkeep.building import build_request
    from rsrag.desk.upkeep.sharding import plan_shards
    from rsrag.factory import EncoderChoice

    choice = EncoderChoice(encoder or settings.encoder, checkpoint, None, precision)
    with as_typed():
        request = build_request(
            settings,
            name,
            sources,
            imagery,
            choice,
            "exact",
            "auto",
            batch_size=batch_size,
            strict=strict,
        )
    address, made = plan_shards(request, work, shard_chips)
    count = len(made.shards)
    tell(f"{count:,} shards, 0 to {count - 1:,}; next: rsrag index embed-shard PLAN")
    show(json, {"plan": address, "shards": count}, f"{address}\n")


@command
def embed_shard(
    plan: str,
    *,
    number: int | None = None,
    array: bool = False,
    settings: ThreadSettings,
    json: bool = False,
) -> None:
    """Embed one shard of a plan, unless it is done. Run it any number of times.

    Options:
        plan PLAN: Address that `rsrag index plan` printed.
        number N: Shard, from 0.
        array: Take the number from the scheduler: SLURM_ARRAY_TASK_ID,
            JOB_COMPLETION_INDEX (Kubernetes) or AWS_BATCH_JOB_ARRAY_INDEX.
    """
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.sharding import array_number, embed_shard as embed

    with as_typed():
        wanted = array_number(number, array)
    now = embed(plan, wanted, settings.threads)
    what = "embedded" if now else "was there"
    show(json, {"shard": wanted, "embedded": now}, f"shard {wanted}: {what}\n")


@command
def commit(
    plan: str,
    *,
    allow_failed: bool = False,
    store: str = "faiss",
    ann: str = "auto",
    settings: BuildSettings,
    json: bool = False,
) -> None:
    """Make an index of the parts of a plan, once all shards are embedded.

    Options:
        plan PLAN: Address that `rsrag index plan` printed.
        allow_failed: Publish without shards that are not done, and list them.
    """
    from rsrag.commands.terminal.progress import BuildBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.sharding import commit_plan
    from rsrag.rendering.reports.build_reports import build_report_text

    with BuildBar() as bar:
        report = commit_plan(settings, plan, store, ann, bar, allow_failed=allow_failed)
    if report is None:
        done = "The index is of this plan already; nothing was to be done.\n"
        show(json, {"published": False}, done)
    else:
        show(json, report.to_json, build_report_text(report))
