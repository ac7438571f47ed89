"""The order that a question asks for: *the second highest*, *the three oldest*."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rsrag.knowledge.variables import VariableMention
from rsrag.rag.querying.account import (
    Account,
    Measured,
    is_function,
    is_hard,
    what_is_measured,
)
from rsrag.rag.reading.degrees import TIME, alike, positives, superlatives
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.quantities import DEED, DEEDS, YEARS, times_of
from rsrag.rag.reading.words import word_table

_ORDINALS = {one: n for n, one in enumerate(word_table("ordinals"), start=1)}
_ORDINALS["last"] = -1
_NUMBERS: dict[str, int] = word_table("numbers")
_NTH = rf"(?P<nth>\d{{1,3}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)}|next)"
_TOP = rf"(?:top\s+)?(?P<top>\d{{1,2}}|{'|'.join(_NUMBERS)})"
_ORDER = re.compile(
    rf"\b(?:(?:{_NTH})[\s-]+(?:to[\s-]last\s+)?|{_TOP}[\s-]+)?(?P<word>[a-z]+)\b"
)
AT_ITS = re.compile(  # *at the narrowest place* puts nothing in order
    r"\bat\s+(?:the|its|their)\s+[a-z]+est(?:\s+(?:point|place|part|spot|section))?\b"
)
MEASURES: dict[str, list[str]] = word_table("measures")
_OF_SIZE = ("most", "least", "fewest", "largest", "biggest", "smallest", "greatest")
_TOP_BY = re.compile(
    rf"\b(?P<end>top|bottom|(?:sort|order|rank|arrang)(?:ed|ing|e)?|list(?:ed)?(?=.*\bby\b))\s+(?:them\s+)?(?:(?P<top>\d{{1,2}}|{'|'.join(_NUMBERS)})\b)?(?=.*\b(?:by|in\s+terms\s+of)\s)"
)
FROM_TO = re.compile(
    r"\b(?:(?:sort|order|rank|arrange|list|put)\s+)?(?:them\s+)?"
    r"\bfrom\s+(?:the\s+)?(?P<word>[a-z]+)\s+to\s+(?:the\s+)?(?P<end>[a-z]+)\b"
)
_SORTS = re.compile(r"^\W*(?:sort|order|rank|arrange|put)\b|\bin\s+order\b")
_IN_TURN = re.compile(r"\s+(?:ones?\s+)?first\b(?=\W*$)")
_ADVERB = re.compile(r"\s+([a-z]+)\b")
_VERB = re.compile(  # *carries the most water*
    r"\b((?:[a-z]+(?:s|ed)|saw|had|took|held)(?:\s+room\s+for)?)\s+(?:the\s+)?$"
)


@dataclass(frozen=True, slots=True)
class Order:
    """By what to sort, and which to give.

    Attributes:
        more: the largest first; of times, the latest.
        variables: candidates; none where the question names a variable besides.
        nth: the first, second, …
        top: how many; ``None`` if it is not said.
        measured: words that may name what is measured, which none of the rules know.
    """

    more: bool
    variables: tuple[str, ...]
    nth: int = 1
    top: int | None = None
    measured: Measured | None = None


def asks_order(account: Account) -> bool:
    """Whether a question holds a superlative, or *first* or *last*."""
    words = re.findall("[a-z]+", AT_ITS.sub(" ", account.shape))
    known = {*superlatives(), *_ORDINALS, "latest", "earliest"}.intersection(words)
    return bool(known or _TOP_BY.search(account.shape) or _NTH_IN.search(account.shape))


def read_order(
    account: Account, mentions: Sequence[VariableMention], held: Collection[str]
) -> Order | None:
    """The first superlative that is no part of a variable's name; its words are taken.

    After *most*, *largest* and their like may stand what is measured (*the largest
    drainage basin*).
    """
    ends = account.find(FROM_TO)
    first = superlatives().get(ends["word"]) if ends else None
    if ends is not None and first is not None and ends["end"] in superlatives():
        # *Sort them from longest to shortest*
        account.take(*ends.span())
        account.claim(_SORTS)
        variables = tuple(times_of(mentions)) if first.of_time else first.variables
        return Order(first.more, _by(account, held) or variables, top=10)
    for match in _ORDER.finditer(account.shape):
        degree = superlatives().get(match["word"])
        bound = account.shape[: match.start()].rstrip().endswith(" at")
        if degree is None or bound or not account.is_free(*match.span()):
            continue
        after = _ADVERB.match(account.shape, match.end())
        spoken = positives().get((after[1] if after else "").removesuffix("ly"))
        if match["word"] in ("most", "least") and after and spoken is not None:
            # *Most populous*, *most recently*.
            degree = replace(spoken, more=spoken.more == degree.more)
            match_end = after.end()
        else:
            match_end = match.end()
        account.take(match.start(), match_end)
        variables = degree.variables
        in_turn = _IN_TURN.match(account.shape, match_end)
        if in_turn is not None:
            # *List the stadiums, biggest first*
            account.take(*in_turn.span())
        own = _measured(account, match_end, held, of_size=match["word"] in _OF_SIZE)
        if own:
            variables = own
            verb = _VERB.search(account.shape[: match.start()])
            if verb is not None:
                account.take(*verb.span(1))
        elif variables == (TIME,):
            variables = tuple(times_of(mentions))
        elif match["word"] in ("most", "least", "greatest", "fewest", "maximum"):
            variables = tuple(m.variable for m in mentions)
        by = _by(account, held)
        variables = by or variables
        nth, top = _place(match)
        top = 10 if in_turn else top
        known = own or by or degree.of_time
        rest = (
            None
            if known
            else what_is_measured(account, (match.start("word"), match_end))
        )
        return Order(degree.more, variables, nth, top, rest)
    return (
        _top_by(account, held)
        or _nth_in(account, held)
        or _first_or_last(account, mentions)
    )


_NTH_IN = re.compile(
    rf"\b(?:comes?\s+|ranks?\s+|is\s+)?(?:number\s+)?{_NTH}\s+(?:place\s+)?(?:in|by)\s+"
    r"(?:terms\s+of\s+)?(?P<what>[a-z]+(?:\s+[a-z]+)?)\b"
)


def _nth_in(account: Account, held: Collection[str]) -> Order | None:
    """*Second in height*."""
    match = account.find(_NTH_IN)
    found = named_by(match["what"].split(), held) if match else ()
    if match is None or not found:
        return None
    account.take(*match.span())
    return Order(True, found, _nth(match["nth"]))


def _measured(
    account: Account, start: int, held: Collection[str], *, of_size: bool
) -> tuple[str, ...]:
    """What the words after a superlative measure; ``of_size``: numbers count, too."""
    follow = re.compile(
        r"\s+(?:amount\s+of\s+|number\s+of\s+|volume\s+of\s+(?=water))?([a-z]+)(?:\s+([a-z]+))?"
    ).match(account.shape, start)
    if follow is None:
        return ()
    for last in (2, 1):
        said = follow.group(last)
        if said is None or is_function(said) or is_hard(follow[1]):
            continue
        end = follow.end(last)
        words = account.shape[follow.start(1) : end].split()
        found = tuple(MEASURES.get(" ".join(words), ())) or named_by(words, held)
        found = tuple(v for v in found if of_size or "_" in v or v[-1] != "s")
        if found and account.is_free(follow.start(1), end):
            account.take(start, end)
            return found
    return ()


_BY_WHAT = r"\b(?:by|in\s+terms\s+of|according\s+to|as\s+to)\s+(?:its?\s+|the\s+)?"
_BY = re.compile(rf"{_BY_WHAT}(?P<what>[a-z]+(?:\s+[a-z]+)?)\b")
_BY_ONE = re.compile(rf"{_BY_WHAT}(?P<what>[a-z]+)\b")


def _by(account: Account, held: Collection[str]) -> tuple[str, ...]:
    """*The largest by volume*."""
    match = account.find(_BY) or account.find(_BY_ONE)
    if match is None:
        return ()
    words = match["what"].split()
    for size in (2, 1):
        found = named_by(words[:size], held) if len(words) >= size else ()
        if size == 1 and words[0] == "size":
            found = superlatives()["largest"].variables
        if found:
            end = match.start("what") + len(" ".join(words[:size]))
            account.take(match.start(), end)
            more = () if "capacity" in alike(found) else alike(found)
            return tuple(dict.fromkeys((*found, *more)))
    return ()


def _top_by(account: Account, held: Collection[str]) -> Order | None:
    """*Top three islands by size*."""
    match = account.find(_TOP_BY)
    by = _by(account, held) if match else ()
    if match is None or not by:
        return None
    account.take(*match.span())
    account.claim(_TOP_BY)
    many = match["top"] or ("5" if match["end"] in ("top", "bottom") else "10")
    return Order(match["end"] != "bottom", by, 1, counted(many) or 1)


def counted(word: str) -> int | None:
    """How many a word asks for: *two*, ``2``."""
    number = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
    return number if 1 <= number <= 50 else None


def _place(match: re.Match[str]) -> tuple[int, int | None]:
    nth, top = match["nth"], match["top"]
    if nth is not None:
        return _nth(nth), None
    return 1, counted(top) if top else None


def _nth(said: str) -> int:
    """``2`` for *second*, *2nd* and *next*; from the end nothing is counted."""
    digits = re.match(r"\d+", said)
    return max(1, int(digits[0]) if digits else _ORDINALS.get(said, 2))


_FIRST = re.compile(r"\b(?P<word>first|earliest|last|latest)\b(?!\s+century)")


def _first_or_last(
    account: Account, mentions: Sequence[VariableMention]
) -> Order | None:
    """*Which bridge was opened first?*, where the time is named besides."""
    match = account.find(_FIRST)
    said = account.find(DEED)
    deed = [] if said is None else DEEDS[said.group()]
    timed = any(m.variable in YEARS for m in mentions)
    if match is None or not (timed or deed):
        return None
    if said is not None:
        account.take(*said.span())
    # *First climbed* is a variable of its own; *was climbed first* is an order.
    if any(m.start == match.start() and match.end() <= m.end for m in mentions):
        return None
    account.take(*match.span())
    late = match["word"] in ("last", "latest")
    return Order(late, tuple(deed or times_of(mentions)))
