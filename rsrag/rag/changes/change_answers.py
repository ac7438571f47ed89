"""Answers to questions about a change, from its fact sheet alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rsrag.analysis.change.fact_sheet import UNKNOWN, Component, FactSheet
from rsrag.plain_values import and_listed
from rsrag.rag.changes.change_places import place_phrase
from rsrag.rag.changes.change_question import ChangeQuestion, read_change_question
from rsrag.rag.changes.change_sentences import change_words, grouped, kind_sentence
from rsrag.rag.changes.cover_nouns import noun_of, number_word


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a conversation spoke of last.

    Attributes:
        pieces: ids of components, the largest first.
        at: the one that *it* means; ``None`` where several were meant.
    """

    pieces: tuple[int, ...] = ()
    at: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeAnswer:
    """An answer.

    Attributes:
        text: in words.
        value: the same as plain JSON: yes or no, a number, cells, covers; ``None``
            where the sheet cannot tell.
        refused: whether it cannot.
        spoken: for the next turn.
    """

    text: str
    value: Any
    refused: bool
    spoken: Spoken


def answer_over(
    sheet: FactSheet, question: str, spoken: Spoken | None = None
) -> ChangeAnswer:
    """Answer one turn.

    A question with a word that the sheet knows nothing of is refused, and the word
    named. Ground that was not seen is never called unchanged.
    """
    spoken = spoken or Spoken()
    covers = [c for p in sheet.components for c in (p.before, p.after)]
    asked = read_change_question(question, [*sheet.counts, *covers])
    if asked.unused:
        words = and_listed([repr(word) for word in asked.unused])
        return _refusal(f"The sheet of this change does not tell of {words}.", spoken)
    if asked.cells and all(sheet.cells.get(cell) is None for cell in asked.cells):
        return _refusal(f"{_hidden(asked.cells)} was not seen.", spoken)
    if sheet.compared <= 0 and asked.asks != "when":
        return _refusal("Nothing of the ground could be compared.", spoken)
    told = _told(sheet, asked, spoken)
    placed = any(piece.bbox for piece in sheet.components)
    if not asked.compass or placed or not sheet.components:
        return told
    return replace(told, text=f"{told.text} North was taken for the top.")


def _told(sheet: FactSheet, asked: ChangeQuestion, spoken: Spoken) -> ChangeAnswer:
    if asked.asks == "when":
        return _when(sheet, spoken)
    pieces = _meant(sheet, asked, spoken)
    if pieces is None:
        return _refusal("No change was spoken of that this points back to.", spoken)
    if asked.rank is not None:
        return _ranked(sheet, asked, pieces, spoken)
    only = pieces[0].id if len(pieces) == 1 else None
    now = Spoken(tuple(p.id for p in pieces), only) if pieces else spoken
    if asked.back:
        now = Spoken(spoken.pieces, spoken.at)
    bare = not (asked.before or asked.after or asked.either or asked.way or asked.back)
    if asked.asks == "whether":
        return _whether(sheet, asked, pieces, now, bare=bare)
    if asked.asks == "share":
        if not bare or asked.cells:
            return _refusal("Only the share of the whole ground is told.", now)
        text = f"{sheet.share:.1%} of the ground that could be compared changed."
        return ChangeAnswer(text, sheet.share, False, now)
    if asked.asks == "count":
        return _count(asked, pieces, now, sheet)
    if not pieces:
        text = "Nothing of that kind is among the changes." + _doubt(sheet, asked)
        return ChangeAnswer(text, [], False, now)
    if asked.asks == "where":
        cells = sorted({p.cell for p in pieces}, key=list(sheet.cells).index)
        text = f"{place_phrase(cells).capitalize()}." + _doubt(sheet, asked)
        return ChangeAnswer(text, cells, False, now)
    if asked.asks == "area":
        return _area(pieces, now)
    if asked.asks in ("before", "after"):
        own = [p.before if asked.asks == "before" else p.after for p in pieces]
        found = [cover for cover in dict.fromkeys(own) if cover != UNKNOWN]
        if not found:
            return _refusal("What covered it cannot be told.", now)
        text = f"{and_listed([noun_of(c).many for c in found]).capitalize()}."
        return ChangeAnswer(text, found, False, now)
    return _open(sheet, asked, pieces, now, bare=bare)


def _meant(
    sheet: FactSheet, asked: ChangeQuestion, spoken: Spoken
) -> list[Component] | None:
    pieces: Sequence[Component] = sheet.components
    if asked.back:
        ids = (spoken.at,) if spoken.at else spoken.pieces
        if not ids:
            return None
        pieces = [p for p in pieces if p.id in ids]
    return [p for p in pieces if _fits(p, asked)]


def _fits(piece: Component, asked: ChangeQuestion) -> bool:
    before, after, either = asked.before, asked.after, asked.either
    turned = piece.before != piece.after
    return (
        (not before or (piece.before in before and piece.after not in before))
        and (not after or (piece.after in after and piece.before not in after))
        and (not either or (turned and bool({piece.before, piece.after} & set(either))))
        and (not asked.cells or piece.cell in asked.cells)
    )


def _ranked(
    sheet: FactSheet, asked: ChangeQuestion, pieces: list[Component], spoken: Spoken
) -> ChangeAnswer:
    rank = asked.rank or 1
    named = asked.before or asked.after or asked.either or asked.cells
    if not (named or asked.anew) and spoken.pieces:
        pieces = [p for p in pieces if p.id in spoken.pieces]
    place = rank - 1 if rank > 0 else rank
    if abs(rank) > len(pieces):
        have = f"there {'is' if len(pieces) == 1 else 'are'} {len(pieces)} of that kind"
        return _refusal(f"There is no such change: {have}.", spoken)
    one = pieces[place]
    said = kind_sentence((one.before, one.after), [one])
    now = Spoken(tuple(p.id for p in pieces), one.id)
    if asked.asks == "area":
        return _area([one], now)
    if asked.asks == "where":
        return ChangeAnswer(f"{said.capitalize()}.", [one.cell], False, now)
    return ChangeAnswer(f"{said.capitalize()}.", one.id, False, now)


def _whether(
    sheet: FactSheet,
    asked: ChangeQuestion,
    pieces: list[Component],
    now: Spoken,
    *,
    bare: bool,
) -> ChangeAnswer:
    found = bool(pieces)
    if bare:
        cells = asked.cells or frozenset(sheet.cells)
        touched = any(sheet.cells.get(cell) for cell in cells)
        found = touched if asked.cells else sheet.changed
    value = found != asked.negated
    if found and pieces:
        kinds = grouped(pieces)
        said = [kind_sentence(kind, own) for kind, own in kinds.items()]
        text = f"{and_listed(said)}."
    elif found:
        text = "something changed there."
    else:
        text = "no change of that kind was found." + _doubt(sheet, asked)
    return ChangeAnswer(f"{'Yes' if value else 'No'}: {text}", value, False, now)


def _count(
    asked: ChangeQuestion, pieces: list[Component], now: Spoken, sheet: FactSheet
) -> ChangeAnswer:
    number = len(pieces)
    text = f"{number_word(number) if number else 'None'}.".capitalize()
    if asked.either:
        built = sum(p.after in asked.either for p in pieces)
        text = f"{number}: {built} came, {number - built} went."
    return ChangeAnswer(text + _doubt(sheet, asked), number, False, now)


def _area(pieces: list[Component], now: Spoken) -> ChangeAnswer:
    sizes = [p.area_m2 for p in pieces]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        pixels = sum(p.pixels for p in pieces)
        text = f"{pixels:,} pixels; how large a pixel is on the ground is not known."
        return _refusal(text, now)
    total = sum(known)
    return ChangeAnswer(f"{total:,.0f} m².", total, False, now)


def _when(sheet: FactSheet, spoken: Spoken) -> ChangeAnswer:
    first, last = sheet.dates
    if first is None or last is None:
        return _refusal("When the pictures were taken is not known.", spoken)
    text = f"Between {first} and {last}; when within that, the pair cannot tell."
    return ChangeAnswer(text, [first, last], False, spoken)


def _open(
    sheet: FactSheet,
    asked: ChangeQuestion,
    pieces: list[Component],
    now: Spoken,
    *,
    bare: bool,
) -> ChangeAnswer:
    kinds = grouped(pieces)
    said: Sequence[str] = [kind_sentence(kind, own) for kind, own in kinds.items()]
    if bare and not asked.cells and asked.asks is None:
        said = change_words(sheet).sentences
    text = " ".join(f"{one.capitalize()}." for one in said)
    value = [[*kind, len(own)] for kind, own in kinds.items()]
    return ChangeAnswer(text + _doubt(sheet, asked), value, False, now)


def _doubt(sheet: FactSheet, asked: ChangeQuestion) -> str:
    """What keeps an answer from being the whole of it."""
    cells = asked.cells or frozenset(sheet.cells)
    said = []
    if unseen := [
        c for c, share in sheet.cells.items() if share is None and c in cells
    ]:
        said.append(f" {_hidden(unseen)} was not seen.")
    if asked.before or asked.after or asked.either:
        unknown = [p for p in sheet.components if UNKNOWN in (p.before, p.after)]
        if there := [p for p in unknown if p.cell in cells and not _fits(p, asked)]:
            more = "change" if len(there) == 1 else "changes"
            number = f"{number_word(len(there))} further {more}"
            said.append(f" What covered {number} is not known.")
    return "".join(said)


def _hidden(cells: Iterable[str]) -> str:
    return f"The {and_listed(sorted(cells))} of the picture"


def _refusal(text: str, spoken: Spoken) -> ChangeAnswer:
    return ChangeAnswer(text, None, True, spoken)
