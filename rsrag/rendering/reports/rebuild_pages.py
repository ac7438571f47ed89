"""Reports of rebuilds as text for people."""

from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.rebuild.rebuild_knowledge import KnowledgeStoreReport


def rebuild_text(report: BuildReport) -> str:
    """Counts, the new store, how to go back."""
    kept = report.chips - report.encoded
    made = f"{report.encoded:,} chips embedded, {kept:,} kept"
    if not report.encoded:
        made = f"{report.chips:,} chips kept, none embedded"
    lines = [
        f"{report.index!r} is generation {report.generation}: {made}, in "
        f"{report.seconds['total']:.1f} s.",
        f"store: {report.store}.",
    ]
    if report.skips:
        lines.append(f"left out: {report.skips:,}; {report.path}/report.json says why.")
    lines.append(f"check it: rsrag index verify {report.index}")
    return "\n".join(lines) + "\n"


def knowledge_stores_text(report: KnowledgeStoreReport) -> str:
    """Likewise for an index of knowledge."""
    lines = [
        f"{report.index!r} is generation {report.generation}: its stores are new, in "
        f"{report.seconds:.1f} s."
    ]
    lines += [
        f"{space}: {report.vectors[space]:,} vectors, {store}."
        for space, store in report.stores.items()
    ]
    lines.append(f"check it: rsrag index verify {report.index}")
    return "\n".join(lines) + "\n"
