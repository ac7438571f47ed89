"""The landmarks that meet the conditions of a query, and what shows that they do."""

from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.variables import label_of
from rsrag.rag.answering.places import RADIUS_M, Whereabouts
from rsrag.rag.executing.meeting import meets, spellings
from rsrag.rag.executing.reckoning import some_values
from rsrag.rag.executing.sites import MOST, Pool, keep_placed
from rsrag.rag.querying.typed_query import Query, ValueFilter
from rsrag.rag.reading.kinds import ANY, find_kind
from rsrag.rag.saying.draft import listed
from rsrag.records import Fact, Landmark

_ONE_OF_MANY = ("major_eruption",)
"""Variables that tell one time of several: it counts beside the last."""


def pool_of(
    query: Query,
    catalogue: Catalogue,
    exclude: Collection[str],
    area: Whereabouts | None,
    radius_m: float = RADIUS_M,
) -> Pool:
    """All landmarks of the query's kind that meet its conditions.

    ``area``: a point, box or picture that was given besides; near a point means
    within ``radius_m``.
    """
    pool = Pool(all_of(query.kind, catalogue, exclude))
    if query.entities and query.op != "rank":
        named = {one.id for name in query.entities for one in catalogue.named(name)}
        pool.keep(named, f" of {listed(query.entities)}")
    if area is not None:
        inside = {one.id for one in catalogue.inside(area.shape, MOST)}
        if area.area is None:
            near = catalogue.near(area.lon, area.lat, radius_m, MOST)
            inside |= {one.id for one, _ in near}
        how = f" within {radius_m / 1000:g} km of" if area.area is None else " in"
        pool.keep(inside, f"{how} {area.words}")
    for site in query.place:
        if pool.refusal is None:
            keep_placed(pool, site, catalogue)
    for one in query.filters:
        if pool.refusal is None:
            _valued(pool, one, catalogue, exclude)
    return pool


def all_of(
    kind: str | None, catalogue: Catalogue, exclude: Collection[str]
) -> list[Landmark]:
    """Every landmark of a kind; of any, where none is said."""
    found = find_kind((kind or ANY).split(), catalogue)
    return [
        one
        for category in (found.categories if found is not None else ())
        for one in catalogue.all_landmarks(category=category)
        if one.id not in exclude
    ]


def _valued(
    pool: Pool, wanted: ValueFilter, catalogue: Catalogue, exclude: Collection[str]
) -> None:
    mine = {landmark.id for landmark in pool.landmarks}
    if wanted.negated and not (wanted.low or wanted.high or wanted.names):
        _without(pool, wanted, catalogue, exclude)
        return
    decided: dict[str, Fact | None] = {}
    others: list[Fact] = []
    names = spellings(wanted.names, catalogue)
    for variable in _of_these(wanted.variables, mine, catalogue):
        found: dict[str, Fact | None] = {}
        for fact in catalogue.facts_of(variable):
            owner = fact.landmark_id
            if owner not in mine or fact.id in exclude:
                continue
            passes = meets(fact, wanted, names)
            if passes is None:
                if variable == wanted.variables[0]:
                    others.append(fact)
                continue
            # Of several values one that passes is enough, if not denied.
            if passes or owner not in found:
                found[owner] = fact if passes else found.get(owner)
        # The first variable that a place has decides, where numbers are compared.
        any_of_them = names or variable in _ONE_OF_MANY
        decided = {**found, **(_held(decided) if any_of_them else decided)}
    kept = {owner: fact for owner, fact in decided.items() if fact is not None}
    what = (
        f" ({label_of(wanted.variables[0])} {wanted.words})"
        if not names
        else f" ({wanted.words!r})"
    )
    if others and not names:
        shown = some_values(others)
        rest = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
        pool.notes.append(
            f"not compared with {wanted.words}, for another unit or as no one number: "
            f"{shown}{rest}"
        )
    for owner, fact in kept.items():
        pool.facts.setdefault(owner, []).append(fact)
    pool.keep(kept, what)
    if not kept and pool.notes:
        pool.refusal = "; ".join(pool.notes)


def _without(
    pool: Pool, wanted: ValueFilter, catalogue: Catalogue, exclude: Collection[str]
) -> None:
    """Leave out who has such a value: of others none is held, and that is said."""
    having = {
        fact.landmark_id
        for variable in wanted.variables
        for fact in catalogue.facts_of(variable)
        if fact.id not in exclude and not meets(fact, wanted)
    }
    mine = {one.id for one in pool.landmarks}
    # The more of them have one, the more it tells that others do not.
    pool.certainty *= 0.5 + 0.4 * len(having & mine) / max(1, len(mine))
    pool.keep(mine - having, f" ({wanted.words} here)")
    pool.notes.append(
        f"these have no {label_of(wanted.variables[0])} in the knowledge base"
    )


def _of_these(
    variables: Sequence[str], mine: Collection[str], catalogue: Catalogue
) -> Sequence[str]:
    """Of height and elevation the one that most of the kind have.

    A palace at 3,700 m is none of the *buildings over 500 metres*.
    """
    if set(variables) != {"height", "elevation"}:
        return variables

    def held(variable: str) -> int:
        return len({f.landmark_id for f in catalogue.facts_of(variable)} & set(mine))

    most, least = sorted(variables, key=held, reverse=True)
    return (most,) if held(most) > held(least) else variables


def _held(decided: dict[str, Fact | None]) -> dict[str, Fact | None]:
    return {owner: fact for owner, fact in decided.items() if fact is not None}
