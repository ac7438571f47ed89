"""The generations of an index: list them, go back to one, name one, remove others."""

from contextlib import suppress
from dataclasses import dataclass

from rsrag.errors import ConfigError, IndexCorruptError, IndexingError
from rsrag.indexing.format.manifest import StoreInfo
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.tags import check_tag, read_tags, write_tags
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.keeping import all_parts


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """One generation.

    Attributes:
        number: counted from 1.
        created: UTC, RFC 3339; ``None`` if its manifest cannot be read.
        rows: of all spaces; ``None`` likewise.
        tags: its names.
        current: whether readers open it.
    """

    number: int
    created: str | None
    rows: int | None
    tags: tuple[str, ...]
    current: bool


def list_generations(directory: IndexDirectory) -> list[GenerationInfo]:
    """All generations of an index, the oldest first.

    Raises:
        IndexNotFoundError, IndexCorruptError: there is no such index, or no good one.
    """
    current = directory.current()
    tags = read_tags(directory.path)
    found = []
    for number in directory.numbers():
        created = rows = None
        with suppress(IndexingError):
            manifest = read_manifest(directory.generation_path(number))
            created, rows = manifest.created, manifest.rows
        names = tuple(sorted(tag for tag, other in tags.items() if other == number))
        found.append(GenerationInfo(number, created, rows, names, number == current))
    return found


def find_generation(directory: IndexDirectory, name: str) -> int:
    """The number of a generation that is called by its number or a tag.

    Raises:
        ConfigError: there is none; names those that there are.
    """
    tags, numbers = read_tags(directory.path), directory.numbers()
    number = int(name) if name.isdecimal() else tags.get(name)
    if number in numbers:
        return int(number)
    there = [*map(str, numbers), *sorted(tags)]
    raise ConfigError(
        f"Index {directory.name!r} has no generation {name!r}; there are "
        f"{', '.join(there)}.",
        hint=f"rsrag index info {directory.name}",
    )


def roll_back(directory: IndexDirectory, to: str | None = None) -> tuple[int, int]:
    """Let readers open an older generation; nothing is removed.

    Args:
        directory: of the index.
        to: its number or tag; without, the last one before the current.

    Returns:
        The generation that was read, and the one that is.

    Raises:
        IndexingError: there is no older one, or that one cannot be opened.
    """
    before = directory.current()
    with directory.writing():
        if to is not None:
            number = find_generation(directory, to)
        else:
            older = [n for n in directory.numbers() if n < before]
            if not older:
                raise IndexingError(
                    f"Index {directory.name!r} has no generation before {before}.",
                    hint=f"rsrag index info {directory.name} shows those there are",
                )
            number = older[-1]
        folder = directory.generation_path(number)
        for _, path, part in all_parts(read_manifest(folder), folder):
            if not path.is_file() or path.stat().st_size != part.bytes:
                raise IndexCorruptError(
                    f"{path} is missing or has another size than its manifest says; "
                    "the index stays as it is.",
                    hint="choose another generation with --to",
                )
        directory.point(number)
    return before, number


def tag_generation(
    directory: IndexDirectory, tag: str, generation: str | None = None
) -> int:
    """Name a generation, so that it is never removed.

    Args:
        directory: of the index.
        tag: its name; one that is in use moves.
        generation: number or another tag; without, the current one.

    Returns:
        The generation's number.
    """
    check_tag(tag)
    directory.current()
    with directory.writing():
        number = (
            find_generation(directory, generation)
            if generation is not None
            else directory.current()
        )
        write_tags(directory.path, {**read_tags(directory.path), tag: number})
    return number


def remove_tag(directory: IndexDirectory, tag: str) -> None:
    """Forget a tag; the generation itself stays until the next prune.

    Raises:
        ConfigError: there is no such tag.
    """
    directory.current()
    with directory.writing():
        tags = read_tags(directory.path)
        if tag not in tags:
            known = ", ".join(sorted(tags)) or "none"
            raise ConfigError(
                f"Index {directory.name!r} has no tag {tag!r}; there are: {known}."
            )
        write_tags(directory.path, {t: n for t, n in tags.items() if t != tag})


def prune(
    directory: IndexDirectory, keep: int = 1
) -> tuple[list[int], list[StoreInfo]]:
    """Remove generations without a tag, but the current and the newest.

    Args:
        directory: of the index.
        keep: how many stay at least, if there are so many.

    Returns:
        Numbers of those that went, and their stores: those on a server are the
        caller's to remove.
    """
    directory.current()
    with directory.writing():
        before = directory.numbers()
        gone = directory.prune(keep)
        after = set(directory.numbers())
    stores = [info for manifest in gone for info in manifest.stores]
    return [number for number in before if number not in after], stores
