"""Builds and indexes of knowledge as text for people."""

from collections.abc import Mapping
from typing import Any

from rsrag.indexing.format.knowledge_report import KnowledgeReport
from rsrag.rendering.reports.report_words import SHOWN_SKIPS, file_size


def knowledge_report_text(report: KnowledgeReport) -> str:
    """What a build did, in a few lines: vectors by space, time, skips."""
    lines = [
        f"{report.passages:,} passages and {report.landmarks:,} landmarks in "
        f"{report.index!r}, generation {report.generation}, in "
        f"{report.seconds['total']:.1f} s ({report.vectors_per_s:,.0f} vectors/s)."
    ]
    for space, count in report.vectors.items():
        reused = report.reused[space]
        known = f", {reused:,} of them known already" if reused else ""
        lines.append(f"{space}: {count:,} vectors{known}; {report.stores[space]}.")
    stages = ", ".join(
        f"{name} {seconds:.1f}"
        for name, seconds in report.seconds.items()
        if name != "total"
    )
    lines.append(f"seconds by stage: {stages}.")
    if report.skipped:
        lines.append(f"skipped {len(report.skipped):,} pictures:")
        shown = report.skipped[:SHOWN_SKIPS]
        lines += [f"  {skip.source}: {skip.reason}" for skip in shown]
        if len(report.skipped) > SHOWN_SKIPS:
            rest = len(report.skipped) - SHOWN_SKIPS
            lines.append(f"  ... and {rest:,} more, all in {report.path}/report.json")
    return "\n".join(lines) + "\n"


def knowledge_details_text(details: Mapping[str, Any]) -> str:
    """``rsrag index info`` of an index of knowledge."""
    sizes = details["bytes"]
    rows = [
        ("name", f"{details['name']}, generation {details['generation']}"),
        ("kind", "knowledge"),
        ("created", f"{details['created']} by rsrag {details['rsrag_version']}"),
        (
            "holds",
            f"{details['passages']:,} passages, {details['landmarks']:,} landmarks, "
            f"{details['images']:,} pictures",
        ),
        ("knowledge", f"{details['knowledge']}: {', '.join(details['collections'])}"),
    ]
    for name, space in details["spaces"].items():
        encoder, store = space["encoder"], space["store"]
        kind = f"{store['kind']} {store['ann'] or ''}".strip()
        rows += [
            (
                name,
                f"{space['rows']:,} vectors of {encoder['id']}, dim {encoder['dim']}, "
                f"in {kind} ({store['reason']})",
            ),
            ("open with", f"read_parquet('{details['parts_globs'][name]}')"),
        ]
    rows += [
        ("parts", file_size(sizes["parts"])),
        ("sidecar", file_size(sizes["store"])),
    ]
    text = "".join(f"{name:<10}  {value}\n" for name, value in rows)
    for path in details["missing_parts"]:
        text += f"missing     {path}\n"
    if details["interrupted_build"]:
        text += "note        a stopped build waits: run its command again to go on\n"
    return text
