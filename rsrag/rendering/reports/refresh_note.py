"""Note on the index that a search of a folder made or refreshed."""

from collections.abc import Sequence

from rsrag.indexing.format.build_report import BuildReport
from rsrag.types import Skip

SHOWN = 3


def refresh_note(report: BuildReport) -> str:
    """What was read, and what was left out; empty if nothing had changed."""
    seconds = report.seconds["total"]
    found = report.sources
    if found is None:
        note = (
            f"indexed {report.counts['scenes']:,} pictures ({report.rows:,} chips) "
            f"as {report.index} in {seconds:.1f} s"
        )
        return note + _left_out(report.skipped)
    if not found.published:
        return ""
    words = ("added", "changed", "moved", "removed")
    counts = [f"{n:,} {word}" for word in words if (n := getattr(found, word))]
    note = f"{', '.join(counts)} since the last time, read in {seconds:.1f} s"
    new = {*found.names["added"], *found.names["changed"]}
    return note + _left_out([skip for skip in report.skipped if skip.source in new])


def _left_out(skipped: Sequence[Skip]) -> str:
    if not skipped:
        return "."
    lines = [f"  {skip.source}: {skip.reason}" for skip in skipped[:SHOWN]]
    if len(skipped) > SHOWN:
        lines.append(f"  ... and {len(skipped) - SHOWN:,} more")
    return "\n".join([f"; {sum(s.count for s in skipped):,} left out:", *lines])
