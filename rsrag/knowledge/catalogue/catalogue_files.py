"""Places of catalogues' files, and whether a file is still good."""

import hashlib
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path

from rsrag.cache import cache_folder
from rsrag.durable import DRAFT, file_sha256
from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import (
    FILES,
    Roots,
    as_roots,
    is_collection,
    list_collections,
)

LAYOUT = 3
"""Version of the tables; a file of another one is built anew."""

_ABANDONED_S = 3600
_MAGIC = b"SQLite format 3\0"


def collections_of(roots: Roots) -> list[Path]:
    """The collections under some folders, and those folders that are one themselves.

    Of two with one name, the one from the later folder is taken. The last of several
    folders may be missing, as a user's own is until something is imported.

    Raises:
        KnowledgeError: a folder is not there, or no collection is.
    """
    hint = "import some: rsrag knowledge import SOURCE --name NAME"
    folders = as_roots(roots)
    for folder in folders[:-1] or folders:
        if not folder.is_dir():
            raise KnowledgeError(f"There is no knowledge at {folder}.", hint=hint)
    found = collections_by_name(roots)
    if not found:
        where = ", ".join(map(str, folders))
        raise KnowledgeError(f"{where} holds no collection of knowledge.", hint=hint)
    return [found[name][-1] for name in sorted(found)]


def collections_by_name(roots: Roots) -> dict[str, list[Path]]:
    """All collections of each name; the last of them is taken, if there are several."""
    found: dict[str, list[Path]] = {}
    for folder in as_roots(roots):
        try:
            inside = [folder] if is_collection(folder) else list_collections(folder)
        except OSError as exc:
            raise KnowledgeError(f"{folder} cannot be read: {exc}.") from exc
        for path in inside:
            found.setdefault(path.resolve().name, []).append(path)
    return found


def files_of(collections: Iterable[Path]) -> list[Path]:
    """The JSONL files that are there, in order."""
    paths = (path / name for path in collections for name in FILES)
    return [path for path in paths if path.is_file()]


def stamp_of(files: Iterable[Path]) -> str:
    """A hash that differs when a file was written, added or removed."""
    digest = hashlib.sha256()
    for path in files:
        try:
            state = path.stat()
        except OSError as exc:
            raise KnowledgeError(f"{path} cannot be read: {exc}.") from exc
        line = f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ino}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:24]


def fingerprint_of(files: Iterable[Path]) -> str:
    """A hash of the names and bytes of the files: equal wherever they lie."""
    digest = hashlib.sha256()
    for path in files:
        line = f"{path.parent.name}/{path.name}\0{file_sha256(path)}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def cache_path(roots: Roots, stamp: str) -> Path:
    """The catalogue's file for one state of some folders of knowledge."""
    folder = cache_folder() / "catalogues"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise KnowledgeError(
            f"{folder} cannot be made: {exc}.",
            hint="set XDG_CACHE_HOME to a folder that can be written",
        ) from exc
    resolved = b"\0".join(os.fsencode(root.resolve()) for root in as_roots(roots))
    place = hashlib.sha256(resolved).hexdigest()[:24]
    return folder / f"{place}-{stamp}.{LAYOUT}.sqlite"


def remove_others(path: Path) -> None:
    """Remove files of other states of the same root, and builds that were killed."""
    place = path.name.partition("-")[0]
    others = [file for file in path.parent.glob(f"{place}-*.sqlite") if file != path]
    for file in path.parent.glob(f"{DRAFT}*"):
        try:
            if time.time() - file.stat().st_mtime > _ABANDONED_S:
                others.append(file)
        except FileNotFoundError:
            continue  # it was finished just now
    for file in others:
        try:
            file.unlink(missing_ok=True)
        except PermissionError:
            continue  # Windows: another process has it open


def is_sound(path: Path) -> bool:
    """Whether a file has a database's head and length; damage inside shows later."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 100 or not head.startswith(_MAGIC):
        return False
    page: int = struct.unpack(">H", head[16:18])[0]
    pages: int = struct.unpack(">I", head[28:32])[0]
    return size > 0 and size == (65536 if page == 1 else page) * pages
