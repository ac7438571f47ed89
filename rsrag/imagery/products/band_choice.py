"""Choice among bands that a product keeps in files of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import BandInfo, Description, ProductScene
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.bands import RGB, loose_name
from rsrag.imagery.pixels.stretch import parse_stretch

COLOUR_PICTURE = "TCI"
"""Band of Sentinel-2 that is a picture in true colours."""

_INFRARED = ("nir", "red", "green")


def choose_files(
    files: Mapping[str, str],
    colours: Mapping[str, str],
    unit: Callable[[str], tuple[float, float] | None],
    told: Description,
    options: ImageryOptions,
    where: str,
    nodata: float | None = 0.0,
) -> ProductScene:
    """Pick the files of a scene.

    A picture in true colours, if there is one and ``stretch`` does not ask for the
    reflectance that it has no more; else red, green and blue, unless ``bands`` names
    others by name (``B08``, ``SR_B5``), colour (``nir``) or number (``5``).

    Args:
        files: file of each band by its name.
        colours: what part of the spectrum a band is.
        unit: scale and offset from stored values of a band to reflectance.
        told: what is said of the scene.
        nodata: stored value that means none.

    Raises:
        ImageReadError: a band that is not there; the hint lists those that are.
    """
    wanted, doubt = _wanted(files, colours, options, where)
    if doubt:
        told = replace(told, doubts=(*told.doubts, doubt))
    if wanted == (COLOUR_PICTURE,):
        bands = tuple(BandInfo(None, name, nodata=nodata) for name in RGB)
        part = (files[COLOUR_PICTURE], 0, BandInfo())
        return ProductScene((part,), replace(told, bands=bands))
    facts = []
    for band in wanted:
        scale, offset = unit(band) or (None, None)
        facts.append(BandInfo(band, colours.get(band), scale, offset, nodata))
    parts = [(files[fact.name or ""], 1, fact) for fact in facts]
    return ProductScene(tuple(parts), replace(told, bands=tuple(facts)))


def _wanted(
    files: Mapping[str, str],
    colours: Mapping[str, str],
    options: ImageryOptions,
    where: str,
) -> tuple[tuple[str, ...], str | None]:
    """Bands by their names in ``files``, and a word for the user."""
    words, whole = options.bands, COLOUR_PICTURE in files
    whole = whole and parse_stretch(options.stretch).kind != "reflectance"
    numbers = words is None or all(word.strip().isdecimal() for word in words)
    if whole and numbers:  # Numbers count the picture's own three bands.
        return (COLOUR_PICTURE,), None
    if words is not None:
        return tuple(_band(word, files, colours, where) for word in words), None
    by_colour = {
        colours[band]: band for band in reversed(list(files)) if band in colours
    }
    for triple in (RGB, _INFRARED):
        if all(colour in by_colour for colour in triple):
            found = tuple(by_colour[colour] for colour in triple)
            doubt = (
                None if triple is RGB else "it has no blue: near infrared, red, green"
            )
            return found, doubt
    lone = by_colour.get("pan") or next(iter(files))
    return (lone,), f"its bands make no colours: {lone} alone was taken (--bands)"


def _band(
    word: str, files: Mapping[str, str], colours: Mapping[str, str], where: str
) -> str:
    wanted = plain_band(word)
    wanted = f"b{wanted}" if wanted.isdecimal() else wanted
    for band in files:
        if wanted in (plain_band(band), colours.get(band)):
            return band
    raise ImageReadError(
        f"{where} has no band {word!r}.", hint=f"it has {', '.join(sorted(files))}"
    )


def plain_band(word: str) -> str:
    """``b4`` for ``B04``, ``SR_B4`` and ``band4``."""
    name = loose_name(word)
    for start in ("sr_", "toa_"):
        name = name.removeprefix(start)
    return loose_name("b" + name[4:]) if name[:4] == "band" and name[4:] else name


def known_colours(
    files: Sequence[str] | Mapping[str, str], table: Mapping[str, str]
) -> dict[str, str]:
    """Colour of each band, from a table by :func:`plain_band`."""
    return {
        band: table[plain_band(band)] for band in files if plain_band(band) in table
    }
