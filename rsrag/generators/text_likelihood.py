"""Likelihood of a text under a model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from llama_cpp import Llama

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
