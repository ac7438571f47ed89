"""The members of a JSON body, each read and checked by itself.

Readers raise ``ValueError`` or ``TypeError``, which :func:`fields` makes a refusal of.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rsrag.serve.failures import HttpFailure

_LONGEST = 4_000


def fields(body: Any, **readers: Callable[[Any], Any]) -> dict[str, Any]:
    """The members of a JSON body, each read.

    Raises:
        HttpFailure: 400: a member that there is not, or cannot be.
    """
    if not isinstance(body, Mapping):
        raise HttpFailure(400, "The body is no JSON object.")
    found = {}
    for name, value in body.items():
        if name not in readers:
            known = ", ".join(readers)
            raise HttpFailure(
                400, f"There is no parameter {str(name)[:80]!r}.", f"known: {known}"
            )
        if value is not None:
            try:
                found[name] = readers[name](value)
            except (ValueError, TypeError, OverflowError):
                raise HttpFailure(
                    400, f"{name} is {str(value)[:80]!r}, which cannot be."
                ) from None
    return found


def text_of(value: Any) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise ValueError
    return value


def numbers_of(count: int) -> Callable[[Any], list[float]]:
    """A reader of so many degrees."""

    def read(value: Any) -> list[float]:
        if not isinstance(value, list) or len(value) != count:
            raise ValueError
        return [number_of(-360, 360)(one) for one in value]

    return read


def number_of(low: float, high: float) -> Callable[[Any], float]:
    """A reader of a number in a range."""

    def read(value: Any) -> float:
        if isinstance(value, bool | str) or not low <= value <= high:
            raise ValueError
        return float(value)

    return read


def whole_of(most: int) -> Callable[[Any], int]:
    """A reader of a whole number from 1 on."""

    def read(value: Any) -> int:
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError
        return value

    return read


def flag_of(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError
    return value


def mapping_of(value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise ValueError
    return value


def one_of(*words: str) -> Callable[[Any], str]:
    """A reader of one of some words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return read


def texts_of(most: int) -> Callable[[Any], list[str]]:
    """A reader of at most so many texts."""

    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise ValueError
        return [text_of(one) for one in value]

    return read
