"""Where a prompt is cut into the pieces that a model reads at once.

The cuts are decided by the prompt alone, from its beginning: two prompts that begin
alike are cut alike as far as they are alike. So a piece that both have was computed in
the same way for both, and what is kept of it from the one serves the other to the last
bit.
"""

from collections.abc import Collection, Sequence


def piece_ends(
    tokens: Sequence[int], longest: int, turn_ends: Collection[int]
) -> list[int]:
    """Ends of the whole pieces of a prompt, ascending.

    A piece is whole when it ends with a turn of the conversation (what the system says
    is the same for every question, and mostly shorter than a piece may be), or when it
    is as long as it may be. Tokens after the last end are no whole piece: those of a
    longer prompt may go on with them.

    Args:
        tokens: of the prompt.
        longest: tokens of a piece at most, at least 1.
        turn_ends: tokens that end a turn.
    """
    ends, start = [], 0
    for place, token in enumerate(tokens, start=1):
        if place - start == longest or token in turn_ends:
            ends.append(place)
            start = place
    return ends
