"""VRT files: one raster described as made of others, read with suspicion.

GDAL's own reader would open whatever a VRT names: files anywhere, servers, programs of
pixels. So a VRT is looked through first: it may place bands of pictures in its folder
or below, and nothing else; what GDAL is given is that description with the paths of
files that were looked at. In an archive they are members of the same archive.
"""

import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ImageReadError, SourceNotFoundError, UnsafeArchiveError
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.archives.members import Contents, Member
from rsrag.imagery.pixels.file_formats import sniff
from rsrag.imagery.products.safe_notes import parse_xml
from rsrag.imagery.sources.items import (
    Mosaic,
    SourceItem,
    file_item,
    member_source,
)

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
    """The scene of a VRT that is a file.

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

    def find(name: str) -> tuple[SourceItem, str]:
        file = _inside(path, name, shown)
        return file_item(file, {}), str(file)

    mosaic = _mosaic(path.read_bytes(), shown, find)
    files = [file.path for file in mosaic.files if file.path is not None]
    return SourceItem(
        source=shown,
        name=path.name,
        size=sum(file.size for file in mosaic.files),
        mosaic=mosaic,
        made_of=(path, *files),
    )


def member_mosaic(
    contents: Contents,
    vrt: Member,
    written: bytes,
    item: Callable[[Member], SourceItem],
) -> SourceItem:
    """The scene of a VRT in an archive, of pictures in the same archive.

    Args:
        written: the VRT's bytes.
        item: makes an item of a member that GDAL finds by a path.

    Raises:
        ImageReadError: no VRT, one that does more than place bands, or an archive in
            which GDAL finds nothing.
        UnsafeArchiveError: it names a file beyond its folder.
        SourceNotFoundError: it names a file that is not there.
    """
    shown = member_source(contents.path, vrt.name)
    home = posixpath.dirname(vrt.name)

    def find(name: str) -> tuple[SourceItem, str]:
        there = posixpath.normpath(posixpath.join(home, name.replace("\\", "/")))
        if posixpath.isabs(name) or not there.startswith(f"{home}/" if home else ""):
            raise _outside(shown, name)
        member = contents.members.get(there)
        if member is None or there.startswith("../"):
            raise _missing(shown, name)
        found = item(member)
        return found, str(found.gdal_path)

    mosaic = _mosaic(written, shown, find)
    return SourceItem(
        source=shown,
        name=vrt.name,
        size=sum(file.size for file in mosaic.files),
        mosaic=mosaic,
        made_of=(contents.path,),
    )


def _mosaic(
    written: bytes, shown: str, find: Callable[[str], tuple[SourceItem, str]]
) -> Mosaic:
    """A VRT, looked through; ``find`` gives a file that it names, and its path."""
    from xml.etree import ElementTree

    root = _parsed(written, shown)
    targets: dict[str, str] = {}
    files: dict[str, SourceItem] = {}
    for source in _source_names(root, shown):
        name = (source.text or "").strip()
        if name not in targets:
            file, targets[name] = find(name)
            if targets[name] not in files:
                if len(files) >= FILES_LIMIT:
                    raise ImageReadError(f"{shown} names over {FILES_LIMIT:,} files.")
                _check_picture(file, shown)
            files[targets[name]] = file
        source.attrib.clear()
        source.attrib.update({"relativeToVRT": "0", "shared": "0"})
        source.text = targets[name]
    if not files:
        raise ImageReadError(f"{shown} names no file.")
    return Mosaic(written, ElementTree.tostring(root), tuple(files.values()))


def _parsed(written: bytes, shown: str) -> "Element":
    from xml.etree import ElementTree

    tree = ElementTree.TreeBuilder()
    parse_xml(written, shown, tree.start, tree.end, tree.data)
    root = tree.close()
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
        raise _outside(shown, name)
    if not there:
        raise _missing(shown, name)
    return real


def _outside(shown: str, name: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(
        f"{shown} names {name[:200]!r}, which is not in its folder.",
        hint="put the VRT above the files that it is made of",
    )


def _missing(shown: str, name: str) -> SourceNotFoundError:
    return SourceNotFoundError(f"{shown} names {name[:200]!r}, which is not there.")


def _check_picture(file: SourceItem, shown: str) -> None:
    header = sniff(file.head())
    if header is None or header.format not in _PICTURES:
        kind = "no picture" if header is None else f"of a kind ({header.format})"
        raise ImageReadError(
            f"{shown} names {file.name!r}, which is {kind} that no VRT may be made of."
        )
