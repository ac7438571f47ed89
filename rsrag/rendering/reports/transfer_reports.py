"""Exports and imports as text for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rsrag.rendering.reports.report_words import file_size, skip_lines
from rsrag.vectors import UNIT_TOLERANCE

if TYPE_CHECKING:
    from rsrag.indexing.exports.export_run import ExportReport
    from rsrag.indexing.format.build_report import BuildReport
    from rsrag.indexing.transfer.push import TransferReport


def export_report_text(report: "ExportReport") -> str:
    """What was written, in a few lines, and how to open it."""
    share = "" if report.chips == report.of else f" of {report.of:,}"
    vectors = (
        f"{report.embeddings} embeddings of dim {report.dim}"
        if report.embeddings
        else "no embeddings"
    )
    lines = [
        f"{report.chips:,}{share} chips of {report.index!r}, generation "
        f"{report.generation}, {vectors}, in {report.seconds:.1f} s.",
    ]
    if report.files:
        files = "1 file" if report.files == 1 else f"{report.files:,} files"
        lines.append(f"wrote {report.out} ({files}, {file_size(report.bytes)})")
    else:
        lines.append(f"wrote {report.out}")
    undated = report.remarks.get("undated")
    if undated:
        lines.append(
            f"{undated:,} items have no acquisition time: their interval is from 1900 "
            "to the day of the index."
        )
    lines += _next(report)
    return "\n".join(lines) + "\n"


def _next(report: "ExportReport") -> list[str]:
    if report.format == "geoparquet":
        files = report.out
        if not files.lower().endswith((".parquet", ".geoparquet", ".gpq")):
            files += "/*.parquet"
        return [f"open it: duckdb -c \"from read_parquet('{files}') limit 5\""]
    if report.format == "stac":
        return [f"open it: {report.out}/catalog.json"]
    if report.format == "npy":
        return [f"open it: numpy.load('{report.out}/vectors.npy', mmap_mode='r')"]
    return []


def _layout(imported: Mapping[str, Any]) -> str:
    if imported["layout"] == "rsrag":
        return "an export of rsrag"
    columns = ", ".join(f"{f}={c}" for f, c in imported["columns"].items())
    return f"{imported['layout']} ({columns})"


def import_report_text(report: "BuildReport") -> str:
    """What was imported, what was left out, and how to search it."""
    space, imported = report.spaces["image"], report.imported
    low, high = imported["lengths"]
    scaled = abs(low - 1) > UNIT_TOLERANCE or abs(high - 1) > UNIT_TOLERANCE
    count = imported["files"]
    files = "1 file" if count == 1 else f"{count:,} files"
    lines = [
        f"{space.rows:,} chips of {files} in {report.index!r}, generation "
        f"{report.generation}, in {report.seconds['total']:.1f} s.",
        f"layout: {_layout(imported)}.",
        f"encoder: {space.encoder}, dim {space.dim}; vectors "
        + (f"of length {low:.4g} to {high:.4g} made unit." if scaled else "are unit."),
        f"store: {space.store}.",
    ]
    if report.skipped:
        lines.append(f"rows left out: {report.skips:,}")
        lines += skip_lines(report.skipped, f", all in {report.path}/report.json")
    if space.encoder.startswith("external:"):
        lines.append(
            f"search it: rsrag search --chip ID --index {report.index} (texts need "
            f"the encoder, which is not here)"
        )
    else:
        lines.append(f'search it: rsrag search "a harbour" --index {report.index}')
    return "\n".join(lines) + "\n"


def push_report_text(report: "TransferReport") -> str:
    """What went up, and how to have it elsewhere."""
    what = _moved(report, "sent")
    where = f"{report.address} is generation {report.generation}"
    if not report.changed:
        where += " already"
    return f"{where}: {what}\n next: rsrag index pull {report.address}\n"


def pull_report_text(report: "TransferReport") -> str:
    """What came, and how to search it."""
    what = _moved(report, "fetched")
    state = "is" if report.changed else "is up to date:"
    return (
        f"{report.index!r} {state} generation {report.number}, {report.generation} of "
        f"{report.address}: {what}\n"
        f" next: rsrag search QUERY --index {report.index}\n"
    )


def _moved(report: "TransferReport", verb: str) -> str:
    return (
        f"{report.files:,} files, {file_size(report.bytes)}, "
        f"{file_size(report.moved)} of it {verb}, in {report.seconds:.1f} s."
    )
