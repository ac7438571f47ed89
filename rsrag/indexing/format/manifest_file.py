"""``manifest.json``: written, and read as if anybody might have written it."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rsrag.durable import file_sha256, write_atomically
from rsrag.errors import IndexCorruptError, IndexMismatchError
from rsrag.indexing.format.build_report import FILE as REPORT
from rsrag.indexing.format.index_kinds import FORMAT_VERSION, IMAGERY, KNOWLEDGE, SPACES
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.origins import Imagery, Records
from rsrag.indexing.format.parts import index_of
from rsrag.indexing.format.rebuild_commands import command_of_old
from rsrag.plain_values import check_file_name, plain

FILE = "manifest.json"

_DIGEST = "digest"
_ORIGINS: Mapping[str, type[Imagery | Records]] = {IMAGERY: Imagery, KNOWLEDGE: Records}


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write and sync ``manifest.json`` in a generation's folder, behind its report."""
    if (folder / REPORT).exists():
        digest = file_sha256(folder / REPORT)
        manifest = dataclasses.replace(manifest, report_sha256=digest)
    data = dataclasses.asdict(manifest)
    sealed = {**data, _DIGEST: _digest(data)}
    text = json.dumps(sealed, indent=2, ensure_ascii=False)
    write_atomically(folder / FILE, text + "\n")


def _digest(data: Mapping[str, Any]) -> str:
    """Of all values but itself: a flipped bit in a number is still a number."""
    values = {name: value for name, value in data.items() if name != _DIGEST}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def index_kind(folder: Path) -> str | None:
    """What the generation in a folder holds, whatever its format version.

    Returns:
        ``imagery`` or ``knowledge``; ``None`` if the manifest cannot be read.
    """
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return str(data.get("kind", IMAGERY))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def read_manifest(folder: Path, kind: str | None = None) -> Manifest:
    """Read the manifest of a generation, which must be of a kind if one is given.

    Raises:
        IndexCorruptError: missing, not JSON, or fields missing or of a wrong type.
        IndexMismatchError: an index of another kind, or of another format version,
            with the command that makes it again.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["format_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise _corrupt(path, f"cannot be read: {exc!r}") from exc
    if version != FORMAT_VERSION:
        raise IndexMismatchError(
            f"{path} has format version {version!r}, this rsrag reads "
            f"{FORMAT_VERSION}.",
            hint=_way_out(data, version),
        )
    if _DIGEST in data and data.pop(_DIGEST) != _digest(data):
        raise _corrupt(path, "was changed or damaged: its digest is another")
    try:
        manifest = _from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise _corrupt(path, f"is not a manifest: {exc!r}") from exc
    if kind is not None:
        manifest.expect(kind)
    return manifest


def _corrupt(path: Path, what: str) -> IndexCorruptError:
    name = index_of(path)
    return IndexCorruptError(
        f"{path} {what}",
        hint=f"rsrag index rollback {name} goes back to the generation before it; "
        f"without one, make it again under --name {name}",
    )


def _way_out(data: Any, version: object) -> str:
    with suppress(KeyError, TypeError, AttributeError, ValueError):
        if version == 1:
            return command_of_old(data)
        if version == 2:  # Its chips did not say what they were placed and dated by.
            fresh = {"uniform": 0} if data["kind"] == IMAGERY else {}
            origin = {**data["origin"], **fresh}
            data = {name: value for name, value in data.items() if name != _DIGEST}
            return _from_json({**data, "origin": origin}).build_again()
    return "pip install --upgrade rsrag, or make the index again"


def _from_json(data: Any) -> Manifest:
    kind = data["kind"]
    origin: Imagery | Records = plain(_ORIGINS[kind], data["origin"])
    manifest = plain(Manifest, {**data, "origin": origin})
    if not manifest.spaces or set(manifest.spaces) - set(SPACES[kind]):
        raise ValueError(f"spaces {sorted(manifest.spaces)} of an index of {kind}")
    for space in manifest.spaces.values():
        if space.encoder.dim < 1 or any(part.rows < 0 for part in space.parts):
            raise ValueError("dim and rows must be positive")
        if sum(part.rows for part in space.parts) != space.rows:
            raise ValueError("the parts' rows do not add up to the count of vectors")
        for part in space.parts:
            check_file_name(part.file)
    if isinstance(origin, Imagery) and origin.imported is not None:
        said = origin.imported.get("layout"), origin.imported.get("pixels")
        if (type(said[0]), type(said[1])) != (str, bool):
            raise TypeError(f"imported is {origin.imported!r}")
    return manifest
