"""What the search of a folder says of the index that it made or refreshed."""

from collections.abc import Sequence

from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.update_report import UpdateReport
from rsrag.types import Skip

SHOWN = 3


def refresh_note(report: BuildReport | UpdateReport) -> str:
    """What was read, and what was left out; empty if nothing had changed."""
    seconds = report.seconds["total"]
    if isinstance(report, BuildReport):
        note = (
            f"indexed {report.scenes:,} pictures ({report.chips:,} chips) "
            f"as {report.index} in {seconds:.1f} s"
        )
        return note + _left_out(report.skipped)
    if not report.published:
        return ""
    words = ("added", "changed", "moved", "removed")
    counts = [f"{n:,} {word}" for word in words if (n := getattr(report, word))]
    note = f"{', '.join(counts)} since the last time, read in {seconds:.1f} s"
    new = {*report.names["added"], *report.names["changed"]}
    return note + _left_out([skip for skip in report.skipped if skip.source in new])


def _left_out(skipped: Sequence[Skip]) -> str:
    if not skipped:
        return "."
    lines = [f"  {skip.source}: {skip.reason}" for skip in skipped[:SHOWN]]
    if len(skipped) > SHOWN:
        lines.append(f"  ... and {len(skipped) - SHOWN:,} more")
    return "\n".join([f"; {sum(s.count for s in skipped):,} left out:", *lines])
