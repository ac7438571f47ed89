"""Fields of a JSON object, read with suspicion: each has the type it must have."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from rsrag.errors import ImageReadError

T = TypeVar("T")


class Fields:
    """One JSON object, with words for where it stands."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise ImageReadError(f"{where} is not an object.")
        self.values: dict[str, Any] = values
        self.where = where
        self.doubts: list[str] = []

    def wrong(self, name: str, wanted: str) -> ImageReadError:
        """The error for a field that is not what it must be."""
        found = json.dumps(self.values.get(name), default=str)[:80]
        return ImageReadError(f"{self.where}: {name} is {found}, not {wanted}.")

    def lenient(self, read: Callable[[], T], otherwise: T) -> T:
        """What ``read`` makes of a field that the picture can do without.

        A field that is not what it must be is noted in ``doubts``.
        """
        try:
            return read()
        except ImageReadError as exc:
            self.doubts.append(str(exc).removeprefix(f"{self.where}: "))
            return otherwise

    def text(self, name: str) -> str | None:
        """A string, or ``None`` if it is not there."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "text")
        return value or None

    def number(self, name: str) -> float | None:
        """A finite number, or ``None`` if it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if not is_number(value):
            raise self.wrong(name, "a number")
        return float(value)

    def numbers(self, name: str) -> list[float] | None:
        """A list of finite numbers, or ``None`` if it is not there."""
        values = self.values.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or not all(map(is_number, values)):
            raise self.wrong(name, "a list of numbers")
        return [float(value) for value in values]

    def objects(self, name: str) -> list["Fields"]:
        """A list of objects; empty if it is not there."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list):
            raise self.wrong(name, "a list")
        return [Fields(v, f"{self.where}: {name}[{i}]") for i, v in enumerate(values)]

    def words(self, name: str) -> list[str]:
        """A list of strings; empty if it is not there."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self.wrong(name, "a list of words")
        return values


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number that Python can hold as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 and math.isfinite(value)
