"""A store's vectors mapped, against read whole: time and memory to the first query."""

import os
from typing import Any

from bench.children import medians, surroundings, told
from bench.clouds import Clustered, blocks
from bench.index_io.scripts import FIRST_QUERY
from bench.options import Options

DIM = 512
SHARES = (1.0, 0.01)


def measure_mapping(options: Options, count: int) -> list[dict[str, Any]]:
    """Every way of a first query, pages in memory and evicted; once in quick mode."""
    path = options.work / "mapped.f32"
    with path.open("wb") as file:
        for block in blocks(Clustered(count, DIM)):
            block.tofile(file)
        os.fsync(file.fileno())
    env = surroundings(options.work)
    ways = [
        (how, share, pages)
        for pages in _pages()
        for share in SHARES
        for how in ("mapped", "whole")
    ]
    runs: dict[tuple[str, float, str], list[dict[str, Any]]] = {w: [] for w in ways}
    for _ in range(options.rounds if options.mode == "full" else 1):
        for way in ways:
            how, share, pages = way
            runs[way].append(
                told(FIRST_QUERY, env, str(path), str(DIM), how, str(share), pages)
            )
    path.unlink()
    return [
        {"how": how, "share": share, "pages": pages, **medians(found)}
        for (how, share, pages), found in runs.items()
    ]


def _pages() -> tuple[str, ...]:
    return ("warm", "cold") if hasattr(os, "posix_fadvise") else ("warm",)
