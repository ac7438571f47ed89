"""Audits of an index as text for people."""

from rsrag.indexing.checks.audit_report import Audit
from rsrag.rendering.reports.coverage_picture import coverage_text
from rsrag.rendering.text_table import printable

SHOWN = 3
"""Examples of each kind that a screen has room for."""


def audit_text(audit: Audit) -> str:
    """What a person should look at, with examples; then a map of the coverage."""
    lines = [
        f"{audit.index!r}, generation {audit.generation}: {audit.chips:,} chips of "
        f"{audit.scenes:,} scenes."
    ]
    for doubt in audit.doubts:
        lines.append(f"{doubt.kind}: {doubt.count:,} {doubt.what}")
        lines += [f"  {printable(one)}" for one in doubt.examples[:SHOWN]]
        if (rest := doubt.count - SHOWN) > 0:
            lines.append(f"  ... and {rest:,} more")
        if doubt.next:
            lines.append(f"  next: {doubt.next}")
    if not audit.doubts:
        lines.append("nothing in it is doubtful.")
    text = "".join(f"{line}\n" for line in lines)
    return text if audit.coverage is None else text + coverage_text(audit.coverage)
