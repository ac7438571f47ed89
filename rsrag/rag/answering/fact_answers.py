"""Values that questions ask for, from the facts and from nothing else."""

from collections.abc import Sequence

from rsrag.answers import Evidence
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.variables import label_of
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.reading.times import in_period, of_sources
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.english import place_words, when
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

STANDS_IN: dict[str, list[str]] = word_table("stands_in")
"""What may be given, and named, where the variable asked for is not held."""
SHOWN = 12
_SAME_GROUND = 0.01
"""Degrees, about 1 km, within which namesakes are the same place."""
_DISPUTED = 0.8
"""Certainty at most of a value that sources hold differently."""
_NEAREST = 5
_LONG = 16


def answer_fact(
    wanted: Sequence[Sequence[str]],
    periods: Sequence[str],
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
) -> Draft | None:
    """Look up variables of each place: a group of namesakes.

    Args:
        wanted: groups of variables, candidates for the same in order.
        periods: for which a value must hold.

    Returns:
        The values, a refusal with what is nearest, or ``None`` if no variable is asked
        for.
    """
    if not wanted:
        return None
    draft = Draft("fact")
    missing: list[str] = []
    nearest: list[Evidence] = []
    for landmarks in groups:
        held = [(mark, catalogue.facts(mark.id, exclude=exclude)) for mark in landmarks]
        if len(held) > 1:
            held = _one_of_a_place(held)
        for candidates in wanted:
            # *Was it opened in 1950?* asks for the year: it is no time at which a
            # value held.
            times = () if YEARS.issuperset(candidates) else periods
            said = len(draft.lines)
            for landmark, facts in held:
                _tell(draft, times, candidates, landmark, facts)
            if len(draft.lines) == said:
                missing.append(lacking(candidates, landmarks[0], times))
                nearest += _nearest(candidates, held)
    if not draft.lines:
        draft.refusal = "; ".join(dict.fromkeys(missing))
        draft.nearest = nearest[:_NEAREST]
        return draft
    draft.notes += [f"not in the knowledge base: {what}" for what in missing]
    return draft


def _one_of_a_place(
    held: Sequence[tuple[Landmark, list[Fact]]],
) -> list[tuple[Landmark, list[Fact]]]:
    """Namesakes on the same ground are one: what sources hold of it stands together."""
    places: list[tuple[Landmark, list[Fact]]] = []
    for mark, facts in held:
        for other, theirs in places:
            if mark.shape is None or other.shape is None:
                continue
            if mark.shape.distance(other.shape) <= _SAME_GROUND:
                theirs += facts
                break
        else:
            places.append((mark, list(facts)))
    return places


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
        for variable in candidates:
            # *How large was it in 1960?*
            if _tell_one(draft, periods, f"former_{variable}", landmark, facts):
                return
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
    if not periods and (differing := of_sources(mine)):
        chosen = differing
        draft.certainty = min(draft.certainty, _DISPUTED)
        draft.notes.append("its sources do not agree; what is newest comes first")
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
        "nickname": ", ".join(landmark.aliases),
    }.get(variable)
    if not value:
        return False
    draft.quote(landmark_evidence(landmark))
    _add_value(draft, [value])
    return True


def _add_value(draft: Draft, values: Sequence[str]) -> None:
    shown = "; ".join(dict.fromkeys(values))
    draft.value = shown if draft.value is None else f"{draft.value}; {shown}"


def lacking(
    candidates: Sequence[str], landmark: Landmark, periods: Sequence[str] = ()
) -> str:
    """That no value is held of what the candidates stand for, at some times."""
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
