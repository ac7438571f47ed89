"""A model on this machine that sees: GGUF with a vision projector, by llama.cpp.

Pictures go through llama-cpp-python's own chat handlers, which know how each
family of models takes them. A conversation without pictures goes the way of any
text model.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeneratorError
from rsrag.generators.chat import TEMPLATE, without_control
from rsrag.generators.local.context_room import check_room
from rsrag.generators.local.llama import LlamaGenerator, OnText
from rsrag.generators.local.runtime import complaints, forget_complaints, load
from rsrag.generators.local.sight import HANDLERS, check_projector, choose_handler
from rsrag.generators.server.completion import Completion
from rsrag.generators.server.openai_messages import (
    estimated_tokens,
    to_openai,
    without_pictures,
)
from rsrag.types import Generation, Message, Part, Text

if TYPE_CHECKING:
    from llama_cpp import Llama

CHUNK = 1024
"""Tokens at once: some models must read all tokens of a picture together."""


class VisionGenerator(LlamaGenerator):
    """A GGUF model with its vision projector.

    Args:
        file: the language model.
        mmproj: its projector.
        handler: a key of :data:`rsrag.generators.local.sight.HANDLERS`, where the files
            do not tell.
        threads: as for :class:`LlamaGenerator`, and so ``context``.

    Raises:
        GeneratorError: files that are not what they should be, or no way to tell the
            handler.
    """

    def __init__(
        self,
        file: Path,
        mmproj: Path,
        *,
        handler: str | None = None,
        threads: int,
        context: int | None = None,
    ) -> None:
        super().__init__(file, threads=threads, context=context)
        self._mmproj = mmproj
        self._handler = choose_handler(file, check_projector(mmproj), handler)

    @property
    def sees(self) -> bool:
        """It does."""
        return True

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt without its pictures.

        A model without a chat template of its own (LLaVA's) has its text
        estimated, rather too high.
        """
        words = without_pictures(messages)
        with self._lock:
            if self._has_template():
                return super().count_tokens(words)
            return estimated_tokens(words)

    def _has_template(self) -> bool:
        return bool(self._loaded().metadata.get(TEMPLATE))

    def _loaded(self) -> "Llama":
        if self._model is None and not self._closed:
            self._model = load(
                self._file,
                context=self._context,
                threads=self._threads,
                chunk=CHUNK,
                chat_handler=self._make_handler(),
            )
        return super()._loaded()

    def _make_handler(self) -> Any:
        from llama_cpp import llama_chat_format

        kind = getattr(llama_chat_format, HANDLERS[self._handler], None)
        if kind is None:
            raise GeneratorError(
                f"The installed llama-cpp-python has no {HANDLERS[self._handler]}.",
                hint="pip install -U llama-cpp-python, or another --llm-handler",
            )
        return kind(clip_model_path=str(self._mmproj), verbose=False)

    def _answer(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        seed: int,
        on_text: OnText,
    ) -> Generation:
        pictures = any(message.images for message in messages)
        if not pictures and self._has_template():
            return super()._answer(messages, max_tokens, temperature, seed, on_text)
        if not messages:
            raise GeneratorError("There are no messages to answer.")
        # How many tokens a picture takes is known once it has been read; one that does
        # not fit is told then.
        check_room(self.count_tokens(messages), max_tokens, self._context)
        model = self._loaded()
        clean = [
            Message(message.role, _without_control(model, message.parts))
            for message in messages
        ]
        # The handler clears the model's memory; nothing of before may be relied on.
        self._kept = []
        forget_complaints()
        prompt, done = 0, Completion()
        try:
            chunks: Any = model.create_chat_completion(
                messages=to_openai(clean),  # type: ignore[arg-type]
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                stream=True,
            )
            for chunk in chunks:
                choice = chunk["choices"][0]
                done.finish = choice["finish_reason"] or done.finish
                if piece := choice["delta"].get("content"):
                    prompt = prompt or model.n_tokens
                    done.add(piece, on_text)
        except (ValueError, RuntimeError) as exc:
            raise self._trouble(str(exc)) from exc
        finally:
            model.n_tokens = 0
        return done.generation(prompt)

    def _trouble(self, reason: str) -> GeneratorError:
        said = complaints() or reason
        if "exceed" in reason:
            return GeneratorError(
                f"Text and pictures do not fit the context of {self._context:,}: "
                f"{reason}.",
                hint="fewer or smaller pictures, or --llm-context N",
            )
        if "mtmd context" in reason:
            return GeneratorError(
                f"{self._mmproj} does not go with {self._file.name}: {said}",
                hint="take the projector that was published with this model",
            )
        return GeneratorError(f"{self.name} broke off at a picture: {said}")


def _without_control(model: "Llama", parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Text):
            part = Text(without_control(model, part.text))
        yield part
