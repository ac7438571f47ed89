"""Pieces of a prompt that a model reads at once.

The cuts are decided by the prompt alone, from its beginning: two prompts that begin
alike are cut alike as far as they are alike. So a piece that both have was computed in
the same way for both, and what is kept of it from the one serves the other to the last
bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """Tokens of a prompt that a piece may end with.

    Attributes:
        ends: tokens that end a turn of the conversation, or a paragraph.
        newlines: tokens that end a line; two in a row end a paragraph.
    """

    ends: frozenset[int]
    newlines: frozenset[int]

    @classmethod
    def of(
        cls,
        tokens: Sequence[int],
        ends_turn: Callable[[int], bool],
        text_of: Callable[[int], bytes],
    ) -> "Marks":
        """The marks among these tokens."""
        texts = {token: text_of(token) for token in set(tokens)}
        ends = {t for t, text in texts.items() if text.endswith(b"\n\n")}
        ends |= {token for token in texts if ends_turn(token)}
        newlines = {t for t, text in texts.items() if text.endswith(b"\n")}
        return cls(frozenset(ends), frozenset(newlines - ends))


def piece_ends(tokens: Sequence[int], longest: int, marks: Marks) -> list[int]:
    """Ends of the whole pieces of a prompt, ascending.

    A piece is whole when it ends with a turn (what the system says is the same for
    every question), with a paragraph (so is the evidence, for questions about it), or
    when it is as long as it may be. Tokens after the last end are no whole piece:
    those of a longer prompt may go on with them.

    Args:
        tokens: of the prompt.
        longest: tokens of a piece at most, at least 1.
        marks: where else a piece may end.
    """
    ends, start, before = [], 0, False
    for place, token in enumerate(tokens, start=1):
        newline = token in marks.newlines
        paragraph = newline and before
        if place - start == longest or token in marks.ends or paragraph:
            ends.append(place)
            start = place
        before = newline and not paragraph
    return ends
