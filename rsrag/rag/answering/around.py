"""Landmarks near one, to one side of it, or between two; how far two lie apart."""

from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import apart
from rsrag.knowledge.units import convert
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.answering.places import (
    RADIUS_M,
    Neighbour,
    Whereabouts,
    direction,
    distance_words,
    neighbours,
    tell_place,
)
from rsrag.rag.executing.pools import all_of
from rsrag.rag.executing.reckoning import number_words
from rsrag.rag.executing.sites import amid, first_placed
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import ANY, find_kind
from rsrag.rag.saying.draft import Draft, listed
from rsrag.records import Landmark
from rsrag.retrieval.wording.english import capital, name_is_plural, with_article
from rsrag.retrieval.wording.evidence import landmark_evidence

_TOLD = 5
_ONE_PLACE = "the question names only one"
_FAR_M = 2_000_000.0
_ANYWHERE_M = 20_100_000.0


def of_kind(
    kind: str | None, around: Sequence[Neighbour], catalogue: Catalogue
) -> tuple[str, list[Neighbour]]:
    """Those of a kind, and what the kind is called; all if there is none."""
    found = find_kind(kind.split(), catalogue) if kind else None
    if found is None or found.name == ANY:
        return ANY, list(around)
    kept = [one for one in around if one.landmark.category in found.categories]
    return found.name, kept


def near(
    query: Query,
    landmarks: Sequence[Landmark],
    catalogue: Catalogue,
    request: AskRequest,
) -> Draft:
    """What lies around the first landmark whose place is known.

    Of a kind that is asked for, the nearest is told however far it is, unless the query
    says how far.
    """
    reach = next((one.km for one in query.place if one.km is not None), None)
    radius_m = request.radius_m if reach is None else reach * 1000
    for landmark in landmarks:
        place = Whereabouts.at(landmark)
        if place is not None:
            mine = frozenset({one.id for one in landmarks} | request.exclude)
            around = neighbours(place, catalogue, radius_m, mine)
            kind, around = of_kind(query.kind, around, catalogue)
            far_too = reach is None and (kind != ANY or query.order is not None)
            if not around and far_too and radius_m >= RADIUS_M:
                reaches = (_FAR_M, _ANYWHERE_M) if kind != ANY else (_FAR_M,)
                for far_m in reaches:
                    far = neighbours(place, catalogue, far_m, mine)
                    around = of_kind(query.kind, far, catalogue)[1][:1]
                    if around:
                        break
            return tell_place(place, around, radius_m, beside=True, kind=kind)
    return _nowhere(landmarks[0])


def to_one_side(
    query: Query,
    landmarks: Sequence[Landmark],
    catalogue: Catalogue,
    request: AskRequest,
) -> Draft:
    """The nearest landmarks to the north, south, east or west of one."""
    side = query.place[0].relation if query.place else "north"
    placed = first_placed(landmarks)
    place = Whereabouts.at(placed) if placed is not None else None
    if place is None:
        return _nowhere(landmarks[0])
    mine = frozenset({one.id for one in landmarks} | request.exclude)
    around = neighbours(place, catalogue, _FAR_M, mine)
    kind, around = of_kind(query.kind, around, catalogue)
    there = [
        one for one in around if one.distance_m > 0 and side in direction(one.bearing)
    ]
    draft = tell_place(place, there[:_TOLD], _FAR_M, beside=True, kind=kind)
    if draft.refusal is not None:
        draft.refusal = f"it holds no {kind} to the {side} of {place.words}"
    return draft


def between(
    query: Query,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    request: AskRequest,
) -> Draft:
    """Landmarks on the way from one to another."""
    pair = [first_placed(group) for group in groups[:2]]
    if None in pair:
        return _nowhere(groups[pair.index(None)][0])
    first, second = pair
    assert first is not None and second is not None
    among = all_of(query.kind, catalogue, request.exclude)
    names = f"{with_article(first)} and {with_article(second)}"
    draft = Draft("place")
    there = amid(first, second, among)
    for one in there[:_TOLD]:
        verb = "lie" if name_is_plural(one.name) else "lies"
        said = f"{capital(with_article(one))} {verb} between {names}"
        draft.say(said, *map(landmark_evidence, (one, first, second)))
    draft.value = "; ".join(one.name for one in there[:_TOLD])
    if not there:
        draft.refusal = f"it holds no {query.kind or ANY} between {names}"
    elif len(there) > _TOLD:
        draft.notes.append(f"{len(there) - _TOLD} more lie there")
    draft.notes.append("between: on a way that is at most a tenth longer than straight")
    return draft


def how_far(
    groups: Sequence[Sequence[Landmark]],
    unit: str | None = None,
    unknown: Sequence[str] = (),
) -> Draft:
    """The distance between the first two places, from outline to outline.

    In a ``unit`` as well, if it is one of length and not the kilometre. Where there is
    only one, the other is ``unknown``, or was not said.
    """
    draft = Draft("place")
    if len(groups) < 2:
        other = (
            f"it knows no landmark called {listed(unknown)}" if unknown else _ONE_PLACE
        )
        draft.refusal = f"a distance needs two places, and {other}"
        draft.nearest = [landmark_evidence(groups[0][0])]
        return draft
    pair = [first_placed(group) for group in groups[:2]]
    if None in pair:
        return _nowhere(groups[pair.index(None)][0])
    first, second = pair
    assert first is not None and second is not None
    here, there = first.shape, second.shape
    assert here is not None and there is not None
    metres, bearing = apart(there, here)
    names = with_article(first), with_article(second)
    far = distance_words(metres, bearing)
    told = (
        f"{capital(names[0])} lies {far} of {names[1]}."
        if metres
        else f"{capital(names[0])} and {names[1]} meet."
    )
    draft.say(told, landmark_evidence(first), landmark_evidence(second))
    draft.value = far.split(" to the ")[0] if metres else "0 km"
    number = convert(metres, "m", unit) if unit not in (None, "km") else None
    if unit is not None and number is not None:
        words = f"{number_words(number)} {unit}"
        draft.say(f"That is {words}", *draft.pieces)
        draft.value = words
    if here.geom_type != "Point" or there.geom_type != "Point":
        draft.notes.append("measured from outline to outline, which are rough")
    return draft


def nearer(groups: Sequence[Sequence[Landmark]], *, most: bool) -> Draft:
    """How far the others lie from the first, and which of them lies nearest."""
    drafts = [how_far([group, groups[0]]) for group in groups[1:]]
    refused = next((one for one in drafts if one.refusal is not None), None)
    if refused is not None:
        return refused
    point, *others = (first_placed(group) for group in groups)
    found = Draft("place")
    measured = []
    for draft, other in zip(drafts, others, strict=True):
        found.lines += draft.lines
        found.notes += [one for one in draft.notes if one not in found.notes]
        assert other is not None and other.shape is not None
        assert point is not None and point.shape is not None
        measured.append((apart(point.shape, other.shape)[0], other))
    chosen = (max if most else min)(measured, key=lambda one: one[0])[1]
    degree = ("farther", "farthest") if most else ("nearer", "nearest")
    said = f"{capital(with_article(chosen))} lies {degree[len(measured) > 2]}"
    pieces = {one.id: one for draft in drafts for one in draft.pieces}
    found.lines.insert(0, (said, tuple(pieces.values())))
    found.value = chosen.name
    return found


def lying_in(
    groups: Sequence[Sequence[Landmark]], place: Whereabouts
) -> list[list[Landmark]]:
    """Landmarks that touch an area that was given; those without a place are not in."""
    kept = [
        [
            one
            for one in group
            if one.shape is not None and one.shape.intersects(place.shape)
        ]
        for group in groups
    ]
    return [group for group in kept if group]


def as_near(query: Query, group: Sequence[Landmark], catalogue: Catalogue) -> Draft:
    """*Is X within 20 km of Y?*: yes or no, and how far it is."""
    site = query.place[0]
    other = catalogue.named(site.names[0])
    if not other:
        return Draft("place", refusal=f"it knows no place {listed(site.names)}")
    draft = how_far([group, other], query.unit)
    pair = first_placed(group), first_placed(other)
    if draft.refusal is not None or pair[0] is None or pair[1] is None:
        return draft
    assert pair[0].shape is not None and pair[1].shape is not None
    near = apart(pair[1].shape, pair[0].shape)[0] <= 1000 * (site.km or 0.0)
    draft.value = "yes" if near != query.negated else "no"
    draft.lines.insert(0, (draft.value.capitalize(), draft.pieces))
    return draft


def _nowhere(landmark: Landmark) -> Draft:
    return Draft(
        "place",
        refusal=f"it does not know where {landmark.name} lies",
        nearest=[landmark_evidence(landmark)],
    )
