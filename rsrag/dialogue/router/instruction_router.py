"""Which kind of instruction a text is: by rules, else by the nearest of known ones."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np

from rsrag.packages import packaged_json
from rsrag.types import Vectors

Kind = Literal[
    "caption",
    "detailed",
    "count",
    "presence",
    "comparison",
    "scene",
    "where",
    "relation",
    "change",
    "why",
]
Expert = Literal["theme", "objects", "relations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERY: tuple[Expert, ...] = get_args(Expert)
EXPERTS: Mapping[Kind, tuple[Expert, ...]] = {
    "caption": ("theme", "objects"),
    "detailed": EVERY,
    "count": ("objects",),
    "presence": ("objects",),
    "comparison": ("objects",),
    "scene": ("theme",),
    "where": ("objects",),
    "relation": ("objects", "relations"),
    "change": (),
    "why": EVERY,
}
"""Who can tell of what; of change two pictures tell, and none of these."""
NEIGHBOURS = 5
SURE = 0.45
"""Mean cosine of the nearest known instructions below which a kind is not believed."""

BESIDE = (
    r"\b(?:next to|adjacent|beside|along(?:side)?|near(?:by)?|close to|around"
    r"|surround\w*|border\w*|between|relat\w+|enclosed|in front of|behind"
    r"|(?:left|right|top|bottom|north|south|east|west) of"
    r"|above|below|arranged)\b"
)
"""How things lie to each other; written BESIDE in the rules."""


@cache
def _patterns() -> list[tuple[Kind, re.Pattern[str]]]:
    """The first that fits decides."""
    held = packaged_json("dialogue/router/instruction_rules.json")
    order = sorted(KINDS, key=list(held).index)
    return [
        (
            kind,
            re.compile("|".join(held[kind]).replace("BESIDE", BESIDE), re.IGNORECASE),
        )
        for kind in order
    ]


_RELATED = re.compile(BESIDE, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is asked of a picture.

    Attributes:
        text: as it was said.
        kind: of instruction.
        experts: who can tell of it.
        confidence: 1 by a rule, else the share of the nearest known instructions that
            are of this kind; 0 where nothing is like it.
        by: ``rule``, ``likeness`` or ``nothing``.
    """

    text: str
    kind: Kind
    experts: tuple[Expert, ...]
    confidence: float
    by: Literal["rule", "likeness", "nothing"]


def route(
    text: str, encode: Callable[[Sequence[str]], Vectors] | None = None
) -> Instruction:
    """Say what an instruction asks for.

    Args:
        text: the instruction, in English.
        encode: texts to unit rows, of sentences; without it rules alone decide.

    Returns:
        Of what no rule fits and nothing known is like: a caption by all experts.
    """
    for kind, pattern in _patterns():
        if pattern.search(text):
            return Instruction(text, kind, _experts(kind, text), 1.0, "rule")
    if encode is not None:
        rows, kinds = _known(encode)
        cosines = rows @ encode([text])[0]
        near = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        if float(cosines[near].mean()) >= SURE:
            weights: dict[Kind, float] = {}
            for at in near:
                weights[kinds[at]] = weights.get(kinds[at], 0.0) + float(cosines[at])
            best = max(weights, key=lambda kind: (weights[kind], kind))
            share = weights[best] / sum(weights.values())
            return Instruction(text, best, _experts(best, text), share, "likeness")
    return Instruction(text, "caption", EVERY, 0.0, "nothing")


def _experts(kind: Kind, text: str) -> tuple[Expert, ...]:
    experts = EXPERTS[kind]
    if kind in ("count", "presence", "comparison") and _RELATED.search(text):
        return (*experts, "relations")
    return experts


def read_instructions(text: str) -> list[tuple[str, Kind, bool]]:
    """Instructions of a file: ``# KIND``, then one a line, maybe ``| relations``.

    Returns:
        Text, kind, and whether the expert for relations is asked beside the kind's.

    Raises:
        ValueError: a kind that is none, naming it.
    """
    kind: Kind = "caption"
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("# "):
            named = [one for one in KINDS if one == line[2:].strip()]
            if not named:
                raise ValueError(f"{line[2:]!r} is no kind of {', '.join(KINDS)}")
            kind = named[0]
        else:
            said, mark, _ = line.partition(" | relations")
            found.append((said, kind, bool(mark)))
    return found


@cache
def known_instructions() -> tuple[tuple[str, Kind], ...]:
    """The instructions that come with the package, each with its kind."""
    text = files(__package__).joinpath("instructions.txt").read_text("utf-8")
    return tuple((said, kind) for said, kind, _ in read_instructions(text))


@cache
def _known(
    encode: Callable[[Sequence[str]], Vectors],
) -> tuple[Vectors, tuple[Kind, ...]]:
    known = known_instructions()
    return encode([text for text, _ in known]), tuple(kind for _, kind in known)
