"""Indexes in buckets: push one, pull one, list what is there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rsrag.config import Settings
from rsrag.errors import BucketError, ConfigError, IndexingError
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.objects.open_place import open_objects
from rsrag.store_factory import drop_store

if TYPE_CHECKING:
    from rsrag.indexing.transfer.push import TransferReport

_Progress = Callable[[int, int], None]


def push_index(
    settings: Settings, name: str, place: str, tag: str | None, progress: _Progress
) -> "TransferReport":
    """Put the current generation of an index into a bucket or a folder.

    Args:
        settings: the folder of indexes.
        name: of the index, here and there.
        place: that holds indexes: ``s3://BUCKET/PREFIX``, or a folder.
        tag: a name for the generation there.
        progress: told bytes done, and all of them.
    """
    from rsrag.indexing.transfer.push import push_index as push
    from rsrag.indexing.transfer.pushed_index import PushedIndex

    directory = IndexDirectory(settings.at(name).indexes, name)
    return push(directory, PushedIndex(open_objects(place), name), tag, progress)


def pull_index(
    settings: Settings, address: str, name: str | None, progress: _Progress
) -> "TransferReport":
    """Fetch an index from a bucket or a folder, and switch readers to it.

    Args:
        settings: the folder of indexes.
        address: ``PLACE/NAME``, or ``PLACE/NAME@TAG``.
        name: of the index here; as there by default.
        progress: told bytes done, and all of them.

    Raises:
        ConfigError: the address names no index.
    """
    from rsrag.indexing.transfer.pull import pull_index as pull
    from rsrag.indexing.transfer.pushed_index import PushedIndex

    place, _, last = address.rstrip("/").rpartition("/")
    there, _, tag = last.partition("@")
    if not place or not there or place.endswith(":/") or (tag == "" and "@" in last):
        raise ConfigError(
            f"{address} names no index.",
            hint="s3://BUCKET/PREFIX/NAME or s3://BUCKET/PREFIX/NAME@TAG",
        )
    IndexDirectory(settings.indexes, there)
    return pull(
        PushedIndex(open_objects(place), there),
        tag or None,
        IndexDirectory(settings.indexes, name or there),
        lambda info: drop_store(info, settings),
        progress,
    )


def pushed_indexes(place: str) -> list[dict[str, Any]]:
    """Lines of ``rsrag index list PLACE``; a broken index is listed with its error."""
    from rsrag.indexing.transfer.pushed_index import PushedIndex, indexes_at

    rows: list[dict[str, Any]] = []
    objects = open_objects(place)
    for name in indexes_at(objects):
        pushed = PushedIndex(objects, name)
        try:
            current, generation = pushed.find(None)
            tags, _ = pushed.tags()
        except (IndexingError, BucketError) as error:
            rows.append({"name": name, "root": objects.address, "error": str(error)})
            continue
        rows.append(
            {
                **generation.summary,
                "root": objects.address,
                "pushed": current,
                "tags": tags,
                "bytes": generation.bytes,
            }
        )
    return rows
