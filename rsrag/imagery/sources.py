"""What an archive holds: folders, archives and files, as a stream of pictures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from rsrag.errors import ConfigError, ImageReadError, SourceNotFoundError
from rsrag.imagery.folders import walk_folder
from rsrag.imagery.items import (
    SourceItem,
    archive_items,
    file_item,
    list_archive,
    member_source,
)
from rsrag.imagery.members import Contents
from rsrag.imagery.names import (
    ARCHIVE_SUFFIXES,
    IMAGE_SUFFIXES,
    escape,
    is_archive_name,
    is_image_name,
)
from rsrag.types import Skip

__all__ = ["SourceItem", "iter_sources"]


def iter_sources(
    paths: Sequence[Path], *, ignored: Counter[str] | None = None
) -> Iterator[SourceItem | Skip]:
    """List pictures, in an order that is the same on every run.

    Folders are walked (files before subfolders, by name; hidden ones left
    alone), archives are read in place in their own order, wherever they lie. At
    any moment the bytes of at most one member are held here.

    Args:
        paths: folders, archives, pictures.
        ignored: counts files that were passed over, by ending.

    Returns:
        An iterator over pictures, and over what must not or cannot be read.

    Raises:
        SourceNotFoundError: at once, if a path is not there, or is a folder or an
            archive without a picture.
        ConfigError: no path at all.
    """
    if not paths:
        raise ConfigError("No source given.", hint="name a folder, archive or picture")
    counts: Counter[str] = Counter() if ignored is None else ignored
    absolute = [path.absolute() for path in paths]
    for path in absolute:
        _check_there(path)
    return _iterate(absolute, counts)


def _check_there(path: Path) -> None:
    wanted = " ".join((*IMAGE_SUFFIXES, *ARCHIVE_SUFFIXES))
    shown = escape(path.as_posix())
    if not path.exists():
        raise SourceNotFoundError(f"{shown} is not there.", hint="check the path")
    if path.is_dir():
        if next(walk_folder(path, Counter()), None) is None:
            raise SourceNotFoundError(
                f"{shown} holds no image.", hint=f"looked for files ending in {wanted}"
            )
    elif not path.is_file():
        raise SourceNotFoundError(f"{shown} is neither a file nor a folder.")
    elif is_archive_name(path.name):
        with suppress(OSError):  # Reported when its turn comes.
            contents = list_archive(path, until_image=True)
            if not contents.members and not contents.refusals:
                raise SourceNotFoundError(
                    f"{shown} holds no image.",
                    hint=f"looked for members ending in {' '.join(IMAGE_SUFFIXES)}",
                )


def _iterate(paths: list[Path], ignored: Counter[str]) -> Iterator[SourceItem | Skip]:
    for path in paths:
        if path.is_dir():
            for found in walk_folder(path, ignored):
                if isinstance(found, Skip):
                    yield found
                elif is_archive_name(found[0].name):
                    yield from _archive(found[0], ignored)
                else:
                    file, listing = found
                    try:
                        yield file_item(file, listing.beside(file.name))
                    except OSError as exc:
                        yield _unreadable(file, exc)
        elif is_archive_name(path.name) and not is_image_name(path.name):
            yield from _archive(path, ignored)
        else:
            try:
                yield file_item(path)
            except OSError as exc:
                yield _unreadable(path, exc)


def _unreadable(path: Path, exc: OSError) -> Skip:
    return Skip(escape(path.as_posix()), f"cannot be read: {exc}", "ImageReadError")


def _archive(path: Path, ignored: Counter[str]) -> Iterator[SourceItem | Skip]:
    try:
        contents = list_archive(path)
        ignored["in archives"] += contents.ignored
        yield from _members(contents)
    except OSError as exc:
        yield _unreadable(path, exc)


def _members(contents: Contents) -> Iterator[SourceItem | Skip]:
    with archive_items(contents) as reader:
        for member in contents.members.values():
            try:
                item = reader.item(member)
            except ImageReadError as exc:
                source = member_source(contents.path, member.name)
                yield Skip(source, str(exc), type(exc).__name__)
            else:
                yield item
    for refusal in contents.refusals:
        source = escape(contents.path.as_posix())
        if refusal.name:
            source = member_source(contents.path, refusal.name)
        yield Skip(source, refusal.reason, refusal.kind)
