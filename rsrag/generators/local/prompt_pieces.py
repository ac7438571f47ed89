"""Room for a prompt, the pieces it is read in, and the likelihood of a text after it.

The cuts are decided by the prompt alone, from its beginning: two prompts that begin
alike are cut alike as far as they are alike. So a piece that both have was computed in
the same way for both, and what is kept of it from the one serves the other to the last
bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.errors import GeneratorError

if TYPE_CHECKING:
    from llama_cpp import Llama


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


DEFAULT_CONTEXT = 4096
"""At most, if nobody asks for more: the memory of a context is taken at once."""

MIN_CONTEXT = 256

FIRST_CONTEXT = 1024
"""Before a call needs more. SmolLM2's context of 4,096 takes 94 MB, this 24."""


def context_for(file: Path, trained: int | None, asked: int | None) -> int:
    """The context to open a model with, in tokens.

    Args:
        file: of the model, for messages.
        trained: tokens that it was trained on at once, if it tells.
        asked: by the user, if at all.

    Raises:
        GeneratorError: more than the model was trained for, or too few to be of use.
    """
    if asked is None:
        return min(trained or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
    if asked < MIN_CONTEXT:
        raise GeneratorError(
            f"A context of {asked} tokens is too small; it takes {MIN_CONTEXT} or more."
        )
    if trained is not None and asked > trained:
        raise GeneratorError(
            f"{file.name} was trained for {trained:,} tokens; "
            f"a context of {asked:,} would give nonsense.",
            hint=f"--llm-context {trained}",
        )
    return asked


def first_context(wanted: int, most: int) -> int:
    """The context to load a model with: no more memory than calls have asked for.

    A power of two from :data:`FIRST_CONTEXT`, at least ``wanted`` and at most ``most``
    tokens.
    """
    context = FIRST_CONTEXT
    while context < wanted:
        context *= 2
    return min(context, most)


def check_room(prompt: int, completion: int, context: int) -> None:
    """Refuse tokens that do not fit a context, or no completion: ``GeneratorError``."""
    if completion < 1:
        raise GeneratorError(f"max_tokens is {completion}; it must be at least 1.")
    if prompt + completion > context:
        raise GeneratorError(
            f"The prompt has {prompt:,} tokens and the answer may have {completion:,}: "
            f"together more than the model's context of {context:,}.",
            hint="give less evidence, ask for a shorter answer, or --llm-context N",
        )


ROWS = 64
"""Tokens of the continuation at once at most, if the model takes as many; each has a
row as wide as the vocabulary."""


def mean_log_probability(model: "Llama", last: int, wanted: Sequence[int]) -> float:
    """Mean log-probability of tokens that follow what the model has read.

    Args:
        model: that has read all of the prompt but its last token.
        last: token of the prompt.
        wanted: tokens of the continuation, at least one.

    Returns:
        At most 0. What was read here stays in the model's memory, past
        ``model.n_tokens``; the next evaluation drops it.

    Raises:
        RuntimeError: llama.cpp could not go on.
    """
    # The row of a token tells of the one after it.
    fed = [last, *wanted[:-1]]
    rows = min(ROWS, model.n_batch)
    total = 0.0
    for start in range(0, len(fed), rows):
        part = slice(start, start + rows)
        total += _piece(model, fed[part], wanted[part], start)
    return total / len(wanted)


def _piece(
    model: "Llama", tokens: Sequence[int], wanted: Sequence[int], start: int
) -> float:
    import llama_cpp

    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    try:
        batch.n_tokens = len(tokens)
        for row, token in enumerate(tokens):
            batch.token[row] = token
            batch.pos[row] = model.n_tokens + start + row
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = 0
            batch.logits[row] = 1
        status = llama_cpp.llama_decode(model.ctx, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}")
    finally:
        llama_cpp.llama_batch_free(batch)
    total = 0.0
    for row, token in enumerate(wanted):
        logits = np.ctypeslib.as_array(
            llama_cpp.llama_get_logits_ith(model.ctx, row), shape=(model.n_vocab(),)
        )
        highest = float(logits.max())
        total += float(logits[token]) - highest
        total -= float(np.log(np.exp(logits - highest).sum(dtype=np.float64)))
    return total
