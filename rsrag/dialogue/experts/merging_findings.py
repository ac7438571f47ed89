"""Findings put into an answer: what was asked for first, in plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rsrag.analysis.change.fact_sheet import CELLS
from rsrag.answers import Answer, Evidence, LabelScore
from rsrag.dialogue.experts.expert_findings import (
    Finding,
    called,
    cited,
    covers_named,
    find_objects,
    percent,
    verb,
    where_of,
)
from rsrag.dialogue.experts.ground_seen import HELD, Ground
from rsrag.dialogue.experts.relation_expert import find_relations
from rsrag.dialogue.experts.theme_expert import find_theme
from rsrag.dialogue.router.instruction_router import Instruction
from rsrag.plain_values import and_listed
from rsrag.rag.changes.change_places import cell_phrase
from rsrag.rag.saying.draft import Draft

MOST_RELATIONS = 4


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the experts know of a picture.

    Attributes:
        name: of the picture.
        scores: of kinds of scenes, likeliest first.
        ground: what covers it; ``None`` where the encoder cannot tell.
        things: objects that are surely seen.
    """

    name: str
    scores: Sequence[LabelScore]
    ground: Ground | None
    things: Sequence[Evidence] = ()


def answer_instruction(asked: Instruction, seen: LookedAt) -> Answer:
    """Answer by what the experts find, each sentence with its finding."""
    draft = _Told(f"experts: {asked.kind}")
    named = covers_named(asked.text)
    if asked.kind == "change":
        draft.refusal = "a change is told of two pictures: rsrag change BEFORE AFTER"
    elif asked.kind == "scene":
        draft.found += find_theme(seen.scores, seen.ground)
    elif asked.kind in ("caption", "detailed", "why"):
        _described(draft, asked, seen)
    elif seen.ground is None:
        draft.refusal = "this encoder does not tell what is where in a picture"
    elif asked.kind == "relation" and named:
        found = find_relations(seen.ground, named)[:MOST_RELATIONS]
        draft.found += found
        if not found:
            _absent(draft, seen, seen.ground, named)
    elif not named:
        draft.refusal = (
            "what is asked for is none of what is told apart in pictures: "
            f"{and_listed([called(cover) for cover in seen.ground.chances])}"
        )
    elif asked.kind == "comparison":
        _compared(draft, seen, seen.ground, named)
    elif asked.kind == "count":
        _counted(draft, seen, seen.ground, named)
    else:
        _present(draft, seen, seen.ground, named, asked)
    for one, evidence in cited(draft.found, seen.name):
        draft.say(one.claim, evidence)
        draft.certainty = min(draft.certainty, round(one.probability, 3))
    for piece in seen.things if asked.kind in ("caption", "detailed") else ():
        draft.quote(piece)
    if not draft.lines and draft.refusal is None:
        draft.refusal = "nothing was found in the picture that answers this"
    return draft.answer(asked.text)


@dataclass
class _Told(Draft):
    """A draft, and the findings that are to be its sentences."""

    found: list[Finding] = field(default_factory=list)


def _described(draft: _Told, asked: Instruction, seen: LookedAt) -> None:
    """What is in each ninth, then the whole, which says nothing else."""
    theme = find_theme(seen.scores, seen.ground)
    draft.found += theme[:1]
    if seen.ground is not None:
        if asked.kind == "detailed":
            draft.found += local_findings(seen.ground)
        draft.found += find_objects(seen.ground, ())
        if "relations" in asked.experts:
            draft.found += find_relations(seen.ground, ())[:MOST_RELATIONS]
    if asked.kind == "why":
        draft.notes.append("the picture shows what is there, not why")


def local_findings(ground: Ground) -> list[Finding]:
    """What has a part of each ninth that is worth telling; ninths alike are joined."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for cell in CELLS:
        held = {cover: ninth[cell] for cover, ninth in ground.ninths.items()}
        led = [c for c in sorted(held, key=lambda c: -held[c]) if held[c] >= HELD]
        led = [cover for cover in led if ground.has(cover)]
        if led:
            alike.setdefault(tuple(led), []).append(cell)
    found = []
    for covers, cells in alike.items():
        place = and_listed([cell_phrase(cell) for cell in cells])
        does = verb(covers[0], "lies", "lie") if len(covers) == 1 else "lie"
        text = f"{and_listed([called(cover) for cover in covers])} {does} {place}."
        claim = text[0].upper() + text[1:]
        sure = min(ground.chances[cover] for cover in covers)
        about = (*cells, *covers)
        found.append(Finding("objects", claim, sure, tuple(cells), about))
    return found


def _absent(draft: _Told, seen: LookedAt, ground: Ground, named: Sequence[str]) -> None:
    for cover in named:
        if not ground.has(cover):
            is_ = verb(cover, "is", "are")
            claim = f"No {called(cover)} {is_} seen in the picture."
            sure = 1 - ground.chances[cover]
            draft.found += [Finding("objects", claim, sure, (), (cover,))]


def _present(
    draft: _Told,
    seen: LookedAt,
    ground: Ground,
    named: Sequence[str],
    asked: Instruction,
) -> None:
    found = find_objects(ground, named)
    if asked.kind == "presence":
        draft.value = "yes" if len(found) == len(named) else "no"
        if draft.value == "yes" and "relations" in asked.experts and len(named) > 1:
            related = find_relations(ground, named)[:MOST_RELATIONS]
            draft.value = "yes" if related else "no"
            found += related
    elif found:
        draft.value = where_of(ground, named[0]) if ground.has(named[0]) else None
    draft.found += found
    _absent(draft, seen, ground, named)


def _counted(
    draft: _Told, seen: LookedAt, ground: Ground, named: Sequence[str]
) -> None:
    """Shares and separate pieces: single houses and trees are not told apart."""
    cover = named[0]
    pieces = [one for one in ground.pieces if one.cover == cover]
    if pieces:
        number = len(pieces)
        areas = "one area" if number == 1 else f"{number} separate areas"
        does = verb(cover, "lies", "lie")
        text = f"{called(cover)} {does} in {areas}, {where_of(ground, cover)}."
        claim = text[0].upper() + text[1:]
        sure = min(one.probability for one in pieces)
        found = Finding("objects", claim, sure, tuple(ground.cells(cover)), (cover,))
        draft.found += [found]
        if cover == "water":
            draft.value = str(number)
        else:
            draft.notes.append("areas are counted; single ones in them are not")
    draft.found += find_objects(ground, [cover])
    _absent(draft, seen, ground, [cover])


def _compared(
    draft: _Told, seen: LookedAt, ground: Ground, named: Sequence[str]
) -> None:
    if len(named) < 2:
        draft.refusal = "a comparison needs two things that are told apart in pictures"
        return
    first, second = named[:2]
    shares = [ground.shares.get(cover, 0.0) for cover in (first, second)]
    more = first if shares[0] >= shares[1] else second
    less = second if more == first else first
    does = verb(more, "covers", "cover")
    text = (
        f"{called(more)} {does} more of the picture ({percent(max(shares))}) than "
        f"{called(less)} ({percent(min(shares))})."
    )
    claim = text[0].upper() + text[1:]
    sure = ground.chances[more]
    draft.value = called(more)
    draft.found += [Finding("objects", claim, sure, (), (more, less))]
