"""Products told by the names in a folder, before anything of them is read.

A product is one scene whose bands are files of their own. Some fill a folder
(Sentinel's SAFE, a tile of Sentinel-2 as AWS lays it out); others share one, their
files begin with the same words (Landsat, HLS, bands taken out of their products).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from rsrag.imagery.archives.archive_names import (
    LANDSAT_NOTES,
    SAFE_NOTES,
    TILE_NOTES,
    is_image_name,
)
from rsrag.imagery.products.band_choice import COLOUR_PICTURE, plain_band

Kind = Literal[
    "safe", "radar", "tile", "landsat", "sentinel-2", "hls", "cbers", "words"
]

_FILE = re.compile(
    r"(?P<prefix>.*?)(?:^|[_.-])"
    r"(?P<band>(?:(?:SR|ST|TOA)_)?(?:B\d\d?A?(?:_VCID_\d)?|band\d\d?)|TCI"
    r"|red|green|blue|nir)"
    r"(?:_(?P<metres>[126]0)m)?\.(?:tiff?|jp2)",
    re.IGNORECASE | re.DOTALL,
)
_FAMILIES: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
    ("landsat", r"L[COTEM]\d\d_\w{4}_\d{6}_\d{8}_.*", ("b2", "b3")),
    ("landsat", r"L[COTEM]\d{14}[A-Z]{3}\d\d.*", ("b2", "b3")),
    ("sentinel-2", r"(?:L\w\w_)?T\d\d[A-Z]{3}_\d{8}T\d{6}", ("b2", "b3", "b4")),
    ("sentinel-2", r"S2[A-D]_.*", ("b2", "b3", "b4")),
    ("hls", r"HLS\.[LS]30\..*", ("b2", "b3", "b4")),
    ("cbers", r"CBERS_4A?_(?:MUX|AWFI)_.*", ("b5", "b6", "b7")),
    ("cbers", r"CBERS_4A?_(?:WPM|WFI)_.*", ("b1", "b2", "b3")),
    ("words", r".*", ("red", "green", "blue")),
)
"""Kind, what the shared words look like, and the bands that make it a picture."""

_BARE = ("B02", "B03", "B04")
"""Names of a folder that holds the bands of one tile and no notes."""

_BESIDE_BARE = re.compile(
    r"(?:B\d[\dA]|TCI|AOT|SCL|WVP|CLD|SNW|VISUAL|(?:L\w\w_)?PVI|preview|thumbnail)\.\w+",
    re.IGNORECASE,
)


class Product(NamedTuple):
    """A product as its folder shows it.

    Attributes:
        key: what its files begin with; empty: it is the folder.
        notes: names of its notes.
        whole: whether all that lies below the folder is its own.
        files: pictures of the folder that are its own, if not all are.
    """

    kind: Kind
    key: str
    notes: tuple[str, ...] = ()
    whole: bool = False
    files: tuple[str, ...] = ()


def find_products(folder: str, names: Iterable[str]) -> list[Product]:
    """Products in a folder.

    Args:
        folder: its own name.
        names: of all files and folders in it.
    """
    there = sorted(set(names))
    if whole := _whole(folder, there):
        return [whole]
    groups = _groups(there)
    noted: dict[str, list[str]] = {}
    for name in there:
        if match := LANDSAT_NOTES.fullmatch(name):
            noted.setdefault(match[1], []).append(name)
    found = []
    for key in sorted(groups):
        notes = noted.get(key, [])
        kind: Kind | None = "landsat" if notes else _kind(key, groups[key])
        if kind is not None:
            files = tuple(name for name in _from(there, key) if _owns(key, name))
            found.append(Product(kind, key, tuple(notes), False, files))
    return found


def _whole(folder: str, names: list[str]) -> Product | None:
    safe = [name for name in names if SAFE_NOTES.fullmatch(name)]
    if safe and ("GRANULE" in names or folder.upper().endswith(".SAFE")):
        return Product("safe", "", tuple(safe), True)
    if "manifest.safe" in names and "measurement" in names:
        return Product("radar", "", ("manifest.safe",), True)
    tile = [name for name in names if TILE_NOTES.fullmatch(name)]
    if tile and ("R10m" in names or set(_BARE) <= {n.partition(".")[0] for n in names}):
        return Product("tile", "", tuple(tile), True)
    return None


def band_files(names: Iterable[str]) -> Iterator[tuple[str, str, int, str]]:
    """What files share, the band of each, its metres (0: unsaid) and its name."""
    for name in names:
        if not name.lower().endswith((".tif", ".tiff", ".jp2")):
            continue
        if match := _FILE.fullmatch(name.rpartition("/")[2]):
            yield match["prefix"], match["band"], int(match["metres"] or 0), name


def finest(names: Iterable[str], key: str | None = None) -> dict[str, str]:
    """The finest file of each band, by the band's name.

    Args:
        key: only of files that begin so.
    """
    found: dict[str, tuple[int, str]] = {}
    for prefix, band, metres, name in band_files(names):
        band = COLOUR_PICTURE if band.upper() == COLOUR_PICTURE else band
        if key is not None and prefix != key:
            continue
        if band not in found or metres < found[band][0]:
            found[band] = metres, name
    return {band: name for band, (_, name) in sorted(found.items())}


def _groups(names: list[str]) -> Mapping[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for prefix, band, _, _ in band_files(names):
        groups.setdefault(prefix, set()).add(band)
    return groups


def _kind(key: str, bands: set[str]) -> Kind | None:
    """Of a group without notes; ``None``: its files are pictures of their own."""
    if not key:
        return "sentinel-2" if bands >= set(_BARE) else None
    plain = {plain_band(band) for band in bands}
    for kind, pattern, needed in _FAMILIES:
        if plain.issuperset(needed) and re.fullmatch(pattern, key, re.I | re.S):
            return kind
    return None


def _from(names: list[str], start: str) -> Iterator[str]:
    """Those of sorted names that begin so; a folder may hold many scenes."""
    for at in range(bisect_left(names, start), len(names)):
        if not names[at].startswith(start):
            return
        yield names[at]


def _owns(key: str, name: str) -> bool:
    if not is_image_name(name):
        return False
    if not key:
        return _BESIDE_BARE.fullmatch(name) is not None
    return name.startswith(key) and name[len(key) : len(key) + 1] in ("_", ".", "-")
