"""An index directory and its generations.

    indexes/NAME/
        CURRENT                  the number of the generation that readers open
        TAGS.json                names of generations that are never removed
        LOCK, WRITER             held by the process that writes, and its name
        generations/000001/      manifest.json, report.json, parts/SPACE/, store/
        building/                what a build has finished so far

A build writes into ``building``, which no reader looks at, then renames it to
a new generation and replaces ``CURRENT``: one atomic step, so a reader sees the
old index whole or the new one whole.
"""

import logging
import re
import shutil
from collections.abc import Iterator, Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rsrag.durable import sync_folder, write_atomically
from rsrag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    IndexNotFoundError,
)
from rsrag.indexing.format.index_kinds import IMAGERY, KNOWLEDGE
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import index_kind, read_manifest
from rsrag.indexing.format.tags import own_tags, read_tags
from rsrag.indexing.generations.leftovers import mark, mend, sweep
from rsrag.indexing.generations.lock import hold, writing_errors

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KEEP = 2
"""Generations that stay after a switch: the new one, and one to go back to."""


@dataclass(frozen=True, slots=True)
class IndexDirectory:
    """Paths of one index; making one touches no disk.

    Attributes:
        root: folder of all indexes.
        name: letters, digits, ``.``, ``_``, ``-``.
    """

    root: Path
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"Index name {self.name!r} is not good: use letters, digits, '.', '_' "
                "and '-', at most 100, starting with a letter or digit."
            )

    @property
    def path(self) -> Path:
        """Folder of the index."""
        return self.root / self.name

    @property
    def building(self) -> Path:
        """Where a build works; left behind only by one that was stopped."""
        return self.path / "building"

    def generation_path(self, number: int) -> Path:
        """Folder of one generation."""
        return self.path / "generations" / f"{number:06d}"

    def current(self, kind: str = IMAGERY) -> int:
        """Number of the generation that readers open; ``kind`` is for the error.

        Raises:
            IndexNotFoundError: no such index; names those that there are.
            IndexCorruptError: ``CURRENT`` is unreadable or points nowhere.
        """
        pointer = self.path / "CURRENT"
        try:
            text = pointer.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise self._not_found(kind) from None
        except (OSError, ValueError) as exc:
            raise IndexCorruptError(f"{pointer} cannot be read: {exc}") from exc
        known = text.isdecimal() and len(text) < 10
        if not known or not self.generation_path(int(text)).is_dir():
            raise IndexCorruptError(
                f"{pointer} says {text[:20]!r}, and there is no such generation.",
                hint=f"write the number of a folder in {self.path}/generations there",
            )
        return int(text)

    def exists(self) -> bool:
        """Whether there is an index that can be opened."""
        return (self.path / "CURRENT").is_file()

    def current_path(self, kind: str = IMAGERY) -> Path:
        """Folder of the generation that readers open; see :meth:`current`."""
        return self.generation_path(self.current(kind))

    def read_manifest(self, kind: str | None = None) -> Manifest:
        """The current generation's manifest, of the kind that is given, if any."""
        return read_manifest(self.current_path(), kind)

    def next_number(self) -> int:
        """A number that no generation has."""
        return max(self.numbers(), default=0) + 1

    def kind(self) -> str | None:
        """``imagery`` or ``knowledge``; ``None`` if it is not there, or broken."""
        with suppress(IndexingError):
            return index_kind(self.current_path())
        return None

    def check_kind(self, kind: str) -> None:
        """Refuse to write an index of one kind over one of another.

        Raises:
            IndexMismatchError: naming both kinds.
        """
        there = self.kind()
        if there not in (None, kind):
            raise IndexMismatchError(
                f"{self.path} is an index of {there}; an index of {kind} needs "
                "another name.",
                hint=f"--name {self.name}-{kind}",
            )

    def switch(self, number: int) -> list[Manifest]:
        """Make ``building`` generation ``number`` and switch readers to it.

        Only then what the run has left is removed. Of the older generations, those with
        a tag and the one that was read until now stay, and newer ones up to
        :data:`KEEP`; the others are removed.

        Returns:
            Manifests of those that went, as far as they could be read.
        """
        target = self.generation_path(number)
        target.parent.mkdir(parents=True, exist_ok=True)
        mark(self.building)
        self.building.replace(target)
        sync_folder(target.parent)
        before: set[int] = set()
        with suppress(IndexingError):
            before = {self.current()}
        self.point(number)
        with suppress(OSError):  # What stays is swept by the next writer.
            sweep(target)
        return self.prune(KEEP, before)

    def point(self, number: int) -> None:
        """Let readers open another generation, in one step."""
        write_atomically(self.path / "CURRENT", f"{number:06d}\n")
        _log.info("index %s: generation %06d is current", self.name, number)

    def numbers(self) -> list[int]:
        """Numbers of all generations, ascending."""
        folder = self.path / "generations"
        return sorted(int(p.name) for p in folder.glob("[0-9]*") if p.name.isdecimal())

    def prune(
        self, keep: int, spared: AbstractSet[int] = frozenset()
    ) -> list[Manifest]:
        """Remove generations that nobody needs.

        The current one, those with a tag and those spared stay, and the newest, until
        ``keep`` stand there.

        Returns:
            Manifests of those that went, as far as they could be read.
        """
        tagged = {*read_tags(self.path).values(), *own_tags(self.path).values()}
        stay = {self.current(), *spared, *tagged}
        for number in reversed(self.numbers()):
            if len(stay) >= keep:
                break
            stay.add(number)
        gone = []
        for number in sorted(set(self.numbers()) - stay):
            old = self.generation_path(number)
            with suppress(IndexingError):
                gone.append(read_manifest(old))
            shutil.rmtree(old, ignore_errors=True)
        return gone

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index for writing; readers are never held up.

        Raises:
            IndexLockedError: another process holds it, and which.
            IndexingError: the disk refuses, at any moment until the end.
        """
        with writing_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with hold(self.path, self.name):
                with suppress(IndexCorruptError):
                    current = self.current() if self.exists() else None
                    mend(self.building, self.path / "generations", current)
                yield

    def _not_found(self, kind: str) -> IndexNotFoundError:
        names = list_indexes(self.root, kind)
        known = f"There are: {', '.join(names)}." if names else "There are none yet."
        what, hint = "index", f"rsrag index build SOURCE --name {self.name}"
        if kind == KNOWLEDGE:
            what, hint = "knowledge index", "rsrag index build-knowledge"
            hint += "" if self.name == KNOWLEDGE else f" --name {self.name}"
        elif names:
            hint = "rsrag index list"
        return IndexNotFoundError(
            f"No {what} {self.name!r} in {self.root.absolute()}. {known}", hint=hint
        )


def list_indexes(root: Path, kind: str | None = None) -> list[str]:
    """Names of the indexes in a folder, sorted; none if it is not there.

    Args:
        root: the folder.
        kind: only ``imagery`` or ``knowledge``; a broken index counts as imagery.
    """
    if not root.is_dir():
        return []
    names = sorted(p.parent.name for p in root.glob("*/CURRENT") if p.is_file())
    if kind is None:
        return names
    # A folder that rsrag would not have named so is no index of any kind.
    good = [name for name in names if _NAME.fullmatch(name)]
    return [n for n in good if (IndexDirectory(root, n).kind() or IMAGERY) == kind]
