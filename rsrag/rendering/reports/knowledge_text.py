"""Knowledge as text for people: imports, collections, landmarks."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.config.homes import PACKAGED_KNOWLEDGE
from rsrag.geo import bbox_centre
from rsrag.knowledge.browsing import Dossier, KnowledgeMatch
from rsrag.knowledge.periods import period_words
from rsrag.knowledge.variables import label_of
from rsrag.records import Landmark
from rsrag.rendering.reports.report_words import file_size
from rsrag.rendering.text_table import cut_right, printable, text_table
from rsrag.retrieval.wording.english import coordinates

SHOWN_SKIPS = 10


def import_text(report: Mapping[str, Any]) -> str:
    """What an import did to a collection, in two lines."""
    verb = "would be " if report["dry_run"] else ""
    return (
        f"{report['collection']}: {report['added']:,} {verb}added, "
        f"{report['changed']:,} {verb}changed, {report['removed']:,} {verb}removed.\n"
        f"it {'would hold' if report['dry_run'] else 'holds'} "
        f"{report['landmarks']:,} landmarks, {report['facts']:,} facts, "
        f"{report['passages']:,} passages.\n"
    )


def import_remarks(report: Mapping[str, Any]) -> str:
    """What was read, in what time, and what was left out or repaired."""
    formats = ", ".join(
        f"{count:,} {form}" for form, count in sorted(report["formats"].items())
    )
    lines = [
        f"read {report['read']['landmarks']:,} landmarks, "
        f"{report['read']['facts']:,} facts, {report['read']['passages']:,} passages "
        f"({formats}) in {report['seconds']:.1f} s."
    ]
    lines += [f"note: {notice}." for notice in report["notices"]]
    skipped = report["skipped"]
    if skipped:
        lines.append(f"skipped {sum(skip['count'] for skip in skipped):,}:")
    for skip in skipped[:SHOWN_SKIPS]:
        lines.append("  " + printable(f"{skip['source']}: {skip['reason']}"))
    if len(skipped) > SHOWN_SKIPS:
        rest = len(skipped) - SHOWN_SKIPS
        lines.append(f"  ... and {rest:,} more; --json lists them all.")
    return "\n".join(lines) + "\n"


def collections_text(rows: Sequence[Mapping[str, Any]], where: str) -> str:
    """``rsrag knowledge list``: one line a collection, or what to type if none."""
    if not rows:
        return (
            f"no knowledge in {where}\n next: rsrag knowledge import PATH --name NAME\n"
        )
    head = ("name", "landmarks", "facts", "passages", "size", "licences", "where")
    table = [
        (
            row["name"],
            f"{row['landmarks']:,}",
            f"{row['facts']:,}",
            f"{row['passages']:,}",
            file_size(row["bytes"]),
            ", ".join(row["licences"]),
            _folder(row["path"]),
        )
        for row in rows
    ]
    right = ("landmarks", "facts", "passages", "size")
    text = text_table(head, table, right=right, widest=120)
    for row in rows:
        for other in row["replaces"]:
            text += printable(f"{row['name']} takes the place of {other}") + "\n"
    return text


def _folder(path: str) -> str:
    """A collection's folder, or that it is the one that comes with rsrag."""
    return "comes with rsrag" if Path(path).parent == PACKAGED_KNOWLEDGE else path


def stats_text(stats: Mapping[str, Any], *, top: int = 10) -> str:
    """``rsrag knowledge stats``: totals, and the most frequent of each kind."""
    text = (
        f"{stats['landmarks']:,} landmarks, {stats['facts']:,} facts, "
        f"{stats['passages']:,} passages.\n"
    )
    for key, title in _STATS.items():
        counts = list(stats[key].items())
        if not counts:
            continue
        rows = [(name, f"{count:,}") for name, count in counts[:top]]
        if len(counts) > top:
            rest = sum(count for _, count in counts[top:])
            rows.append((f"({len(counts) - top:,} more)", f"{rest:,}"))
        text += "\n" + text_table(title, rows, widest=60)
    return text


_STATS = {
    "by_collection": ("collection", "landmarks"),
    "by_category": ("category", "landmarks"),
    "by_variable": ("variable", "facts"),
    "by_chunk_type": ("kind of text", "passages"),
    "by_source": ("source", "records"),
    "by_licence": ("licence", "records"),
}


def dossier_text(dossier: Dossier) -> str:
    """``rsrag knowledge show``: a landmark with its facts, texts and sources."""
    landmark = dossier.landmark
    rows = [
        ("name", landmark.name),
        ("id", landmark.id),
        ("also", "; ".join(landmark.aliases)),
        ("category", landmark.category or ""),
        ("place", _place(landmark)),
        ("images", ", ".join(landmark.images)),
        ("source", f"{landmark.source} ({landmark.licence})"),
    ]
    text = "".join(f"{key:<9} {printable(value)}\n" for key, value in rows if value)
    sources = {(landmark.source, landmark.licence)}
    if dossier.facts:
        text += f"\n{len(dossier.facts)} facts\n"
        last = ""
        facts = sorted(
            dossier.facts, key=lambda f: (f.variable, f.period or "", f.value)
        )
        width = min(28, max(len(label_of(fact.variable)) for fact in facts))
        for fact in facts:
            label = label_of(fact.variable)
            when = f"{period_words(fact.period)}: " if fact.period else ""
            shown = "" if label == last else label
            value = cut_right(printable(fact.value), 200)
            text += f"  {printable(shown):<{width}}  {when}{value}\n"
            last = label
            sources.add((fact.source, fact.licence))
    for passage in dossier.passages:
        title = f", {printable(passage.title)}" if passage.title else ""
        text += f"\n{printable(passage.chunk_type)}{title}\n"
        text += textwrap.indent(textwrap.fill(printable(passage.text), 86), "  ") + "\n"
        sources.add((passage.source, passage.licence))
    if len(sources) > 1:
        text += "\nsources\n"
        text += "".join(
            f"  {printable(s)} ({printable(x)})\n" for s, x in sorted(sources)
        )
    return text


def found_text(found: Sequence[KnowledgeMatch]) -> str:
    """``rsrag knowledge search``: one line a landmark or text."""
    if not found:
        return "nothing found\n"
    head = ("id", "name", "category", "lat lon", "match")
    rows = []
    for one in found:
        match = f"{one.match}: {one.text}" if one.match in ("fact", "passage") else ""
        match = match or one.match
        if one.landmark is None:
            rows.append(("-", "-", "-", "-", match))
            continue
        landmark = one.landmark
        rows.append(
            (
                landmark.id,
                landmark.name,
                landmark.category or "-",
                _centre(landmark) or "-",
                match,
            )
        )
    return text_table(head, rows, right=(), widest=48)


def _place(landmark: Landmark) -> str:
    box = landmark.bbox
    if box is None:
        return ""
    shape = landmark.shape
    kind = "" if shape is None or shape.geom_type == "Point" else f", {shape.geom_type}"
    return f"{_centre(landmark)}{kind.lower()}"


def _centre(landmark: Landmark) -> str | None:
    box = landmark.bbox
    if box is None:
        return None
    return coordinates(*bbox_centre(box), digits=4, unit="")
