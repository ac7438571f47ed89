"""Notes of a Sentinel-2 product: the XML file at its top, read safely."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.parsers import expat

from rsrag.errors import ImageReadError
from rsrag.imagery.metadata.moments import parse_moment

NOTES_LIMIT = 32 * 2**20
"""Notes larger than this, in bytes, are not read."""

_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A")
BAND_IDS = (*_BANDS, "B09", "B10", "B11", "B12")
"""Bands by the ``band_id`` of the notes."""

_WANTED = frozenset(
    {
        *("PRODUCT_START_TIME", "PROCESSING_BASELINE", "SPACECRAFT_NAME"),
        *("PRODUCT_URI", "PROCESSING_LEVEL", "Cloud_Coverage_Assessment"),
        *("QUANTIFICATION_VALUE", "BOA_QUANTIFICATION_VALUE"),
        *("RADIO_ADD_OFFSET", "BOA_ADD_OFFSET", "SENSING_ORBIT_NUMBER"),
    }
)


@dataclass(frozen=True, slots=True)
class ProductNotes:
    """The part of a product's notes that is used.

    Attributes:
        start: of the acquisition, UTC.
        satellite: ``Sentinel-2A``.
        level: ``Level-2A``.
        baseline: of the processor, ``04.00``.
        cloud: percent of the scene.
        orbit: relative orbit number.
        quantification: stored values that make reflectance 1.
        offsets: added to stored values before they are divided, by band; 0 before
            baseline 04.00.
    """

    start: datetime | None = None
    satellite: str | None = None
    level: str | None = None
    baseline: str | None = None
    cloud: float | None = None
    product: str | None = None
    orbit: str | None = None
    quantification: float = 10_000.0
    offsets: dict[str, float] = field(default_factory=dict)

    def unit(self, band: str) -> tuple[float, float]:
        """Scale and offset from stored values of a band to reflectance."""
        added = self.offsets.get(band, 0.0)
        return 1 / self.quantification, added / self.quantification


def read_notes(data: bytes, where: str) -> ProductNotes:
    """Read ``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml``.

    Raises:
        ImageReadError: not XML, or XML that declares entities, or a value that cannot
            be, naming its element.
    """
    if len(data) > NOTES_LIMIT:
        raise ImageReadError(f"{where} has {len(data)} bytes: too large to be notes.")
    found = _elements(data, where)

    def one(*names: str) -> str | None:
        return next((found[name][0][1] for name in names if found.get(name)), None)

    start = one("PRODUCT_START_TIME")
    try:
        moment = None if start is None else parse_moment(start)
    except (ValueError, OverflowError) as exc:
        raise ImageReadError(f"{where}: PRODUCT_START_TIME: {exc}.") from exc
    # Level 2A notes hold aerosol and vapour scales too; only this one is of bands.
    name = "BOA_QUANTIFICATION_VALUE"
    quantity = one(name)
    if quantity is None:
        name = "QUANTIFICATION_VALUE"
        quantity = one(name)
    divisor = 10_000.0 if quantity is None else number_in(quantity, name, where)
    if divisor <= 0:
        raise ImageReadError(f"{where}: {name} is {quantity!r}, not positive.")
    offsets = {}
    tag = "BOA_ADD_OFFSET" if found.get("BOA_ADD_OFFSET") else "RADIO_ADD_OFFSET"
    for band_id, text in found.get(tag, ()):
        if not (band_id.isascii() and band_id.isdecimal()) or not (
            len(band_id) < 4 and int(band_id) < len(BAND_IDS)
        ):
            raise ImageReadError(f"{where}: {tag} has the band_id {band_id[:40]!r}.")
        offsets[BAND_IDS[int(band_id)]] = number_in(text, tag, where)
    name = "Cloud_Coverage_Assessment"
    cloud = one(name)
    return ProductNotes(
        start=moment,
        satellite=one("SPACECRAFT_NAME"),
        level=one("PROCESSING_LEVEL"),
        baseline=one("PROCESSING_BASELINE"),
        cloud=None if cloud is None else number_in(cloud, name, where),
        product=one("PRODUCT_URI"),
        orbit=one("SENSING_ORBIT_NUMBER"),
        quantification=divisor,
        offsets=offsets,
    )


def number_in(text: str, name: str, where: str) -> float:
    """A number that notes hold under a name.

    Raises:
        ImageReadError: it is none, or not finite.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ImageReadError(f"{where}: {name} is {text[:40]!r}, not a number.")
    return value


def read_json(data: bytes, where: str) -> Any:
    """Notes that are JSON.

    Raises:
        ImageReadError: they are not.
    """
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise ImageReadError(f"{where} is no JSON: {str(exc)[:200]}.") from exc


def _elements(data: bytes, where: str) -> dict[str, list[tuple[str, str]]]:
    """``band_id`` and text of the elements that are wanted, in order, by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    inside: list[tuple[str, str, list[str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        plain = name.rpartition(":")[2]
        if plain in _WANTED:
            inside.append((plain, attributes.get("band_id", ""), []))

    def end(name: str) -> None:
        if inside and inside[-1][0] == name.rpartition(":")[2]:
            plain, band, text = inside.pop()
            if word := "".join(text).strip():
                found.setdefault(plain, []).append((band, word[:1000]))

    def words(text: str) -> None:
        if inside:
            inside[-1][2].append(text)

    parse_xml(data, where, start, end, words)
    return found


def xml_leaves(data: bytes, where: str) -> list[tuple[str, str, str]]:
    """Name of the element around it, name and text of each innermost element.

    Raises:
        ImageReadError: not XML, or XML that declares entities.
    """
    found: list[tuple[str, str, str]] = []
    path: list[tuple[str, list[str]]] = []
    leaf = True

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal leaf
        path.append((name.rpartition(":")[2], []))
        leaf = True

    def end(name: str) -> None:
        nonlocal leaf
        plain, text = path.pop()
        if leaf and (word := "".join(text).strip()):
            found.append((path[-1][0] if path else "", plain, word[:1000]))
        leaf = False

    def words(text: str) -> None:
        if path:
            path[-1][1].append(text)

    parse_xml(data, where, start, end, words)
    return found


def parse_xml(
    data: bytes,
    where: str,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object],
    words: Callable[[str], object],
) -> None:
    """Tell the beginnings, endings and texts of elements.

    Raises:
        ImageReadError: not XML, or XML that declares entities.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        # Entities are what bombs and thefts of files are made of; notes have none.
        raise ImageReadError(f"{where} declares a document type: it is not read.")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as exc:
        raise ImageReadError(f"{where} is no XML: {exc}.") from exc
