"""The port to a place of objects: a prefix of a bucket, or a folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as its store describes it.

    Attributes:
        key: below the place, with ``/`` between its parts.
        size: bytes.
        mark: tells one version of it from another: an ETag, or a time.
        changed_ns: nanoseconds since 1970.
    """

    key: str
    size: int
    mark: str
    changed_ns: int


class Objects(Protocol):
    """A place of objects. Each is there whole or not at all.

    All methods raise :class:`rsrag.errors.BucketError` where the place refuses or
    cannot be reached; no message holds a secret.
    """

    @property
    def address(self) -> str:
        """How it may be shown."""
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object; ``None`` if there is none."""
        ...

    def read(self, key: str) -> tuple[bytes, str] | None:
        """All bytes of an object and its mark; ``None`` if there is none."""
        ...

    def part(self, key: str, start: int, length: int) -> bytes:
        """Some bytes of an object that is there, at least one."""
        ...

    def create(self, key: str, data: bytes | Path) -> bool:
        """Put an object where none is; ``False`` if one is there, which stays."""
        ...

    def swap(self, key: str, data: bytes, mark: str | None) -> bool:
        """Put an object in place of the version that has ``mark``.

        Args:
            mark: ``None`` where none may be there.

        Returns:
            ``False``, with nothing changed, if another version stands there.
        """
        ...

    def fetch(self, key: str, path: Path) -> str:
        """Write an object to a new file, synced; gives the hex sha256 of its bytes."""
        ...

    def below(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Objects below a folder of the place (``""``: all), ascending by key."""
        ...

    def folders(self) -> list[str]:
        """Names of the folders at its top, ascending."""
        ...

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""
        ...

    def check_swaps(self) -> None:
        """Refuse a place that does not keep what :meth:`create` and :meth:`swap` say.

        Raises:
            BucketError: it overwrites where it must not.
        """
        ...
