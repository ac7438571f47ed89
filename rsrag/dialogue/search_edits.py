"""Edits of the last search: *now only in 2021*, *without ships*, *also in Africa*."""

import dataclasses
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from rsrag.dialogue.readings import AskBack, Find
from rsrag.dialogue.reference_words import without_manners
from rsrag.dialogue.state import DialogueState, Search
from rsrag.knowledge.months import NAME_OR_SHORT, month_number

_DATE = rf"\d{{4}}(?:-\d\d(?:-\d\d)?)?|{NAME_OR_SHORT}\s+\d{{4}}"
_LEAD = re.compile(
    r"(?:(?P<weak>and|but|also|then|what\s+about|how\s+about|,)|now|only|just|again|try|"
    r"hmm+|ok|okay|(?:the\s+)?same(?:\s+(?:thing|search))?|those|these|(?:the\s+)?ones|"
    r"pictures|images|hits|show(?:\s+me)?|taken|please|"
    r"(?P<to>(?:limit|restrict)(?:ed)?(?:\s+(?:it|them|this|that))?\s+to))"
    r"\b[\s,]*|,\s*",
    re.IGNORECASE,
)
_END = r"(?=\s*(?:$|[,;.?!])|\s+(?:and|but|in|from|since|with|then)\b)"
_WORDS = r"(?:any\s+|the\s+)?(?P<v>[^\W\d_][^,;?.!]*?)(?:\s+in\s+(?:it|them))?"
_CLAUSES: dict[str, str] = {
    "anywhere": r"anywhere|everywhere|no\s+matter\s+where|wherever",
    "drop": (
        r"(?:in\s+|from\s+)?any\s+(?:year|time|date)(?:\s+is\s+fine)?|all\s+years|"
        r"(?:drop|forget|without|whatever)\s+the\s+(?:year|date|time)"
    ),
    "between": rf"(?:between|from)\s+(?P<v>{_DATE})\s+(?:and|to|until|till)\s+"
    rf"(?P<w>{_DATE})",
    "since": r"(?:since|nothing\s+(?:older|earlier)\s+than|nothing\s+before)\s+"
    rf"(?P<v>{_DATE})",
    "after": rf"(?:after|newer\s+than|later\s+than)\s+(?P<v>{_DATE})",
    "until": r"(?:until|till|up\s+to|nothing\s+(?:newer|later)\s+than)\s+"
    rf"(?P<v>{_DATE})",
    "before": rf"(?:before|older\s+than|earlier\s+than)\s+(?P<v>{_DATE})",
    "datetime": rf"(?P<how>in|from|of|for)\s+(?P<v>{_DATE})(?:\s+only)?",
    "year": rf"(?P<v>{_DATE})(?:\s+only)?",
    "max_cloud": r"(?:with\s+)?(?:clouds?(?:\s+cover)?\s+)?"
    r"(?:less\s+than|at\s+most|under|below|no\s+more\s+than|"
    r"max(?:imum)?|up\s+to)\s+(?P<v>\d+(?:\.\d+)?)\s*(?:%|percent|per\s+cent)"
    r"(?:\s+(?:of\s+)?clouds?(?:\s+cover)?)?",
    "cloudless": r"(?:without|no|with\s+no)\s+clouds?|cloud(?:less|-?free)",
    "without": rf"(?:without|with\s+no|no|excluding|exclude|except(?:\s+for)?|"
    rf"leave\s+out|omit|minus|not\s+with)\s+{_WORDS}{_END}",
    "place": r"(?:in|within|inside|for|from)\s+(?:the\s+)?(?!which|what|how|it\b|there)"
    rf"(?P<v>[^\W\d_][^,;?.!]*?){_END}",
    "instead": r"(?:with\s+|for\s+)?(?P<v>[^,;?.!]+?)\s+instead",
}
_PATTERNS = {name: re.compile(text, re.IGNORECASE) for name, text in _CLAUSES.items()}
_NO_THING = {"thanks", "idea", "problem", "worries"}


def edited(
    text: str, state: DialogueState, placed: Callable[[str], bool]
) -> Find | AskBack | None:
    """The last search, changed; ``None`` for what is no edit.

    Args:
        placed: whether a name is a place with an outline.
    """
    rest, strong = without_manners(text).rstrip("?.! "), False
    if rest.lower().startswith(("search", "find", "look")):
        return None
    changes: dict[str, Any] = {}
    left_out: tuple[str, ...] = ()
    found = False
    unknown: str | None = None
    while rest:
        lead = _LEAD.match(rest)
        if lead is not None:
            strong = strong or not (lead["weak"] or lead.group().strip() == ",")
            rest = rest[lead.end() :]
            if lead["to"] and not re.match(r"\d", rest):
                rest = f"in {rest}"
            continue
        name, match = _clause(rest, placed)
        if match is None:
            return None
        value = (match.groupdict().get("v") or "").strip()
        if name == "without":
            if value.lower() in _NO_THING:
                return None
            left_out = (*left_out, value)
        elif name == "place" and not placed(value):
            unknown = value
        else:
            changes |= _change(name, match, value)
        weak = name in ("datetime", "year", "place") or rest.lower().startswith("no ")
        strong = strong or not weak
        rest, found = rest[match.end() :].lstrip(), True
    search = state.hits.search
    spoken = state.focus.kind in ("hits", "hit")
    if not found or not (strong or spoken):
        return None
    if search is None:
        bare = text.strip().rstrip("?.! ")
        return AskBack(f"what {bare!r} is to change: nothing was searched yet")
    if unknown is not None:
        return AskBack(f"where {unknown!r} is: no place of that name has an outline")
    without = (*search.without, *left_out)
    return Find(dataclasses.replace(search, without=without, **changes))


def _clause(
    rest: str, placed: Callable[[str], bool]
) -> tuple[str, re.Match[str] | None]:
    """The edit that a text begins with."""
    for name, pattern in _PATTERNS.items():
        match = pattern.match(rest)
        if match is None:
            continue
        ended = not rest[match.end() : match.end() + 1].strip(" ,;.?!")
        if ended and (name != "year" or match.end() == len(rest)):
            return name, match
    return "", None


def _change(name: str, match: re.Match[str], value: str) -> dict[str, Any]:
    if name == "anywhere":
        return {"place": None}
    if name == "drop":
        return {"datetime": None}
    if name == "max_cloud":
        return {"max_cloud": float(value)}
    if name == "cloudless":
        return {"max_cloud": 0.0}
    if name == "place":
        return {"place": value}
    if name == "instead":
        return {"words": value, "chip": None, "picture": None, "named": ""}
    day = _iso(value)
    if name == "between":
        return {"datetime": f"{day}/{_iso(match['w'])}"}
    times = {
        "since": f"{day}/..",
        "until": f"../{day}",
        "after": f"{_beside(day, 1)}/..",
        "before": f"../{_beside(day, -1)}",
    }
    return {"datetime": times.get(name, day)}


def _iso(said: str) -> str:
    """*June 2021* as ``2021-06``; what is ISO 8601 stays."""
    month, _, year = said.partition(" ")
    if not year:
        return said
    return f"{year.strip()}-{month_number(month):02}"


def _beside(moment: str, step: int) -> str:
    """The year, the month or the day after one, or before it."""
    parts = [int(part) for part in moment.split("-")]
    if len(parts) == 1:
        return f"{parts[0] + step:04}"
    if len(parts) == 2:
        months = parts[0] * 12 + parts[1] - 1 + step
        return f"{months // 12:04}-{months % 12 + 1:02}"
    return (date(*parts) + timedelta(step)).isoformat()


def wider(search: Search) -> str:
    """What to say to find more."""
    ways = ["'in any year'"] if search.datetime else []
    ways += ["'anywhere'"] if search.place else []
    return f" Say {' or '.join(ways)} to look further." if ways else ""
