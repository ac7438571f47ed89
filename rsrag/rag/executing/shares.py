"""How many of a kind do, of all of them, or beside how many others."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.variables import label_of
from rsrag.rag.answering.places import Whereabouts
from rsrag.rag.executing.pools import pool_of
from rsrag.rag.executing.ranking import certainty_of
from rsrag.rag.executing.sites import Pool
from rsrag.rag.executing.summaries import SHOWN
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.place_names import parts_of_list
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.saying.draft import Draft
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_EXCEPTIONS = 3


def share(
    draft: Draft,
    query: Query,
    pool: Pool,
    catalogue: Catalogue,
    exclude: Collection[str],
    radius_m: float,
) -> Draft:
    """How many of a kind meet the conditions, and whether that is so much as asked.

    Of conditions on values and on the place the place says of whom it is asked. Who has
    no such value does not count.
    """
    whole = replace(query, place=query.place if query.filters else (), filters=())
    every = pool_of(whole, catalogue, exclude, None, radius_m)
    variables = [v for one in query.filters if not one.names for v in one.variables]
    # To be a World Heritage Site is told of those alone that are one.
    variables = [v for v in variables if v not in YEARS or _limited(query, v)]
    has = {f.landmark_id for v in variables for f in catalogue.facts_of(v)}
    known = [one for one in every.landmarks if one.id in has or not variables]
    if not known:
        draft.refusal = f"it knows of no {query.kind}{every.words or pool.words}"
        return draft
    many, kinds = len(pool.landmarks), plural_of(query.kind or "landmark")
    such = pool.words.removeprefix(every.words)
    said = (
        f"{many:,} of the {len(known):,} {kinds}{every.words} that the knowledge base "
        f"holds ({many / len(known):.0%}) are {kinds}{such}"
    )
    if query.entities:
        said = f"{many:,} of the {len(known):,} named are such:{such}"
    shown = [landmark_evidence(one) for one in pool.landmarks[:SHOWN]]
    draft.value = f"{many / len(known):.0%}"
    if query.factor is not None:
        holds = (
            many == len(known)
            if query.factor == 1
            else many > query.factor * len(known)
        )
        holds = holds != query.negated
        draft.value = "yes" if holds else "no"
        said = f"{'Yes' if holds else 'No'}: {said}"
        mine = pool.by_id
        others = [one for one in known if one.id not in mine]
        if not holds and not query.negated and others:
            shown = [landmark_evidence(one) for one in others[:SHOWN]]
        draft.say(said, *shown)
        for one in pool.landmarks if query.entities else ():
            for fact in pool.facts.get(one.id, ()):
                draft.quote(fact_evidence(fact, one))
        for one in others[:_EXCEPTIONS] if query.factor == 1 else ():
            facts = [f for v in variables for f in catalogue.facts(one.id, v)]
            draft.quote(
                fact_evidence(facts[0], one) if facts else landmark_evidence(one)
            )
    else:
        draft.say(said, *shown)
    if len(known) < len(every.landmarks):
        left = len(every.landmarks) - len(known)
        draft.notes.append(f"{left:,} {kinds}{every.words} have no such value here")
        draft.certainty *= certainty_of(len(known), len(every.landmarks))
    return draft


def _limited(query: Query, variable: str) -> bool:
    """Whether a value of it must be more or less than something."""
    return any(
        variable in one.variables and bool(one.low or one.high) for one in query.filters
    )


def outnumber(
    draft: Draft,
    query: Query,
    catalogue: Catalogue,
    exclude: Collection[str],
    area: Whereabouts | None,
    radius_m: float,
) -> Draft:
    """Count two kinds, or one kind in each of several places, and say who has more."""
    single = replace(query, order=None)
    kinds = (query.kind or "landmark").split(" or ")
    if len(kinds) > 1:
        sides = [(replace(single, kind=kind), f"{plural_of(kind)}") for kind in kinds]
    else:
        site = query.place[0]
        sides = [
            (
                replace(single, place=(replace(site, names=(name,)), *query.place[1:])),
                name,
            )
            for name in site.names
        ]
    counts = []
    for one, _ in sides:
        pool = pool_of(one, catalogue, exclude, area, radius_m)
        if pool.refusal is not None:
            draft.refusal = pool.refusal
            return draft
        many = len(pool.landmarks)
        counts.append(many)
        word = plural_of(one.kind or "landmark") if many != 1 else one.kind
        draft.say(
            f"The knowledge base holds {many:,} {word}{pool.words}",
            *(landmark_evidence(landmark) for landmark in pool.landmarks[:SHOWN]),
        )
    best = (max if query.order == "most" else min)(counts)
    first = [
        name for (_, name), many in zip(sides, counts, strict=True) if many == best
    ]
    draft.value = ", ".join(first)
    if query.wants == "yes":
        holds = counts[0] == best and len(first) == 1
        draft.lines.insert(0, ("Yes" if holds != query.negated else "No", draft.pieces))
        return draft
    how = "most" if query.order == "most" else "fewest"
    of = plural_of(query.kind or "landmark")
    said = (
        f"The {how} are {first[0]}"
        if len(kinds) > 1
        else f"The {how} {of} are in {first[0]}"
    )
    if len(first) > 1:
        said = "They are as many"
    draft.lines.insert(0, (said, draft.pieces))
    return draft


def in_common(
    draft: Draft,
    query: Query,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: Collection[str],
) -> Draft:
    """The countries, or other places, that all of some landmarks lie in."""
    variable = query.variables[0][0]
    shared: list[str] | None = None
    for group in groups:
        held = catalogue.facts(group[0].id, variable)
        facts = [fact for fact in held if fact.id not in exclude]
        if not facts:
            draft.refusal = f"it holds no {label_of(variable)} of {group[0].name}"
            return draft
        mine = parts_of_list(facts[0].value)
        shared = [one for one in (mine if shared is None else shared) if one in mine]
        draft.quote(fact_evidence(facts[0], group[0]))
    draft.value = ", ".join(shared or ()) or "no"
    label = label_of(variable)
    said = f"They share {draft.value}" if shared else f"They share no {label}"
    if query.wants == "same":
        said = f"{'Yes' if shared else 'No'}: {said[0].lower()}{said[1:]}"
    draft.lines.insert(0, (said, draft.pieces))
    return draft
