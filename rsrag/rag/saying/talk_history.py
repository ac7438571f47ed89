"""What was said before a question, for a language model whose context is bounded.

Turns go in whole or not at all, the newest first. Of those that do not fit one line is
left, with the facts that they told.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rsrag.rag.saying.instructions import as_data
from rsrag.types import Message

FACTS = "Told before: "
MOST = 8
"""Facts that stay of turns that do not."""
TURNS = 20
"""Turns at most, however many would fit."""
_MARK = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn that is over.

    Attributes:
        said: by the person.
        told: the reply.
        fact: the sentence of it that holds a value; empty where none does.
    """

    said: str
    told: str
    fact: str = ""


def with_history(
    messages: Sequence[Message],
    history: Sequence[Exchange],
    fits: Callable[[Sequence[Message]], bool],
) -> list[Message]:
    """A prompt with what was said before it.

    Args:
        messages: the system's, if there is one, and the question.
        history: oldest first.
        fits: whether so many messages fit the model's context.

    Returns:
        The same with the newest turns that fit before the question, and on a line of
        the system's the facts that older ones told, the newest :data:`MOST` of them.
    """
    *system, question = messages
    for dropped in range(max(0, len(history) - TURNS), len(history) + 1):
        turns = [m for one in history[dropped:] for m in _messages(one)]
        facts = _facts(history[:dropped])
        if dropped < len(history):
            found = [*_with_line(system, facts), *turns, question]
            if fits(found):
                return found
    while facts and not fits([*_with_line(system, facts), question]):
        facts = facts[1:]
    return [*_with_line(system, facts), question]


def _messages(turn: Exchange) -> list[Message]:
    said, told = _plain(turn.said), _plain(turn.told)
    return [Message("user", said or "-"), Message("assistant", told or "-")]


def _facts(turns: Sequence[Exchange]) -> list[str]:
    """What turns told, each fact once, the newest :data:`MOST` of them."""
    told = dict.fromkeys(_plain(one.fact) for one in reversed(turns) if one.fact)
    return list(told)[:MOST][::-1]


def _plain(text: str) -> str:
    """Without marks, which would be taken for those of the evidence at hand."""
    return as_data(_MARK.sub("", " ".join(text.split())))


def _with_line(system: Sequence[Message], facts: Sequence[str]) -> list[Message]:
    if not facts:
        return list(system)
    line = FACTS + " ".join(facts)
    before = [str(one.content) for one in system]
    return [Message("system", "\n".join([*before, line]))]
