"""Sentinel-2 products (SAFE folders and zips): one scene each, of the bands asked for.

Which files a product has is read from its folder, never from the paths in its notes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import BandInfo, Description
from rsrag.imagery.catalogues.safe_notes import BAND_IDS, ProductNotes
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.pixels.bands import loose_name
from rsrag.imagery.pixels.stretch import parse_stretch

NOTES = re.compile(r"MTD_MSI(L1C|L2A)\.xml")
"""Name of the notes at the top of a product."""

_IMAGE = re.compile(
    r"GRANULE/(?P<granule>[^/]+)/IMG_DATA/(?:R(?P<folder>[126]0)m/)?"
    r"(?P<stem>[^/]*)_(?P<band>B(?:0[1-9]|8A|1[0-2])|TCI)(?:_(?P<metres>[126]0)m)?\.jp2"
)
_TILE = re.compile(r"(?:^|_)(T[0-9]{2}[A-Z]{3})(?=_|$)")
_NATIVE = {
    **dict.fromkeys(BAND_IDS, 20),
    **dict.fromkeys(("B02", "B03", "B04", "B08", "TCI"), 10),
    **dict.fromkeys(("B01", "B09", "B10"), 60),
}
_COLOURS = {"B02": "blue", "B03": "green", "B04": "red", "B08": "nir"}
_RGB = ("B04", "B03", "B02")
_SPECTRUM = {"red": "B04", "green": "B03", "blue": "B02", "nir": "B08"}


def is_product_listing(folder: str, names: Iterable[str]) -> bool:
    """Whether a folder is a product: by its notes, and by granules or its name."""
    there = set(names)
    noted = any(NOTES.fullmatch(name) for name in there)
    return noted and ("GRANULE" in there or folder.upper().endswith(".SAFE"))


class SafeScene(NamedTuple):
    """What the scene of a product is made of.

    Attributes:
        parts: path in the product, 1-based band and what it is; one part with band 0:
            the file whole.
    """

    parts: tuple[tuple[str, int, BandInfo], ...]
    told: Description


def choose_scene(
    names: Iterable[str], notes: ProductNotes, options: ImageryOptions, where: str
) -> SafeScene:
    """Pick the files of a product.

    Its true colour image, unless ``bands`` names others (``B08,B04,B03``) or
    ``stretch`` asks for reflectance, which that image has no more.

    Args:
        names: files of the product, relative to it.
        options: for ``bands`` and ``stretch``.

    Raises:
        ImageReadError: a band that is not there, or several granules.
    """
    files, granules, tile = _files(names)
    if not files:
        raise ImageReadError(f"{where} holds no band (GRANULE/*/IMG_DATA/*.jp2).")
    if len(granules) > 1:
        raise ImageReadError(
            f"{where} holds {len(granules)} granules.",
            hint="index its .jp2 files by copying the granules out of it",
        )
    told = _describe(notes, tile)
    wanted = _wanted(files, options)
    if wanted == ("TCI",):
        colours = ("red", "green", "blue")
        bands = tuple(BandInfo(None, name, nodata=0.0) for name in colours)
        whole = Description(told.metadata, bands=bands)
        return SafeScene(((files["TCI"], 0, BandInfo()),), whole)
    parts = []
    for word in wanted:
        band = _band(word)
        if band not in files:
            raise ImageReadError(
                f"{where} has no band {word!r}.",
                hint=f"it has {', '.join(sorted(files))}",
            )
        scale, offset = notes.unit(band)
        fact = BandInfo(band, _COLOURS.get(band), scale, offset, 0.0)
        parts.append((files[band], 1, fact))
    bands = tuple(fact for _, _, fact in parts)
    return SafeScene(tuple(parts), Description(told.metadata, bands=bands))


def _files(names: Iterable[str]) -> tuple[Mapping[str, str], set[str], str | None]:
    """Finest file of each band, granules, and the tile."""
    found: dict[str, tuple[int, str]] = {}
    granules: set[str] = set()
    tile = None
    for name in sorted(names):
        match = _IMAGE.fullmatch(name)
        if match is None:
            continue
        granules.add(match["granule"])
        band = match["band"]
        metres = int(match["metres"] or match["folder"] or _NATIVE[band])
        if band not in found or metres < found[band][0]:
            found[band] = metres, name
        square = _TILE.search(match["granule"]) or _TILE.search(match["stem"])
        tile = tile or (square[1] if square else None)
    return {band: name for band, (_, name) in found.items()}, granules, tile


def _wanted(files: Mapping[str, str], options: ImageryOptions) -> Sequence[str]:
    words = options.bands
    if words is not None and not all(word.strip().isdecimal() for word in words):
        return words if len(words) > 1 or _band(words[0]) != "TCI" else ("TCI",)
    if "TCI" in files and parse_stretch(options.stretch).kind != "reflectance":
        return ("TCI",)  # Numbers count its three bands.
    return _RGB


def _band(word: str) -> str:
    """``B04`` for ``b4``, ``B4`` and ``red``."""
    name = loose_name(word)
    if name in _SPECTRUM:
        return _SPECTRUM[name]
    known = {loose_name(band): band for band in (*BAND_IDS, "TCI")}
    return known.get(name, word)


def _describe(notes: ProductNotes, tile: str | None) -> Description:
    properties = {
        "eo:cloud_cover": notes.cloud,
        "processing_baseline": notes.baseline,
        "processing_level": notes.level,
        "relative_orbit": notes.orbit,
        "product": notes.product,
        "tile": tile,
    }
    kept = {name: value for name, value in properties.items() if value is not None}
    return Description(SceneMetadata(notes.start, None, notes.satellite, None, kept))
