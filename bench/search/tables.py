"""The tables of one cloud at one size."""

import math
from collections.abc import Callable
from typing import Any

from bench.result import Cell, Table
from bench.search.measuring import Piece, target
from bench.search.places import REGIONS
from bench.search.systems import SYSTEMS, THREADS

_GB = 1e9
_MEMORY_NOTE = (
    "Peak is the most that was resident while building. At rest is after {asked} "
    "queries or more, with the interpreter and the libraries; what files back is page "
    "cache that the system may take back. Disk is what building left."
)
_FILTER_NOTE = (
    "One query at a time, with the setting of the table above. Where a library takes "
    "row numbers only (faiss, hnswlib, usearch), the time includes finding them from "
    "longitude and latitude with NumPy. *Short* is the share of answers with fewer "
    "than ten rows though there are more."
)


def summary(pieces: list[Piece]) -> Table:
    """One row a system: how well, how fast, how large; the worst of its filters."""
    return _by_system(
        f"In short: {of(pieces)}",
        (
            "recall@10",
            "queries/s",
            "p99, ms",
            "filtered recall@10",
            "slowest filter, ms",
            "build, s",
            "memory, GB",
            "disk, GB",
        ),
        pieces,
        _summed_up,
        f"Recall is the lower of images' and texts', at the first setting that brings "
        f"both to {target(pieces[0]['count'])}; filtered, it is that of the filter "
        "with which the system finds least, and *slowest* the p50 of the one with "
        "which it takes longest. Memory is what is resident at rest. The tables below "
        "hold the parts.",
    )


def _summed_up(piece: Piece) -> list[Cell]:
    found, serve, built = chosen(piece), piece["serve"], piece["build"]
    regions = serve["filtered"].values()
    recalls = [one["recall"] for one in regions if not math.isnan(one["recall"])]
    rest = serve["rest"].get("total")
    return [
        min(found["recall"].values()),
        found["qps"],
        serve["single"]["p99_ms"],
        min(recalls, default=None),
        max(one["p50_ms"] for one in regions),
        built["seconds"],
        rest and rest / _GB,
        built["disk"] / _GB,
    ]


def speed(pieces: list[Piece]) -> Table:
    """Recall, queries/s and times of single queries."""
    wanted = target(pieces[0]["count"])
    return _by_system(
        f"Searching {of(pieces)}",
        (
            "setting",
            "recall@10, images",
            "recall@10, texts",
            f"queries/s at {wanted} or more",
            "images/s",
            "texts/s",
            "p50, ms",
            "p99, ms",
            "single queries",
        ),
        pieces,
        _searched,
        f"Queries/s with all queries in one call on {THREADS} threads, over both "
        f"kinds; p50 and p99 one query at a time. The setting is the first of the "
        f"sweep at which both kinds reach {wanted}, else the last one.",
    )


def _searched(piece: Piece) -> list[Cell]:
    found, single = chosen(piece), piece["serve"]["single"]
    return [
        said(found["setting"]),
        found["recall"]["image"],
        found["recall"]["text"],
        found["qps"] if piece["serve"]["reached"] else None,
        found["speed"]["image"],
        found["speed"]["text"],
        single["p50_ms"],
        single["p99_ms"],
        single["asked"],
    ]


def memory(pieces: list[Piece]) -> Table:
    """Time to build and open, memory and disk."""
    asked = [piece["serve"]["asked"] for piece in pieces if "serve" in piece]
    return _by_system(
        f"Building and holding {of(pieces)}",
        (
            "build, s",
            "peak, GB",
            "of it anonymous, GB",
            "at rest, GB",
            "anonymous, GB",
            "file-backed, GB",
            "disk, GB",
            "open, s",
            "first query, ms",
        ),
        pieces,
        _held,
        _MEMORY_NOTE.format(asked=f"{min(asked):,}") if asked else "",
    )


def _held(piece: Piece) -> list[Cell]:
    built, serve = piece["build"], piece["serve"]
    rest = serve["rest"] or dict.fromkeys(("total", "anonymous", "file"), math.nan)
    sizes = [built["peak"], built["peak_anonymous"]]
    sizes += [rest["total"], rest["anonymous"], rest["file"], built["disk"]]
    return [
        built["seconds"],
        *[None if math.isnan(size) else size / _GB for size in sizes],
        serve["open_s"],
        serve["first_ms"],
    ]


def _by_system(
    heading: str,
    columns: tuple[str, ...],
    pieces: list[Piece],
    cells: Callable[[Piece], list[Cell]],
    note: str,
) -> Table:
    """One row a system, empty where it did not come to be searched."""
    empty: list[Cell] = [None] * len(columns)
    rows = [
        [title(piece), *(cells(piece) if "serve" in piece else empty)]
        for piece in pieces
    ]
    return Table(heading, ("system", *columns), rows, note)


def filters(pieces: list[Piece]) -> Table:
    """Recall and times of searches that name a region, by region."""
    rows: list[list[Cell]] = []
    for region in REGIONS:
        for piece in pieces:
            if "serve" not in piece:
                continue
            one = piece["serve"]["filtered"][region.name]
            figures = [one["recall"], *one["kinds"].values()]
            figures += [one["p50_ms"], one["p99_ms"], one["short"], one["asked"]]
            cells = [None if value != value else value for value in figures]
            rows.append([region.name, title(piece), *cells])
    return Table(
        f"Searching {of(pieces)}, filtered",
        (
            "filter",
            "system",
            "recall@10",
            "images",
            "texts",
            "p50, ms",
            "p99, ms",
            "short",
            "queries",
        ),
        rows,
        _FILTER_NOTE,
    )


def of(pieces: list[Piece]) -> str:
    """Which vectors the pieces of one table are of."""
    cloud, count, dim = (pieces[0][name] for name in ("cloud", "count", "dim"))
    return f"{count:,} × {dim}, {cloud}"


def title(piece: Piece) -> str:
    """How pages call the system of a piece."""
    return SYSTEMS[piece["system"]].title


def said(setting: dict[str, int]) -> str:
    """A setting as a page shows it."""
    return ", ".join(f"{name} {value}" for name, value in setting.items()) or "–"


def chosen(piece: Piece) -> dict[str, Any]:
    """What the sweep found at the setting that was taken."""
    serve = piece["serve"]
    found: dict[str, Any] = next(
        one for one in serve["sweep"] if one["setting"] == serve["chosen"]
    )
    return found
