"""Findings: a sentence, how likely it is, where it holds, and who says so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rsrag.analysis.grounding.object_sizes import objects_named
from rsrag.answers import Evidence
from rsrag.dialogue.experts.ground_seen import Ground, cover_words
from rsrag.dialogue.router.instruction_router import Expert, route
from rsrag.rag.changes.change_places import place_phrase

SAID = {
    "building": "buildings",
    "road": "roads",
    "bare": "bare ground",
    "low vegetation": "grass or fields",
    "cloud": "clouds",
}
"""What covers are called in sentences, where it is not their name."""
BY_THINGS = ("count", "presence", "comparison", "where", "relation")
"""Kinds of instructions that name what is to be looked for."""
DESCRIBE = re.compile(r"\b(?:describ|descript|caption|summar)", re.IGNORECASE)
_MANY = frozenset({"building", "road", "trees", "cloud", "low vegetation"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an expert found.

    Attributes:
        expert: who.
        claim: a sentence.
        probability: that it is so, 0 to 1.
        cells: of :data:`rsrag.analysis.change.fact_sheet.CELLS`; none for the whole.
        about: the covers or things that it is of.
    """

    expert: Expert
    claim: str
    probability: float
    cells: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def cited(
    findings: Sequence[Finding], picture: str
) -> Iterator[tuple[Finding, Evidence]]:
    """Findings, each with what its expert found in all, as evidence of a picture."""
    for one in findings:
        own = [other for other in findings if other.expert == one.expert]
        probability = round(min(other.probability for other in own), 3)
        yield (
            one,
            Evidence(
                "chip",
                f"{picture} {one.expert}",
                " ".join(other.claim for other in own),
                f"{picture}, expert for {one.expert}",
                scores={"probability": probability},
                score=probability,
            ),
        )


def called(cover: str) -> str:
    """A cover's name in a sentence."""
    return SAID.get(cover, cover)


def verb(cover: str, one: str, several: str) -> str:
    """The verb that goes with a cover's name."""
    return several if cover in _MANY else one


def covers_named(text: str) -> list[str]:
    """Covers that a text names, in its order, each once."""
    words = "|".join(map(re.escape, cover_words()))
    found = re.findall(rf"(?<![\w-])(?:{words})(?![\w-])", text.lower())
    return list(dict.fromkeys(cover_words()[word] for word in found))


def where_of(ground: Ground, cover: str) -> str:
    """Where a cover is, in words."""
    return place_phrase(ground.cells(cover))


def percent(share: float) -> str:
    """``23 %``; less than one is said so."""
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 else "less than 1 %"


def find_objects(ground: Ground, named: Sequence[str]) -> list[Finding]:
    """Each cover with its share and place, largest first; of those named, if any."""
    found = []
    for cover, share in sorted(ground.shares.items(), key=lambda one: -one[1]):
        if (named and cover not in named) or not ground.has(cover):
            continue
        does = verb(cover, "covers", "cover")
        text = f"{called(cover)} {does} {percent(share)} of the picture, "
        claim = text[0].upper() + text[1:] + where_of(ground, cover) + "."
        cells = tuple(ground.cells(cover))
        found.append(Finding("objects", claim, ground.chances[cover], cells, (cover,)))
    return found


def asks_to_look(text: str) -> bool:
    """Whether a text asks for what a picture shows: to describe it, or for things."""
    asked = route(text)
    if asked.by != "rule":
        return False
    if asked.kind in ("caption", "detailed"):
        return bool(DESCRIBE.search(text))
    things = covers_named(text) or objects_named(re.findall(r"[a-z]+", text.lower()))[0]
    return asked.kind in BY_THINGS and bool(things)
