"""RSWK's fields and variables asked for in other words than RSWK's own.

Ten wordings a field, written without a look at the vocabulary of variables. The first
half of each may be used to choose a method and its thresholds; the second may not.
"""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError
from rsrag.packages import packaged_json

_OWN: dict[str, Any] = packaged_json("evaluation/rswk/wordings.json")
WORLD_FIELDS: tuple[str, ...] = tuple(_OWN["world"])
"""Without ``Name``, which is no question where the name is given."""
HALVES = ("first half", "held back")

Wordings = Mapping[str, Sequence[str]]


def world_wordings(half: str) -> Wordings:
    """Wordings by field, ``{}`` for the landmark."""
    return {field: _half(texts, half) for field, texts in _OWN["world"].items()}


def read_wordings(path: Path) -> Wordings:
    """A file of ``{"Field": ["What is {} for?", …]}``.

    Raises:
        ConfigError: it is not that.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        fine = all("{}" in text for texts in given.values() for text in texts)
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as exc:
        raise ConfigError(f"{path} cannot be read as wordings: {exc}.") from exc
    if not fine or not given:
        raise ConfigError(
            f"{path} has a wording without {{}}.", hint='"What is {} for?"'
        )
    wordings: Wordings = given
    return wordings


def monthly_question(
    landmark: str, variable: str, period: str, half: str, rng: random.Random
) -> str:
    """A question for a variable's value in ``2019 January``."""
    year, month = period.split()
    names = _OWN["variables"].get(variable.lower(), [variable, variable])
    text = rng.choice(_half(_OWN["monthly"], half)).replace("{}", landmark)
    return str(text.format(what=_half(names, half)[0], month=month, year=year))


def _half(texts: Sequence[str], half: str) -> Sequence[str]:
    middle = len(texts) // 2
    return texts[:middle] if half == HALVES[0] else texts[middle:]
