"""Experts' answers: what values they speak of, and which way they read them.

*The wind speed is 4.99 m/s, which is moderate and could be marginally suitable* holds
the value 4.99, and the directions *moderate* and *fit*.
"""

import re
from collections.abc import Iterable

from rsrag.evaluation.data.rswk_questions import QaQuestion
from rsrag.knowledge.variables import variables, variables_in
from rsrag.metrics.rouge import numbers_in
from rsrag.packages import packaged_json

_NUMBER = re.compile(
    r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?(?:°C|°|mm|m/s|Pa|%)(?!\w))?"
)
_REACH = 60
_DIRECTIONS = {
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE): name
    for name, words in packaged_json("evaluation/rswk/directions.json").items()
}
_NOT = re.compile(r"\b(?:not|no|un)\s*(?:\w+\s+)?$", re.IGNORECASE)


def expert_values(questions: Iterable[QaQuestion]) -> dict[str, dict[str, str]]:
    """Values that experts' answers name, by landmark and variable, for the records.

    A value stands at most 60 letters behind its variable, with no other between; the
    first answer that names one is taken.
    """
    found: dict[str, dict[str, str]] = {}
    for one in questions:
        if one.kind == "expert" and one.answer:
            held = found.setdefault(one.landmark, {})
            for variable, value in values_named(one.answer):
                held.setdefault(variable, value)
    return {landmark: values for landmark, values in found.items() if values}


def values_named(text: str) -> list[tuple[str, str]]:
    """Variables by their codes, and the value that the text gives of each."""
    mentions = sorted(variables_in(text), key=lambda one: one.start)
    named = []
    for at, mention in enumerate(mentions):
        after = mentions[at + 1].start if at + 1 < len(mentions) else len(text)
        number = _NUMBER.search(text, mention.end, min(after, mention.end + _REACH))
        if number and variables()[mention.variable].monthly:
            named.append((variables()[mention.variable].label, number.group()))
    return named


def directions(text: str) -> frozenset[str]:
    """Which way a text reads what it speaks of: ``low``, ``fit``, ``yes``, ``wet``."""
    found = set()
    for pattern, name in _DIRECTIONS.items():
        for match in pattern.finditer(text):
            denied = _NOT.search(text, max(0, match.start() - 12), match.start())
            found.add(f"not {name}" if denied else name)
    return frozenset(found)


def value_right(said: str, answer: str) -> bool | None:
    """Whether a value of the answer was said; ``None`` if the answer has none."""
    wanted = [float(number) for number in _values_of(answer)]
    if not wanted:
        return None
    return not set(wanted).isdisjoint(numbers_in(said))


def direction_right(said: str, answer: str) -> bool | None:
    """Whether a direction of the answer was said, and none against it.

    ``None`` if the answer has no direction.
    """
    wanted, given = directions(answer), directions(said)
    if not wanted:
        return None
    against = {
        one.removeprefix("not ") if one[:4] == "not " else f"not {one}"
        for one in wanted
    }
    return bool(wanted & given) and not against & given


def expert_right(said: str, answer: str) -> bool:
    """Value and direction right, as far as the answer has them."""
    judged = [value_right(said, answer), direction_right(said, answer)]
    return False not in judged and True in judged


def _values_of(answer: str) -> list[str]:
    """Numbers that are values: not the 1 of ``LST_Day_1km`` or of ``LC_Type1``."""
    return [re.sub(r"[^\d.-]", "", match.group()) for match in _NUMBER.finditer(answer)]
