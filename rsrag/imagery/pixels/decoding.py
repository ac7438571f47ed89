"""Choice of a decoder by the first bytes of a picture, its size and place."""

from dataclasses import replace

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.file_formats import Header, sniff
from rsrag.imagery.pixels.pillow_pixels import PillowPixels
from rsrag.imagery.pixels.raster_pixels import RasterPixels
from rsrag.imagery.sources.items import SourceItem

PILLOW_PIXELS = 64 * 2**20
"""Pictures with more pixels than this are read in windows, by GDAL."""

_STANDING_IN = (
    (b"version https://git-lfs", "Git LFS's pointer to a picture", "git lfs pull"),
    (b"/annex/objects", "git-annex's pointer to a picture", "git annex get"),
    (b"<!doctype html", "a page of the web, not a picture", "download it again"),
    (
        b"{",
        "JSON, not a picture",
        "a STAC API is named as ADDRESS/search?collections=NAME, with --remote",
    ),
    (b"<html", "a page of the web, not a picture", "download it again"),
)
"""What often bears a picture's name in its stead, by its first bytes."""


def open_pixels(
    item: SourceItem, options: ImageryOptions
) -> PillowPixels | RasterPixels:
    """The decoder for what a file really holds.

    Raises:
        ImageReadError: no picture, a damaged one, or one that is too large.
    """
    if item.layers:  # Chosen already, and laid in order.
        numbers = tuple(str(number) for number in range(1, len(item.layers) + 1))
        options = replace(options, bands=numbers)
    if item.size == 0:
        raise ImageReadError(
            f"{item.source} is empty: it has no bytes.", hint="copy it again"
        )
    header = recognise(item)
    if header is None:
        for first, what, hint in _STANDING_IN:
            if item.head().lstrip().lower().startswith(first):
                raise ImageReadError(f"{item.source} is {what}.", hint=hint)
        raise ImageReadError(
            f"{item.source} is no picture: its first bytes are those of no format "
            "that is read.",
            hint="JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF, JPEG 2000, NITF, ERDAS, ENVI, "
            "netCDF and HDF5 are",
        )
    if header.format == "VRT" and item.mosaic is None:
        raise ImageReadError(
            f"{item.source} is a VRT by another name.",
            hint="let its name end in .vrt",
        )
    _check_pixels(item, options, header.width * header.height)
    try:
        if _for_pillow(item, header):
            picture = PillowPixels(item, header.format, options)
            _check_pixels(item, options, picture.width * picture.height)
            return picture
        pixels = RasterPixels(item, header.format, options)
    except ImageReadError as exc:
        if str(exc).startswith(item.source):
            raise
        raise ImageReadError(f"{item.source}: {exc}", hint=exc.hint) from exc
    try:
        _check_pixels(item, options, pixels.width * pixels.height)
        if header.interlaced and pixels.width * pixels.height > PILLOW_PIXELS:
            raise ImageReadError(
                f"{item.source} is an interlaced PNG of {pixels.width} x "
                f"{pixels.height} pixels, which can only be unpacked whole.",
                hint="convert it: gdal_translate -of COG IN OUT",
            )
    except ImageReadError:
        pixels.close()
        raise
    return pixels


def recognise(item: SourceItem) -> Header | None:
    """What a picture is, by its first bytes, or by the header beside raw values."""
    header = sniff(item.head())
    if header is None and item.companions.get(".hdr", b"")[:4] == b"ENVI":
        return Header("ENVI")
    if (
        header is not None
        and header.format == "HDF5"
        and item.suffix in (".nc", ".nc4")
    ):
        return Header("NETCDF")
    return header


def _for_pillow(item: SourceItem, header: Header) -> bool:
    """Whether a picture is small, 8-bit, and in a format that Pillow decodes best."""
    if header.format in ("AVIF", "HEIF"):  # GDAL has no driver for them.
        if item.path is None and item.data is None:
            raise ImageReadError(
                f"{item.source} is {header.format}, which is read whole only.",
                hint="put it on the disk as a file of its own",
            )
        return True
    return (
        header.format in ("JPEG", "PNG", "WEBP", "GIF", "BMP")
        and header.bits <= 8
        and header.width * header.height <= PILLOW_PIXELS
        and not (item.gdal_path or item.layers or item.remote)
        and ".msk" not in item.companions
    )


def _check_pixels(item: SourceItem, options: ImageryOptions, pixels: int) -> None:
    if pixels > options.max_pixels:
        raise ImageReadError(
            f"{item.source} claims {pixels} pixels, more than {options.max_pixels}.",
            hint="raise the limit if it is right",
        )
