"""Findings of ``index verify`` and ``doctor`` as text for people."""

import textwrap
from collections.abc import Mapping, Sequence

from rsrag.indexing.checks.findings import Finding
from rsrag.indexing.checks.verify import VerifyReport
from rsrag.rendering.reports.report_words import file_size

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
        f"{report.index!r}, generation {report.generation}: "
        f"{_count(report.rows, 'row')} in {_count(report.parts, 'part')} "
        f"({file_size(report.bytes)})"
    ]
    for space, recall in report.recall.items():
        if recall is not None:
            looked.append(f"store of {space} finds {recall:.1%} of the true 10 nearest")
    if report.sources is not None:
        what = "source" if report.kind == "imagery" else "collection"
        looked.append(f"{_count(report.sources, what)} compared")
    return "; ".join(looked) + ".\n" + findings_text(report.findings) + _sum(report)


def _sum(report: VerifyReport) -> str:
    if not report.findings:
        return f"all is as it was written ({report.seconds:.1f} s).\n"
    warnings = len(report.findings) - report.problems
    return _counts(report.problems, warnings)


def _counts(wrong: int, warnings: int) -> str:
    return f"{_count(wrong, 'problem')}, {_count(warnings, 'warning')}.\n"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def doctor_text(sections: Mapping[str, Sequence[Finding]]) -> str:
    """Section by section, and the count of what is wrong."""
    text = "".join(
        f"{name}\n{textwrap.indent(findings_text(findings), '  ')}"
        for name, findings in sections.items()
    )
    all_ = [finding for findings in sections.values() for finding in findings]
    wrong, warnings = (
        sum(finding.severity == severity for finding in all_)
        for severity in ("problem", "warning")
    )
    if not wrong and not warnings:
        return f"{text}all is well.\n"
    return text + _counts(wrong, warnings)
