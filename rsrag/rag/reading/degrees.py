"""Adjectives and their degrees: *higher* and *highest* are of *high*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rsrag.rag.reading.words import word_table

TIME = "time"
"""In place of a variable: when something was made or happened."""


@dataclass(frozen=True, slots=True)
class Degree:
    """An adjective in some degree.

    Attributes:
        base: *high*.
        more: it stands for a larger value; of times, a later one.
        variables: that it may speak of, the likelier first; ``TIME`` for times.
    """

    base: str
    more: bool
    variables: tuple[str, ...]

    @property
    def of_time(self) -> bool:
        """Whether it compares times: *older*, *latest*."""
        return self.variables == (TIME,)


@cache
def positives() -> Mapping[str, Degree]:
    """*high*, *deep*, and so on."""
    table: dict[str, tuple[bool, list[str]]] = word_table("adjectives")
    return {
        word: Degree(word, more, tuple(variables))
        for word, (more, variables) in table.items()
    }


@cache
def comparatives() -> Mapping[str, Degree]:
    """*higher*, *more*, *less*, and so on."""
    return _forms("er") | _given("comparatives")


@cache
def superlatives() -> Mapping[str, Degree]:
    """*highest*, *most*, *least*, and so on."""
    return _forms("est") | _given("superlatives")


def alike(variables: Sequence[str]) -> tuple[str, ...]:
    """All that the adjective measures which measures the first: height, elevation."""
    for degree in positives().values():
        if variables and variables[0] in degree.variables and not degree.of_time:
            return degree.variables
    return ()


def _given(name: str) -> dict[str, Degree]:
    """Forms that no rule makes: *first*, *farthest*."""
    table: dict[str, tuple[bool, list[str]]] = word_table(name)
    return {
        word: Degree(word, more, tuple(variables))
        for word, (more, variables) in table.items()
    }


def _forms(ending: str) -> dict[str, Degree]:
    made = {}
    for word, degree in positives().items():
        if word.endswith("e"):
            made[word + ending[1:]] = degree
        elif word.endswith("y"):
            made[word[:-1] + "i" + ending] = degree
        else:
            made[word + ending] = degree
            if word[-1] in "bdgnt" and word[-2] in "aeiou":
                made[word + word[-1] + ending] = degree
    return made
