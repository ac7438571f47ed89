"""Records and chips in words: the evidence that answers are built on.

Each gets sentences that say all that may be said from it, and nothing more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rsrag.answers import Evidence
from rsrag.geo import bbox_centre
from rsrag.records import Fact, Landmark, Passage
from rsrag.retrieval.spaces import Found
from rsrag.retrieval.wording.english import (
    article,
    capital,
    coordinates,
    full_stop,
    is_plural,
    name_is_plural,
    one_line,
    place_words,
    with_article,
)
from rsrag.retrieval.wording.phrasing import fact_sentence
from rsrag.types import BBox, Hit

__all__ = [
    "chip_evidence",
    "coordinates",
    "evidence_of",
    "fact_evidence",
    "landmark_evidence",
    "passage_evidence",
    "place_words",
    "with_article",
]


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
        said += " " + full_stop(f"{subject} also called {_listed(aliases)}")
    return Evidence(
        "landmark",
        landmark.id,
        said,
        landmark.source,
        landmark.licence,
        landmark.id,
        landmark.name,
        landmark.geometry,
    )


def fact_evidence(fact: Fact, landmark: Landmark) -> Evidence:
    """A fact, as :func:`rsrag.retrieval.wording.phrasing.fact_sentence` says it.

    Args:
        fact: what is said.
        landmark: whose it is.
    """
    return Evidence(
        "fact",
        fact.id,
        fact_sentence(fact, landmark),
        fact.source,
        fact.licence,
        landmark.id,
        landmark.name,
        landmark.geometry,
    )


def passage_evidence(passage: Passage, landmark: Landmark | None = None) -> Evidence:
    """A passage, whole.

    Args:
        passage: what is said.
        landmark: what it is about, if that is known.
    """
    return Evidence(
        "passage",
        passage.id,
        passage.text.strip(),
        passage.source,
        passage.licence,
        passage.landmark_id,
        None if landmark is None else landmark.name,
        None if landmark is None else landmark.geometry,
    )


def chip_evidence(hit: Hit) -> Evidence:
    """A chip of an imagery index: file, place, date, sensor, similarity."""
    payload = hit.payload
    source = str(payload.get("source") or hit.id)
    said = f"Chip {_file(source)}"
    box = _box(payload)
    if box is not None:
        lon, lat = bbox_centre(box)
        digits = 2 if box.north - box.south > 0.05 else 4
        said += f" at {coordinates(lon, lat, digits)}"
        from rsrag.knowledge.gazetteer import Gazetteer

        near = Gazetteer.load().name_of(box)
        said += f" near {near}" if near else ""
    taken, sensor = payload.get("datetime"), payload.get("sensor")
    parts = [said]
    if taken is not None:
        day = (
            taken.date().isoformat() if isinstance(taken, datetime) else str(taken)[:10]
        )
        parts.append(f"taken {day}" + (f" by {sensor}" if sensor else ""))
    elif sensor:
        parts.append(f"taken by {sensor}")
    parts.append(f"similarity {hit.score:.2f}")
    return Evidence(
        "chip",
        hit.id,
        ", ".join(parts) + ".",
        source,
        geometry=payload.get("geometry"),
        score=hit.score,
    )


def evidence_of(found: Found, landmarks: Mapping[str, Landmark]) -> Evidence:
    """Evidence from what a lane found.

    Args:
        found: the record or chip.
        landmarks: by id; holds the landmark of the record, if it has one.
    """
    record = found.record
    landmark = landmarks.get(found.landmark_id or "")
    if isinstance(record, Landmark):
        return landmark_evidence(record)
    if isinstance(record, Fact):
        return fact_evidence(record, landmarks[record.landmark_id])
    if isinstance(record, Passage):
        return passage_evidence(record, landmark)
    return chip_evidence(record)


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _file(source: str) -> str:
    """Last part of the path, of the member if the source lies in an archive."""
    return one_line(source.replace("\\", "/").rstrip("/").rpartition("/")[2]) or source


def _box(payload: Mapping[str, Any]) -> BBox | None:
    box = payload.get("bbox")
    if box is None:
        return None
    values = list(box.values()) if isinstance(box, Mapping) else list(box)
    return BBox(*values) if all(value is not None for value in values) else None
