"""The directory of a row store: three growing files, and the small one that rules them.

``store.json`` says how many bytes of each file count. It is replaced in one step, so a
kill at any moment leaves the state of the last ``flush`` readable.

    store.json       what counts, written last
    vectors.f32      little-endian float32, C order, row after row
    payload.arrows   Arrow IPC stream without end mark
    dead.i64         little-endian int64 numbers of rows deleted or replaced
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.durable import write_atomically
from rsrag.errors import StoreError
from rsrag.plain_values import plain
from rsrag.stores.files.append_file import AppendFile
from rsrag.stores.files.demands import check_dim

FORMAT = 1
STATE = "store.json"
_NAMES = {"vectors": "vectors.f32", "payload": "payload.arrows", "dead": "dead.i64"}


@dataclass(frozen=True, slots=True)
class _State:
    """What ``store.json`` holds: of each file, bytes that count and their CRC-32."""

    format: int
    kind: str
    dim: int
    rows: int
    files: Mapping[str, tuple[int, int]]
    extra: Mapping[str, Any]

    def __post_init__(self) -> None:
        sizes = [size for size, _ in self.files.values()]
        if self.dim < 1 or self.rows < 0 or min(sizes, default=0) < 0:
            raise ValueError(f"{self.rows} rows of {self.dim}, files of {sizes} bytes")


class RowFiles:
    """The files of one store, opened at the last state that was committed.

    Attributes:
        path: the directory.
        kind: name of the store's class of files (``exact``, ``faiss``).
        dim: width of the vectors.
        rows: rows that count, deleted ones included.
        extra: what the kind keeps besides, JSON.
        hint: how to repair the store, for errors.
    """

    def __init__(self, path: Path, state: dict[str, Any]) -> None:
        counted = plain(_State, {"format": FORMAT, **state})
        self.path, self.kind = path, counted.kind
        self.dim, self.rows = counted.dim, counted.rows
        self.extra: dict[str, Any] = dict(counted.extra)
        self.hint = repair(self.kind)
        opened = {}
        for key, name in _NAMES.items():
            size, crc = counted.files[name]
            opened[key] = AppendFile(path / name, size, crc, self.hint)
        self.vectors, self.payload = opened["vectors"], opened["payload"]
        self.dead = opened["dead"]
        if self.vectors.size != self.rows * self.dim * 4:
            raise StoreError(
                f"{path / STATE} counts {self.rows} rows of {self.dim} float32 and "
                f"{self.vectors.size} bytes, which do not agree.",
                hint=self.hint,
            )

    @classmethod
    def create(cls, path: Path, kind: str, dim: int) -> "RowFiles":
        """Make an empty store in a new or empty directory.

        Raises:
            StoreError: ``dim`` below 1, a store there already, or no right to write.
        """
        check_dim(dim)
        if (path / STATE).exists():
            raise StoreError(
                f"{path} holds a store already.",
                hint="open it, or give another directory",
            )
        names = dict.fromkeys(_NAMES.values(), (0, 0))
        state = {"kind": kind, "dim": dim, "rows": 0, "files": names, "extra": {}}
        try:
            path.mkdir(parents=True, exist_ok=True)
            files = cls(path, state)
            files.commit()
        except OSError as exc:
            raise StoreError(
                f"{path} cannot be made a store: {exc}",
                hint="free some disk space, or give another --indexes directory",
            ) from exc
        return files

    @classmethod
    def open(cls, path: Path, kind: str) -> "RowFiles":
        """Open the last committed state.

        Raises:
            StoreError: no store there, of another kind or format, or damaged.
        """
        file = path / STATE
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
            if state["format"] != FORMAT:
                raise StoreError(
                    f"{file} is of format {state['format']}, this is {FORMAT}.",
                    hint=repair(kind),
                )
            if state["kind"] != kind:
                raise StoreError(
                    f"{path} holds a store of kind {state['kind']}, not {kind}.",
                    hint=f"open it with --store {state['kind']}",
                )
            return cls(path, state)
        except FileNotFoundError as exc:
            raise StoreError(f"No store at {path}.", hint=repair(kind)) from exc
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            OverflowError,
            RecursionError,
        ) as exc:
            raise StoreError(
                f"{file} cannot be read: {type(exc).__name__} {exc}", hint=repair(kind)
            ) from exc

    def commit(self) -> None:
        """Sync the files, then let the new state count in one step."""
        files = (self.vectors, self.payload, self.dead)
        for file in files:
            file.sync()
        state = {
            "format": FORMAT,
            "kind": self.kind,
            "dim": self.dim,
            "rows": self.rows,
            "files": {file.path.name: [file.size, file.crc] for file in files},
            "extra": self.extra,
        }
        write_atomically(self.path / STATE, json.dumps(state, indent=1).encode())

    def verify(self) -> None:
        """Compare the checksums of all files; ``StoreError`` names one that differs."""
        for file in (self.vectors, self.payload, self.dead):
            file.verify()

    def close(self) -> None:
        """Let go of all files."""
        for file in (self.vectors, self.payload, self.dead):
            file.close()


def repair(kind: str) -> str:
    """The command that makes a store again from the index's own parts."""
    return f"rsrag index rebuild NAME --store {kind} makes it again from the index"
