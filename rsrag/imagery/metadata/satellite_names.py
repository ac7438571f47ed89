"""Names of satellites, however they are spelled: ``S2A`` is Sentinel-2A."""

import re
import unicodedata
from collections.abc import Iterable

_LONG = {
    "sentinel": "s sen",
    "landsat": "l lc le lt lo lm ls",
    "worldview": "wv",
    "gaofen": "gf",
    "quickbird": "qb",
    "geoeye": "ge",
    "pleiades": "phr pleiadeshr",
    "pleiadesneo": "pneo",
    "radarsat": "rsat",
    "kompsat": "k",
    "ziyuan": "zy",
}
_SHORT = {short: name for name, shorts in _LONG.items() for short in shorts.split()}
_NUMBERED = re.compile(r"([a-z]+)0*(\d[a-z]?)")


def named_satellites(word: str, sensors: Iterable[str]) -> set[str]:
    """Those sensors that a person means by a word.

    Case, spaces, hyphens and zeros before numbers do not count, short names stand for
    long ones, and a name without its last part for all of a family: ``sentinel-2``
    for Sentinel-2A and Sentinel-2B.
    """
    wanted = _plain(word)
    return {sensor for sensor in sensors if wanted and _means(wanted, sensor)}


def _means(wanted: str, sensor: str) -> bool:
    whole = _plain(sensor)
    if wanted == whole or wanted in map(_plain, sensor.split()):
        return True
    rest = whole.removeprefix(wanted)
    family = len(wanted) > 2 and whole.startswith(wanted)
    return family and not (wanted[-1].isdigit() and rest[0].isdigit())


def _plain(name: str) -> str:
    """Letters and digits of a name, a short one as the long one."""
    flat = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in flat if c.isalnum())
    if found := _NUMBERED.fullmatch(letters):
        return _SHORT.get(found[1], found[1]) + found[2]
    return letters
