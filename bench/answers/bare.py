"""llama.cpp's own loop, as its ``llama-bench`` runs it, through the C interface.

llama-cpp-python ships no ``llama-bench``. Its measure is simple: with an empty memory,
``llama_decode`` reads batches of tokens whose values do not matter, one batch after the
other (``pp``), or one token after the other (``tg``); nothing is sampled or turned into
text. A context of its own is made from the weights and the settings of the model
that it is compared with, so that threads, batches, flash attention and the type of the
memory are the same.
"""

import ctypes
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from llama_cpp import Llama

LONGEST = 512
"""Tokens a batch in ``llama-bench``'s own settings."""


class Bare:
    """A context that only decodes.

    Args:
        model: its weights and settings are shared; it must stay open.
        tokens: of context.
        batch: tokens at once at most; those of the model if it is ``None``.

    Raises:
        RuntimeError: llama.cpp made no context.
    """

    def __init__(self, model: "Llama", tokens: int, batch: int | None = None) -> None:
        """Make the context."""
        import llama_cpp

        self._c = llama_cpp
        settings = type(model.context_params)()
        for name, _ in settings._fields_:
            setattr(settings, name, getattr(model.context_params, name))
        self.batch = batch or int(settings.n_batch)
        settings.n_ctx = tokens
        settings.n_batch = settings.n_ubatch = self.batch
        self._context = llama_cpp.llama_init_from_model(model.model, settings)
        if not self._context:
            raise RuntimeError(f"llama.cpp made no context of {tokens} tokens.")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Free the context."""
        self._c.llama_free(self._context)

    def clear(self) -> None:
        """Forget all tokens."""
        self._c.llama_memory_clear(self._c.llama_get_memory(self._context), True)

    def read_s(self, tokens: Sequence[int]) -> float:
        """Seconds to read tokens in batches, after what was read before."""
        started = time.perf_counter()
        for start in range(0, len(tokens), self.batch):
            self._decode(tokens[start : start + self.batch])
        self._c.llama_synchronize(self._context)
        return time.perf_counter() - started

    def write_s(self, tokens: Sequence[int]) -> float:
        """Seconds to decode tokens one at a time."""
        started = time.perf_counter()
        for token in tokens:
            self._decode([token])
            self._c.llama_synchronize(self._context)
        return time.perf_counter() - started

    def saved(self) -> bytes:
        """What the context remembers, as it would be written to a file."""
        size = self._c.llama_state_seq_get_size(self._context, 0)
        room = (ctypes.c_uint8 * size)()
        written = self._c.llama_state_seq_get_data(self._context, room, size, 0)
        return bytes(room[:written])

    def restore(self, state: bytes) -> None:
        """Remember what :meth:`saved` gave.

        Raises:
            RuntimeError: llama.cpp does not take it.
        """
        room = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        taken = self._c.llama_state_seq_set_data(self._context, room, len(state), 0)
        if taken != len(state):
            raise RuntimeError("llama.cpp did not take the state that it gave.")

    def _decode(self, tokens: Sequence[int]) -> None:
        array = (self._c.llama_token * len(tokens))(*tokens)
        batch = self._c.llama_batch_get_one(array, len(tokens))
        status = self._c.llama_decode(self._context, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}.")
