"""A model on this machine that sees: GGUF with a vision projector, by llama.cpp.

Pictures go through llama-cpp-python's own chat handlers, which know how each
family of models takes them. A conversation without pictures goes the way of any
text model.

Choice of llama.cpp's handler for a model that sees.

Newer models carry a chat template with a place for pictures, and one handler
serves them all. Older ones need the handler that was written for them, chosen by
the projector's kind or by the model's name.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeneratorError
from rsrag.generators.chat import TEMPLATE, without_control
from rsrag.generators.local.gguf import GGUFHeader, read_header
from rsrag.generators.local.llama import LlamaGenerator, OnText
from rsrag.generators.local.prompt_pieces import check_room
from rsrag.generators.local.runtime import complaints, forget_complaints, load
from rsrag.generators.server.completion import (
    Completion,
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
        handler: a key of :data:`HANDLERS`, where the files
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


HANDLERS = {
    "mtmd": "MTMDChatHandler",
    "qwen2.5-vl": "Qwen25VLChatHandler",
    "gemma4": "Gemma4ChatHandler",
    "minicpm-v-2.6": "MiniCPMv26ChatHandler",
    "llava-1.6": "Llava16ChatHandler",
    "llava-1.5": "Llava15ChatHandler",
    "nanollava": "NanoLlavaChatHandler",
    "moondream": "MoondreamChatHandler",
    "llama-3-vision-alpha": "Llama3VisionAlphaChatHandler",
    "obsidian": "ObsidianChatHandler",
}
"""Names for ``--llm-handler``, and the classes of ``llama_cpp.llama_chat_format``.
``mtmd`` goes by the model's own chat template."""

# The first that is found decides, so the longer names stand first.
_SIGNS = (
    (r"qwen-?2(\.?5)?-?vl", "qwen2.5-vl"),
    (r"gemma-?4", "gemma4"),
    (r"minicpm-?v|resampler", "minicpm-v-2.6"),
    (r"nano-?llava", "nanollava"),
    (r"moondream", "moondream"),
    (r"llama-?3-?vision", "llama-3-vision-alpha"),
    (r"obsidian", "obsidian"),
    (r"llava-?(v?1\.6|next)", "llava-1.6"),
    (r"llava", "llava-1.5"),
)

# Templates that tell a picture from a text, in the ways that they are written.
_PARTS = re.compile(r"image|\.type\b|\[['\"]type['\"]\]|\.get\(['\"]type['\"]\)")


def check_projector(file: Path) -> GGUFHeader:
    """The header of a vision projector; ``GeneratorError`` for any other file."""
    header = read_header(file)
    if header.architecture != "clip":
        raise GeneratorError(
            f"{file} is a model of architecture {header.architecture!r}, "
            "not a vision projector.",
            hint="--mmproj takes the file named mmproj-... beside the model",
        )
    if header.values.get("clip.has_vision_encoder") is False:
        raise GeneratorError(f"{file} has no vision encoder: it hears, perhaps.")
    return header


def choose_handler(file: Path, projector: GGUFHeader, asked: str | None) -> str:
    """A key of :data:`HANDLERS`: the one asked for, or what fits model and projector.

    Raises:
        GeneratorError: no such handler, or none that the files tell of.
    """
    if asked is not None:
        if asked not in HANDLERS:
            raise GeneratorError(
                f"There is no vision handler {asked!r}.",
                hint=f"--llm-handler one of {', '.join(HANDLERS)}",
            )
        return asked
    model = read_header(file, whole=True)
    if _PARTS.search(model.template):
        return "mtmd"
    said = f"{model.name} {file.stem} {model.architecture} {projector.name} "
    said = re.sub(r"[\s_]+", "-", (said + projector.projector).casefold())
    for sign, handler in _SIGNS:
        if re.search(sign, said):
            return handler
    raise GeneratorError(
        f"Neither {file.name} nor its projector tells how it is shown pictures "
        f"(architecture {model.architecture!r}, projector {projector.projector!r}).",
        hint=f"--llm-handler one of {', '.join(HANDLERS)}",
    )
