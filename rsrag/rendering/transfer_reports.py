"""Exports and imports as text for people."""

from typing import TYPE_CHECKING

from rsrag.rendering.reports import file_size

if TYPE_CHECKING:
    from rsrag.indexing.export_run import ExportReport


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
