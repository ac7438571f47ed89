"""One turn: an utterance read, answered, and what it leaves behind."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rsrag.analysis.change.fact_sheet import FactSheet
from rsrag.answers import Answer
from rsrag.dialogue.pair_talk import asked_of_change, kept_change, told_change
from rsrag.dialogue.picture_references import of_sent
from rsrag.dialogue.places_of_talk import spoken_together
from rsrag.dialogue.readings import (
    Ask,
    AskBack,
    AskChange,
    Compare,
    Find,
    GoBack,
    Reading,
    ShowHit,
    Side,
)
from rsrag.dialogue.references import PLAIN_QUESTION, Known, read
from rsrag.dialogue.search_edits import wider
from rsrag.dialogue.state import DialogueState, Focus, Search, ShownHit, Turn
from rsrag.errors import QueryError, RsragError
from rsrag.rag.saying.sentences import sentences


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of a search, best first, and the index that has them."""

    index: str
    hits: tuple[ShownHit, ...]


class TurnTools(Known, Protocol):
    """What turns are answered with."""

    def check_picture(self, path: str) -> None:
        """Open a picture; raises :class:`rsrag.errors.ImageryError` if it is none."""

    def search(self, search: Search) -> Found:
        """Run a search."""

    def line(self, hit: ShownHit) -> str:
        """What is known of a hit, on one line."""

    def compare(self, before: Side, after: Side) -> FactSheet:
        """What changed between two pictures; a ``picture`` is given by its path."""

    def ask(
        self,
        question: str,
        *,
        picture: str | None = None,
        chip: str | None = None,
        at: tuple[float, float] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Answer a question, about a picture's path, a chip's id, or a point."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a turn tells.

    Attributes:
        turn: as it is kept.
        answer: of the knowledge, where it was asked.
        hits: that were shown.
        error: that was told, of kind ``error``.
    """

    turn: Turn
    answer: Answer | None = None
    hits: tuple[ShownHit, ...] = ()
    error: RsragError | None = None


@dataclass(slots=True)
class _Draft:
    understood: str
    told: str
    kind: str
    focus: Focus
    answer: Answer | None = None
    hits: tuple[ShownHit, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    error: RsragError | None = None


def take_turn(
    text: str, state: DialogueState, tools: TurnTools, pictures: Sequence[str] = ()
) -> tuple[Reply, DialogueState]:
    """Answer an utterance.

    What goes wrong is told in a sentence and leaves what is spoken of as it was.

    Args:
        text: words; with a picture there may be none.
        pictures: paths of pictures that come with them.
    """
    before = state
    names: tuple[str, ...] = ()
    try:
        for path in pictures:
            tools.check_picture(path)
            state = state.with_picture(path)
        names = tuple(state.pictures)[len(before.pictures) :]
        if not text.strip() and not pictures:
            raise QueryError("Nothing was said.")
        words = text if text.strip() else PLAIN_QUESTION
        if pictures and not text.strip():
            reading: Reading = Ask(words, picture=state.focus.picture)
        else:
            reading = read(words, state, tools)
        reading = of_sent(reading, names)
        draft = _answered(reading, state, tools)
    except RsragError as error:
        state, names = before, ()
        hint = f" ({error.hint})" if error.hint else ""
        draft = _Draft("", f"{error}{hint}", "error", state.focus, error=error)
    fact = _fact(draft.answer)
    turn = Turn(
        text, draft.understood, draft.told, draft.kind, draft.focus, names, fact
    )
    state = dataclasses.replace(state, **draft.changes).after(turn)
    return Reply(turn, draft.answer, draft.hits, draft.error), state


def _answered(reading: Reading, state: DialogueState, tools: TurnTools) -> _Draft:
    match reading:
        case Find(search):
            return _found(search, state, tools)
        case ShowHit(number):
            shown = dataclasses.replace(state.hits, kind="hit", number=number)
            hit = shown.hits[number - 1]
            understood, told = f"hit {number}, {hit.name}", tools.line(hit)
            return _Draft(understood, told, "hit", shown)
        case GoBack(focus):
            changes = {"hits": focus} if focus.kind in ("hits", "hit") else {}
            understood = f"back to {focus.label}"
            told = f"We speak of {focus.label} again."
            return _Draft(understood, told, "back", focus, changes=changes)
        case AskBack(asked):
            told = f"Say {asked}."
            return _Draft("not clear", told, "asks back", state.focus)
        case Compare(before, after):
            return _compared(before, after, state, tools)
        case AskChange(question):
            return _asked_of_change(question, state)
        case Ask():
            return _asked(reading, state, tools)


def _compared(
    before: Side, after: Side, state: DialogueState, tools: TurnTools
) -> _Draft:
    names, sides = [], []
    for kind, value in (before, after):
        if kind == "hit":
            hit = state.hits.hits[int(value) - 1]
            names.append(f"hit {value}, {hit.name}")
            sides.append((kind, hit.id))
        else:
            names.append(Path(value).name)
            sides.append((kind, state.pictures.get(value, value)))
    label = f"the change between {names[0]} and {names[1]}"
    sheet = tools.compare(sides[0], sides[1])
    changes = {"change": kept_change(sheet, label)}
    focus = Focus("change", picture=label)
    understood = f"what changed between {names[0]} and {names[1]}"
    return _Draft(understood, told_change(sheet), "change", focus, changes=changes)


def _asked_of_change(question: str, state: DialogueState) -> _Draft:
    kept, label = state.change, state.focus.label
    if kept is None or kept["label"] != label:
        raise QueryError(
            f"The sheet of {label} is not kept any more: only the last one is.",
            hint="ask what changed between them once more",
        )
    answer, after = asked_of_change(kept, question)
    understood = f"{question.strip()}, of {label}"
    told, changes = answer.text, {"change": after}
    return _Draft(understood, told, "change", state.focus, changes=changes)


def _found(search: Search, state: DialogueState, tools: TurnTools) -> _Draft:
    found = tools.search(search)
    focus = Focus("hits", search=search, hits=found.hits)
    lines = [f"{n}. {tools.line(hit)}" for n, hit in enumerate(found.hits, start=1)]
    told = "\n".join(lines) or f"No chip of {found.index} fits {search}.{wider(search)}"
    changes = {"hits": focus, "index": found.index}
    understood = f"search for {search}"
    return _Draft(understood, told, "search", focus, hits=found.hits, changes=changes)


def _asked(asked: Ask, state: DialogueState, tools: TurnTools) -> _Draft:
    focus, where = spoken_together(asked.text, state), ""
    given: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    if asked.number is not None:
        focus = dataclasses.replace(state.hits, kind="hit", number=asked.number)
        hit = focus.hits[asked.number - 1]
        where = f", of hit {asked.number}, {hit.name}"
        if asked.at_place and hit.point is None:
            raise QueryError(f"Hit {asked.number}, {hit.name}, has no place.")
        given = {"at": hit.point} if asked.at_place else {"chip": hit.id}
    elif asked.picture is not None:
        focus = Focus("picture", picture=asked.picture)
        where = f", of {asked.picture}"
        given = {"picture": state.pictures[asked.picture]}
    if given:
        changes["question"] = asked.text
    elif focus.context:
        given = {"after": {"context": focus.context}}
    answer = tools.ask(asked.text, **given)
    told_of = answer.context.get("landmarks", ())
    understood = f"{asked.text.strip()}{where}"
    if "after" in given and (spoken := _spoken_of(answer, focus)):
        understood += f" (spoken of: {spoken})"
    if where == "" and told_of and not answer.refused:
        focus = Focus("landmarks", context=answer.context)
    kind = "asks back" if answer.asks_back else "ask"
    return _Draft(understood, answer.text, kind, focus, answer=answer, changes=changes)


def _spoken_of(answer: Answer, focus: Focus) -> str:
    """What a question was about that did not name it, if that was spoken of before."""
    told_of = answer.context.get("landmarks", ())
    if told_of and told_of == focus.context["landmarks"]:
        return focus.label
    asked = {name for query in answer.understood for name in query.get("entities", ())}
    words = answer.question.casefold()
    named = [n for n in focus.names if n in asked and n.casefold() not in words]
    return " and ".join(named[:3])


def _fact(answer: Answer | None) -> str:
    """The first sentence of an answer that gives a value."""
    if answer is None or answer.value is None or answer.refused:
        return ""
    return next(iter(sentences(answer.text)), "")
