"""Columns of an index, and what they hold, as a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.rendering.text_table import text_table


def values_text(found: Mapping[str, Any]) -> str:
    """What a column holds, in a line; its JSON says it."""
    if values := found["values"]:
        words = ", ".join(f"{word} ({count:,})" for word, count in values.items())
        left = found["distinct"] - len(values)
        return words + (f", and {left:,} more" if left > 0 else "")
    if found["low"] is None:
        return "none"
    low, middle, high = (f"{found[name]:g}" for name in ("low", "median", "high"))
    return f"{low} to {high}, half of them up to {middle}"


def facets_text(found: Sequence[Mapping[str, Any]], chips: int) -> str:
    """A line for each column, under a header."""
    rows = [
        [one["column"], one["kind"], f"{one['chips']:,}", values_text(one)]
        for one in found
    ]
    table = text_table(["COLUMN", "KIND", "CHIPS", "VALUES"], rows, right=("CHIPS",))
    return f"{chips:,} chips\n\n{table}" if rows else f"{chips:,} chips\n"
