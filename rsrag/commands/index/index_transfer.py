"""``rsrag index push`` and ``pull``."""

from rsrag.commands.options.arguments import IndexSettings, ServerSettings
from rsrag.commands.options.declarations import command


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
