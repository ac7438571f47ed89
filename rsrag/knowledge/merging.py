"""Merging of an import into a collection, and the count of what that changes."""

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from rsrag.geo import haversine_m
from rsrag.knowledge.collection import Records
from rsrag.knowledge.shapes import centre_of
from rsrag.records import Landmark


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """How one state of a collection differs from the one before."""

    added: int
    changed: int
    removed: int


def merge(old: Records, new: Records) -> Records:
    """Put an import into a collection.

    All old records of a source that ``new`` has are replaced. Landmarks of one id
    are united: what is first stays, names become aliases, gaps are filled. An old
    landmark stays while records of other sources refer to it.
    """
    sources = {r.source for group in new.groups for r in group}
    facts = {f.id: f for f in old.facts if f.source not in sources}
    passages = {p.id: p for p in old.passages if p.source not in sources}
    referred = {f.landmark_id for f in facts.values()}
    referred |= {p.landmark_id for p in passages.values() if p.landmark_id}
    for fact in new.facts:
        facts.setdefault(fact.id, fact)
    for passage in new.passages:
        passages.setdefault(passage.id, passage)
    mentioned = {f.landmark_id for f in new.facts}
    mentioned |= {p.landmark_id for p in new.passages if p.landmark_id}

    keep = referred | mentioned
    landmarks = {landmark.id: landmark for landmark in unite(new.landmarks)}
    for before in old.landmarks:
        now = landmarks.get(before.id)
        if now is None:
            if before.source not in sources or before.id in keep:
                landmarks[before.id] = before
        elif before.source not in sources:
            landmarks[before.id] = united(before, now)
        elif before.id in referred:
            landmarks[before.id] = united(now, before)
        elif now.geometry is None and before.geometry is not None:
            # Which of the sources told the place is not known: it stays.
            landmarks[before.id] = dataclasses.replace(now, geometry=before.geometry)
    return Records(
        tuple(landmarks.values()), tuple(facts.values()), tuple(passages.values())
    )


def unite(landmarks: Iterable[Landmark]) -> list[Landmark]:
    """Landmarks with those of one id made one, in order of their first."""
    found: dict[str, Landmark] = {}
    for landmark in landmarks:
        before = found.get(landmark.id)
        found[landmark.id] = landmark if before is None else united(before, landmark)
    return list(found.values())


def united(first: Landmark, second: Landmark) -> Landmark:
    """Two records of one landmark as one: the first, its gaps filled."""
    if first == second:
        return first
    names = dict.fromkeys([*first.aliases, second.name, *second.aliases])
    names.pop(first.name, None)
    return dataclasses.replace(
        first,
        aliases=tuple(names),
        category=first.category or second.category,
        geometry=second.geometry if first.geometry is None else first.geometry,
        images=tuple(dict.fromkeys([*first.images, *second.images])),
    )


def whereabouts(old: Records, new: Records) -> list[str]:
    """Sentences on landmarks that lie elsewhere than before, or are gone."""
    after = {one.id: one for one in new.landmarks}
    ids = {one.id for one in old.landmarks}
    fresh = {(o.name, o.source): o for o in new.landmarks if o.id not in ids}
    moved, gone = [], []
    for before in old.landmarks:
        now = after.get(before.id) or fresh.get((before.name, before.source))
        if now is None:
            gone.append(repr(before.name))
        elif now.geometry and before.geometry and now.geometry != before.geometry:
            metres = haversine_m(*centre_of(before.geometry), *centre_of(now.geometry))
            if metres >= 1:
                far = (
                    f"{metres:,.0f} m" if metres < 1000 else f"{metres / 1000:,.1f} km"
                )
                moved.append(f"{before.name!r} by {far}")
    lines = []
    if moved:
        lines.append(f"elsewhere than before: {first_few(moved)}")
    if gone:
        lines.append(
            "gone, as an import replaces all that its source had: "
            f"{first_few(gone)}; import all files of a source at once, or give each "
            "its own --source"
        )
    return lines


def first_few(words: Collection[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(words) - 3:,} more" if len(words) > 3 else ""
    return ", ".join(islice(words, 3)) + more


def changes(old: Records, new: Records) -> RecordChanges:
    """Count what an import did."""
    before = {r.id: r for group in old.groups for r in group}
    after = {r.id: r for group in new.groups for r in group}
    return RecordChanges(
        added=len(after.keys() - before.keys()),
        changed=sum(before[key] != after[key] for key in after.keys() & before.keys()),
        removed=len(before.keys() - after.keys()),
    )
