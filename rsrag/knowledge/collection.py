"""A collection: a folder of landmarks, facts and passages, as JSONL.

    knowledge/NAME/
        landmarks.jsonl   facts.jsonl   passages.jsonl

One record a line, sorted by id, so that equal records are equal bytes. Files that
would not change are not touched, so that nothing built from them is stale.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rsrag.durable import FileDraft, sync_file
from rsrag.errors import ConfigError, KnowledgeError
from rsrag.knowledge.record_schema import from_json, to_line
from rsrag.records import Fact, Landmark, Passage, Record

FILES: dict[str, type] = {
    "landmarks.jsonl": Landmark,
    "facts.jsonl": Fact,
    "passages.jsonl": Passage,
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOCK_S = 30
# A quote inside a text has a backslash before it, so this is always the key.
_LICENCE = re.compile(rb'(?<!\\)"licence"\s*:\s*"((?:[^"\\]|\\.)*)"')

R = TypeVar("R", Landmark, Fact, Passage)
Roots = Path | Sequence[Path]
"""Folders of collections, or collections; a later one comes before an earlier one."""


@dataclass(frozen=True, slots=True)
class Records:
    """What a collection holds, or an import gives."""

    landmarks: tuple[Landmark, ...] = ()
    facts: tuple[Fact, ...] = ()
    passages: tuple[Passage, ...] = ()

    def __len__(self) -> int:
        return len(self.landmarks) + len(self.facts) + len(self.passages)

    @property
    def groups(self) -> tuple[Sequence[Record], Sequence[Record], Sequence[Record]]:
        """Landmarks, facts, passages."""
        return self.landmarks, self.facts, self.passages


def collection_path(root: Path, name: str) -> Path:
    """Folder of a collection; a name that could lead outside ``root`` is refused."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"Collection name {name!r} is not good: use letters, digits, '.', '_' and "
            "'-', at most 100, starting with a letter or digit."
        )
    return root / name


def as_roots(given: Roots) -> tuple[Path, ...]:
    """One folder, or several, as several."""
    return (given,) if isinstance(given, Path) else tuple(given)


def list_collections(root: Path) -> list[Path]:
    """Folders in ``root`` that hold records, by name; none if it is not there."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if is_collection(path))


def is_collection(path: Path) -> bool:
    """Whether the folder holds at least one file of records."""
    return not path.name.startswith(".") and any(
        (path / name).is_file() for name in FILES
    )


def read_collection(path: Path) -> Records:
    """Read and check all records; an empty folder gives none.

    Raises:
        KnowledgeError: naming file, line, field and value; also for an id that stands
            twice.
    """
    return Records(
        tuple(_read(path / "landmarks.jsonl", Landmark)),
        tuple(_read(path / "facts.jsonl", Fact)),
        tuple(_read(path / "passages.jsonl", Passage)),
    )


def _read(path: Path, kind: type[R]) -> Iterator[R]:
    if not path.is_file():
        return
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                where = f"{path}, line {number}"
                try:
                    data = json.loads(line)
                except (ValueError, RecursionError) as exc:
                    raise KnowledgeError(f"{where} is not JSON: {exc}.") from exc
                record = from_json(kind, data, where)
                if record.id in seen:
                    raise KnowledgeError(f"{where}: id {record.id} stands twice.")
                seen.add(record.id)
                yield record
    except UnicodeDecodeError as exc:
        raise KnowledgeError(f"{path} is not UTF-8: {exc}.") from exc
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be read: {exc}.") from exc


def write_collection(path: Path, records: Records) -> bool:
    """Write a collection, and tell whether any byte changed.

    Each file is replaced whole, or not touched if it is equal.

    Raises:
        KnowledgeError: the folder cannot be written.
    """
    drafts: list[FileDraft] = []
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name, group in zip(FILES, records.groups, strict=True):
            target = path / name
            by_id = sorted((record.id, to_line(record)) for record in group)
            data = "".join(f"{line}\n" for _, line in by_id).encode()
            if target.is_file() and target.read_bytes() == data:
                continue
            if not data and not target.exists():
                continue
            draft = FileDraft(target)
            drafts.append(draft)
            draft.path.write_bytes(data)
            sync_file(draft.path)
        for draft in drafts:
            draft.publish()
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be written: {exc}.") from exc
    finally:
        for draft in drafts:
            draft.discard()
    return bool(drafts)


def collection_summary(path: Path) -> dict[str, Any]:
    """Counts, licences and size of a collection, without reading every record.

    Returns:
        ``name``, ``path``, ``landmarks``, ``facts``, ``passages``, ``licences`` (those
        of most records first), ``bytes``.

    Raises:
        KnowledgeError: a file cannot be read.
    """
    counts: dict[str, int] = {}
    licences: Counter[str] = Counter()
    size = 0
    for file in FILES:
        try:
            data = (path / file).read_bytes() if (path / file).is_file() else b""
        except OSError as exc:
            raise KnowledgeError(f"{path / file} cannot be read: {exc}.") from exc
        counts[file.removesuffix(".jsonl")] = sum(map(bool, data.split(b"\n")))
        licences.update(
            json.loads(f'"{word.decode(errors="replace")}"')
            for word in _LICENCE.findall(data)
        )
        size += len(data)
    ranked = sorted(licences, key=lambda licence: (-licences[licence], licence))
    return {
        "name": path.resolve().name,
        "path": str(path.absolute()),
        **counts,
        "licences": ranked,
        "bytes": size,
    }


@contextmanager
def locked(path: Path, *, wanted: bool = True) -> Iterator[None]:
    """Keep other imports into the same collection waiting, or lock nothing.

    Raises:
        KnowledgeError: another one holds it for longer than half a minute.
    """
    from filelock import FileLock, Timeout

    if not wanted:
        yield
        return
    lock = FileLock(path.parent / f".{path.name}.lock", timeout=_LOCK_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as exc:
        raise KnowledgeError(
            f"Another process is writing {path}.", hint="wait for it, then try again"
        ) from exc
    except OSError as exc:
        raise KnowledgeError(f"{path} cannot be written: {exc}.") from exc
    try:
        yield
    finally:
        lock.release()
