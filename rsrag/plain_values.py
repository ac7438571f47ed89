"""Values as others have them: JSON, times as numbers, words in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(kind: type[T], value: Any) -> T:
    """A dataclass from what JSON gave.

    Args:
        kind: its fields are ``str``, ``int``, ``float`` (an int serves), ``bool``,
            ``Any``, literals, tuples and mappings of those, dataclasses, or ``None``.
        value: an object; fields with a default may be missing. What is read already,
            one of several dataclasses, stays as it is.

    Raises:
        TypeError: a field that is missing or unknown, or a value of another type.
    """
    made: T = _read(kind, value, kind.__name__)
    return made


def _read(hint: Any, value: Any, name: str) -> Any:
    family, args = get_origin(hint), get_args(hint)
    if hint is Any or (family is Literal and value in args):
        return value
    if family is UnionType:
        if type(value) in args:
            return value
        return _read(next(arg for arg in args if arg is not NoneType), value, name)
    if family is tuple and isinstance(value, list | tuple):
        if args[-1] is Ellipsis:
            return tuple(_read(args[0], one, name) for one in value)
        if len(args) == len(value):
            pairs = zip(args, value, strict=True)
            return tuple(_read(arg, one, name) for arg, one in pairs)
    elif family is Mapping and isinstance(value, dict):
        return {key: _read(args[1], one, name) for key, one in value.items()}
    elif isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        hints = _hints(hint)
        if unknown := sorted(set(value) - set(hints)):
            raise TypeError(f"{name} has unknown fields {unknown}")
        read = {key: _read(hints[key], one, key) for key, one in value.items()}
        return hint(**read)
    elif type(value) is hint or (hint is float and type(value) is int):
        return value
    raise TypeError(f"{name} is {value!r}")


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def check_file_name(name: str) -> None:
    """Refuse a name that would lead out of its folder, or to nothing.

    Raises:
        ValueError: naming it.
    """
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise ValueError(f"{name!r} is no name of a file in the index")


def microseconds(time: datetime | None) -> float | None:
    """Microseconds since 1970 UTC; a time without zone is taken as UTC."""
    if time is None:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000_000.0 + delta.seconds * 1e6 + delta.microseconds


def and_listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def first_few(words: Sequence[str], most: int) -> str:
    """``a, b and 3 more``: so many at the most."""
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
