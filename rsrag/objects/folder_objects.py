"""A folder as a place of objects: finished files appear by a link."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rsrag.durable import DRAFT, FileDraft, file_sha256, staged, sync_folder
from rsrag.errors import BucketError
from rsrag.objects.object_port import ObjectInfo, Objects


class FolderObjects(Objects):
    """See :class:`rsrag.objects.object_port.Objects`.

    Several processes may use it at once, on one disk or over NFS.

    Args:
        folder: absolute; it is made when something is put there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self._folder)

    def head(self, key: str) -> ObjectInfo | None:
        """Of a file; the mark is its time of change and size."""
        with self._told():
            path = self._folder / key
            return _info(key, path) if path.is_file() else None

    def read(self, key: str) -> tuple[bytes, str] | None:
        """All bytes, and a mark."""
        with self._told():
            try:
                with (self._folder / key).open("rb") as file:
                    status = os.fstat(file.fileno())
                    return file.read(), _mark(status)
            except FileNotFoundError:
                return None

    def part(self, key: str, start: int, length: int) -> bytes:
        """Read from a file."""
        with self._told(), (self._folder / key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def create(self, key: str, data: bytes | Path) -> bool:
        """Link a finished file to its name, which fails where one stands."""
        with self._told():
            path = self._folder / key
            if path.exists():
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = FileDraft(path, shared=True)
            try:
                _write(draft.path, data)
                try:
                    path.hardlink_to(draft.path)
                except FileExistsError:
                    return False
                sync_folder(path.parent)
                return True
            finally:
                draft.discard()

    def swap(self, key: str, data: bytes, mark: str | None) -> bool:
        """Replace a file, under a lock that only swaps take."""
        from filelock import FileLock

        with self._told():
            path = self._folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_name(f"{DRAFT}.{path.name}.lock")):
                there = self.read(key)
                if (there[1] if there else None) != mark:
                    return False
                with staged(path, shared=True) as draft:
                    _write(draft, data)
                return True

    def fetch(self, key: str, path: Path) -> str:
        """Copy a file."""
        with self._told(), (self._folder / key).open("rb") as source:
            with path.open("xb") as target:
                while block := source.read(1 << 22):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            return file_sha256(path)

    def below(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Files below a folder, without drafts."""
        with self._told():
            root = self._folder / prefix
            found = sorted(
                (path.relative_to(self._folder).as_posix(), path)
                for path in root.rglob("*")
                if path.is_file() and not path.name.startswith(DRAFT)
            )
            yield from (_info(key, path) for key, path in found)

    def folders(self) -> list[str]:
        """Names of the folders in it."""
        with self._told():
            if not self._folder.is_dir():
                return []
            return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def remove(self, key: str) -> None:
        """Remove a file."""
        with self._told():
            (self._folder / key).unlink(missing_ok=True)

    def check_swaps(self) -> None:
        """A disk keeps them."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise BucketError(
                f"{self._folder} cannot be used: {exc}.",
                hint="see to the disk, and to who may write there",
            ) from exc


def _write(path: Path, data: bytes | Path) -> None:
    with path.open("xb") as file:
        file.write(data.read_bytes() if isinstance(data, Path) else data)
        file.flush()
        os.fsync(file.fileno())


def _mark(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _info(key: str, path: Path) -> ObjectInfo:
    status = path.stat()
    return ObjectInfo(key, status.st_size, _mark(status), status.st_mtime_ns)
