"""Reports of builds and rebuilds as text for people."""

from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGERY
from rsrag.rendering.reports.reading_lines import (
    alike_lines,
    dense_lines,
    reading_lines,
)


def build_report_text(report: BuildReport) -> str:
    """Rows by space, time by stage, what was left out, what next."""
    lines = [
        f"{holds_words(report)} in {report.index!r}, generation {report.generation}, "
        f"in {report.seconds['total']:.1f} s ({report.encoded_per_s:,.0f} vectors/s)."
    ]
    for name, space in report.spaces.items():
        known = space.rows - space.encoded
        words = f", {known:,} of them known already" if known else ""
        lines.append(f"{name}: {space.rows:,} vectors{words}; store {space.store}.")
    stages = ", ".join(
        f"{name} {seconds:.1f}"
        for name, seconds in report.seconds.items()
        if name not in ("total", "encode")
    )
    lines.append(f"seconds by stage, added over threads: {stages}.")
    if report.skipped:
        kinds = ", ".join(f"{n} {kind}" for kind, n in report.skipped_by_kind().items())
        lines.append(f"skipped {report.skips:,}: {kinds}.")
    where = f", all in {report.path}/report.json"
    lines += alike_lines(report.skipped, "  ", where)
    lines += alike_lines(report.notices, "note: ", where)
    lines += [*reading_lines(report), *dense_lines(report)]
    if report.kind == IMAGERY:
        lines.append(f'search it: rsrag search "a harbour" --index {report.index}')
    return "\n".join(lines) + "\n"


def rebuild_report_text(report: BuildReport) -> str:
    """What was made and what was kept, the new stores, how to check it."""
    kept = report.rows - report.encoded
    made = f"{report.encoded:,} vectors embedded, {kept:,} kept"
    if not report.encoded:
        made = f"{report.rows:,} vectors kept, none embedded"
    lines = [
        f"{report.index!r} is generation {report.generation}: {made}, in "
        f"{report.seconds['total']:.1f} s."
    ]
    lines += [*store_lines(report), *reading_lines(report)]
    if report.skips:
        lines.append(f"left out: {report.skips:,}; {report.path}/report.json says why.")
    lines.append(f"check it: rsrag index verify {report.index}")
    return "\n".join(lines) + "\n"


def store_lines(report: BuildReport) -> list[str]:
    """A line for the store of each space."""
    if len(report.spaces) == 1:
        return [f"store: {space.store}." for space in report.spaces.values()]
    return [f"store of {name}: {one.store}." for name, one in report.spaces.items()]


def holds_words(report: BuildReport) -> str:
    """``20 chips of 3 scenes``, or ``3 passages, 2 landmarks and 1 images``."""
    *first, last = [f"{count:,} {what}" for what, count in report.counts.items()]
    if report.kind == IMAGERY:
        return f"{report.rows:,} chips of {last}"
    return f"{', '.join(first)} and {last}"
