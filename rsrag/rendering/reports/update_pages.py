"""Reports of updates as text for people."""

from rsrag.indexing.format.build_report import BuildReport, SourceCounts
from rsrag.rendering.reports.build_reports import holds_words, store_lines
from rsrag.rendering.reports.reading_lines import alike_lines, reading_lines
from rsrag.rendering.reports.report_words import SHOWN_SKIPS

_WORDS = ("added", "changed", "moved", "removed")


def update_text(report: BuildReport) -> str:
    """Counts of sources and chips, names, skips, what next."""
    found = report.sources
    assert found is not None, "only an update has counts of sources"
    would = "would be " if found.dry_run else ""
    counts = ", ".join(f"{getattr(found, word):,} {word}" for word in _WORDS)
    touched = f" ({found.touched:,} only touched)" if found.touched else ""
    lines = [f"sources: {would}{counts}, {found.unchanged:,} unchanged{touched}."]
    if found.dry_run:
        lines += _names(found)
        lines.append("nothing was written: --dry-run.")
    elif found.published:
        lines += [
            f"{report.index!r} is generation {report.generation}: "
            f"{holds_words(report)}, {report.encoded:,} embedded, "
            f"{report.rows - report.encoded:,} kept, in {report.seconds['total']:.1f} "
            f"s ({report.encoded_per_s:,.0f} vectors/s).",
            *store_lines(report),
        ]
    else:
        lines.append(
            f"{report.index!r} is up to date: generation {report.generation}, "
            f"{report.rows:,} chips, looked at in {report.seconds['total']:.1f} s."
        )
    if report.skipped:
        kinds = ", ".join(
            f"{n:,} {kind}" for kind, n in report.skipped_by_kind().items()
        )
        lines.append(f"left out: {report.skips:,}: {kinds}.")
        errors = [skip for skip in report.skipped if skip.kind.endswith("Error")]
        lines += alike_lines(errors, "  ", "; --json lists all")
        if errors and not found.dry_run:
            lines.append(
                f"once mended: rsrag index update {report.index} --retry-skipped"
            )
    lines += alike_lines(report.notices, "note: ", "; --json lists all")
    lines += reading_lines(report)
    if found.published:
        lines.append(f"undo it: rsrag index rollback {report.index}")
    return "\n".join(lines) + "\n"


def _names(found: SourceCounts) -> list[str]:
    lines = []
    for word in _WORDS:
        for name in found.names[word][:SHOWN_SKIPS]:
            text = " -> ".join(name) if isinstance(name, list) else name
            lines.append(f"  {word}: {text}")
        more = getattr(found, word) - SHOWN_SKIPS
        if more > 0:
            lines.append(f"  {word}: ... and {more:,} more")
    return lines
