"""VRT files: one raster described as made of others, read with suspicion.

GDAL's own reader would open whatever a VRT names: files anywhere, servers, programs of
pixels. So a VRT is looked through first: it may place bands of pictures in its folder
or below, and nothing else; what GDAL is given is that description with the paths of
files that were looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ImageReadError, SourceNotFoundError, UnsafeArchiveError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.pixels.file_formats import HEAD_BYTES, sniff
from rsrag.imagery.products.safe_notes import xml_leaves
from rsrag.imagery.sources.items import Mosaic, SourceItem

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VRT_LIMIT = 64 * 2**20
"""Descriptions larger than this, in bytes, are not read."""

FILES_LIMIT = 20_000

_SOURCES = frozenset({"SimpleSource", "ComplexSource", "AveragedSource"})
_KNOWN = _SOURCES | {
    *("VRTDataset", "VRTRasterBand", "SRS", "GeoTransform", "GCPList", "GCP"),
    *("Metadata", "MDI", "MaskBand", "Overview", "OverviewList", "Description"),
    *("UnitType", "Offset", "Scale", "NoDataValue", "HideNoDataValue"),
    *("ColorInterp", "ColorTable", "Entry", "CategoryNames", "Category", "Histograms"),
    *("HistItem", "HistMin", "HistMax", "BucketCount", "IncludeOutOfRange"),
    *("Approximate", "HistCounts", "SourceFilename", "SourceBand", "SrcRect"),
    *("SourceProperties", "DstRect", "NODATA", "ScaleOffset", "ScaleRatio", "LUT"),
    *("ColorTableComponent", "Exponent", "SrcMin", "SrcMax", "DstMin", "DstMax"),
    *("Clamp", "UseMaskBand", "BlockXSize", "BlockYSize"),
}
_PICTURES = frozenset(
    {"TIFF", "JP2", "JPEG", "PNG", "WEBP", "GIF", "BMP", "HFA", "NITF"}
)


def is_mosaic_name(name: str) -> bool:
    """Whether a file is called as a VRT is."""
    return name.lower().endswith(".vrt")


def mosaic_item(path: Path) -> SourceItem:
    """The scene of a VRT.

    Args:
        path: absolute.

    Raises:
        ImageReadError: no VRT, or one that does more than place bands.
        UnsafeArchiveError: it names a file beyond its folder.
        SourceNotFoundError: it names a file that is not there.
        OSError: it cannot be read.
    """
    shown = escape(path.as_posix())
    if path.stat().st_size > VRT_LIMIT:
        raise ImageReadError(f"{shown} is larger than {VRT_LIMIT >> 20} MB.")
    written = path.read_bytes()
    root = _parsed(written, shown)
    files: dict[Path, None] = {}
    for source in _source_names(root, shown):
        file = _inside(path, (source.text or "").strip(), shown)
        source.attrib.clear()
        source.attrib.update({"relativeToVRT": "0", "shared": "0"})
        source.text = str(file)
        if file not in files and len(files) >= FILES_LIMIT:
            raise ImageReadError(f"{shown} names over {FILES_LIMIT:,} files.")
        if file not in files:
            _check_picture(file, shown)
        files[file] = None
    if not files:
        raise ImageReadError(f"{shown} names no file.")
    from xml.etree import ElementTree

    return SourceItem(
        source=shown,
        name=path.name,
        size=sum(file.stat().st_size for file in files),
        mosaic=Mosaic(written, ElementTree.tostring(root), tuple(files)),
        made_of=(path, *files),
    )


def _parsed(written: bytes, shown: str) -> "Element":
    xml_leaves(written, shown)  # Refuses what declares entities, before it is built.
    from xml.etree import ElementTree

    root = ElementTree.fromstring(written)
    if root.tag != "VRTDataset":
        raise ImageReadError(f"{shown} is no VRT: it is <{root.tag[:40]}>.")
    for element in root.iter():
        kind = element.get("subClass", "VRTSourcedRasterBand")
        strange = None if kind == "VRTSourcedRasterBand" else kind
        if element.tag not in _KNOWN:
            strange = element.tag
        if strange is not None:
            raise ImageReadError(
                f"{shown} does more than place bands: it has {strange[:60]}.",
                hint="make a file of it: gdal_translate -of COG IN.vrt OUT.tif",
            )
    return root


def _source_names(root: "Element", shown: str) -> Iterator["Element"]:
    allowed = {*_SOURCES, "Overview"}
    for parent in root.iter():
        for element in parent:
            if element.tag != "SourceFilename":
                continue
            if parent.tag not in allowed:
                raise ImageReadError(f"{shown}: <{parent.tag}> names a file.")
            yield element


def _inside(vrt: Path, name: str, shown: str) -> Path:
    """A file in the folder of a VRT or below.

    An absolute path is one too, if it leads there: most programs write such.
    """
    home = vrt.parent.resolve()
    try:
        real = (vrt.parent / name).resolve()
        inside = real.is_relative_to(home)
        there = inside and real.is_file()
    except (OSError, ValueError, RuntimeError) as exc:
        raise ImageReadError(f"{shown}: {name[:200]!r}: {exc}") from exc
    if not inside or not name:
        raise UnsafeArchiveError(
            f"{shown} names {name[:200]!r}, which is not in its folder.",
            hint="put the VRT above the files that it is made of",
        )
    if not there:
        raise SourceNotFoundError(f"{shown} names {name[:200]!r}, which is not there.")
    return real


def _check_picture(file: Path, shown: str) -> None:
    with file.open("rb") as stream:
        header = sniff(stream.read(HEAD_BYTES))
    if header is None or header.format not in _PICTURES:
        kind = "no picture" if header is None else f"of a kind ({header.format})"
        raise ImageReadError(
            f"{shown} names {file.name!r}, which is {kind} that no VRT may be made of."
        )
