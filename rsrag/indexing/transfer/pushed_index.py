"""An index in a bucket: what is read of it, and how its objects are named.

    NAME/CURRENT                          name of the generation that is pulled
    NAME/TAGS.json                        tags, and the generations they name
    NAME/generations/000003-1a2b3c4d.json its files: path, bytes, sha256
    NAME/files/SHA256.parquet             a file, named by what is in it

A file that several generations share is there once. Nothing but ``CURRENT`` and
``TAGS.json`` is ever written twice, and these two by compare-and-swap.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rsrag.errors import (
    BucketError,
    IndexCorruptError,
    IndexMismatchError,
    IndexNotFoundError,
)
from rsrag.objects.object_port import Objects
from rsrag.plain_values import plain

LAYOUT = 1
"""Version of this layout."""

CURRENT = "CURRENT"
TAGS = "TAGS.json"
_NAME = re.compile(r"[0-9]{6}-[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PushedFile:
    """A file of a generation.

    Attributes:
        path: below the generation's folder.
        bytes: its size.
        sha256: hex digest of it.
    """

    path: str
    bytes: int
    sha256: str

    def key(self, index: str) -> str:
        """Of its object, below the place of all indexes."""
        return f"{index}/files/{self.sha256}{PurePosixPath(self.path).suffix}"


@dataclass(frozen=True, slots=True)
class PushedGeneration:
    """A generation in a bucket.

    Attributes:
        index: its name.
        summary: a line of ``rsrag index list``.
        files: all of them, by path.
        layout: version of the layout.
    """

    index: str
    summary: Mapping[str, Any]
    files: tuple[PushedFile, ...]
    layout: int = LAYOUT

    @property
    def data(self) -> bytes:
        """As it is written."""
        return json.dumps(dataclasses.asdict(self), indent=1).encode() + b"\n"

    @property
    def name(self) -> str:
        """Its number where it was built, and a digest of all of it."""
        digest = hashlib.sha256(self.data).hexdigest()[:16]
        return f"{self.summary['generation']:06d}-{digest}"

    @property
    def bytes(self) -> int:
        """Of its files."""
        return sum(file.bytes for file in self.files)


class PushedIndex:
    """An index in a place of objects.

    Args:
        place: that holds the indexes.
        name: of the index.
    """

    def __init__(self, place: Objects, name: str) -> None:
        self.place, self.name = place, name

    @property
    def address(self) -> str:
        """As it is pulled."""
        return f"{self.place.address}/{self.name}"

    def current(self) -> tuple[str | None, str | None]:
        """Name of the generation that is pulled, and the mark for a swap.

        Raises:
            BucketError: what stands there is no name.
        """
        found = self.place.read(f"{self.name}/{CURRENT}")
        if found is None:
            return None, None
        name = found[0].decode("ascii", "replace").strip()
        if not _NAME.fullmatch(name):
            raise self._odd(CURRENT, "it holds no generation's name")
        return name, found[1]

    def tags(self) -> tuple[dict[str, str], str | None]:
        """Tags and the generations they name, and the mark for a swap."""
        found = self.place.read(f"{self.name}/{TAGS}")
        if found is None:
            return {}, None
        try:
            tags = json.loads(found[0])
            if not all(_NAME.fullmatch(name) for name in tags.values()):
                raise ValueError("it names no generations")
        except (ValueError, AttributeError, TypeError, RecursionError) as exc:
            raise self._odd(TAGS, exc) from exc
        return tags, found[1]

    def find(self, tag: str | None) -> tuple[str, PushedGeneration]:
        """Name and content of the generation that a tag, or ``CURRENT``, names.

        Args:
            tag: a tag or the name of a generation; ``None`` for the current one.

        Raises:
            IndexNotFoundError: no such index, tag or generation.
        """
        if tag is not None and _NAME.fullmatch(tag):
            return tag, self.generation(tag)
        if tag is None:
            name = self.current()[0]
            tags: dict[str, str] = {}
        else:
            tags, _ = self.tags()
            name = tags.get(tag)
        if name is None and (tag is None or self.current()[0] is None):
            there = indexes_at(self.place)
            known = f"There are: {', '.join(there)}." if there else "There is none."
            raise IndexNotFoundError(
                f"No index {self.name!r} at {self.place.address}. {known}",
                hint=f"rsrag index push {self.name} {self.place.address}",
            )
        if name is None:
            known = ", ".join(sorted(tags)) or "none"
            raise IndexNotFoundError(
                f"{self.address} has no tag {tag!r}; there are: {known}.",
                hint=f"rsrag index pull {self.address}",
            )
        return name, self.generation(name)

    def generation(self, name: str) -> PushedGeneration:
        """A generation by its name; that its digest fits it is checked.

        Raises:
            IndexNotFoundError: it is not there.
            IndexCorruptError: it is not what was pushed.
            IndexMismatchError: a later rsrag pushed it.
        """
        key = f"{self.name}/generations/{name}.json"
        found = self.place.read(key)
        if found is None:
            raise IndexNotFoundError(f"{self.address} has no generation {name}.")
        try:
            data = json.loads(found[0])
            if data["layout"] != LAYOUT:
                raise IndexMismatchError(
                    f"{self.place.address}/{key} has layout {data['layout']!r}, this "
                    f"rsrag reads {LAYOUT}.",
                    hint="pip install --upgrade rsrag",
                )
            generation: PushedGeneration = plain(PushedGeneration, data)
            check_files(generation.files)
            if generation.name != name or generation.index != self.name:
                raise ValueError("it was changed: its digest is another")
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise IndexCorruptError(
                f"{self.place.address}/{key} is not what was pushed: {exc}.",
                hint=f"push it again: rsrag index push {self.name} "
                f"{self.place.address}",
            ) from exc
        return generation

    def _odd(self, file: str, why: object) -> BucketError:
        return BucketError(
            f"{self.address}/{file} is not of rsrag: {why}.",
            hint="remove it, or use another prefix",
        )


def check_files(files: Sequence[PushedFile]) -> None:
    """Refuse paths that lead out of a folder, and digests that are none.

    Raises:
        ValueError: naming the first.
    """
    for file in files:
        parts = PurePosixPath(file.path).parts
        good = parts and not file.path.startswith("/") and ".." not in parts
        if not good or "\\" in file.path or "\0" in file.path:
            raise ValueError(f"{file.path!r} leads elsewhere")
        if not _SHA256.fullmatch(file.sha256) or file.bytes < 0:
            raise ValueError(f"{file.path!r} has no sha256")


def indexes_at(place: Objects) -> list[str]:
    """Names of the indexes at a place."""
    return [name for name in place.folders() if place.head(f"{name}/{CURRENT}")]
