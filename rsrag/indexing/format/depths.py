"""How dense an index is that was begun with an overview of its scenes.

Of such a scene the windows of the largest chips are its cells. A cell's depth is how
many of the smaller sizes there are on its ground, the larger ones first. The ledger
keeps them in runs: ``0x57,2x3`` are 57 cells of which there is the overview alone, and
three with two sizes more.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def depths_text(depths: Sequence[int]) -> str:
    """Depths of the cells of a scene as the ledger keeps them."""
    runs = ((depth, len(list(run))) for depth, run in groupby(depths))
    return ",".join(f"{depth}x{length}" for depth, length in runs)


def depths_runs(text: str) -> list[tuple[int, int]]:
    """Depth and number of cells of each run."""
    pairs = (run.partition("x") for run in text.split(",") if run)
    return [(int(depth), int(length)) for depth, _, length in pairs]


def depths_of(text: str | None, cells: int) -> list[int]:
    """The depth of each of the cells of a scene; 0 where nothing is known."""
    if text is None:
        return [0] * cells
    return [depth for depth, length in depths_runs(text) for _ in range(length)]


def density(
    ledger: "pa.Table | None", options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What of an index's ground is there at each chip size, the largest first.

    Args:
        ledger: of the generation.
        options: for its imagery, as the manifest has them.

    Returns:
        For each size ``chip_size``, the share of cells with it (``area``), and the
        share of scenes all of whose cells have it (``scenes``); nothing for an index
        that was not begun with an overview, or has no ledger.
    """
    if not options.get("overview") or ledger is None:
        return []
    sizes = list(reversed(options["scales"]))
    area, scenes, cells, count = [0] * len(sizes), [0] * len(sizes), 0, 0
    for row in ledger.select(["chips", "left_out", "depths"]).to_pylist():
        if not row["chips"]:
            continue
        # Of a scene that was looked over alone all chips are cells.
        plain = [(0, row["chips"] + row["left_out"])]
        runs = depths_runs(row["depths"]) if row["depths"] else plain
        least = min(depth for depth, _ in runs)
        cells += sum(length for _, length in runs)
        count += 1
        for size in range(len(sizes)):
            area[size] += sum(length for depth, length in runs if depth >= size)
            scenes[size] += least >= size
    return [
        {"chip_size": size, "area": area[n] / cells, "scenes": scenes[n] / count}
        for n, size in enumerate(sizes)
        if cells
    ]
