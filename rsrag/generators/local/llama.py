"""A text model on this machine, by llama.cpp.

What a call gives must not depend on the call before it. llama.cpp keeps what it
computed last, and a prompt that begins alike may go on from there; but words that were
written one at a time have other values in it than the same words read together in a
prompt (with SmolLM2, logits come out up to 0.9 apart), and that changes answers. So a
prompt is read in pieces that it alone decides: one ends with a turn, a paragraph, or at
a length (``prompt_pieces``). Only whole ones of the prompt before are kept.
"""

import codecs
import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rsrag.errors import GeneratorError
from rsrag.generators.chat import ChatTemplate
from rsrag.generators.local.gguf import model_header
from rsrag.generators.local.prompt_pieces import (
    Marks,
    check_room,
    context_for,
    first_context,
    mean_log_probability,
    piece_ends,
)
from rsrag.generators.local.runtime import complaints, forget_complaints, load
from rsrag.generators.local.schema_filling import filled, is_large
from rsrag.packages import need
from rsrag.types import Generation, Message

if TYPE_CHECKING:
    from llama_cpp import Llama

OnText = Callable[[str], None] | None


class LlamaGenerator:
    """A GGUF model that reads and writes text.

    The weights are mapped at the first call that needs them, with a small context
    that grows when a call needs more: llama.cpp takes its memory at once. Calls from
    several threads take turns.

    Args:
        file: GGUF with a chat template.
        threads: to compute with.
        context: tokens of prompt and completion together; by default what the
            model was trained for, at most 4,096.

    Raises:
        GeneratorError: no GGUF file, or a context that the model was not made for.
        MissingExtraError: llama-cpp-python is not installed.
    """

    def __init__(self, file: Path, *, threads: int, context: int | None = None) -> None:
        need("llama_cpp", "A language model on this machine")
        self._file, self._threads = file, threads
        trained = model_header(file).context_tokens
        self._context = context_for(file, trained, context)
        self._lock = threading.RLock()
        self._model: Llama | None = None
        self._template: ChatTemplate | None = None
        self._kept: list[int] = []
        self._room = 0
        self._closed = False

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._file.stem

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and completion together."""
        return self._context

    @property
    def sees(self) -> bool:
        """A text model does not."""
        return False

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt, the chat template included."""
        with self._lock:
            return len(self._prompt(messages))

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: OnText = None,
    ) -> Generation:
        """Continue a conversation; see :class:`rsrag.interfaces.Generator`."""
        with self._lock:
            return self._answer(messages, max_tokens, temperature, seed, on_text)

    @property
    def fills_schemas(self) -> bool:
        """From three billion parameters on; the file is opened to count them."""
        with self._lock:
            return is_large(self._loaded())

    def fill(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> str:
        """JSON that fits a schema, as text; cut off at ``max_tokens``."""
        with self._lock:
            tokens = self._prompt(messages)
            self._make_room(len(tokens), max_tokens)
            self._read(tokens)
            try:
                model = self._loaded()
                return filled(model, tokens, schema, max_tokens, self._ends_turn)
            except RuntimeError as exc:
                raise self._failure(exc) from exc

    def likelihood(self, prompt: Sequence[Message], continuation: str) -> float:
        """Mean log-probability of the continuation's tokens after the prompt.

        The prompt is read once, then all of the continuation in one pass.
        """
        with self._lock:
            tokens = self._prompt(prompt)
            raw = continuation.encode("utf-8", errors="replace")
            wanted = self._loaded().tokenize(raw, add_bos=False, special=False)
            if not wanted:
                raise GeneratorError("There is no likelihood of an empty text.")
            self._make_room(len(tokens), len(wanted))
            model = self._loaded()
            try:
                self._read(tokens)
                model.eval(tokens[model.n_tokens : -1])
                return mean_log_probability(model, tokens[-1], wanted)
            except RuntimeError as exc:
                raise self._failure(exc) from exc

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            self._closed = True
            self._unload()

    def _unload(self) -> None:
        self._template = None
        self._kept = []
        if self._model is not None:
            self._model.close()
            self._model = None

    def _loaded(self) -> "Llama":
        if self._closed:
            raise GeneratorError(f"{self.name} has been closed.")
        if self._model is None:
            self._model = load(
                self._file,
                context=first_context(self._room, self._context),
                threads=self._threads,
            )
        return self._model

    def _make_room(self, prompt: int, completion: int) -> None:
        """Load anew, with a larger context, if so many tokens do not fit."""
        check_room(prompt, completion, self._context)
        self._room = max(self._room, prompt + completion)
        if prompt + completion > self._loaded().n_ctx():
            self._unload()
        forget_complaints()

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        if not messages:
            raise GeneratorError("There are no messages to answer.")
        if any(message.images for message in messages):
            raise GeneratorError(
                f"{self.name} reads text only; it cannot look at a picture.",
                hint="give a model that sees: --llm MODEL.gguf --mmproj PROJECTOR.gguf",
            )
        if self._template is None:
            self._template = ChatTemplate(self._loaded())
        return self._template.tokens(messages)

    def _read(self, tokens: list[int]) -> None:
        """Evaluate the whole pieces of a prompt that were not kept from the one before.

        What is left to evaluate is a piece at most, and its last token at least, for
        its logits.
        """
        model = self._loaded()
        marks = Marks.of(tokens, self._ends_turn, lambda one: model.detokenize([one]))
        ends = piece_ends(tokens[:-1], model.n_batch, marks)
        alike = takewhile(
            lambda pair: pair[0] == pair[1], zip(self._kept, tokens, strict=False)
        )
        shared = sum(1 for _ in alike)
        model.n_tokens = max((end for end in ends if end <= shared), default=0)
        self._kept = self._kept[: model.n_tokens]
        for end in ends:
            if end > model.n_tokens:
                model.eval(tokens[model.n_tokens : end])
                self._kept = tokens[:end]

    def _ends_turn(self, token: int) -> bool:
        import llama_cpp

        vocabulary = llama_cpp.llama_model_get_vocab(self._loaded().model)
        return bool(llama_cpp.llama_vocab_is_eog(vocabulary, token))

    def _answer(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        seed: int,
        on_text: OnText,
    ) -> Generation:
        tokens = self._prompt(messages)
        self._make_room(len(tokens), max_tokens)
        model = self._loaded()
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        finish: Literal["stop", "length"] = "length"
        text, written = "", 0
        try:
            self._read(tokens)
            model.set_seed(seed)
            for token in model.generate(tokens, temp=temperature):
                if self._ends_turn(token):
                    finish = "stop"
                    break
                written += 1
                piece = decoder.decode(
                    model.detokenize([token]), final=written == max_tokens
                )
                if not text:
                    piece = piece.lstrip()
                text += piece
                if piece and on_text:
                    on_text(piece)
                if written == max_tokens:
                    break
        except RuntimeError as exc:
            raise self._failure(exc) from exc
        return Generation(text.strip(), len(tokens), written, finish)

    def _failure(self, error: RuntimeError) -> GeneratorError:
        return GeneratorError(f"{self.name} broke off: {complaints() or error}")
