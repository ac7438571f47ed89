"""Dataclasses from JSON that nobody vouches for: every value of its field's type."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def plain(kind: type[T], data: Any) -> T:
    """A dataclass of plain fields (``str``, ``int``, ``str | None``) from an object.

    Args:
        kind: the dataclass.
        data: what JSON gave; keys are names of fields, those with a default may
            be missing.

    Raises:
        TypeError: not an object, a key that is missing or unknown, or a value of
            another type than its field.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"{data!r} is no object")
    made = kind(**data)
    for name, hint in get_type_hints(kind).items():
        value = getattr(made, name)
        if not isinstance(value, hint) or isinstance(value, bool):
            raise TypeError(f"{name} of {kind.__name__} is {value!r}")
    return made


def texts(values: Any, what: str) -> tuple[str, ...]:
    """A list of strings.

    Raises:
        TypeError: naming ``what`` it was to be.
    """
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise TypeError(f"{what} is {values!r}, no list of texts")
    return tuple(values)


def text_map(values: Any, what: str) -> Mapping[str, str]:
    """An object of strings.

    Raises:
        TypeError: naming ``what`` it was to be.
    """
    if not isinstance(values, dict):
        raise TypeError(f"{what} is {values!r}, no object of texts")
    texts(list(values.values()), what)
    return values


def numbers(values: Any, length: int, what: str) -> tuple[float, ...]:
    """A list of so many numbers.

    Raises:
        TypeError: naming ``what`` it was to be.
    """
    good = isinstance(values, Sequence) and len(values) == length
    if not good or not all(type(v) in (int, float) for v in values):
        raise TypeError(f"{what} is {values!r}, no list of {length} numbers")
    return tuple(values)


def check_file_name(name: str) -> None:
    """Refuse a name that would lead out of its folder, or to nothing.

    Raises:
        ValueError: naming it.
    """
    if name in ("", ".", "..") or set(name) & set("/\\\0"):
        raise ValueError(f"{name!r} is no name of a file in the index")
