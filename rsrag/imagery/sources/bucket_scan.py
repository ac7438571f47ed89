"""A prefix of a bucket as an archive: pictures and archives, by key."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from rsrag.errors import (
    BucketError,
    ImageReadError,
    ImageryError,
    SourceNotFoundError,
)
from rsrag.imagery.archives.archive_names import (
    companion_of,
    escape,
    is_archive_name,
    is_auxiliary_name,
    is_image_name,
    is_notes_name,
    suffix_of,
)
from rsrag.imagery.archives.members import companion_limit
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.sources.items import Layer, SourceItem
from rsrag.imagery.sources.mosaics import is_mosaic_name
from rsrag.imagery.sources.remote import RemoteFile
from rsrag.imagery.sources.scanning import scan_archive, skip_for, unasked
from rsrag.imagery.sources.stamps import Known, Scanned, Stamp
from rsrag.imagery.sources.stored_objects import FetchedFile, object_of
from rsrag.imagery.sources.urls import offline, source_text
from rsrag.objects.object_port import ObjectInfo
from rsrag.types import Skip


def is_prefix(url: str) -> bool:
    """Whether an address in a bucket is of more than one picture."""
    return not is_image_name(url.rstrip("/").rpartition("/")[2]) or url.endswith("/")


def scan_prefix(
    url: str, ignored: Counter[str], known: Known | None, options: ImageryOptions
) -> Iterator[Scanned]:
    """Pictures and archives below a prefix, or the archive of that very key.

    An object's stamp is its size, the time of its last change and its ETag.

    Raises:
        SourceNotFoundError: there is nothing.
        BucketError: the bucket refuses, or does not answer.
    """
    root = source_text(url)
    if offline():
        yield unasked(root)
        return
    place, prefix = object_of(root)
    if is_archive_name(prefix) and (one := place.head(prefix)):
        found = [one]
    else:
        found = list(place.below(prefix))
    if not found:
        raise SourceNotFoundError(
            f"{root} holds no object.", hint=f"rsrag index list {place.address}"
        )
    base = f"{place.address}/"
    for folder in _by_folder(found).values():
        beside = _beside(folder)
        for name, info in folder.items():
            if name.startswith("."):
                ignored["."] += 1
            elif is_archive_name(name):
                yield from _archive(base + info.key, info, ignored, known, options)
            elif is_image_name(name) and not is_notes_name(name):
                yield _picture(base, info, _companions(name, beside), known)
            elif not (companion_of(name) or is_auxiliary_name(name)):
                ignored[suffix_of(name)] += 1


def _by_folder(found: list[ObjectInfo]) -> dict[str, dict[str, ObjectInfo]]:
    """Objects by folder and name; files of a folder before those of its folders."""
    folders: dict[str, dict[str, ObjectInfo]] = defaultdict(dict)
    for info in found:
        folder, _, name = info.key.rpartition("/")
        if name:  # Some tools put an empty object where a folder would be.
            folders[folder][name] = info
    return dict(sorted(folders.items(), key=lambda pair: pair[0].split("/")))


def _beside(folder: dict[str, ObjectInfo]) -> dict[str, dict[str, ObjectInfo]]:
    beside: dict[str, dict[str, ObjectInfo]] = defaultdict(dict)
    for name, info in folder.items():
        if at := companion_of(name):
            beside[at[0]][at[1]] = info
    return beside


def _companions(
    name: str, beside: dict[str, dict[str, ObjectInfo]]
) -> dict[str, ObjectInfo]:
    lower = name.lower()
    found = {**beside.get(lower.rpartition(".")[0], {}), **beside.get(lower, {})}
    return {s: info for s, info in found.items() if info.size <= companion_limit(s)}


def _stamp(info: ObjectInfo, beside: dict[str, ObjectInfo]) -> Stamp:
    marks = [f"{one.key} {one.mark}" for one in (info, *beside.values())]
    text = "\n".join(marks).encode(errors="surrogateescape")
    digest = hashlib.sha256(text).hexdigest()[:32]
    return Stamp(info.size, info.changed_ns, digest)


def _picture(
    base: str, info: ObjectInfo, beside: dict[str, ObjectInfo], known: Known | None
) -> Scanned:
    url = base + info.key
    source, stamp = escape(url), _stamp(info, beside)
    if known is not None and known(source, None, stamp):
        return Scanned(source, None, stamp, None)
    if "?" in url or "#" in url or is_mosaic_name(info.key):
        why = "a VRT" if is_mosaic_name(info.key) else "a name with ? or #"
        skip = Skip(source, f"{why} is not read in a bucket", "ImageReadError")
        return Scanned(source, None, stamp, skip)
    small = {suffix: base + one.key for suffix, one in beside.items()}
    try:
        remote = RemoteFile(url, info, small)
    except ImageryError as exc:
        return Scanned(source, None, stamp, skip_for(source, exc))
    item = SourceItem(source=source, name=remote.name, size=info.size, remote=remote)
    return Scanned(source, None, stamp, item)


def _archive(
    url: str,
    info: ObjectInfo,
    ignored: Counter[str],
    known: Known | None,
    options: ImageryOptions,
) -> Iterator[Scanned]:
    """An archive is brought here, read, and removed with its last picture."""
    source, stamp = escape(url), _stamp(info, {})
    if known is not None and known(source, source, stamp):
        yield Scanned(source, source, stamp, None)
        return
    try:
        file = FetchedFile(url)
    except ImageryError as exc:
        yield Scanned(source, source, stamp, skip_for(source, exc))
        return
    here = escape(file.path.as_posix())

    object_stamp = stamp

    def known_there(source: str, container: str | None, stamp: Stamp) -> bool:
        if known is None or source == here:
            return False
        archive = escape(url)
        return known(archive + source.removeprefix(here), archive, object_stamp)

    for one in scan_archive(file.path, ignored, known_there, options, file):
        item = one.item
        if item is not None:
            item = _named(item, here, source)
        name = source + one.source.removeprefix(here)
        yield Scanned(name, source, stamp, item)


def _named(item: SourceItem | Skip, here: str, there: str) -> SourceItem | Skip:
    """What is read from the copy, called as it is called in the bucket."""
    name = item.source.replace(here, there, 1)
    if isinstance(item, Skip):
        return replace(item, source=name, reason=item.reason.replace(here, there))
    layers = tuple(
        Layer(_renamed(layer.item, here, there), layer.band, layer.info)
        for layer in item.layers
    )
    return replace(item, source=name, layers=layers, made_of=())


def _renamed(item: SourceItem, here: str, there: str) -> SourceItem:
    return replace(item, source=item.source.replace(here, there, 1), made_of=())


def bucket_item(url: str, find: Callable[[str], SourceItem]) -> SourceItem:
    """The picture behind a source of a bucket that an index kept.

    Args:
        url: of an object, or ``ARCHIVE!/MEMBER``, not escaped.
        find: finds the same member in a copy of the archive.

    Raises:
        SourceNotFoundError: the object, or the member in it, is gone.
        ImageReadError: it cannot be had.
    """
    archive, mark, member = url.partition("!/")
    if not mark:
        item = _lone(url, None).item
        assert isinstance(item, SourceItem), "it was read before"
        return item.fetched()
    file = _kept(archive)
    here = escape(file.path.as_posix())
    found = _named(find(f"{here}!/{escape(member)}"), here, escape(archive))
    assert isinstance(found, SourceItem)
    return found


def scan_object(url: str, known: Known | None) -> Scanned:
    """One picture, with what lies beside it."""
    source = source_text(url)
    if offline():
        return unasked(escape(source))
    _folder.cache_clear()  # What was written over since then has another ETag.
    try:
        return _lone(source, known)
    except ImageryError as exc:
        return Scanned(escape(source), None, None, skip_for(escape(source), exc))


def _lone(url: str, known: Known | None) -> Scanned:
    """A picture, with what lies beside it."""
    base, _, name = url.rpartition("/")
    place, key = object_of(url)
    try:
        folder = _folder(base)
    except BucketError as exc:
        # What cannot be listed was not listed for the index: it had no companions.
        try:
            info = place.head(key)
        except BucketError:
            raise ImageReadError(str(exc), hint=exc.hint) from exc
        folder = {name: info} if info else {}
    if name not in folder:
        raise SourceNotFoundError(f"{url} is not there.")
    beside = _companions(name, _beside(folder))
    return _picture(f"{place.address}/", folder[name], beside, known)


@lru_cache(maxsize=2)
def _folder(base: str) -> dict[str, ObjectInfo]:
    """Objects of one folder by name, looked at once."""
    place, prefix = object_of(base)
    names = {one.key.rpartition("/")[2]: one for one in place.below(prefix)}
    return {n: one for n, one in names.items() if one.key == f"{prefix}/{n}".strip("/")}


@lru_cache(maxsize=2)
def _kept(url: str) -> FetchedFile:
    """A map that shows twelve hits of one archive fetches it once."""
    return FetchedFile(url)
