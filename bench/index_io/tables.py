"""What was measured, as tables and a plot."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.result import Cell, Line, Plot, Table, exponent

Found = Mapping[str, Any]
BySize = Mapping[int, Found]


def opening(indexes: BySize, approximate: Found) -> Table:
    """Open, first search, verify; with peaks."""
    rows: list[list[Cell]] = []
    for count, found in _both(indexes, approximate):
        opened, checked, read = found["open"], found["verify"], found["read"]
        rows.append(
            [
                count,
                found["made"]["store"],
                read["bytes"] / 1e6,
                1e3 * opened["open"],
                1e3 * opened["first"],
                opened["rest"]["anonymous"],
                checked["verify"],
                checked["memory"]["peak"],
                checked["verify"] / read["read"],
                checked["verify"] / read["hash"],
            ]
        )
    return Table(
        "Opening and verifying",
        (
            "chips",
            "store",
            "index, MB",
            "open, ms",
            "first search, ms",
            "memory of its own, open, MB",
            "verify, s",
            "verify's peak, MB",
            "verify / reading all bytes",
            "verify / their sha256",
        ),
        rows,
        "Pages of the files in memory. Verifying reads every part and the whole store, "
        "hashes the files, decodes all columns, checks each row, and searches. Its "
        "peak counts pages of mapped files.",
    )


def updating(indexes: BySize, approximate: Found) -> Table:
    """An archive unchanged, and with a thousand pictures beside it."""
    rows: list[list[Cell]] = []
    for count, found in _both(indexes, approximate):
        same, new = found["unchanged"], found["grown"]
        rows.append(
            [
                count,
                found["made"]["store"],
                found["made"]["parts_s"],
                found["made"]["store_s"],
                same["update"],
                new["update"],
                new["memory"]["peak"],
            ]
        )
    return Table(
        "Writing and updating",
        (
            "chips",
            "store",
            "write parts, s",
            "fill the store, s",
            "update, nothing new, s",
            "update, 1,000 new chips, s",
            "its peak, MB",
        ),
        rows,
        "The chips are those of one tar. Parts: made-up vectors drawn and written.",
    )


def scanning(files: BySize) -> Table:
    """Files that have not changed, against a bare walk."""
    rows: list[list[Cell]] = []
    for count, found in files.items():
        scan, walk = found["scan"], found["walk"]
        rows.append(
            [
                count,
                scan["update"],
                scan["memory"]["peak"],
                walk["walk"],
                scan["update"] / walk["walk"],
            ]
        )
    return Table(
        "An update over files of which none has changed",
        ("files", "update, s", "its peak, MB", "walk and stat, s", "update / walk"),
        rows,
        "The limit is `os.scandir` through all folders and the status of each file, "
        "with nothing compared.",
    )


def growth_lines(indexes: BySize, files: BySize) -> list[Line]:
    """Seconds by size."""
    taken: dict[str, Callable[[Found], float]] = {
        "open": lambda found: found["open"]["open"],
        "open and first search": lambda found: (
            found["open"]["open"] + found["open"]["first"]
        ),
        "verify": lambda found: found["verify"]["verify"],
        "update, nothing new": lambda found: found["unchanged"]["update"],
        "update, 1,000 new chips": lambda found: found["grown"]["update"],
    }
    lines = [
        Line(name, [(count, of(found)) for count, found in indexes.items()])
        for name, of in taken.items()
    ]
    scans = [(count, found["scan"]["update"]) for count, found in files.items()]
    return [*lines, Line("scan of unchanged files", [(x, y) for x, y in scans])]


def growth(lines: Sequence[Line]) -> list[Table]:
    """The exponent of each line; no table if there is one size only."""
    rows: list[list[Cell]] = [
        [line.name, round(exponent(line.points), 2)]
        for line in lines
        if len(line.points) > 1
    ]
    if not rows:
        return []
    return [
        Table(
            "Growth",
            ("what", "grows as chips to the power of"),
            rows,
            "Slope of a straight line through the points of the plot.",
        )
    ]


def plot(lines: Sequence[Line]) -> Plot:
    """All of it, over the number of chips or files."""
    return Plot(
        "index-io-growth",
        "An index on disk",
        "chips or files",
        "seconds",
        list(lines),
        log_x=True,
        log_y=True,
    )


def _both(indexes: BySize, approximate: Found) -> list[tuple[int, Found]]:
    return [*indexes.items(), (max(indexes), approximate)]
