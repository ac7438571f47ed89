"""Words of ``rsrag ask`` read into values, and its remarks."""

from rsrag.answers import Answer
from rsrag.commands.terminal.telling import tell
from rsrag.errors import QueryError


def point_of(text: str | None) -> tuple[float, float] | None:
    """Read ``LON,LAT``.

    Raises:
        QueryError: not two numbers, or no point on the Earth.
    """
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise QueryError(
            f"--at is {text!r}; it takes a longitude and a latitude.",
            hint="--at 108.0,53.5",
        ) from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise QueryError(
            f"--at {text} is no point on the Earth: longitude first, degrees.",
            hint=f"--at {lat:g},{lon:g}"
            if abs(lat) <= 180 and abs(lon) <= 90
            else None,
        )
    return lon, lat


def report(answer: Answer) -> None:
    """Notes and what a model's sentences were left out, to stderr."""
    for note in answer.notes:
        tell(f"note: {note}")
    if answer.removed:
        number = len(answer.removed)
        what = "a sentence" if number == 1 else f"{number} sentences"
        reason = answer.removed[0][1]
        tell(f"left out {what} of the language model (such as: {reason})")
