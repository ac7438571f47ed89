"""Conditions of any depth on the columns of a table, and what a row is by them.

A row may be true, false, or unknown, as in SQL: what a row does not have is neither
equal to a value nor unlike it. Properties that stand in the JSON of the ``properties``
column count as columns. Texts are compared by their letters and digits: ``landsat-8``
is ``LANDSAT_8``.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import numpy as np

from rsrag.columns.column_values import Kind, Truth, Values

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Span = tuple[float, float]
"""First and last microsecond of a time since 1970 UTC: a date is a whole day."""
Value = float | str | bool | Span


def kind_of(value: Value) -> Kind:
    """What a value is compared with."""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, str):
        return "text"
    return "time" if isinstance(value, tuple) else "number"


def folded(text: str) -> str:
    """Letters and digits of a text, if it has any, of one case and without accents."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in flat if c.isalnum()) or text


@dataclass(frozen=True, slots=True)
class Compare:
    """A column and a value: ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``."""

    name: str
    op: str
    value: Value

    def truth(self, table: Values) -> Truth:
        """Rows by this condition."""
        kind = kind_of(self.value)
        if kind == "text":
            wanted = folded(str(self.value))
            return table.told_of_texts(
                self.name, lambda text: _ordered(self.op, folded(text), wanted)
            )
        numbers = table.numbers(self.name, kind)
        value = self.value if isinstance(self.value, tuple) else (self.value,) * 2
        low, high = map(float, value)
        with np.errstate(invalid="ignore"):
            holds = {
                "=": (numbers >= low) & (numbers <= high),
                "<>": (numbers < low) | (numbers > high),
                "<": numbers < low,
                "<=": numbers <= high,
                ">": numbers > high,
                ">=": numbers >= low,
            }[self.op]
        return Truth(holds, ~np.isnan(numbers))


@dataclass(frozen=True, slots=True)
class Fits:
    """A text that fits a pattern of ``LIKE`` (% and _), in any case.

    With ``of_paths``, a path that has a pattern of file names (``*`` and ``?``) in it:
    as a whole, as its end, or as the name of a file, folder or archive on the way.
    """

    name: str
    pattern: str
    of_paths: bool = False

    def truth(self, table: Values) -> Truth:
        """Rows by this condition."""
        if self.of_paths:
            return table.told_of_texts(self.name, self._is_path)
        parts = re.findall(r"\\.|.", self.pattern, re.DOTALL)
        wild = {"%": ".*", "_": "."}
        regex = "".join(wild.get(p) or re.escape(p[-1]) for p in parts)
        like = re.compile(regex, re.IGNORECASE | re.DOTALL)
        return table.told_of_texts(self.name, lambda t: bool(like.fullmatch(t)))

    def _is_path(self, text: str) -> bool:
        path = text.replace("!/", "/")
        names = [path, *path.split("/")]
        tail = f"*/{self.pattern}"
        return fnmatchcase(path, tail) or any(
            fnmatchcase(name, self.pattern) for name in names
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that a row has no value in."""

    name: str

    def truth(self, table: Values) -> Truth:
        """Rows by this condition, which can always be told."""
        there = table.filled(self.name)
        return Truth(~there, np.ones_like(there))


@dataclass(frozen=True, slots=True)
class Touches:
    """A footprint that shares a point with an area."""

    area: "BaseGeometry"
    name: str = "geometry"

    def truth(self, table: Values) -> Truth:
        """Rows by this condition."""
        return Truth(table.touching(self.area), table.filled(self.name))


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: "Expression"

    def truth(self, table: Values) -> Truth:
        """Rows by this condition."""
        holds, known = self.part.truth(table)
        return Truth(known & ~holds, known)


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions that must all hold (``and``), or one of them (``or``)."""

    op: Literal["and", "or"]
    parts: "tuple[Expression, ...]"

    def truth(self, table: Values) -> Truth:
        """Rows by this condition: one part may settle it though others are unknown."""
        both = [part.truth(table) for part in self.parts]
        known = np.all([k for _, k in both], axis=0)
        if self.op == "or":
            holds = np.any([h & k for h, k in both], axis=0)
            return Truth(holds, known | holds)
        fails = np.any([k & ~h for h, k in both], axis=0)
        return Truth(known & ~fails, known | fails)


Leaf = Compare | Fits | Missing | Touches
Expression = Leaf | Not | Joined


def leaves(expression: Expression) -> Iterator[Leaf]:
    """The conditions on single columns, from left to right."""
    if isinstance(expression, Joined):
        for part in expression.parts:
            yield from leaves(part)
    elif isinstance(expression, Not):
        yield from leaves(expression.part)
    else:
        yield expression


def demands(expression: "Expression | None") -> list[Leaf]:
    """Those conditions on single columns that all must hold, whatever else does."""
    if isinstance(expression, Joined) and expression.op == "and":
        return [leaf for part in expression.parts for leaf in demands(part)]
    if expression is None or isinstance(expression, Joined | Not):
        return []
    return [expression]


def replaced(
    expression: Expression, change: Callable[[Leaf], Expression]
) -> Expression:
    """The expression with another condition in place of each on a single column."""
    if isinstance(expression, Joined):
        parts = tuple(replaced(part, change) for part in expression.parts)
        return replace(expression, parts=parts)
    if isinstance(expression, Not):
        return Not(replaced(expression.part, change))
    return change(expression)


def _ordered(op: str, a: str, b: str) -> bool:
    found: bool = {
        "=": a == b,
        "<>": a != b,
        "<": a < b,
        "<=": a <= b,
        ">": a > b,
        ">=": a >= b,
    }[op]
    return found
