"""Builds and indexes as text for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.indexing.format.build_report import BuildReport
from rsrag.rendering.reports.report_words import SHOWN_SKIPS, file_size
from rsrag.rendering.text_table import printable, text_table


def build_report_text(report: BuildReport) -> str:
    """What a build did, in a few lines: counts, skips, time by stage, what next."""
    lines = [
        f"{report.chips:,} chips of {report.scenes:,} scenes in {report.index!r}, "
        f"generation {report.generation}, in {report.seconds['total']:.1f} s "
        f"({report.chips_per_s:,.0f} chips/s)."
    ]
    if report.encoded < report.chips:
        resumed = report.chips - report.encoded
        lines.append(f"{resumed:,} of them were done by an earlier, stopped run.")
    lines.append(f"store: {report.store}.")
    stages = ", ".join(
        f"{name} {seconds:.1f}"
        for name, seconds in report.seconds.items()
        if name != "total"
    )
    lines.append(f"seconds by stage, added over threads: {stages}.")
    lines += _skip_lines(report)
    lines.append(f'search it: rsrag search "a harbour" --index {report.index}')
    return "\n".join(lines) + "\n"


def _skip_lines(report: BuildReport) -> list[str]:
    lines = []
    if report.skipped:
        kinds = ", ".join(f"{n} {kind}" for kind, n in report.skipped_by_kind().items())
        lines.append(f"skipped {report.skips:,}: {kinds}.")
    for skip in report.skipped[:SHOWN_SKIPS]:
        lines.append(f"  {skip.source}: {skip.reason}")
    if len(report.skipped) > SHOWN_SKIPS:
        rest = len(report.skipped) - SHOWN_SKIPS
        lines.append(f"  ... and {rest:,} more, all in {report.path}/report.json")
    lines += [f"note: {n.source}: {n.reason}" for n in report.notices[:SHOWN_SKIPS]]
    return lines


def index_table_text(rows: Sequence[Mapping[str, Any]], root: str) -> str:
    """``rsrag index list``: one line an index, or what to type if there is none."""
    if not rows:
        return f"no index in {root}\n next: rsrag index build SOURCE --name NAME\n"
    head = ("name", "kind", "holds", "encoder", "store", "size", "created")
    return text_table(head, [_cells(row) for row in rows], right=("size",))


def searched_table_text(rows: Sequence[Mapping[str, Any]], root: str) -> str:
    """The part of ``rsrag index list`` about folders that were searched by path."""
    head = ("name", "holds", "encoder", "size", "created", "made of")
    cells = []
    for row in rows:
        name, _, holds, encoder, _, size, created = _cells(row)
        of = ", ".join(row.get("sources", ()))
        cells.append((name, holds, encoder, size, created, of))
    table = text_table(head, cells, right=("size",), widest=100)
    return f"folders that were searched, in {printable(root)}:\n{table}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    if "error" in row:
        return (row["name"], "", "", "", "", "", f"broken: {row['error']}")
    if row["kind"] == "knowledge":
        spaces = row["spaces"].values()
        encoders = dict.fromkeys(f"{s['encoder']} ({s['dim']})" for s in spaces)
        stores = dict.fromkeys(store_words(s) for s in spaces)
        holds = f"{row['passages']:,} passages, {row['landmarks']:,} landmarks"
        encoder, store = ", ".join(encoders), ", ".join(stores)
    else:
        holds = f"{row['chips']:,} chips, {row['scenes']:,} scenes"
        encoder, store = f"{row['encoder']} ({row['dim']})", store_words(row)
    size = file_size(row["bytes"])
    return (row["name"], row["kind"], holds, encoder, store, size, row["created"])


def store_words(row: Mapping[str, Any]) -> str:
    """``faiss hnsw``, or the store's kind alone."""
    return f"{row['store']} {row['ann'] or ''}".strip()


def index_details_text(details: Mapping[str, Any]) -> str:
    """``rsrag index info``: what it is, where it is, how it was made."""
    encoder, store = details["encoder"], details["store"]
    box, time = details["bbox"], details["time"]
    sizes = details["bytes"]
    rows = [
        ("name", f"{details['name']}, generation {details['generation']}"),
        ("created", f"{details['created']} by rsrag {details['rsrag_version']}"),
        ("chips", f"{details['chips']:,} of {details['scenes']:,} scenes"),
        ("skipped", f"{details['skipped']:,}"),
        ("encoder", f"{encoder['id']}, dim {encoder['dim']}"),
        ("weights", encoder["weights_sha256"]),
        ("pixels", encoder["preprocessing"]),
        ("store", f"{store['kind']} {store['ann'] or ''}".strip()),
        ("because", store["reason"]),
        ("bbox", " ".join(f"{v:.6g}" for v in box) if box else "no footprints"),
        ("time", f"{time[0]} .. {time[1]}" if time else "no acquisition times"),
        ("sources", "\n            ".join(details["sources"])),
        ("parts", f"{len(details['parts'])}, {file_size(sizes['parts'])}"),
        ("sidecar", file_size(sizes["store"])),
        ("open with", f"read_parquet('{details['parts_glob']}')"),
    ]
    text = "".join(f"{name:<10}  {value}\n" for name, value in rows)
    for path in details["missing_parts"]:
        text += f"missing     {path}\n"
    if details.get("imported"):
        text += imported_line(details["imported"])
    text += generations_text(details["generations"])
    if details["interrupted_build"]:
        text += "note        a stopped build waits: run its command again to go on\n"
    return text


def generations_text(generations: Sequence[Mapping[str, Any]]) -> str:
    """One line a generation: number, time, names, and which one is searched."""
    lines = []
    for one in generations:
        tags = f" [{', '.join(one['tags'])}]" if one["tags"] else ""
        rows = f"{one['rows']:,} rows" if one["rows"] is not None else "unreadable"
        now = ", searched" if one["current"] else ""
        words = f"{one['number']}{tags}: {one['created'] or '?'}, {rows}{now}"
        lines.append(f"{'generation':<10}  {words}\n")
    return "".join(lines)


def imported_line(imported: Mapping[str, Any]) -> str:
    """The line of ``rsrag index info`` about embeddings that were made elsewhere."""
    where = "pictures as in the index exported" if imported["pixels"] else "no pictures"
    return f"imported    layout {imported['layout']}, {where}\n"
