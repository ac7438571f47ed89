"""Which bands of a raster make a picture."""

import re
from collections.abc import Sequence

from rsrag.errors import ImageReadError

_TRIPLES = (
    ("red", "green", "blue"),
    ("b04", "b03", "b02"),  # Sentinel-2, HLS
    ("b4", "b3", "b2"),  # Landsat 8 and 9
    ("sr_b4", "sr_b3", "sr_b2"),
)


def choose_bands(
    names: Sequence[str | None],
    colours: Sequence[str],
    wanted: Sequence[str] | None,
) -> tuple[int, ...]:
    """Pick three bands, or one.

    Args:
        names: description of each band, if it has one.
        colours: colour interpretation of each band (``red``, ``gray``, ``alpha``).
        wanted: what the user asked for: names, colours or 1-based numbers.

    Returns:
        1-based band numbers: red, green, blue; or one, for grey.

    Raises:
        ImageReadError: a band that is not there; the hint lists those that are.
    """
    if wanted is not None:
        return tuple(_find(word, names, colours) for word in wanted)
    colour = {name: number for number, name in reversed(list(enumerate(colours, 1)))}
    if all(name in colour for name in ("red", "green", "blue")):
        return colour["red"], colour["green"], colour["blue"]
    known = {_plain(name): number for number, name in enumerate(names, 1) if name}
    for triple in _TRIPLES:
        if all(name in known for name in triple):
            return known[triple[0]], known[triple[1]], known[triple[2]]
    seen = [number for number, name in enumerate(colours, 1) if name != "alpha"]
    if len(seen) >= 3:
        return seen[0], seen[1], seen[2]
    return (seen[0] if seen else 1,)


def _plain(name: str) -> str:
    return name.strip().lower()


def _find(word: str, names: Sequence[str | None], colours: Sequence[str]) -> int:
    """Number of the band that a user's word means."""
    if word.strip().isdecimal():
        number = int(word)
        if 1 <= number <= len(colours):
            return number
    wanted = loose_name(word)
    for kind in (names, colours):
        for number, name in enumerate(kind, 1):
            if name and loose_name(name) == wanted:
                return number
    listing = ", ".join(
        f"{number}: {name or colour}"
        for number, (name, colour) in enumerate(zip(names, colours, strict=True), 1)
    )
    raise ImageReadError(
        f"There is no band {word!r}.", hint=f"bands are {listing[:500]}"
    )


def loose_name(name: str) -> str:
    """``B4``, ``B04`` and ``b04`` mean the same band."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", _plain(name))
