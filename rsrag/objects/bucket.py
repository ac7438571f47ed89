"""A prefix of a bucket as a place of objects, through obstore."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import BucketError
from rsrag.objects.addresses import Address
from rsrag.objects.bucket_errors import bucket_error
from rsrag.objects.credentials import allows_http, masked, store_options
from rsrag.objects.object_port import ObjectInfo, Objects

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_log = logging.getLogger(__name__)

WHOLE_BYTES = 64 << 20
"""A larger file is put in pieces, which no store does only if none is there yet."""

_BLOCK = 8 << 20
_RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_CLIENT: Any = {"connect_timeout": "10s", "timeout": "300s"}


class Bucket(Objects):
    """See :class:`rsrag.objects.object_port.Objects`; safe under threads.

    Args:
        place: bucket and prefix; nothing is asked of it yet.
    """

    def __init__(self, place: Address) -> None:
        self._place = place
        with self._told():
            self._store = _connect(place)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens it anew, with the keys that it has."""
        return Bucket, (self._place,)

    @property
    def address(self) -> str:
        """Without secrets: there are none in it."""
        return str(self._place)

    def head(self, key: str) -> ObjectInfo | None:
        """One request."""
        import obstore

        with self._told():
            try:
                return self._info(obstore.head(self._store, self._whole(key)))
            except FileNotFoundError as exc:
                self._refuse_no_bucket(exc)
                return None

    def read(self, key: str) -> tuple[bytes, str] | None:
        """One request."""
        import obstore

        with self._told():
            try:
                found = obstore.get(self._store, self._whole(key))
                return bytes(found.bytes()), found.meta["e_tag"] or ""
            except FileNotFoundError as exc:
                self._refuse_no_bucket(exc)
                return None

    def part(self, key: str, start: int, length: int) -> bytes:
        """One request."""
        import obstore

        with self._told():
            whole = self._whole(key)
            got = obstore.get_range(self._store, whole, start=start, length=length)
            return bytes(got)

    def create(self, key: str, data: bytes | Path) -> bool:
        """Put if absent; a large file is put in pieces after a look."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._told():
            if isinstance(data, Path) and data.stat().st_size > WHOLE_BYTES:
                if self.head(key) is not None:
                    return False
                obstore.put(self._store, self._whole(key), data, chunk_size=_BLOCK)
                return True
            try:
                obstore.put(self._store, self._whole(key), data, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def swap(self, key: str, data: bytes, mark: str | None) -> bool:
        """Put if the ETag is the one that is given."""
        import obstore
        from obstore.exceptions import PreconditionError

        if mark is None:
            return self.create(key, data)
        with self._told():
            try:
                version: Any = {"e_tag": mark}
                obstore.put(self._store, self._whole(key), data, mode=version)
            except (PreconditionError, FileNotFoundError):
                return False
            return True

    def fetch(self, key: str, path: Path) -> str:
        """Stream an object into a file."""
        import obstore

        digest = hashlib.sha256()
        with self._told():
            found = obstore.get(self._store, self._whole(key))
            with path.open("xb") as file:
                for block in found.stream(min_chunk_size=_BLOCK):
                    view = memoryview(block)
                    digest.update(view)
                    file.write(view)
                file.flush()
                os.fsync(file.fileno())
        return digest.hexdigest()

    def below(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Pages of a thousand, put in order."""
        import obstore

        with self._told():
            pages = obstore.list(self._store, self._whole(prefix) or None)
            found = [self._info(each) for page in pages for each in page]
        yield from sorted(found, key=lambda info: info.key)

    def folders(self) -> list[str]:
        """What stands before the first slash."""
        import obstore

        with self._told():
            below = obstore.list_with_delimiter(self._store, self._place.prefix or None)
            found = below["common_prefixes"]
        return sorted(name.rstrip("/").rpartition("/")[2] for name in found)

    def remove(self, key: str) -> None:
        """Remove an object."""
        import obstore

        with self._told():
            try:
                obstore.delete(self._store, self._whole(key))
            except FileNotFoundError:
                return

    def check_swaps(self) -> None:
        """Put one object twice, and swap it with a mark that it does not have."""
        key = f"rsrag-probe-{os.urandom(8).hex()}"
        first = self.create(key, b"1")
        try:
            again = self.create(key, b"2")
            stale = self.swap(key, b"3", '"00000000000000000000000000000000"')
        finally:
            self.remove(key)
        if not first or again or stale:
            raise BucketError(
                f"{self.address}: the server overwrites an object where it was asked "
                "to put one only if none is there (If-None-Match, If-Match). Two "
                "writers could undo each other's work there.",
                hint="use a server with conditional writes, as Amazon S3, Google, "
                "Azure, MinIO, Ceph and SeaweedFS have, or a folder",
            )

    def _whole(self, key: str) -> str:
        return f"{self._place.prefix}/{key}".strip("/")

    def _info(self, meta: Any) -> ObjectInfo:
        key = meta["path"].removeprefix(f"{self._place.prefix}/")
        changed = int(meta["last_modified"].timestamp() * 1_000_000) * 1_000
        return ObjectInfo(key, meta["size"], meta["e_tag"] or str(changed), changed)

    def _refuse_no_bucket(self, exc: Exception) -> None:
        """A bucket that is not there is no missing object."""
        if "NoSuchBucket" in str(exc) or "ContainerNotFound" in str(exc):
            raise exc

    @contextmanager
    def _told(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError, ValueError) as exc:
            _log.debug("%s: %s", self.address, masked(str(exc)))
            raise bucket_error(self._place, exc) from exc


def _connect(place: Address) -> "ObjectStore":
    from obstore.store import AzureStore, GCSStore, S3Store

    options: Any = store_options(place.scheme)
    client = {**_CLIENT, "allow_http": allows_http(place.scheme)}
    kind: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[place.scheme]
    store: ObjectStore = kind(
        place.bucket, client_options=client, retry_config=_RETRIES, **options
    )
    return store
