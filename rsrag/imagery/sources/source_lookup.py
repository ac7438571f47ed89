"""Lookup of the picture behind a ``source`` that an index kept."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from rsrag.errors import ImageReadError, SourceNotFoundError, UnsafeArchiveError
from rsrag.imagery.archives.archive_names import (
    archive_marks,
    is_archive_name,
    is_image_name,
    unescape,
)
from rsrag.imagery.archives.members import Contents
from rsrag.imagery.catalogues.stac import find_stac, remote_item
from rsrag.imagery.catalogues.stac_api import api_item
from rsrag.imagery.catalogues.stac_documents import is_stac_name
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.products import (
    ShelvedProduct,
    archive_product,
    archive_products,
    folder_product,
    folder_products,
)
from rsrag.imagery.sources.bucket_scan import bucket_item
from rsrag.imagery.sources.items import SourceItem, file_item, inner_part, part_item
from rsrag.imagery.sources.member_items import archive_items, list_archive
from rsrag.imagery.sources.mosaics import is_mosaic_name, mosaic_item
from rsrag.imagery.sources.urls import api_parts, as_url, in_bucket


def find_item(source: str, options: ImageryOptions | None = None) -> SourceItem:
    """The picture behind a ``source`` that an index kept.

    Args:
        options: as the manifest has them: which bands or asset a scene of several
            files is made of.

    Raises:
        SourceNotFoundError: the file, the archive or the member is gone.
        UnsafeArchiveError: the member must not be read.
        ImageReadError: the member is damaged, or a server does not answer.
    """
    options = options or ImageryOptions()
    if url := as_url(source):
        if (api := api_parts(url)) and api[2]:
            return api_item(unescape(url), options)
        if in_bucket(url):
            return bucket_item(unescape(url), lambda one: find_item(one, options))
        return remote_item(url)
    plain = Path(unescape(source))
    try:
        if plain.is_file():
            mosaic = is_mosaic_name(plain.name)
            return mosaic_item(plain) if mosaic else file_item(plain)
        if part := inner_part(plain):
            return part_item(*part)
        if plain.is_dir() and any(not p.key for p in folder_products(plain)):
            return folder_product(plain, "", options)
        for at in archive_marks(source):
            archive = Path(unescape(source[:at]))
            if archive.is_file():
                rest = source[at + 2 :]
                if not is_archive_name(archive.name) and is_image_name(archive.name):
                    return part_item(archive, unescape(rest))
                if is_stac_name(archive.name):
                    return find_stac(archive, rest, source, options)
                return _find_member(archive, unescape(rest), source, options)
            if archive.is_dir():
                return folder_product(archive, unescape(source[at + 2 :]), options)
    except OSError as exc:
        raise ImageReadError(f"{source} cannot be read: {exc}") from exc
    raise SourceNotFoundError(
        f"{source} is no longer there.",
        hint="put the archive back, or build the index again from where it is now",
    )


def _find_member(
    archive: Path, name: str, source: str, options: ImageryOptions
) -> SourceItem:
    status = archive.stat()
    stamp = status.st_mtime_ns, status.st_size
    contents = _cached_contents(archive, *stamp)
    member = contents.members.get(name)
    # Products are looked for by all names: not for one that is a picture's own.
    if member is None and (found := _cached_products(archive, *stamp).get(name)):
        with archive_items(contents) as reader:
            return archive_product(contents, name, found, reader, options)
    if member is None:
        for refusal in contents.refusals:
            if refusal.name == name:
                raise UnsafeArchiveError(f"{source} is not read: {refusal.reason}.")
        raise SourceNotFoundError(
            f"{archive} no longer holds {name!r}.",
            hint="put the archive back, or build the index again",
        )
    with archive_items(contents) as reader:
        return reader.item(member)


@lru_cache(maxsize=2)
def _cached_contents(archive: Path, mtime_ns: int, size: int) -> Contents:
    """A map that shows twelve hits of one archive lists it once."""
    return list_archive(archive)


@lru_cache(maxsize=2)
def _cached_products(
    archive: Path, mtime_ns: int, size: int
) -> Mapping[str, ShelvedProduct]:
    """Likewise its products, which are told by all names in it."""
    return archive_products(_cached_contents(archive, mtime_ns, size))
