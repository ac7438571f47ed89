"""Findings of ``index verify`` and ``doctor`` as text for people."""

from collections.abc import Sequence

from rsrag.indexing.findings import Finding
from rsrag.indexing.verify import VerifyReport
from rsrag.rendering.reports import file_size

_MARKS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


def findings_text(findings: Sequence[Finding]) -> str:
    """One line a finding, and what to type next below it."""
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.severity]} {finding.where}: {finding.what}")
        if finding.next:
            lines.append(f"{'':>10}next: {finding.next}")
    return "".join(f"{line}\n" for line in lines)


def verify_text(report: VerifyReport) -> str:
    """What was looked at, what was found."""
    looked = [
        f"{report.index!r}, generation {report.generation}: {report.rows:,} rows in "
        f"{report.parts} parts ({file_size(report.bytes)})"
    ]
    for space, recall in report.recall.items():
        store = f"store of {space}" if space else "store"
        if recall is not None:
            looked.append(f"{store} finds {recall:.1%} of the true 10 nearest")
    if report.sources is not None:
        what = "sources" if report.kind == "imagery" else "collections"
        looked.append(f"{report.sources:,} {what} compared")
    return "; ".join(looked) + ".\n" + findings_text(report.findings) + _sum(report)


def _sum(report: VerifyReport) -> str:
    if not report.findings:
        return f"all is as it was written ({report.seconds:.1f} s).\n"
    warnings = len(report.findings) - report.problems
    return f"{report.problems} problems, {warnings} warnings.\n"
