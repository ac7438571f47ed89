"""Choice of the bands of a raster that make a picture."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rsrag.errors import ImageReadError

RGB = ("red", "green", "blue")
_BY_SENSOR = (
    (re.compile(r"landsat[-_ ]?[4-7]|^l[et]0?[4-7]|thematic mapper", re.I), 3, 2, 1),
    (re.compile(r"landsat[-_ ]?[89]|^lc0?[89]|\boli\b", re.I), 4, 3, 2),
    (re.compile(r"sentinel[-_ ]?2|^s2[a-d]\b|\bmsi\b", re.I), 4, 3, 2),
    (re.compile(r"modis|\bterra\b|\baqua\b", re.I), 1, 4, 3),
)
_PREFIXES = ("b{}", "sr_b{}", "band{}", "band_{}", "sur_refl_b{}")
_WAVES_NM = (660.0, 555.0, 475.0)
"""Middle of red, green and blue."""

_WAVE_MISS_NM = 60.0
_WAVE = re.compile(r"(\d{3,4}(?:\.\d+)?)\s*(?:nm|nanomet)", re.I)


class ChosenBands(NamedTuple):
    """The bands of a picture.

    Attributes:
        numbers: 1-based: red, green, blue; or one, for grey.
        rule: how they were found, for reports.
        doubt: what the user should know of it.
    """

    numbers: tuple[int, ...]
    rule: str
    doubt: str | None = None

    @property
    def words(self) -> str:
        """``4,3,2 (wavelengths of the bands)``."""
        return f"{','.join(map(str, self.numbers))} ({self.rule})"


def choose_bands(
    names: Sequence[str | None],
    colours: Sequence[str],
    wanted: Sequence[str] | None,
    sensor: str | None = None,
    waves_nm: Sequence[float | None] = (),
) -> ChosenBands:
    """Pick three bands, or one.

    Args:
        names: description of each band, if it has one.
        colours: colour interpretation of each band (``red``, ``gray``, ``alpha``).
        wanted: what the user asked for: names, colours or 1-based numbers.
        sensor: satellite, if known: bands of the same name differ between them.
        waves_nm: central wavelength of each band, where it is known.

    Raises:
        ImageReadError: a band that is not there; the hint lists those that are.
    """
    if wanted is not None:
        found = tuple(_find(word, names, colours) for word in wanted)
        return ChosenBands(found, "asked for")
    colour = {name: number for number, name in reversed(list(enumerate(colours, 1)))}
    if all(name in colour for name in RGB):
        red, green, blue = (colour[name] for name in RGB)
        return ChosenBands((red, green, blue), "colours of the bands")
    known = {_plain(name): number for number, name in enumerate(names, 1) if name}
    by_word = {word: number for name, number in known.items() for word in _words(name)}
    if all(name in by_word for name in RGB):
        red, green, blue = (by_word[name] for name in RGB)
        return ChosenBands((red, green, blue), "names of the bands")
    if near := _by_waves(_waves(names, waves_nm)):
        return ChosenBands(near, "wavelengths of the bands")
    loose = {loose_name(name): number for name, number in known.items()}
    if triple := satellite_bands(loose, sensor):
        return triple
    seen = [number for number, name in enumerate(colours, 1) if name != "alpha"]
    if len(seen) < 3:
        return ChosenBands((seen[0] if seen else 1,), "the only band")
    first = seen[0], seen[1], seen[2]
    if len(seen) <= 4:
        return ChosenBands(first, "the first three")
    doubt = (
        f"nothing says which of its {len(seen)} bands are red, green and blue: the "
        "first three were taken; choose with --bands"
    )
    return ChosenBands(first, "the first three", doubt)


def satellite_bands(known: Mapping[str, int], sensor: str | None) -> ChosenBands | None:
    """Red, green and blue by the numbers that satellites give their bands.

    Args:
        known: number of each band by its name, as :func:`loose_name` writes it.
        sensor: satellite, if known.

    Returns:
        ``None`` if the names are not numbers of bands. Without a known satellite,
        Landsat 4 to 7 are told from 8, 9 and Sentinel-2 by the bands that they lack.
    """
    for prefix in _PREFIXES:
        numbers = {n for n in range(1, 14) if prefix.format(n) in known}
        if not {2, 3} <= numbers or not numbers & {1, 4}:
            continue
        rule, doubt, order = "", None, None
        for pattern, *triple in _BY_SENSOR:
            if sensor and pattern.search(sensor):
                rule, order = f"bands of {sensor}", triple
                break
        if order is None:
            order, rule = [4, 3, 2], "numbers of bands"
            if 8 not in numbers and not numbers & {9, 10, 11, 12}:
                doubt = (
                    "its bands are numbered 1 to 7 and nothing names the satellite: "
                    "taken for Landsat 8 (4, 3, 2); choose with --bands"
                )
        if set(order) <= numbers:
            red, green, blue = (known[prefix.format(n)] for n in order)
            return ChosenBands((red, green, blue), rule, doubt)
    return None


def _waves(
    names: Sequence[str | None], waves_nm: Sequence[float | None]
) -> list[float | None]:
    given = [*waves_nm, *[None] * (len(names) - len(waves_nm))]
    found = [_WAVE.search(name or "") for name in names]
    return [
        wave or (float(match[1]) if match else None)
        for wave, match in zip(given, found, strict=True)
    ]


def _by_waves(waves: Sequence[float | None]) -> tuple[int, int, int] | None:
    numbers = []
    for wanted in _WAVES_NM:
        near = [(abs(w - wanted), n) for n, w in enumerate(waves, 1) if w is not None]
        if not near or min(near)[0] > _WAVE_MISS_NM:
            return None
        numbers.append(min(near)[1])
    red, green, blue = numbers
    return (red, green, blue) if len({red, green, blue}) == 3 else None


def _words(name: str) -> set[str]:
    """``B4 - Red`` and ``red (630-690 nm)`` hold the colour ``red``."""
    words = set(re.findall(r"[a-z]+", name))
    return words if not words & {"edge", "rededge", "near", "infrared"} else set()


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
    for number, name in enumerate(names, 1):
        if name and wanted in _words(_plain(name)) | set(_plain(name).split()):
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
