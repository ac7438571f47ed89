"""Arguments of public functions: those that cannot be are told of as what was typed."""

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from rsrag.desk.filtering import FilterWords
from rsrag.errors import QueryError

P = ParamSpec("P")
R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


def quiet(done: int, total: int) -> None:
    """A progress that nobody looks at."""


def told(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which raises a :class:`QueryError` for arguments it cannot take."""
    signature = inspect.signature(function)
    known = [
        name
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if len(known) < len([name for name in signature.parameters if name != "self"]):
        known += FilterWords.__annotations__
    words = frozenset(known)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not words.issuperset(kwargs):
            strange = next(name for name in kwargs if name not in words)
            near = difflib.get_close_matches(strange, known, 1)
            raise QueryError(
                f"{function.__name__} takes no {strange!r}.",
                hint=f"did you mean {near[0]}?" if near else ", ".join(known),
            )
        try:
            signature.bind(*args, **kwargs)
        except TypeError as exc:
            raise QueryError(
                f"{function.__name__} cannot be called so: {exc}.",
                hint=f"it takes {', '.join(known)}",
            ) from exc
        return function(*args, **kwargs)

    return call
