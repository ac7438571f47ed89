"""Pickles of plain values, and of nothing else."""

import io
import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from rsrag.errors import ConfigError

LARGEST = 1 << 24
"""Bytes of a pickle."""
_PLAIN = re.compile(
    "PROTO|FRAME|STOP|MARK|POP|POP_MARK|DUP|NONE|NEWTRUE|NEWFALSE|INT|LONG[14]?"
    "|BININT[12]?|(BIN)?FLOAT|(SHORT_)?(BIN)?STRING|(SHORT_)?BINUNICODE8?|UNICODE"
    "|EMPTY_(LIST|TUPLE|DICT)|LIST|TUPLE[123]?|DICT|APPENDS?|SETITEMS?|MEMOIZE"
    "|((LONG_)?BIN)?(PUT|GET)"
)
"""Opcodes that make texts, numbers, lists, tuples and mappings. All others, those
that name, find or call something, are refused before anything is unpickled."""


class _NoNames(pickle.Unpickler):
    """Finds no class and no function, whatever is asked."""

    def find_class(self, module_name: str, global_name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for what is kept as {pid!r}")


def load_plain(data: bytes, where: str) -> Any:
    """The value of a pickle that holds plain values only; tuples become lists.

    Raises:
        ConfigError: code or objects are in it, it is broken, deeper than JSON can be,
            or larger than :data:`LARGEST`.
    """
    if len(data) > LARGEST:
        raise ConfigError(f"{where} has {len(data):,} bytes; {LARGEST:,} are read.")
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if not _PLAIN.fullmatch(opcode.name):
                raise ConfigError(
                    f"{where} was refused: the pickle holds {opcode.name}, which is "
                    "more than plain values."
                )
            if opcode.name.endswith("PUT") and int(argument or 0) > number:
                raise ConfigError(f"{where} was refused: it counts further than it is.")
        return _as_json(_NoNames(io.BytesIO(data)).load(), where, 0)
    except ConfigError:
        raise
    except (
        pickle.UnpicklingError,
        EOFError,
        MemoryError,
        RecursionError,
        UnicodeDecodeError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        KeyError,
        OverflowError,
    ) as exc:
        raise ConfigError(f"{where} is no pickle that can be read: {exc}") from exc


def _as_json(value: Any, where: str, depth: int) -> Any:
    if depth > 50:
        raise ConfigError(f"{where} was refused: it is deeper than 50 levels.")
    if isinstance(value, dict):
        return {str(key): _as_json(one, where, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(one, where, depth + 1) for one in value]
    return value


def pickled_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """What SkyScript tells of pictures: a pickle, a folder of them, or a zip.

    Yields:
        Where it stands; and a mapping with ``file``, the pickle's name without its
        ending, and all that the pickle holds, or the error of one that was refused.

    Raises:
        ConfigError: nothing can be read there.
    """
    try:
        for name, where, data in _pickles(path):
            try:
                held = load_plain(data, where)
            except ConfigError as exc:
                yield where, exc
                continue
            row = {"file": name, **held} if isinstance(held, dict) else held
            yield where, row
    except (OSError, zipfile.BadZipFile, RuntimeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc


def _pickles(path: Path) -> Iterator[tuple[str, str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix in (".pickle", ".pkl") and file.is_file():
                yield file.stem, str(file), _bounded(file)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                inner = Path(info.filename)
                if inner.suffix in (".pickle", ".pkl"):
                    with archive.open(info) as member:
                        data = member.read(LARGEST + 1)
                    yield inner.stem, f"{path}!/{info.filename}", data
    else:
        yield path.stem, str(path), _bounded(path)


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
