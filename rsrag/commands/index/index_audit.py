"""``rsrag index audit``."""

from pathlib import Path

from rsrag.commands.options.arguments import IndexSettings
from rsrag.commands.options.declarations import command


@command
def audit(
    name: str,
    *,
    out: Path | None = None,
    settings: IndexSettings,
    json: bool = False,
) -> None:
    """Say what in an index of imagery is doubtful, and what it covers.

    Options:
        out FILE: Draw the coverage (PNG).
    """
    from rsrag.commands.terminal.progress import StageBar
    from rsrag.commands.terminal.telling import show
    from rsrag.desk.upkeep.checking import audit_index
    from rsrag.rendering.reports.audit_pages import audit_text
    from rsrag.rendering.reports.coverage_picture import write_coverage

    with StageBar() as bar:
        report = audit_index(settings, name, bar)
    show(json, report.to_json, lambda: audit_text(report))
    if out is not None:
        write_coverage(out, report)
