"""Objects in buckets as files: asked for, read, brought here for a while."""

import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from rsrag.errors import BucketError, ImageReadError, SourceNotFoundError
from rsrag.objects.object_port import ObjectInfo, Objects
from rsrag.objects.open_place import open_objects


def object_of(url: str) -> tuple[Objects, str]:
    """The bucket that an address is in, and the key there.

    Raises:
        ConfigError: it names no bucket.
        MissingExtraError: the extra ``objects`` is not installed.
    """
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    return open_objects(f"{scheme}://{bucket}"), key


def ask_object(url: str, info: ObjectInfo | None, size: int) -> tuple[bytes, int, str]:
    """The first bytes of an object, its size, and its mark.

    Args:
        info: what is known of it already.
        size: of the first bytes, at most.

    Raises:
        SourceNotFoundError: there is no such object.
        ImageReadError: the bucket refuses, or does not answer.
    """
    with _told():
        place, key = object_of(url)
        info = info or place.head(key)
        if info is None:
            raise SourceNotFoundError(f"{url} is not there.")
        head = place.part(key, 0, min(size, info.size)) if info.size else b""
    return head, info.size, info.mark


def read_object(url: str) -> bytes:
    """All bytes of an object.

    Raises:
        SourceNotFoundError: there is no such object.
        ImageReadError: the bucket refuses, or does not answer.
    """
    with _told():
        place, key = object_of(url)
        found = place.read(key)
    if found is None:
        raise SourceNotFoundError(f"{url} is not there.")
    return found[0]


class FetchedFile:
    """A copy of an object on this disk, which goes when nobody holds it any more.

    Attributes:
        path: of the copy; it ends as the object does.

    Raises:
        SourceNotFoundError: there is no such object.
        ImageReadError: the bucket refuses, or the disk does.
    """

    def __init__(self, url: str) -> None:
        try:
            handle, name = tempfile.mkstemp(
                prefix="rsrag-", suffix=f"-{PurePosixPath(url).name}"
            )
            os.close(handle)
        except OSError as exc:
            raise ImageReadError(f"{url} cannot be brought here: {exc}") from exc
        self.path = Path(name)
        self.path.unlink()
        weakref.finalize(self, _remove, self.path)
        with _told():
            place, key = object_of(url)
            if place.head(key) is None:
                raise SourceNotFoundError(f"{url} is not there.")
            place.fetch(key, self.path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    """A bucket that fails is a picture that cannot be read, as a server that does."""
    try:
        yield
    except BucketError as exc:
        raise ImageReadError(str(exc), hint=exc.hint) from exc
