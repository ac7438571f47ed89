"""Layouts, other readers, rounding and mapping, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.result import Cell, Table

Found = Mapping[str, Any]


def mapping(found: Sequence[Found], count: int) -> Table:
    """Mapped against read whole."""
    rows: list[list[Cell]] = [
        [
            "mapped" if one["how"] == "mapped" else "read whole (np.fromfile)",
            "in memory" if one["pages"] == "warm" else "on disk",
            f"{100 * one['share']:g} %",
            1e3 * one["open"],
            1e3 * one["first"],
            1e3 * one["next"],
            one["memory"]["anonymous"],
        ]
        for one in found
    ]
    return Table(
        "A store's vectors, mapped or read",
        (
            "vectors",
            "pages before",
            "rows a query looks at",
            "open, ms",
            "open and first query, ms",
            "next query, ms",
            "memory of its own, MB",
        ),
        rows,
        f"{count:,} vectors of 512 float32. Pages were put out of the system's memory "
        "by posix_fadvise; the disk below a virtual machine may keep them still.",
    )


def layouts(found: Sequence[Found], count: int) -> Table:
    """Every layout; ratios to rsrag's own."""
    own = found[0]
    rows: list[list[Cell]] = [
        [
            one["name"],
            one["group"],
            one["file_bytes"] / 1e6,
            one["file_bytes"] / own["file_bytes"],
            one["write_s"],
            one["read_s"],
            1e3 * one["group_s"],
        ]
        for one in found
    ]
    return Table(
        "Layouts of a part",
        (
            "embeddings",
            "rows of a group",
            "part, MB",
            "to rsrag's",
            "write, s",
            "read all vectors, s",
            "read one row group, ms",
        ),
        rows,
        f"{count:,} chips of 512; the first row is rsrag's. `split` is "
        "BYTE_STREAM_SPLIT. Other columns are as rsrag writes them. Checksums of pages "
        "are verified where there are some.",
    )


def peers(found: Sequence[Found], count: int) -> Table:
    """Other ways to the same rows, and the limit."""
    own = found[0]
    rows: list[list[Cell]] = [
        [
            one["name"],
            one["file_bytes"] / 1e6 if one["file_bytes"] else None,
            one["write_s"],
            one["read_s"],
            one["read_s"] / own["read_s"] if one["read_s"] else None,
        ]
        for one in found
    ]
    return Table(
        "A whole part, beside others",
        ("way", "MB", "write, s", "read, s", "read / rsrag's"),
        rows,
        f"{count:,} chips of 512, all columns, unless only vectors are named. rsrag's "
        "writing ends with the file synced and hashed, its reading checks each page.",
    )


def rounding(found: Sequence[Found]) -> Table:
    """Recall of rounded vectors."""
    rows: list[list[Cell]] = [
        [one["name"], one["image"], one["text"], one["worst"]] for one in found
    ]
    first = found[0]
    return Table(
        "Rounded embeddings",
        (
            "kept as",
            "recall@10, images",
            "recall@10, texts",
            "largest change of a score",
        ),
        rows,
        f"{first['vectors']:,} clustered vectors of 512, {first['queries']:,} queries "
        "of each kind, every row scored; true neighbours are those of float32.",
    )
