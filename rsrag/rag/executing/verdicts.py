"""Yes or no, with its ground, to what a question claims of a place."""

import re
from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.answering.fact_answers import STANDS_IN
from rsrag.rag.executing.meeting import meets, spellings
from rsrag.rag.executing.sites import Pool, keep_placed
from rsrag.rag.querying.typed_query import PlaceFilter, Query
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.quantities import YEARS, year_span
from rsrag.rag.reading.words import word_list, word_table
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_SEVERAL = word_list("several_values")
"""Variables of which a place has more values than are held: none is denied."""
_Span = tuple[float, float]
_LAST, _FIRST = ("last_", "latest_", "most_recent_"), ("first_", "earliest_")
_OF_FIRST = frozenset({"first_climbers", "discovered"})
_ONE_OF = ("major_", "notable_", "famous_")
_HAVE = re.compile(r"\b(?:have|has|had|got|are\s+there|is\s+there)\b", re.IGNORECASE)
_STATE = re.compile(r"\bopen\b", re.IGNORECASE)


def judge(draft: Draft, query: Query, text: str, catalogue: Catalogue) -> None:
    """Put *yes* or *no* before the values that were told, if they decide.

    What the question claims besides stands in its filters, its time, and in names that
    were left over: these count as read where a value holds them.
    """
    known = []
    for one in query.filters:
        names = spellings(one.names, catalogue)
        near = {n for v in one.variables for n in (v, *STANDS_IN.get(v, ()))}
        mine = [fact for fact, _ in draft.told if fact.variable in near]
        verdicts = [
            meets(fact, one, names)
            for fact in mine
            if not _leaves_open(
                fact, year_span(one.low or ""), year_span(one.high or "")
            )
        ]
        if mine and mine[0].variable in _OF_FIRST and "first" not in text.lower():
            # *Did Messner climb it?* is not denied by who was first.
            verdicts = [verdict for verdict in verdicts if verdict]
        known += [verdict for verdict in verdicts if verdict is not None]
    for period in query.time:
        for fact, _ in draft.told:
            span = year_span(fact.value) if fact.variable in YEARS else None
            asked = year_span(period)
            open_ = _leaves_open(fact, asked, asked)
            if span is not None and asked is not None and not open_:
                open_then = bool(_STATE.search(text)) and fact.variable == "opened"
                within = span[0] <= asked[1] and asked[0] <= span[1]
                known.append(span[0] <= asked[1] if open_then else within)
    if not (known or query.filters or query.time or query.place or query.left_over):
        known = [has for fact, _ in draft.told if (has := _has(fact, text)) is not None]
    if known:
        _say(draft, all(known), query.negated)


def _has(fact: Fact, text: str) -> bool | None:
    """Whether there is any: *is it a World Heritage Site*, *does it have locks*."""
    counted = fact.number is not None and fact.unit is None
    if fact.variable.endswith("_since") or (counted and _HAVE.search(text)):
        return fact.number != 0
    return None


def holding_first(
    query: Query, landmarks: Sequence[Landmark], catalogue: Catalogue
) -> tuple[tuple[str, ...], ...]:
    """The variables of a query; of candidates first the one that meets its filters.

    *Did it erupt in 1980?* is told by the major eruption, if not by the last.
    """

    def fails(variable: str) -> bool:
        facts = [f for one in landmarks for f in catalogue.facts(one.id, variable)]
        return not any(
            meets(fact, one, spellings(one.names, catalogue))
            for fact in facts
            for one in query.filters
            if variable in one.variables
        )

    return tuple(tuple(sorted(group, key=fails)) for group in query.variables)


def _leaves_open(fact: Fact, low: _Span | None, high: _Span | None) -> bool:
    """Whether a time may be true besides: the last eruption denies none before it."""
    span = year_span(fact.value) if fact.variable in YEARS else None
    if span is None:
        return False
    if fact.variable.startswith(_LAST):
        return high is not None and high[1] < span[0]
    if fact.variable.startswith(_FIRST):
        return low is not None and low[0] > span[1]
    if fact.variable.startswith(_ONE_OF):
        apart = (low is None or low[0] > span[1]) or (high is None or high[1] < span[0])
        return apart
    return False


def judge_claims(
    draft: Draft, query: Query, left: Sequence[str], catalogue: Catalogue
) -> list[str]:
    """Hold what is left over against the values told; what they settle is returned.

    A name or a word that a value holds makes a *yes*; one that none holds makes a *no*
    where a place has one such value only.
    """
    if not draft.told:
        return []
    if (holds := _counts(draft, left)) is not None:
        _say(draft, holds, query.negated)
        return list(left)
    values = [f" {fold(fact.value)} " for fact, _ in draft.told]
    held = [one for one in left if _within(one, values, catalogue)]
    if len(held) == len(left) and left:
        _say(draft, True, query.negated)
        return list(held)
    # What it measures says nothing of a name: *is it taller than Big Ben?*
    plain = all(fact.number is None for fact, _ in draft.told)
    denied = plain and _SEVERAL.isdisjoint(fact.variable for fact, _ in draft.told)
    named = [one for one in left if one not in held and one[:1].isupper()]
    if denied and named and len(held) + len(named) == len(left):
        _say(draft, False, query.negated)
        return list(left)
    return []


def _counts(draft: Draft, left: Sequence[str]) -> bool | None:
    """*Does it have four runways?*: whether that is the number; else ``None``."""
    fact = draft.told[0][0]
    if len(draft.told) > 1 or fact.number is None or fact.unit is not None:
        return None
    words = [word for one in left for word in one.lower().replace(",", "").split()]
    numbers = [word_table("numbers").get(word, word) for word in words]
    if len(numbers) != 1 or not str(numbers[0]).isdigit() or fact.variable in YEARS:
        return None
    return float(numbers[0]) == fact.number


def _within(words: str, values: Collection[str], catalogue: Catalogue) -> bool:
    if any(
        f" {key} " in value for key in spellings([words], catalogue) for value in values
    ):
        return True
    wanted = set(content_words(words))
    numbers = re.findall(r"\d+", words)
    return (
        bool(wanted)
        and not numbers
        and any(wanted <= set(content_words(value)) for value in values)
    )


def has_verdict(draft: Draft) -> bool:
    """Whether it says yes or no."""
    return bool(draft.lines) and draft.lines[0][0] in ("Yes", "No")


def _say(draft: Draft, holds: bool, negated: bool) -> None:
    answer = "Yes" if holds != negated else "No"
    draft.lines = [line for line in draft.lines if line[0] not in ("Yes", "No")]
    draft.lines.insert(0, (answer, draft.pieces))
    draft.rewordable = False


def judge_place(
    landmark: Landmark,
    sites: Sequence[PlaceFilter],
    catalogue: Catalogue,
    negated: bool,
    exclude: frozenset[str] = frozenset(),
) -> Draft | None:
    """Whether a landmark lies where a question says; ``None`` if that is not held."""
    draft = Draft("fact")
    facts = [
        fact
        for variable in word_table("place_variables")
        for fact in catalogue.facts(landmark.id, variable, exclude=exclude)
    ]
    pieces = [fact_evidence(fact, landmark) for fact in facts] or [
        landmark_evidence(landmark)
    ]
    holds = True
    for site in sites:
        pool = Pool([landmark])
        keep_placed(pool, site, catalogue)
        if pool.refusal is not None:
            return None
        holds = holds and bool(pool.landmarks)
    shown = pieces[:3]
    if holds:
        names = [fold(n) for site in sites for n in site.names]
        fits = [
            p
            for p, f in zip(pieces, facts, strict=False)
            if any(n in fold(f.value) for n in names)
        ]
        shown = fits[:2] or shown
    draft.say("Yes" if holds != negated else "No", *shown)
    for piece in shown:
        draft.quote(piece)
    draft.value = draft.lines[0][0].lower()
    return draft


def judge_kind(
    landmark: Landmark,
    words: Sequence[str],
    catalogue: Catalogue,
    left: Sequence[str] = (),
) -> Draft | None:
    """Whether a landmark is of the kind that is said; ``None`` if that is not held.

    Args:
        left: what is claimed besides. Where its type does not say so, it is no *yes*
            (*an active volcano*), and no *no*: it may have been one (*once a church*).
    """
    alone = not left
    kind = find_kind(list(words), catalogue)
    if kind is None or not landmark.category:
        return None
    draft = Draft("fact")
    holds = landmark.category in kind.categories
    if not (holds or alone):
        return None
    claimed = {word for one in left for word in content_words(one)}
    for fact in catalogue.facts(landmark.id, "type") if holds and claimed else ():
        if claimed <= set(content_words(fact.value)):
            # *Is it a shield volcano?*
            draft.say("Yes", fact_evidence(fact, landmark))
            draft.quote(fact_evidence(fact, landmark))
            draft.value = "yes"
            return draft
    if alone:
        draft.say("Yes" if holds else "No", landmark_evidence(landmark))
        draft.value = "yes" if holds else "no"
    draft.quote(landmark_evidence(landmark))
    return draft
