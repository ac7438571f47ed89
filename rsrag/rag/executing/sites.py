"""Where the landmarks of a pool lie: in a place, near one, between two, to one side."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from rsrag.geo import bbox_centre, geometry_bbox, haversine_m
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import apart
from rsrag.rag.answering.places import RADIUS_M, Whereabouts
from rsrag.rag.querying.typed_query import PlaceFilter
from rsrag.rag.reading.place_names import parts_of_list, place_key, places_of
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.draft import listed
from rsrag.records import Fact, Landmark

AXES = {"longitude": 0, "latitude": 1}
"""Variables that a place has by where it lies, and their axis."""
MOST = 100_000
"""Landmarks of a place at most."""
_MERIDIANS = ("east", "west")
_DETOUR = 1.1
"""So many times the straight way may one be that leads over what lies between."""


@dataclass(slots=True)
class Pool:
    """Landmarks of a kind, cut down step by step.

    Attributes:
        words: the conditions in words, to stand after the kind.
        facts: by landmark, what shows that it meets the conditions on values.
        refusal: why a condition cannot be met by any.
        certainty: that no other landmark meets them.
    """

    landmarks: list[Landmark]
    words: str = ""
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refusal: str | None = None
    certainty: float = 1.0

    @property
    def by_id(self) -> dict[str, Landmark]:
        """Landmarks by their ids."""
        return {landmark.id: landmark for landmark in self.landmarks}

    def keep(self, ids: Collection[str], words: str) -> None:
        """Leave out all others; ``words`` say why."""
        self.landmarks = [one for one in self.landmarks if one.id in ids]
        self.words += words


def keep_placed(pool: Pool, site: PlaceFilter, catalogue: Catalogue) -> None:
    """Cut a pool down to what lies where a condition says, or say why none can."""
    if site.relation == "in":
        _within_names(pool, site, catalogue)
        return
    anchors = [first_placed(catalogue.named(name)) for name in site.names]
    unknown = [n for n, a in zip(site.names, anchors, strict=True) if a is None]
    if unknown:
        pool.refusal = f"it knows no place {listed(unknown)}"
        return
    places = [one for one in anchors if one is not None]
    words = " and ".join(site.names)
    if site.relation == "within" and site.at is not None and site.km is not None:
        near = catalogue.near(*site.at, site.km * 1000, MOST)
        words = f"{site.at[1]:.4f}, {site.at[0]:.4f}"
        pool.keep({one.id for one, _ in near}, f" within {site.km:g} km of {words}")
        return
    if site.relation in ("within", "near"):
        km = site.km if site.km is not None else RADIUS_M / 1000
        ids = _close_to(places[0], km * 1000, catalogue)
        pool.keep(ids, f" within {km:g} km of {words}")
    elif site.relation == "between" and len(places) == 2:
        ids = {one.id for one in amid(places[0], places[1], pool.landmarks)}
        pool.keep(ids, f" between {words}")
    else:
        _to_one_side(pool, site, places)


def first_placed(landmarks: Iterable[Landmark]) -> Landmark | None:
    """The first landmark whose place is known."""
    return next((one for one in landmarks if one.shape is not None), None)


def _themselves(pool: Pool, site: PlaceFilter, catalogue: Catalogue) -> set[str]:
    """Ids of the landmarks named, if each is one of the pool."""
    mine = {one.id for one in pool.landmarks}
    found = [{one.id for one in catalogue.named(name)} & mine for name in site.names]
    return set().union(*found) if all(found) else set()


def _within_names(pool: Pool, site: PlaceFilter, catalogue: Catalogue) -> None:
    """*In* a continent, a country, a city, a landmark with an outline; any of them."""
    if site.negated and (left_out := _themselves(pool, site, catalogue)):
        # *All towers except the Eiffel Tower*
        kept = {one.id for one in pool.landmarks} - left_out
        pool.keep(kept, f" except {listed(site.names)}")
        return
    places = places_of(catalogue)
    inside: set[str] = set()
    unknown = []
    for name in site.names:
        held = set(places.get(place_key(name), ()))
        known = bool(held)
        for landmark in catalogue.named(name):
            held |= {i for n in landmark.aliases for i in places.get(place_key(n), ())}
            held |= set(places.get(place_key(landmark.name), ()))
            shape = landmark.shape
            if shape is not None and shape.area > 0:
                found = catalogue.inside(shape, MOST)
                held |= {one.id for one in found if one.id != landmark.id}
                known = True
        known = known or bool(held)
        inside |= held
        if not known:
            unknown.append(name)
    if unknown:
        pool.refusal = f"it knows no place {listed(unknown)}"
        return
    words = " or ".join(site.names)
    if site.alone:
        pool.keep(_nowhere_else(pool, site, inside, catalogue), f" in {words} alone")
    elif site.negated:
        everywhere = {one.id for one in pool.landmarks}
        pool.keep(everywhere - inside, f" not in {words}")
    else:
        pool.keep(inside, f" in {words}")


def _nowhere_else(
    pool: Pool, site: PlaceFilter, inside: Collection[str], catalogue: Catalogue
) -> set[str]:
    """Those of a pool whose values name these places, and no others beside them."""
    wanted = {place_key(name) for name in site.names}
    kept = set()
    for one in pool.landmarks if inside else ():
        held = [
            {place_key(part) for part in parts_of_list(fact.value)}
            for variable in word_table("place_variables")
            for fact in catalogue.facts(one.id, variable)
        ]
        beside = [parts for parts in held if parts & wanted]
        if one.id in inside and beside and all(parts <= wanted for parts in beside):
            kept.add(one.id)
    return kept


def _close_to(place: Landmark, metres: float, catalogue: Catalogue) -> set[str]:
    where = Whereabouts.at(place)
    assert where is not None
    ids = set()
    for one in catalogue.near(where.lon, where.lat, 2 * metres + 3e6, MOST):
        shape = one[0].shape
        if one[0].id != place.id and shape is not None:
            touching = shape.intersects(where.shape)
            if touching or apart(where.shape, shape)[0] <= metres:
                ids.add(one[0].id)
    return ids


def middle_of(landmark: Landmark) -> tuple[float, float] | None:
    """The middle of a landmark's bounds, lon and lat."""
    shape = landmark.shape
    return None if shape is None else bbox_centre(geometry_bbox(shape))


def amid(
    first: Landmark, second: Landmark, among: Sequence[Landmark]
) -> list[Landmark]:
    """Landmarks on the way from one to another, by how little they lie off it.

    Off the way is who makes it longer by more than a tenth.
    """
    here, there = middle_of(first), middle_of(second)
    if here is None or there is None:
        return []
    direct = haversine_m(*here, *there)
    found = []
    for one in among:
        at = middle_of(one)
        if at is None or one.id in (first.id, second.id):
            continue
        out, back = haversine_m(*here, *at), haversine_m(*at, *there)
        if out + back <= _DETOUR * direct and max(out, back) < direct:
            found.append((out + back, one.id, one))
    return [one for *_, one in sorted(found, key=lambda f: f[:2])]


def lies_to(side: str, lon: float, lat: float, of: tuple[float, float]) -> bool:
    """Whether a point lies north, south, east or west of another."""
    east = (lon - of[0] + 180) % 360 - 180
    return {
        "north": lat > of[1],
        "south": lat < of[1],
        "east": east > 0,
        "west": east < 0,
    }[side]


def _to_one_side(pool: Pool, site: PlaceFilter, places: Sequence[Landmark]) -> None:
    of = site.at if site.at is not None else (middle_of(places[0]) if places else None)
    if of is None:
        pool.refusal = f"it is not said what lies to the {site.relation}"
        return
    ids = set()
    for one in pool.landmarks:
        at = middle_of(one)
        side = lies_to(site.relation, *at, of) if at is not None else False
        if at is not None and site.at is not None and site.relation in _MERIDIANS:
            # East of a meridian reaches to the date line, and not half around.
            side = (at[0] > of[0]) == (site.relation == "east")
        if at is not None and side != site.negated:
            ids.add(one.id)
    no = "not " if site.negated else ""
    degrees = of[1] if site.relation in ("north", "south") else of[0]
    line = "the equator" if of == (0.0, 0.0) else f"{degrees:g}°"
    pool.keep(ids, f" {no}{site.relation} of {' and '.join(site.names) or line}")
