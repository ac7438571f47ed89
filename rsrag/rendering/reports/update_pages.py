"""Reports of updates as text for people."""

from rsrag.indexing.format.update_report import UpdateReport

SHOWN = 10
_WORDS = ("added", "changed", "moved", "removed")


def update_text(report: UpdateReport) -> str:
    """Counts of sources and chips, names, skips, what next."""
    would = "would be " if report.dry_run else ""
    counts = ", ".join(f"{getattr(report, word):,} {word}" for word in _WORDS)
    touched = f" ({report.touched:,} only touched)" if report.touched else ""
    lines = [f"sources: {would}{counts}, {report.unchanged:,} unchanged{touched}."]
    if report.dry_run:
        lines += _names(report)
        lines.append("nothing was written: --dry-run.")
    elif report.published:
        lines += [
            f"{report.index!r} is generation {report.generation}: {report.chips:,} "
            f"chips of {report.scenes:,} scenes, {report.encoded:,} embedded, "
            f"{report.reused:,} kept, in {report.seconds['total']:.1f} s "
            f"({report.images_per_s:,.0f} images/s).",
            f"store: {report.store}.",
        ]
    else:
        lines.append(
            f"{report.index!r} is up to date: generation {report.generation}, "
            f"{report.chips:,} chips, looked at in {report.seconds['total']:.1f} s."
        )
    if report.skipped:
        kinds = ", ".join(
            f"{n:,} {kind}" for kind, n in report.skipped_by_kind().items()
        )
        lines.append(f"left out: {report.skips:,}: {kinds}.")
        errors = [skip for skip in report.skipped if skip.kind.endswith("Error")]
        lines += [f"  {skip.source}: {skip.reason}" for skip in errors[:SHOWN]]
        if len(errors) > SHOWN:
            lines.append(f"  ... and {len(errors) - SHOWN:,} more; --json lists all")
        if errors and not report.dry_run:
            lines.append(
                f"once mended: rsrag index update {report.index} --retry-skipped"
            )
    lines += [f"note: {n.source}: {n.reason}" for n in report.notices[:SHOWN]]
    if report.published:
        lines.append(f"undo it: rsrag index rollback {report.index}")
    return "\n".join(lines) + "\n"


def _names(report: UpdateReport) -> list[str]:
    lines = []
    for word in _WORDS:
        for name in report.names[word][:SHOWN]:
            text = " -> ".join(name) if isinstance(name, list) else name
            lines.append(f"  {word}: {text}")
        more = getattr(report, word) - SHOWN
        if more > 0:
            lines.append(f"  {word}: ... and {more:,} more")
    return lines
