"""Yes or no, with its ground, to what a question claims of a place."""

import re
from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.executing.meeting import meets, spellings
from rsrag.rag.executing.sites import Pool, keep_placed
from rsrag.rag.querying.typed_query import PlaceFilter, Query
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.quantities import YEARS, year_span
from rsrag.rag.reading.words import word_list, word_table
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_SEVERAL = word_list("several_values")
"""Variables of which a place has more values than are held: none is denied."""
_STATE = re.compile(r"\bopen\b", re.IGNORECASE)


def judge(draft: Draft, query: Query, text: str, catalogue: Catalogue) -> None:
    """Put *yes* or *no* before the values that were told, if they decide.

    What the question claims besides stands in its filters, its time, and in names that
    were left over: these count as read where a value holds them.
    """
    known = []
    for one in query.filters:
        names = spellings(one.names, catalogue)
        mine = [fact for fact, _ in draft.told if fact.variable in one.variables]
        verdicts = [meets(fact, one, names) for fact in mine]
        known += [verdict for verdict in verdicts if verdict is not None]
    for period in query.time:
        for fact, _ in draft.told:
            span = year_span(fact.value) if fact.variable in YEARS else None
            asked = year_span(period)
            if span is not None and asked is not None:
                open_then = bool(_STATE.search(text)) and fact.variable == "opened"
                within = span[0] <= asked[1] and asked[0] <= span[1]
                known.append(span[0] <= asked[1] if open_then else within)
    if known:
        _say(draft, all(known), query.negated)


def judge_claims(
    draft: Draft, query: Query, left: Sequence[str], catalogue: Catalogue
) -> list[str]:
    """Hold what is left over against the values told; what they settle is returned.

    A name or a word that a value holds makes a *yes*; one that none holds makes a *no*
    where a place has one such value only.
    """
    if not draft.told:
        return []
    values = [f" {fold(fact.value)} " for fact, _ in draft.told]
    held = [one for one in left if _within(one, values, catalogue)]
    if len(held) == len(left) and left:
        _say(draft, True, query.negated)
        return list(held)
    denied = {fact.variable for fact, _ in draft.told}.isdisjoint(_SEVERAL)
    named = [one for one in left if one not in held and one[:1].isupper()]
    if denied and named and len(held) + len(named) == len(left):
        _say(draft, False, query.negated)
        return list(left)
    return []


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
    landmark: Landmark, words: Sequence[str], catalogue: Catalogue
) -> Draft | None:
    """Whether a landmark is of the kind that is said; ``None`` if none is."""
    kind = find_kind(list(words), catalogue)
    if kind is None or not landmark.category:
        return None
    draft = Draft("fact")
    holds = landmark.category in kind.categories
    draft.say("Yes" if holds else "No", landmark_evidence(landmark))
    draft.quote(landmark_evidence(landmark))
    draft.value = "yes" if holds else "no"
    return draft
