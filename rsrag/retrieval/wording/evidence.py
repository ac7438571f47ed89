"""Records and chips in words: the evidence that answers are built on.

Each gets sentences that say all that may be said from it, and nothing more.
"""

from collections.abc import Mapping
from dataclasses import replace

from rsrag.answers import Evidence, EvidenceKind
from rsrag.records import Fact, Landmark, Passage
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.spaces import LaneHit
from rsrag.retrieval.wording.english import (
    article,
    capital,
    coordinates,
    full_stop,
    in_a_row,
    is_plural,
    name_is_plural,
    one_line,
    place_words,
    with_article,
)
from rsrag.retrieval.wording.phrasing import fact_sentence
from rsrag.types import Hit


def landmark_evidence(landmark: Landmark) -> Evidence:
    """What a landmark's own record says: name, kind, place, other names."""
    name = capital(with_article(landmark))
    plural = name_is_plural(landmark.name)
    verb = "are" if plural else "is"
    kind = one_line(landmark.category or "")
    place = place_words(landmark)
    if kind and not is_plural(kind):
        said = f"{name} {verb} {article(kind)} {kind}"
        said += f" at {place}." if place else "."
    elif place:
        lies = "lie" if plural else "lies"
        said = (
            f"{name} ({kind}) {lies} at {place}."
            if kind
            else f"{name} {lies} at {place}."
        )
    else:
        said = f"{name} {verb} " + (f"listed as {kind}." if kind else "a landmark.")
    aliases = [one_line(alias) for alias in landmark.aliases if alias != landmark.name]
    if aliases:
        subject = "They are" if plural else "It is"
        said += " " + full_stop(f"{subject} also called {in_a_row(aliases)}")
    return _evidence("landmark", landmark, said, landmark.id, landmark)


def fact_evidence(fact: Fact, landmark: Landmark) -> Evidence:
    """A fact of a landmark, as a sentence."""
    return _evidence("fact", fact, fact_sentence(fact, landmark), landmark.id, landmark)


def passage_evidence(passage: Passage, landmark: Landmark | None = None) -> Evidence:
    """A passage, whole, and the landmark that it is about, if that is known."""
    text = passage.text.strip()
    piece = _evidence("passage", passage, text, passage.landmark_id, landmark)
    return replace(piece, title=passage.title)


def chip_evidence(hit: Hit) -> Evidence:
    """A chip of an imagery index: file, place, date, sensor, similarity."""
    chip = ChipHit.of(hit)
    said = f"Chip {one_line(chip.file_name) or chip.source}"
    if chip.centre is not None:
        said += f" at {coordinates(*chip.centre)}"
        said += f" near {chip.place}" if chip.place else ""
    parts = [said]
    if chip.datetime is not None:
        day = chip.datetime.date().isoformat()
        parts.append(f"taken {day}" + (f" by {chip.sensor}" if chip.sensor else ""))
    elif chip.sensor:
        parts.append(f"taken by {chip.sensor}")
    parts.append(f"similarity {hit.score:.2f}")
    return Evidence(
        "chip",
        hit.id,
        ", ".join(parts) + ".",
        chip.source,
        geometry=chip.wkb,
        score=hit.score,
    )


def evidence_of(found: LaneHit, landmarks: Mapping[str, Landmark]) -> Evidence:
    """Evidence from what a lane found, and, by id, the landmarks of records."""
    record = found.record
    landmark = landmarks.get(found.landmark_id or "")
    if isinstance(record, Landmark):
        return landmark_evidence(record)
    if isinstance(record, Fact):
        return fact_evidence(record, landmarks[record.landmark_id])
    if isinstance(record, Passage):
        return passage_evidence(record, landmark)
    return chip_evidence(record)


def _evidence(
    kind: EvidenceKind,
    record: Landmark | Fact | Passage,
    said: str,
    landmark_id: str | None,
    landmark: Landmark | None,
) -> Evidence:
    name = None if landmark is None else landmark.name
    geometry = None if landmark is None else landmark.geometry
    source, licence = record.source, record.licence
    return Evidence(kind, record.id, said, source, licence, landmark_id, name, geometry)
