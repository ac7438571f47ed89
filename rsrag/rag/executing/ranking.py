"""The first, the second, the last of a kind, by one of their values."""

from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import Measure, comparable
from rsrag.knowledge.variables import label_of
from rsrag.rag.executing.meeting import how_many
from rsrag.rag.executing.reckoning import in_unit, some_values
from rsrag.rag.executing.sites import AXES, Pool, middle_of
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_SHARED = 10


def rank(
    draft: Draft,
    query: Query,
    pool: Pool,
    catalogue: Catalogue,
    exclude: Collection[str],
) -> Draft:
    """Put the landmarks of a pool in order, and tell those that were asked for."""
    mine, candidates = pool.by_id, candidates_of(query)
    if candidates[0] in AXES:
        return _by_position(draft, query, pool, AXES[candidates[0]])
    kind = query.kind or "landmark"
    variable, facts, others = measured(candidates, mine, catalogue, exclude, query.time)
    if variable is None:
        labels = " or ".join(label_of(one) for one in candidates[:2])
        draft.refusal = f"it holds no {labels} of any {kind}{pool.words}"
        return draft
    sign = 1 if query.order == "least" else -1
    orders = {fact.id: sign * one.value for fact in facts if (one := value_of(fact))}
    ranked = sorted(facts, key=lambda fact: (orders[fact.id], fact.id))
    chosen = _chosen(query, ranked, [orders[fact.id] for fact in ranked])
    if not chosen:
        draft.refusal = f"it holds a {label_of(variable)} of {len(ranked)} only"
        return draft
    for fact in chosen:
        draft.quote(fact_evidence(fact, mine[fact.landmark_id]))
    draft.value = "; ".join(mine[fact.landmark_id].name for fact in chosen)
    if query.wants == "yes" and query.entities:
        carriers = {one.id for name in query.entities for one in catalogue.named(name)}
        holds = any(fact.landmark_id in carriers for fact in chosen) != query.negated
        draft.lines.insert(0, ("Yes" if holds else "No", draft.pieces))
    draft.told = [(fact, mine[fact.landmark_id]) for fact in chosen]
    if query.unit is not None:
        in_unit(draft, query.unit)
    if others:
        shown = some_values(others)
        draft.notes.append(f"not compared, as the units differ: {shown}")
    marks = [mine[fact.landmark_id] for fact in chosen]
    tell_besides(draft, query.variables[1:], marks, catalogue, exclude)
    _close(draft, query, pool, f"by {label_of(variable)}", len(ranked))
    return draft


def _close(draft: Draft, query: Query, pool: Pool, how: str, known: int) -> None:
    """Say among how many this is the first; the fewer have a value, the less sure."""
    place = "" if query.nth == 1 else f"number {query.nth}, "
    most = "the least" if query.order == "least" else "the most"
    every = len(pool.landmarks)
    draft.notes.append(
        f"{place}{most} {how} among the {known:,} of {every:,} "
        f"{plural_of(query.kind or 'landmark')}{pool.words} that have it here"
    )
    draft.certainty = certainty_of(known, every)


def certainty_of(known: int, every: int) -> float:
    """What is said of a kind is the surer, the more of it have a value."""
    return round(0.5 + 0.5 * known / every, 3)


def _chosen(
    query: Query, ranked: Sequence[Fact], orders: Sequence[float]
) -> list[Fact]:
    """The n-th and those after it that are asked for, and who is level with them."""
    first, last = query.nth - 1, query.nth - 1 + query.top
    chosen = list(ranked[first:last])
    level = [
        fact
        for fact, order in zip(ranked[last:], orders[last:], strict=True)
        if chosen and order == orders[first + len(chosen) - 1]
    ]
    return chosen + level[: max(0, _SHARED - len(chosen))]


def candidates_of(query: Query) -> tuple[str, ...]:
    """The variables that put in order, each once, the likelier first."""
    return tuple(dict.fromkeys(query.variables[0]))


def tell_besides(
    draft: Draft,
    groups: Sequence[Sequence[str]],
    landmarks: Sequence[Landmark],
    catalogue: Catalogue,
    exclude: Collection[str],
) -> None:
    """Tell these values of each landmark, and which of them are not held."""
    for landmark in landmarks if groups else ():
        held: dict[str, Fact] = {}
        for fact in catalogue.facts(landmark.id, exclude=frozenset(exclude)):
            if fact.variable not in held or fact.period is not None:
                held[fact.variable] = fact
        for group in groups:
            told = next((held[one] for one in group if one in held), None)
            if told is not None:
                draft.quote(fact_evidence(told, landmark))
            else:
                draft.notes.append(
                    f"it holds no {label_of(group[0])} of {landmark.name}"
                )


def value_of(fact: Fact) -> Measure | None:
    """What puts a fact in order; of places that it lies in, how many they are."""
    return order_of(fact) or how_many(fact)


def measured(
    candidates: Collection[str],
    mine: Collection[str],
    catalogue: Catalogue,
    exclude: Collection[str],
    time: Sequence[str] = (),
) -> tuple[str | None, list[Fact], list[Fact]]:
    """The candidate that most have, a value of each, and what cannot be compared.

    A later candidate must be held by more than twice as many. Times that mean much the
    same are taken together. Of several values of a landmark the latest counts.

    Args:
        time: periods whose values alone count; all, if there are none.
    """
    best: tuple[str | None, dict[str, Fact]] = None, {}
    together: dict[str, Fact] = {}
    for variable in candidates:
        found: dict[str, Fact] = {}
        for fact in catalogue.facts_of(variable):
            owner = fact.landmark_id
            if time and not (fact.period or "").startswith(tuple(time)):
                continue
            if owner in mine and fact.id not in exclude and value_of(fact) is not None:
                held = found.get(owner)
                if held is None or (held.period or "") < (fact.period or ""):
                    found[owner] = fact
        if found and (best[0] is None or len(found) > 2 * len(best[1])):
            best = variable, found
        together = {**found, **together}
    facts = list(best[1].values())
    if best[0] is not None and YEARS.issuperset(candidates):
        facts = list(together.values())
    pairs = [(fact, one) for fact in facts if (one := value_of(fact)) is not None]
    return best[0], *comparable(pairs)


def _by_position(draft: Draft, query: Query, pool: Pool, axis: int) -> Draft:
    """The northernmost, the westernmost: by the middle of each."""
    sign = 1 if query.order == "least" else -1
    placed: list[tuple[float, str, Landmark]] = []
    for one in pool.landmarks:
        at = middle_of(one)
        if at is not None:
            placed.append((sign * at[axis], one.id, one))
    placed.sort(key=lambda entry: entry[:2])
    chosen = [one for *_, one in placed[query.nth - 1 : query.nth - 1 + query.top]]
    if not chosen:
        draft.refusal = f"it knows where {len(placed)} of them lie"
        return draft
    for one in chosen:
        draft.quote(landmark_evidence(one))
    draft.value = "; ".join(one.name for one in chosen)
    _close(draft, query, pool, "by the middle of each", len(placed))
    return draft
