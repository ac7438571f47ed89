"""STAC on disk: items, collections of items and static catalogues, read in order.

A catalogue was written by somebody else, so its links are followed only to files in
the folder of the document that the user named, or below it, and to each file once.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from rsrag.errors import (
    ImageReadError,
    ImageryError,
    SourceNotFoundError,
    UnsafeArchiveError,
)
from rsrag.imagery.archives.archive_names import escape
from rsrag.imagery.catalogues.json_fields import Fields
from rsrag.imagery.sources.urls import as_url, public
from rsrag.types import Skip

STAC_SUFFIXES = (".json", ".geojson", ".ndjson", ".jsonl", ".parquet", ".geoparquet")
"""Endings of files that are taken for STAC when they are named as a source."""

DOCUMENT_LIMIT = 256 * 2**20
LINE_LIMIT = 16 * 2**20
DOCUMENTS_LIMIT = 1_000_000

_LINKS = ("child", "item")


class PlacedItem(NamedTuple):
    """One item, and the document that it stands in."""

    document: Path
    item: Fields


def is_stac_name(name: str) -> bool:
    """Whether the ending is that of a STAC document."""
    return name.lower().endswith(STAC_SUFFIXES)


def read_items(root: Path) -> Iterator[PlacedItem | Skip]:
    """All items of a document and of those that it links to.

    Args:
        root: a STAC item, a FeatureCollection of items, a catalogue or collection,
            items one a line (``.ndjson``), or stac-geoparquet.

    Yields:
        Items in the order of the documents, and what could not be followed.

    Raises:
        ImageReadError: the document named is not STAC, or cannot be read.
    """
    home = root.parent.resolve()
    pending = [root]
    seen: set[Path] = set()
    while pending:
        document = pending.pop()
        real = document.resolve()
        if real in seen:
            continue
        seen.add(real)
        if len(seen) > DOCUMENTS_LIMIT:
            raise ImageReadError(f"{root} links to over {DOCUMENTS_LIMIT} documents.")
        try:
            links: list[Path] = []
            for one in _open(document):
                if (
                    one.values.get("type") in ("Feature", None)
                    and "assets" in one.values
                ):
                    yield PlacedItem(document, one)
                    continue
                for linked in _links(document, one, home):
                    if isinstance(linked, Skip):
                        yield linked
                    else:
                        links.append(linked)
            pending += reversed(links)
        except (ImageryError, OSError) as exc:
            if document == root:
                raise _unreadable(root, exc) from exc
            yield Skip(shown(document), str(exc), "ImageReadError")


def _unreadable(root: Path, exc: Exception) -> ImageReadError:
    if isinstance(exc, ImageReadError):
        return exc
    return ImageReadError(f"{shown(root)} cannot be read: {exc}")


def shown(path: Path) -> str:
    """A path as it is written in messages and sources."""
    return escape(path.as_posix())


def _open(document: Path) -> Iterator[Fields]:
    """Objects of one document: items, or a catalogue's own.

    Raises:
        ImageReadError: not STAC.
        OSError: it cannot be read.
    """
    name, where = document.name.lower(), shown(document)
    if name.endswith((".parquet", ".geoparquet")):
        from rsrag.imagery.catalogues.stac_parquet import read_parquet

        yield from read_parquet(document)
    elif name.endswith((".ndjson", ".jsonl")):
        with document.open("rb") as file:
            number = 0
            while line := file.readline(LINE_LIMIT + 1):
                number += 1
                if len(line) > LINE_LIMIT:
                    raise ImageReadError(f"{where}, line {number} is over 16 MB long.")
                if line.strip():
                    spot = f"{where}, line {number}"
                    yield _item(Fields(parse(line, spot), spot))
    else:
        whole = Fields(parse(read_json(document), where), where)
        kind = whole.values.get("type")
        if kind == "FeatureCollection":
            for feature in whole.objects("features"):
                yield _item(feature)
        elif kind == "Feature":
            yield _item(whole)
        elif kind in ("Catalog", "Collection") or (
            kind is None and "stac_version" in whole.values
        ):
            yield whole
        else:
            raise ImageReadError(
                f"{where} is no STAC: its type is {str(kind)[:40]!r}.",
                hint="type must be Feature, FeatureCollection, Catalog or Collection",
            )


def _item(fields: Fields) -> Fields:
    """The object, if it can be an item; one without assets is some other GeoJSON."""
    if "assets" not in fields.values:
        raise ImageReadError(f"{fields.where} is no STAC item: it has no assets.")
    return fields


def read_json(document: Path) -> bytes:
    """Bytes of a document that is not too large to hold.

    Raises:
        ImageReadError: too large, or no file.
        OSError: it cannot be read.
    """
    if not document.is_file():
        raise ImageReadError(f"{shown(document)} is not there.")
    if (size := document.stat().st_size) > DOCUMENT_LIMIT:
        raise ImageReadError(
            f"{shown(document)} has {size / 2**20:.0f} MB, more than "
            f"{DOCUMENT_LIMIT >> 20}.",
            hint="write its items one a line (.ndjson), or as .parquet",
        )
    return document.read_bytes()


def parse(data: bytes, where: str) -> Any:
    """JSON, whatever its encoding.

    Raises:
        ImageReadError: not JSON.
    """
    try:
        text = data.removeprefix(b"\xef\xbb\xbf")
        value = json.loads(text, parse_constant=lambda name: None)  # NaN is nothing.
        if b"\\ud" in text.lower():  # Half a character is no text.
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError, MemoryError) as exc:
        raise ImageReadError(f"{where} is not JSON: {str(exc)[:200]}.") from exc


def _links(document: Path, catalogue: Fields, home: Path) -> Iterator[Path | Skip]:
    for link in catalogue.objects("links"):
        if link.values.get("rel") not in _LINKS:
            continue
        try:
            href = link.text("href")
            if href is None:
                raise link.wrong("href", "an address")
            target = resolve(href, document, home)
            if isinstance(target, str):
                raise ImageReadError(
                    f"{link.where} leads to a server ({public(target)}): not followed."
                )
            yield target
        except ImageryError as exc:
            yield Skip(shown(document), str(exc), type(exc).__name__)


def resolve(href: str, document: Path, home: Path) -> Path | str:
    """Where a link of a document leads.

    Args:
        href: relative, absolute, ``file://`` or on a server.
        home: real folder that may not be left.

    Returns:
        A file, or the address of one on a server.

    Raises:
        UnsafeArchiveError: it leads out of ``home``, by itself or by a symlink.
        SourceNotFoundError: it leads to nothing.
        ImageReadError: it cannot be followed.
    """
    if url := as_url(href):
        return url
    text = href
    if href.lower().startswith("file:"):
        text = unquote(href[5:].removeprefix("//").removeprefix("localhost"))
    elif "://" in href or href.startswith("/vsi"):
        raise ImageReadError(f"{shown(document)}: {href[:200]!r} is not followed.")
    try:
        plain = Path(os.path.normpath(document.parent / text))
        real = plain.resolve()
        # Some writers quote, some do not; some are on Windows.
        for other in (unquote(text), text.replace("\\", "/")):
            if other != text and not real.exists():
                plain = Path(os.path.normpath(document.parent / other))
                real = plain.resolve()
        inside = real.is_relative_to(home)
        there = inside and real.is_file()
    except (OSError, ValueError, RuntimeError) as exc:
        raise ImageReadError(f"{shown(document)}: {href[:200]!r}: {exc}") from exc
    if not inside:
        raise UnsafeArchiveError(
            f"{shown(document)}: {href[:200]!r} leads out of {shown(home)}.",
            hint="name the catalogue that holds both as the source",
        )
    if not there:
        raise SourceNotFoundError(f"{shown(document)}: {href[:200]!r} is not there.")
    return plain
