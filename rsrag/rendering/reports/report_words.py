"""Words that several reports share."""

from collections.abc import Iterable, Sequence

from rsrag.types import Skip

SHOWN_SKIPS = 10
"""Skips that a report lists before it says how many more there are."""


def skip_lines(skips: Sequence[Skip], more: str) -> list[str]:
    """The first skips, a line each, and how many more there are and where."""
    lines = [f"  {skip.source}: {skip.reason}" for skip in skips[:SHOWN_SKIPS]]
    if (rest := len(skips) - SHOWN_SKIPS) > 0:
        lines.append(f"  ... and {rest:,} more{more}")
    return lines


def named_lines(rows: Iterable[tuple[str, str]], width: int = 10) -> str:
    """Lines of a name and what it stands for."""
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)


def file_size(count: int) -> str:
    """Bytes for people: ``512 B``, ``1.2 kB``, ``3.4 MB`` (powers of 1000)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
