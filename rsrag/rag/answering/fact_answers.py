"""Values that questions ask for, from the facts and from nothing else."""

import re
from collections.abc import Sequence

from rsrag.answers import Evidence
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.variables import label_of
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.times import in_period
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.english import place_words, when, with_article
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

STANDS_IN: dict[str, list[str]] = word_table("stands_in")
"""What may be given, and named, where the variable asked for is not held."""
_COMMON = frozenset({"category", "type", "name", "material", "known_for"})
_MORE = 2
"""*What type of …* asks for a kind only if not much more is asked besides."""
_COMPARES = re.compile(r"\b(?:than|or|compared?|versus|vs|which)\b", re.IGNORECASE)
SHOWN = 12
_NEAREST = 5
_LONG = 16


def answer_fact(
    question: Question,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
) -> Draft | None:
    """Look up what the question asks for, of each place: a group of namesakes.

    Returns:
        The values, a refusal with what is nearest, or ``None`` if the question asks for
        no variable at all.
    """
    draft = Draft("fact")
    missing: list[str] = []
    nearest: list[Evidence] = []
    asked = False
    for landmarks in groups:
        held = [
            (mark, [f for f in catalogue.facts(mark.id) if f.id not in exclude])
            for mark in landmarks
        ]
        wanted = _wanted(question, held)
        asked = asked or bool(wanted)
        for candidates in wanted:
            # *Was it opened in 1950?* asks for the year: it is no time at which a
            # value held.
            periods = () if YEARS.issuperset(candidates) else question.periods
            said = len(draft.lines)
            for landmark, facts in held:
                _tell(draft, periods, candidates, landmark, facts)
            if len(draft.lines) == said:
                missing.append(_lacking(candidates, periods, landmarks[0]))
                nearest += _nearest(candidates, held)
    if not asked:
        return None
    if not draft.lines:
        draft.refusal = "; ".join(dict.fromkeys(missing))
        draft.nearest = nearest[:_NEAREST]
        return draft
    draft.notes += [f"not in the knowledge base: {what}" for what in missing]
    _compare(draft, question)
    return draft


def _wanted(
    question: Question, held: Sequence[tuple[Landmark, Sequence[Fact]]]
) -> list[list[str]]:
    """Groups of variables asked for, candidates in order.

    The vocabulary's, and those that only this landmark's source has (``roof_type``),
    which are found by their own words. *The lake* is no variable of a lake.
    """
    own = sorted({fact.variable for _, facts in held for fact in facts})
    groups = question.groups(own)
    kinds = {w for one, _ in held for w in content_words(one.category or "")}
    others = [g for g in groups if not kinds >= set(content_words(g[0].surface))]
    groups = tuple(others) or groups
    said = {w for g in groups for m in g for w in content_words(m.surface)}
    more = sum(word not in said for word in content_words(question.masked))
    return [
        [mention.variable for mention in group]
        for group in groups
        if more <= _MORE or group[0].variable not in _COMMON
    ]


def _tell(
    draft: Draft,
    periods: Sequence[str],
    candidates: Sequence[str],
    landmark: Landmark,
    facts: Sequence[Fact],
) -> None:
    """Add the sentences of the first candidate that this landmark has."""
    for variable in candidates:
        if _tell_one(draft, periods, variable, landmark, facts):
            return
    if periods:
        return
    for variable in candidates:
        for other in STANDS_IN.get(variable, ()):
            if _tell_one(draft, periods, other, landmark, facts):
                draft.certainty = min(draft.certainty, 0.8)
                draft.notes.append(
                    f"it has no {label_of(variable)} of {landmark.name}; "
                    f"this is its {label_of(other)}"
                )
                return


def _tell_one(
    draft: Draft,
    periods: Sequence[str],
    variable: str,
    landmark: Landmark,
    facts: Sequence[Fact],
) -> bool:
    mine = [fact for fact in facts if fact.variable == variable]
    chosen, quotes = in_period(mine, periods)
    if not chosen and not mine and not periods:
        return _tell_record(draft, variable, landmark)
    for fact in chosen[:SHOWN]:
        draft.told.append((fact, landmark))
        piece = fact_evidence(fact, landmark)
        quote = quotes.get(fact.id)
        draft.say(quote or piece.text, piece)
    if chosen and not periods and any(fact.period for fact in chosen):
        draft.notes.append("the question names no time; these are the times it holds")
    if chosen:
        values = [quotes.get(fact.id, fact.value) for fact in chosen]
        _add_value(draft, values)
        draft.rewordable = len(draft.lines) == 1 and len(values[0].split()) <= _LONG
        if len(chosen) > SHOWN:
            draft.notes.append(f"{len(chosen) - SHOWN} more values are held")
    return bool(chosen)


def _tell_record(draft: Draft, variable: str, landmark: Landmark) -> bool:
    """What the landmark's own record says: its name, kind and place."""
    value = {
        "name": landmark.name,
        "category": landmark.category,
        "location": place_words(landmark),
        "coordinates": place_words(landmark),
    }.get(variable)
    if not value:
        return False
    draft.quote(landmark_evidence(landmark))
    _add_value(draft, [value])
    return True


def _add_value(draft: Draft, values: Sequence[str]) -> None:
    shown = "; ".join(dict.fromkeys(values))
    draft.value = shown if draft.value is None else f"{draft.value}; {shown}"


def _lacking(
    candidates: Sequence[str], periods: Sequence[str], landmark: Landmark
) -> str:
    time = f" {' or '.join(map(when, periods))}" if periods else ""
    return f"it holds no {label_of(candidates[0])} of {landmark.name}{time}"


def _nearest(
    candidates: Sequence[str], held: Sequence[tuple[Landmark, Sequence[Fact]]]
) -> list[Evidence]:
    """The variable at other times first, then what else is held of the place."""
    close: list[Evidence] = []
    rest: list[Evidence] = []
    for landmark, facts in held:
        for fact in facts:
            group = close if fact.variable in candidates else rest
            group.append(fact_evidence(fact, landmark))
    return [*close, *rest]


def _compare(draft: Draft, question: Question) -> None:
    """Say which of the two values told is the larger, if the question compares."""
    if len(draft.told) != 2 or len(draft.lines) != 2:
        return
    if not _COMPARES.search(question.masked):
        return
    (one, first), (two, second) = draft.told
    a, b = order_of(one), order_of(two)
    if one.variable != two.variable or a is None or b is None:
        return
    if first.id == second.id or (a.kind == b.kind and a.value == b.value):
        return
    if a.kind != b.kind:
        units = " and ".join(fact.unit or "no unit" for fact in (one, two))
        draft.notes.append(f"the two cannot be compared: they have {units}")
        return
    more = first if a.value > b.value else second
    word, noun = "larger", label_of(one.variable)
    if one.variable in YEARS:
        word, noun = "later", "date"
    draft.say(
        f"Of the two, {with_article(more)} has the {word} {noun}",
        *(piece for _, pieces in draft.lines for piece in pieces),
    )
    draft.rewordable = False
