"""Answers over many landmarks at once: the highest, the oldest, how many."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.units import comparable
from rsrag.knowledge.variables import label_of
from rsrag.rag.reading.conditions import Condition
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.listing import SHOWN, KindQuestion
from rsrag.rag.reading.quantities import order_of
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.draft import Draft, listed
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence


def answer_listing(
    listing: KindQuestion,
    question: Question,
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
) -> Draft:
    """Sort or count the landmarks of a kind, within a place if one is named."""
    draft = Draft("list")
    pool = [
        landmark
        for category in listing.categories
        for landmark in catalogue.all_landmarks(category=category)
        if landmark.id not in exclude
    ]
    where = _where(question, catalogue)
    if where is None and question.unknown:
        draft.refusal = f"it knows no place {listed(question.unknown)}"
        return draft
    place = ""
    if where is not None:
        place, ids = where
        pool = [landmark for landmark in pool if landmark.id in ids]
    if not pool:
        known = f" that it knows to be{place}" if place else ""
        draft.refusal = f"it holds no {listing.kind}{known}"
        return draft
    kept: dict[str, Fact] = {}
    if listing.condition is not None:
        words = listing.condition.words
        kept, others = _passing(pool, listing.condition, catalogue, exclude)
        draft.notes += _not_compared(others, listing.condition.words)
        pool = [landmark for landmark in pool if landmark.id in kept]
        place = f"{place} ({label_of(listing.condition.variables[0])} {words})"
        if not pool:
            draft.refusal = (
                "; ".join(draft.notes) or f"it knows of no {listing.kind}{place}"
            )
            return draft
    if listing.variables:
        return _sorted(draft, listing, pool, place, catalogue, exclude)
    shown = pool[:SHOWN]
    if listing.counts:
        draft.value = str(len(pool))
        word = listing.kind if len(pool) == 1 else plural_of(listing.kind)
        draft.say(
            f"The knowledge base holds {len(pool):,} {word}{place}",
            *(landmark_evidence(landmark) for landmark in shown),
        )
    else:
        for landmark in shown:
            piece = landmark_evidence(landmark)
            if landmark.id in kept:
                piece = fact_evidence(kept[landmark.id], landmark)
            draft.quote(piece)
        draft.value = "; ".join(landmark.name for landmark in shown)
    if len(pool) > len(shown):
        draft.notes.append(f"{len(shown)} of {len(pool):,} are cited")
    return draft


def _passing(
    pool: Sequence[Landmark],
    condition: Condition,
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> tuple[dict[str, Fact], list[Fact]]:
    """The fact by which each landmark meets a condition, and what cannot be compared.

    The first variable that a landmark has decides: a bridge that was completed too
    early does not pass by the year it was opened in.
    """
    mine = {landmark.id for landmark in pool}
    decided: dict[str, Fact | None] = {}
    others: list[Fact] = []
    for variable in condition.variables:
        found: dict[str, Fact | None] = {}
        for fact in catalogue.facts_of(variable):
            given, owner = order_of(fact), fact.landmark_id
            if owner in mine and fact.id not in exclude and given is not None:
                if given.kind != condition.kind:
                    others.append(fact)
                    continue
                found.setdefault(owner, None)
                if condition.passes(given):
                    found[owner] = fact
        decided = {**found, **decided}
    passed = {owner: fact for owner, fact in decided.items() if fact is not None}
    return passed, others


def _not_compared(facts: Sequence[Fact], what: str) -> list[str]:
    """A note on values whose unit is none, unknown, or of another kind."""
    if not facts:
        return []
    shown = ", ".join(dict.fromkeys(fact.value for fact in facts[:3]))
    rest = f" and {len(facts) - 3:,} more" if len(facts) > 3 else ""
    return [f"not compared with {what}, as the units differ: {shown}{rest}"]


def _sorted(
    draft: Draft,
    listing: KindQuestion,
    pool: Sequence[Landmark],
    place: str,
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft:
    mine = {landmark.id: landmark for landmark in pool}
    best: tuple[str, list[Fact]] | None = None
    for variable in dict.fromkeys(listing.variables):
        facts = [f for f in catalogue.facts_of(variable) if f.landmark_id in mine]
        facts = [f for f in facts if order_of(f) is not None and f.id not in exclude]
        if facts and (best is None or len(facts) > 2 * len(best[1])):
            best = (variable, facts)
    if best is None:
        labels = " or ".join(label_of(v) for v in dict.fromkeys(listing.variables))
        draft.refusal = f"it holds no {labels} of any {listing.kind}{place}"
        return draft
    variable, facts = best
    orders = {fact.id: one for fact in facts if (one := order_of(fact))}
    facts, others = comparable([(fact, orders[fact.id]) for fact in facts])
    draft.notes += _not_compared(others, f"{label_of(variable)} of the others")
    sign = -1 if listing.descending else 1
    facts.sort(key=lambda f: (sign * orders[f.id].value, f.id))
    for fact in facts[: listing.top]:
        draft.quote(fact_evidence(fact, mine[fact.landmark_id]))
    draft.value = "; ".join(mine[f.landmark_id].name for f in facts[: listing.top])
    known = len({fact.landmark_id for fact in facts})
    draft.notes.append(
        f"{listing.superlative} by {label_of(variable)} among the {known:,} of "
        f"{len(pool):,} {plural_of(listing.kind)}{place} that have it here"
    )
    draft.certainty = round(0.5 + 0.5 * known / len(pool), 3)
    return draft


def _where(question: Question, catalogue: Catalogue) -> tuple[str, set[str]] | None:
    """The place a listing is narrowed to, in words, and the landmarks in it."""
    for ids, surface in zip(question.places, question.surfaces, strict=True):
        for landmark in catalogue.landmarks(list(ids)):
            shape = landmark.shape
            if shape is not None and shape.area > 0:
                inside = catalogue.inside(shape, 100_000)
                held = {one.id for one in inside if one.id != landmark.id}
                named = _named_places(catalogue, {fold(surface): surface})
                return f" in {surface}", held | (named[1] if named else set())
    names = [*question.unknown, *question.surfaces]
    typed = {fold(name): name for name in names}
    return _named_places(catalogue, typed) if typed else None


def _named_places(
    catalogue: Catalogue, typed: dict[str, str]
) -> tuple[str, set[str]] | None:
    """Landmarks whose continent, country, region, ocean or city has a name."""
    for variable in word_table("place_variables"):
        held = set()
        match = ""
        for fact in catalogue.facts_of(variable):
            for part in re.split(r",| and |;|/", fact.value):
                key = fold(part)
                if key in typed:
                    held.add(fact.landmark_id)
                    match = typed[key]
        if held:
            return f" in {match}", held
    return None
