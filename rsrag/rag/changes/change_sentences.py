"""Sentences on what changed, by a grammar whose words all come from the fact sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from rsrag.analysis.change.fact_sheet import UNKNOWN, Component, FactSheet
from rsrag.rag.changes.change_places import (
    along,
    in_a_row,
    place_phrase,
    together,
)
from rsrag.rag.changes.cover_nouns import how_many, noun_of, number_word

MOST = 5
"""Sentences on one pair."""
UNCHANGED = (
    "the scene is the same as before",
    "there is no difference",
    "the two scenes seem identical",
    "no change has occurred",
    "almost nothing has changed",
)
"""LEVIR-CC's five for a pair in which nothing changed."""
LEAST_CLOUD, LEAST_GROUND = 0.01, 0.9
_RAISED = frozenset({"building", "road", "playground"})
Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """What is said of a pair.

    Attributes:
        sentences: one to :data:`MOST`, the largest change first, without a full stop.
        remarks: on what could not be seen, and the sheet's own notes.
    """

    sentences: tuple[str, ...]
    remarks: tuple[str, ...]


def change_words(sheet: FactSheet) -> ChangeWords:
    """Say what a fact sheet holds.

    Nothing changed: :data:`UNCHANGED`, unless less than :data:`LEAST_GROUND` of the
    ground could be compared, which is said.
    Covers that the sheet calls unknown get no noun.
    """
    return ChangeWords(_sentences(sheet), remarks(sheet))


def remarks(sheet: FactSheet) -> tuple[str, ...]:
    """What a reader must know: clouds, ground not shared, cells not seen, notes."""
    said = []
    if sheet.clouds >= LEAST_CLOUD:
        said.append(
            f"Cloud or shadow hides {sheet.clouds:.0%} of the ground; what lies under "
            "it is not seen, not unchanged."
        )
    if sheet.overlap < LEAST_GROUND:
        said.append(f"The two pictures share {sheet.overlap:.0%} of the ground.")
    if hidden := [cell for cell, share in sheet.cells.items() if share is None]:
        said.append(f"Not seen: {', '.join(hidden)}.")
    return (*said, *sheet.notes)


def grouped(pieces: Sequence[Component]) -> dict[Kind, list[Component]]:
    """Components by what they were and became, the kind of most pixels first."""
    kinds: dict[Kind, list[Component]] = {}
    for piece in pieces:
        kinds.setdefault((piece.before, piece.after), []).append(piece)
    ranked = sorted(kinds.items(), key=lambda kv: -sum(p.pixels for p in kv[1]))
    return dict(ranked)


def _sentences(sheet: FactSheet) -> tuple[str, ...]:
    if sheet.compared <= 0:
        return ("nothing of the ground could be compared",)
    if not sheet.changed and sheet.compared < LEAST_GROUND:
        return (f"no change is seen in the {sheet.compared:.0%} that was compared",)
    if not sheet.changed:
        return UNCHANGED
    if not sheet.components:
        return (f"something has changed {place_phrase(_touched(sheet))}",)
    kinds = grouped(sheet.components)
    roads = [p for p in sheet.components if p.after == "road" != p.before]
    said = [kind_sentence(kind, pieces, roads) for kind, pieces in kinds.items()]
    largest = next(iter(kinds))
    said += [kind_sentence(largest, kinds[largest], roads, again=True)]
    return tuple(dict.fromkeys(said))[:MOST]


def _touched(sheet: FactSheet) -> list[str]:
    return [cell for cell, share in sheet.cells.items() if share]


def kind_sentence(
    kind: Kind,
    pieces: Sequence[Component],
    roads: Sequence[Component] = (),
    *,
    again: bool = False,
) -> str:
    """One sentence on pieces that were alike and became alike.

    Args:
        kind: cover before and after.
        roads: new ones, that pieces may stand along.
        again: in other words.
    """
    before, after = kind
    place = place_phrase(piece.cell for piece in pieces)
    number = len(pieces)
    if UNKNOWN in kind or before == after:
        return f"{_half_known(kind, pieces, again=again)} {place}"
    old, new = noun_of(before, pieces), noun_of(after, pieces)
    if after in _RAISED:
        subject = _arranged(pieces) if not again else how_many(number, new)
        verb = _verb(subject, number, ("appears", "appear") if again else ("is", "are"))
        built = "" if again else " built"
        beside = ""
        if after == "building" and along(pieces, roads):
            beside = f" along the new {'roads' if len(roads) > 1 else 'road'}"
        ground = f" in place of {old.many}"
        return f"{subject} {verb}{built}{ground}{beside} {place}"
    if before in _RAISED:
        subject = how_many(number, old)
        be = _verb(subject, number, ("is", "are"))
        if again:
            return f"{new.many} {_plural(new.many)} where {subject} stood {place}"
        return f"{subject} {be} removed and replaced by {new.many} {place}"
    if again:
        return f"{new.many} {_plural(new.many)} where {old.many} used to be {place}"
    be = "are" if old.many.endswith("s") else "is"
    return f"{old.many} {be} replaced by {new.many} {place}"


def _half_known(kind: Kind, pieces: Sequence[Component], *, again: bool) -> str:
    """Where a cover is unknown, or stays what it was: it gets no noun."""
    before, after = kind
    number = len(pieces)
    if before == after == UNKNOWN:
        what = "one place" if number == 1 else f"{number_word(number)} places"
        have = "has" if number == 1 else "have"
        return f"{what} {have} changed" if not again else "the ground looks different"
    if before == after:
        noun = noun_of(before, pieces)
        subject = how_many(number, noun)
        return f"{subject} {_verb(subject, number, ('looks', 'look'))} different"
    if after == UNKNOWN:
        subject = how_many(number, noun_of(before, pieces))
        gone = ("disappears", "disappear") if not again else ("is gone", "are gone")
        return f"{subject} {_verb(subject, number, gone)}"
    subject = how_many(number, noun_of(after, pieces))
    come = ("appears", "appear") if not again else ("shows up", "show up")
    return f"{subject} {_verb(subject, number, come)}"


def _arranged(pieces: Sequence[Component]) -> str:
    """``a row of four houses``, ``a group of 31 houses``, ``two roads``."""
    noun = noun_of(pieces[0].after, pieces)
    counted = how_many(len(pieces), noun)
    if pieces[0].after != "building":
        return counted
    if in_a_row(pieces):
        return f"a row of {counted}"
    return f"a group of {counted}" if together(pieces) else counted


def _verb(subject: str, number: int, forms: tuple[str, str]) -> str:
    if subject.startswith(("a ", "an ")):
        return forms[0]
    # Several pieces of water are water: what is not counted goes by its word alone.
    counted = number > 1 and subject.startswith(number_word(number))
    return forms[1] if counted or subject.endswith("s") else forms[0]


def _plural(noun: str) -> str:
    return "lie" if noun.endswith("s") else "lies"
