"""Sentinel-2 products (SAFE folders and zips): one scene each, of the bands asked for.

Which files a product has is read from its folder, never from the paths in its notes.
"""

import re
from collections.abc import Iterable, Mapping

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import Description, ProductScene, noted
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.band_choice import choose_files
from rsrag.imagery.products.safe_notes import BAND_IDS, ProductNotes

_IMAGE = re.compile(
    r"GRANULE/(?P<granule>[^/]+)/IMG_DATA/(?:R(?P<folder>[126]0)m/)?"
    r"(?P<stem>[^/]*)_(?P<band>B(?:0[1-9]|8A|1[0-2])|TCI)(?:_(?P<metres>[126]0)m)?\.jp2"
)
_TILE = re.compile(r"(?:^|_)(T[0-9]{2}[A-Z]{3})(?=_|$)")
NATIVE_M = {
    **dict.fromkeys(BAND_IDS, 20),
    **dict.fromkeys(("B02", "B03", "B04", "B08", "TCI"), 10),
    **dict.fromkeys(("B01", "B09", "B10"), 60),
}
COLOURS = {"B02": "blue", "B03": "green", "B04": "red", "B08": "nir"}


def safe_scene(
    names: Iterable[str], notes: ProductNotes, options: ImageryOptions, where: str
) -> ProductScene:
    """Pick the files of a product, as ``band_choice.choose_files`` does.

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
    told = describe_notes(notes, tile)
    return choose_files(files, COLOURS, notes.unit, told, options, where)


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
        metres = int(match["metres"] or match["folder"] or NATIVE_M[band])
        if band not in found or metres < found[band][0]:
            found[band] = metres, name
        square = _TILE.search(match["granule"]) or _TILE.search(match["stem"])
        tile = tile or (square[1] if square else None)
    return {band: name for band, (_, name) in found.items()}, granules, tile


def describe_notes(notes: ProductNotes, tile: str | None) -> Description:
    """What the notes of a product say of its scene."""
    properties = {
        "eo:cloud_cover": notes.cloud,
        "processing_baseline": notes.baseline,
        "processing_level": notes.level,
        "relative_orbit": notes.orbit,
        "product": notes.product,
        "tile": tile,
    }
    return noted(notes.start, notes.satellite, properties)
