"""Words that several reports share."""

SHOWN_SKIPS = 10
"""Skips that a report lists before it says how many more there are."""


def file_size(count: int) -> str:
    """Bytes for people: ``512 B``, ``1.2 kB``, ``3.4 MB`` (powers of 1000)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
