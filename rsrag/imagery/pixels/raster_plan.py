"""Properties of a raster that reading needs: bands, masks, layout, place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import BandInfo
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.alpha import alpha_band
from rsrag.imagery.pixels.bands import ChosenBands, choose_bands
from rsrag.imagery.pixels.raster_dataset import parts_of
from rsrag.imagery.places.own_place import OwnPlace, own_place

_IN_ORDER = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_LARGEST_BLOCK = 512 * 2**20


@dataclass(frozen=True, slots=True)
class RasterPlan:
    """How one raster is to be read.

    Attributes:
        bands: 1-based numbers to read.
        full_scale: value of white where ``dtype`` is uint8 (1 for 1-bit pictures).
        nodata: value that means no data, in the raster's dtype.
        masked: whether a mask band says where data are.
        alpha: band that says so by being above zero.
        palette: ``(n, 4)`` uint8 RGBA, if values are colour numbers.
        cmyk: whether the bands are inks.
        tiff: whether it is a TIFF, which may leave blocks out.
        strips: whether blocks are as wide as the raster.
        sequential: whether rows must be read in order.
        has_overviews: whether coarser levels are stored.
        own: what the raster says of its place.
        tags: metadata, names in capitals.
        units: scale and offset of each band read, where somebody says so.
        chosen: the bands and the rule that chose them, in words.
        notices: what the user should know of its bands.
    """

    bands: tuple[int, ...]
    dtype: np.dtype[np.generic]
    full_scale: int
    nodata: float | None
    masked: bool
    alpha: int | None
    palette: NDArray[np.uint8] | None
    cmyk: bool
    tiff: bool
    strips: bool
    sequential: bool
    has_overviews: bool
    own: OwnPlace
    tags: dict[str, str]
    chosen: str = ""
    units: tuple[tuple[float, float] | None, ...] = ()
    notices: tuple[str, ...] = ()


def plan_raster(
    raster: Any,
    format: str,
    options: ImageryOptions,
    told: Sequence[BandInfo] = (),
    sensor: str | None = None,
) -> RasterPlan:
    """Look at an open dataset.

    Args:
        raster: open.
        told: what somebody else says of its bands, in their order.
        sensor: satellite, if known.

    Raises:
        ImageReadError: it holds no picture, or none that fits in memory.
    """
    parts = parts_of(raster)
    if raster.count == 0:
        raise ImageReadError(
            f"It holds {len(parts)} parts and no picture of its own.",
            hint=f"name one as FILE:PART; they are {', '.join(parts)[:300] or 'none'}",
        )
    colours = [colour.name for colour in raster.colorinterp]
    cmyk = colours[:4] == ["cyan", "magenta", "yellow", "black"] and not options.bands
    chosen = ChosenBands((1, 2, 3, 4), "inks")
    if not cmyk:
        names, spectrum = _told_names(raster.descriptions, colours, told)
        waves = _waves_nm(raster) if raster.count > 3 else []
        chosen = choose_bands(names, spectrum, options.bands, sensor, waves)
    bands = chosen.numbers
    dtype = _dtype(raster, bands)
    rows, columns = raster.block_shapes[bands[0] - 1]
    _check_block(raster, rows * columns * dtype.itemsize)
    palette = _palette(raster, bands, colours)
    infos = [told[band - 1] if band <= len(told) else BandInfo() for band in bands]
    missing = options.nodata
    if missing is None and raster.nodata is None:
        missing = infos[0].nodata
    masked, nodata = _masks(raster, bands, dtype, missing)
    alpha, reason = alpha_band(raster, colours, options.bands)
    pages = None
    if format == "TIFF" and len(parts) > 1:
        pages = f"the first of its {len(parts)} pages was read; FILE:2 is the second"
    return RasterPlan(
        bands=bands,
        dtype=dtype,
        full_scale=_full_scale(raster, bands[0], dtype),
        nodata=nodata,
        masked=masked,
        alpha=alpha,
        palette=palette,
        cmyk=cmyk,
        tiff=format == "TIFF",
        strips=columns == raster.width,
        sequential=format in _IN_ORDER,
        has_overviews=bool(raster.overviews(bands[0])),
        own=own_place(raster),
        tags=_tags(raster),
        units=tuple(
            None if not info.scale else (info.scale, info.offset or 0.0)
            for info in infos
        ),
        chosen=chosen.words,
        notices=tuple(word for word in (chosen.doubt, reason, pages) if word),
    )


def _waves_nm(raster: Any) -> list[float | None]:
    """Central wavelengths that the bands' own notes give."""
    waves: list[float | None] = []
    for band in range(1, raster.count + 1):
        notes = {**raster.tags(band), **raster.tags(band, ns="IMAGERY")}
        notes = {name.lower(): value for name, value in notes.items()}
        text = notes.get("central_wavelength_um") or notes.get("wavelength")
        try:
            value = float(str(text).split()[0])
        except (ValueError, IndexError):
            waves.append(None)
            continue
        # Nobody writes visible light as 4 nm, or as 400 micrometres.
        waves.append(value * 1000 if value < 100 else value)
    return waves


def _told_names(
    names: Sequence[str | None], colours: list[str], told: Sequence[BandInfo]
) -> tuple[list[str | None], list[str]]:
    """Names and colours of bands, the catalogue's where it has some.

    A raster of three bands calls them red, green and blue whatever they are.
    """
    named: list[str | None] = list(names)
    spectrum = list(colours)
    if len(told) <= len(colours):
        for at, info in enumerate(told):
            named[at] = info.name or named[at]
            if any(other.colour for other in told):
                spectrum[at] = info.colour or ""
    return named, spectrum


def _dtype(raster: Any, bands: tuple[int, ...]) -> np.dtype[np.generic]:
    names = [raster.dtypes[band - 1] for band in bands]
    if any(name.startswith("complex") for name in names):
        raise ImageReadError(
            f"Its values are complex ({names[0]}), which have no grey.",
            hint="convert it to amplitude first",
        )
    return np.result_type(*(np.dtype(name) for name in names))


def _check_block(raster: Any, size: int) -> None:
    if raster.interleaving is not None and raster.interleaving.name == "pixel":
        size *= raster.count
    if size > _LARGEST_BLOCK:
        raise ImageReadError(
            f"It is stored in blocks of {size / 2**20:.0f} MB, too large to unpack.",
            hint="tile it first: gdal_translate -of COG IN OUT",
        )


def _palette(
    raster: Any, bands: tuple[int, ...], colours: list[str]
) -> NDArray[np.uint8] | None:
    if len(bands) != 1 or colours[bands[0] - 1] != "palette":
        return None
    try:
        table = raster.colormap(bands[0])
    except ValueError as exc:
        raise ImageReadError(f"Its palette cannot be read: {exc}") from exc
    palette = np.zeros((max(table) + 1, 4), np.uint8)
    for number, colour in table.items():
        palette[number] = colour
    return palette


def _masks(
    raster: Any,
    bands: tuple[int, ...],
    dtype: np.dtype[np.generic],
    override: float | None,
) -> tuple[bool, float | None]:
    """Whether a mask says where data are, and which value means none."""
    flags = {flag.name for flag in raster.mask_flag_enums[bands[0] - 1]}
    masked = "per_dataset" in flags and "alpha" not in flags
    value = raster.nodata if override is None else override
    if value is None or np.isnan(value):
        return masked, None  # NaN is never data in a chip, with a tag or without.
    if dtype.kind in "iu":
        limits = np.iinfo(dtype.name)
        if value != int(value) or not limits.min <= value <= limits.max:
            return masked, None  # A value that no pixel can have.
        return masked, int(value)
    # 3.4e38 is written in double precision and compared in single.
    return masked, float(dtype.type(value))


def _full_scale(raster: Any, band: int, dtype: np.dtype[np.generic]) -> int:
    bits = raster.tags(band, ns="IMAGE_STRUCTURE").get("NBITS", "8")
    if dtype == np.uint8 and bits.isdecimal() and 1 <= int(bits) < 8:
        return int(2 ** int(bits) - 1)
    return 255


def _tags(raster: Any) -> dict[str, str]:
    return {
        key.upper(): value
        for space in (None, "IMAGERY", "EXIF")
        for key, value in raster.tags(ns=space).items()
    }
