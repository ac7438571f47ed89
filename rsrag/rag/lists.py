"""The highest, the oldest, how many: questions over many landmarks at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rsrag.knowledge.catalogue import Catalogue
from rsrag.knowledge.names import fold
from rsrag.knowledge.variables import label_of
from rsrag.rag.draft import Draft, listed
from rsrag.rag.kinds import find_kind, plural_of
from rsrag.rag.question import Question
from rsrag.records import Fact, Landmark
from rsrag.retrieval.evidence import fact_evidence, landmark_evidence

_SUPERLATIVES: dict[str, tuple[bool, tuple[str, ...]]] = {
    "highest": (True, ("elevation", "height")),
    "lowest": (False, ("elevation", "height")),
    "tallest": (True, ("height", "elevation")),
    "deepest": (True, ("maximum_depth", "depth", "average_depth")),
    "shallowest": (False, ("maximum_depth", "depth", "average_depth")),
    "longest": (True, ("length", "main_span")),
    "shortest": (False, ("length", "main_span")),
    "widest": (True, ("width",)),
    "largest": (True, ("surface_area", "capacity", "volume", "length", "height")),
    "biggest": (True, ("surface_area", "capacity", "volume", "length", "height")),
    "smallest": (False, ("surface_area", "capacity", "volume", "length", "height")),
    "oldest": (False, ("completed", "opened", "established", "construction_period")),
    "newest": (True, ("completed", "opened", "established")),
    "youngest": (True, ("completed", "opened", "established")),
    "busiest": (True, ("annual_passengers",)),
    "saltiest": (True, ("salinity",)),
    "warmest": (True, ("average_temperature",)),
    "hottest": (True, ("highest_temperature_recorded",)),
}
_COUNT = re.compile(r"\bhow\s+many\b", re.IGNORECASE)
_LIST = re.compile(
    r"\b(?:list|which|what\s+are|name|show|are\s+there)\b", re.IGNORECASE
)
_PLACE_VARIABLES = (
    "continent",
    "country",
    "countries_crossed",
    "region",
    "ocean",
    "city",
)
_TO_BASE = {
    "m": 1.0, "km": 1e3, "cm": 1e-2, "mm": 1e-3, "ft": 0.3048, "mi": 1609.344,
    "m2": 1.0, "km2": 1e6, "ha": 1e4, "m3": 1.0, "km3": 1e9,
    "w": 1.0, "kw": 1e3, "mw": 1e6, "gw": 1e9,
}  # fmt: skip
SHOWN = 10
_MOST = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """A question over a kind of landmark.

    Attributes:
        categories: that the kind's word stands for.
        kind: the word itself.
        variables: to sort by, candidates in order; empty for a count or a list.
        descending: the largest value first.
        superlative: as typed.
        counts: it asks how many.
        top: how many it asks for.
    """

    categories: tuple[str, ...]
    kind: str
    variables: tuple[str, ...] = ()
    descending: bool = True
    superlative: str = ""
    counts: bool = False
    top: int = 1


def read_listing(question: Question, catalogue: Catalogue) -> Listing | None:
    """Whether a question is over a kind of landmark, and how it is to be answered."""
    words = re.findall(r"[\w'-]+", question.masked.lower())
    superlative = next((word for word in words if word in _SUPERLATIVES), None)
    lists = _COUNT.search(question.masked) or _LIST.search(question.masked)
    if superlative is None and (question.places or not lists):
        return None
    found = find_kind(words, catalogue)
    if found is None:
        return None
    kind, categories, plural = found
    if superlative is not None:
        descending, variables = _SUPERLATIVES[superlative]
        named = [m.variable for group in question.variables for m in group]
        numbers = [int(word) for word in words if word.isdigit()]
        number = next((n for n in numbers if 1 < n <= _MOST), None)
        return Listing(
            categories,
            kind,
            (*variables, *named),
            descending,
            superlative,
            top=number or (5 if plural else 1),
        )
    if _COUNT.search(question.masked) and plural:
        return Listing(categories, kind, counts=True)
    if _LIST.search(question.masked) and plural:
        return Listing(categories, kind, top=SHOWN)
    return None


def answer_listing(
    listing: Listing,
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
        draft.refusal = f"it holds no {listing.kind}{place}"
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
            draft.say(piece.text, piece)
        draft.value = "; ".join(landmark.name for landmark in shown)
    if len(pool) > len(shown):
        draft.notes.append(f"{len(shown)} of {len(pool):,} are cited")
    return draft


def _sorted(
    draft: Draft,
    listing: Listing,
    pool: Sequence[Landmark],
    place: str,
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft:
    mine = {landmark.id: landmark for landmark in pool}
    best: tuple[str, list[Fact]] | None = None
    for variable in dict.fromkeys(listing.variables):
        facts = [f for f in catalogue.facts_of(variable) if f.landmark_id in mine]
        facts = [f for f in facts if sort_value(f) is not None and f.id not in exclude]
        if facts and (best is None or len(facts) > 2 * len(best[1])):
            best = (variable, facts)
    if best is None:
        labels = " or ".join(label_of(v) for v in dict.fromkeys(listing.variables))
        draft.refusal = f"it holds no {labels} of any {listing.kind}{place}"
        return draft
    variable, facts = best
    facts.sort(
        key=lambda f: (
            -(sort_value(f) or 0.0) if listing.descending else sort_value(f) or 0.0,
            f.id,
        )
    )
    for fact in facts[: listing.top]:
        piece = fact_evidence(fact, mine[fact.landmark_id])
        draft.say(piece.text, piece)
    draft.value = "; ".join(mine[f.landmark_id].name for f in facts[: listing.top])
    known = len({fact.landmark_id for fact in facts})
    draft.notes.append(
        f"{listing.superlative} by {label_of(variable)} among the {known:,} of "
        f"{len(pool):,} {plural_of(listing.kind)}{place} that have it here"
    )
    draft.certainty = round(0.5 + 0.5 * known / len(pool), 3)
    return draft


def sort_value(fact: Fact) -> float | None:
    """The number in metres, square metres, …, so that unlike units compare."""
    if fact.number is None:
        return None
    return fact.number * _TO_BASE.get((fact.unit or "").lower(), 1.0)


def _where(question: Question, catalogue: Catalogue) -> tuple[str, set[str]] | None:
    """The place a listing is narrowed to, in words, and the landmarks in it."""
    for ids, surface in zip(question.places, question.surfaces, strict=True):
        for landmark in catalogue.landmarks(list(ids)):
            shape = landmark.shape
            if shape is not None and shape.area > 0:
                inside = catalogue.inside(shape, 100_000)
                held = {one.id for one in inside if one.id != landmark.id}
                return f" in {surface}", held
    names = [*question.unknown, *question.surfaces]
    typed = {fold(name): name for name in names}
    if not typed:
        return None
    for variable in _PLACE_VARIABLES:
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
