"""Figures as people read them: three significant digits, thousands separated."""

import math

from bench.result import Cell

DASH = "–"


def cell(value: Cell) -> str:
    """One cell of a table; ``None`` is a dash: not measured."""
    if value is None:
        return DASH
    if isinstance(value, str):
        return value
    return number(value)


def number(value: int | float) -> str:
    """A whole number in full, another with three significant digits.

    Just below one, as recalls and cosines are, it keeps as many digits as it takes
    not to read as one: 0.99996.
    """
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{value:+}"
    if value == 0:
        return "0"
    if 0.99 < value < 1:
        return f"{value:.{min(9, max(3, math.ceil(-math.log10(1 - value))))}f}"
    size = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    if size < -4:
        return f"{value:.2e}"
    rounded = round(value, 2 - size)
    return f"{rounded:,.{max(0, 2 - size)}f}"


def duration(seconds: float) -> str:
    """``42 s``, ``7 min``, ``2 h 5 min``."""
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{number(float(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def setting(value: object) -> str:
    """A value of the settings or the machine: a list with strokes."""
    if isinstance(value, (list, tuple)):
        return " / ".join(map(setting, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cell(value) if isinstance(value, (int, float)) else str(value)


def is_numeric(values: list[Cell]) -> bool:
    """Whether a column holds figures only, so that it is set to the right."""
    told = [value for value in values if value is not None]
    return bool(told) and not any(isinstance(value, str) for value in told)
