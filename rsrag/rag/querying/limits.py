"""Limits that a question sets to values: *between 300 and 400 m*, *not before 1900*."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rsrag.knowledge.units import unit_named
from rsrag.knowledge.variables import VariableMention
from rsrag.rag.querying.account import TIME as DATE, Account, is_function
from rsrag.rag.querying.typed_query import ValueFilter
from rsrag.rag.reading.degrees import Degree, comparatives, positives
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.quantities import ABOUT, AMOUNT, WORDED, YEARS, times_of
from rsrag.rag.reading.words import word_list, word_table

DIMENSIONS: dict[str, list[str]] = word_table("dimensions")
_NOT = r"(?:(?P<no>not|no|isn't|aren't|wasn't|weren't|never|nor)\s+(?:\w+\s+)??)?"
_WORDS = {
    ">": r"over|above|exceed(?:s|ing)?|in\s+excess\s+of|beyond|upwards?\s+of|past|"
    r"after",
    "<": "under|below|beneath|before|prior\\s+to|short\\s+of",
    ">=": "at\\s+least|since|a\\s+minimum\\s+of",
    "<=": "at\\s+most|up\\s+to|until|till|a\\s+maximum\\s+of|by",
    "=": "in|on|during|exactly|of|within|between|from",
}
_ANY = "|".join(f"(?:{words})" for words in _WORDS.values())
_BOUND = re.compile(
    rf"\b{_NOT}(?:(?P<degree>[a-z]+)\s+than|(?P<word>{_ANY}))\s+{ABOUT}(?P<amount>{AMOUNT})"
)
_BETWEEN = re.compile(
    rf"\b{_NOT}(?:between|from)\s+{ABOUT}(?P<a>{AMOUNT})"
    rf"(?P<unit>[^\W\d▲◆◇]*(?:\s+[^\W\d▲◆◇]+)?)\s+"
    rf"(?:and|to)\s+{ABOUT}(?P<amount>{AMOUNT})"
)
_OR_MORE = re.compile(
    rf"\b(?P<amount>{AMOUNT})(?P<unit>(?:\s*[^\W\d▲◆◇]+){{0,2}}?)\s+"
    r"(?:or|and)\s+(?P<degree>[a-z]+)\b"
)
_AFTER_IT = re.compile(r"\s*(?:of\s+)?([a-z°%²³/]+\d?(?:[\s-][a-z]+){0,3})")
_LEVEL = re.compile(r"\s*(?:above|below)\s+(?:the\s+)?sea(?:\s+level)?")
_COUNTED = word_list("no_units")
_EXACT = re.compile(rf"\b(?:exactly\s+|only\s+)?(?P<amount>{AMOUNT})")
_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
_TURNED = str.maketrans("<>", "><")
_MEAN = re.compile(r"\b(?:on\s+average|average|mean)\b")
_OF_IT = re.compile(r"(?:\s+(?:of|that|which|is|are|was|were|being|with))*\s*")
_VERB = re.compile(r"\b([a-z]+?)(?:e?s|e|ing)?\s+(?:(?:for|over|an\s+area\s+of)\s+)*$")
_VERBS: dict[str, list[str]] = word_table("measuring_verbs")
_PEOPLE = re.compile(rf"\s*(?:of\s+)?(?:{'|'.join(sorted(_COUNTED))})\b")
_ONWARDS = re.compile(r"\s*(?:on(?:wards?)?|forwards?|and\s+(?:later|after))\b")
"""*From 1960 on* has no end; *from the 1960s* has both."""
_LAST = re.compile(r"\s*(?:[?.!,]|$|in\b|and\b)")


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number or a time with its unit, and where it ends in the text."""

    text: str
    unit: str | None
    end: int
    timed: bool


def read_limits(
    account: Account,
    mentions: Sequence[VariableMention],
    held: Collection[str],
    *,
    claims: bool = False,
    usual: Sequence[str] = (),
) -> list[ValueFilter]:
    """Every limit that is understood; its words are taken, others stay left over.

    Args:
        held: variables that the knowledge has.
        claims: a bare value is one that is claimed (*is it 500 m tall?*).
        usual: what a number is of that comes without unit (*mountains over 8000*).
    """
    found = []
    for pattern in (_BETWEEN, _OR_MORE, _BOUND, *([_EXACT] if claims else [])):
        start = 0
        while (match := account.find(pattern, start)) is not None:
            start = match.end()
            limit = _limit(account, match, mentions, held, usual)
            if limit is not None:
                found.append(limit)
    return found


def _limit(
    account: Account,
    match: re.Match[str],
    mentions: Sequence[VariableMention],
    held: Collection[str],
    usual: Sequence[str],
) -> ValueFilter | None:
    groups = match.groupdict()
    degree = comparatives().get(groups.get("degree") or "")
    if (
        groups.get("degree")
        and degree is None
        and groups["degree"] not in ("over", "up")
    ):
        return None
    amount = _amount(account, match)
    sign = _sign(groups, degree, match)
    if sign is None or (sign == "=" and not amount.timed):
        return None
    bare = not amount.timed and amount.unit is None
    # *Shared by two countries* is no limit.
    shared = bare and groups.get("word") == "by"
    if shared or (sign == "is" and (amount.timed or bare)):
        return None
    variables, end = _variables(account, match, amount, degree, mentions, held)
    variables = variables or (
        usual if bare and _LAST.match(account.shape, amount.end) else ()
    )
    if not variables:
        return None
    first, last = match.start(), max(end, amount.end)
    onwards = _ONWARDS.match(account.shape, last)
    if sign == "=" and groups.get("word") == "from" and onwards:
        sign, last = ">=", onwards.end()
    means = [one for one in variables if one.startswith(("average_", "mean_"))]
    if means and account.claim(_MEAN):
        # *Shallower than 10 m on average*
        variables = means
    account.take(first, last)
    words = account.text[first:last]
    made = ValueFilter(tuple(variables), words=" ".join(words.split()))
    if match.re is _BETWEEN:
        low = _text(account, match.start("a"), match.end("a"), amount.unit)
        negated = bool(groups["no"])
        return replace(made, low=low, high=amount.text, negated=negated)
    if "below" in account.shape[amount.end : end]:
        # *More than 100 m below sea level*: less than -100 m.
        sign = sign.translate(_TURNED)
        amount = replace(amount, text=f"-{amount.text}")
    return replace(
        made,
        low=None if "<" in sign else amount.text,
        high=None if ">" in sign else amount.text,
        strict=sign in (">", "<"),
    )


def _sign(
    groups: dict[str, str | None], degree: Degree | None, match: re.Match[str]
) -> str | None:
    if match.re in (_BETWEEN, _EXACT):
        return "between" if match.re is _BETWEEN else "is"
    if match.re is _OR_MORE:
        return ">=" if degree is None or degree.more else "<="
    if degree is not None:
        sign = ">" if degree.more else "<"
    else:
        fits = (
            s for s, one in _WORDS.items() if re.fullmatch(one, groups["word"] or "")
        )
        sign = next(fits, "")
    return _OPPOSITE.get(sign) if groups["no"] else sign


def _text(account: Account, start: int, end: int, unit: str | None) -> str:
    text = account.text[start:end].strip()
    text = "1" if text.lower() in ("a", "an") else str(WORDED.get(text.lower(), text))
    return f"{text} {unit}" if unit else text


def _amount(account: Account, match: re.Match[str]) -> _Amount:
    start, end = match.span("amount")
    said = account.shape[start:end]
    timed = DATE in said or bool(re.search(r"century|\b(?:bce?|ad|ce)\b", said))
    unit, after = None, end
    follows = _AFTER_IT.match(account.shape, end)
    words = follows.group(1).split(" ") if follows and not timed else []
    given = (match.groupdict().get("unit") or "").split()
    for size in range(min(4, len(words)), 0, -1):
        known = unit_named(" ".join(words[:size]))
        if words[0] not in _COUNTED and known is not None and follows is not None:
            unit = known.name
            after = follows.start(1) + len(" ".join(words[:size]))
            break
    if unit is None and given and (known := unit_named(" ".join(given))):
        unit, after = known.name, max(end, match.end())
    return _Amount(_text(account, start, end, unit), unit, after, timed)


def _variables(
    account: Account,
    match: re.Match[str],
    amount: _Amount,
    degree: Degree | None,
    mentions: Sequence[VariableMention],
    held: Collection[str],
) -> tuple[Sequence[str], int]:
    """Whose value is limited, and where the words that say so end."""
    if (degree and degree.of_time) or amount.timed:
        return times_of(mentions, account.shape), amount.end
    spoken = [m for m in mentions if m.variable not in YEARS]
    if amount.unit is not None:
        # *Islands with more than 1,000 km2*: no number of islands.
        spoken = [m for m in spoken if "_" in m.variable or m.variable[-1] != "s"]
    named = [
        m.variable
        for m in spoken
        if m.variable in held
        if _OF_IT.fullmatch(account.shape[m.end : match.start()] or "-")
    ]
    if named and degree:
        # *Main spans longer than 1 km*
        return named, amount.end
    verb = _VERB.search(account.shape[: match.start()])
    said = _VERBS.get(verb[1], ()) if verb else ()
    if said and verb is not None and not (degree and degree.variables):
        account.take(*verb.span())
        people = _PEOPLE.match(account.shape, amount.end)
        return said, people.end() if people else amount.end
    if degree and degree.variables:
        return degree.variables, amount.end
    if level := _LEVEL.match(account.shape, amount.end):
        return ("elevation", "lowest_elevation"), level.end()
    after = match.end() if match.re is _OR_MORE else amount.end
    word = re.compile(r"\s*(?:in\s+)?([a-z]+)").match(account.shape, after)
    if word and word[1] in positives() and not positives()[word[1]].of_time:
        return positives()[word[1]].variables, word.end()
    if word and amount.unit is None and not is_function(word[1]):
        # What is counted: *more than 4 runways*.
        return named_by([word[1]], held), word.end()
    near = [
        m.variable
        for m in spoken
        if m.start - amount.end < 40 and match.start() - m.end < 40
    ]
    if near:
        return near, amount.end
    unit = unit_named(amount.unit or "")
    size = "far" if amount.unit in ("km", "mi") else unit.dimension if unit else ""
    return DIMENSIONS.get(size, ()), amount.end
