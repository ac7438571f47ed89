"""Messages to tokens, by the chat template that the model carries.

Text inside a message is data. A passage may hold ``<|im_end|>``, and to the
tokenizer that would be the real end of a turn; so wherever a message's text would
give a control token, a space is put into it, and it is read as letters.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeneratorError
from rsrag.types import Message

if TYPE_CHECKING:
    from llama_cpp import Llama

_CONTROL, _USER_DEFINED = 1 << 3, 1 << 4  # llama_token_attr
TEMPLATE = "tokenizer.chat_template"


class ChatTemplate:
    """The template of one loaded model.

    Raises:
        GeneratorError: the model has none: it was not made to converse.
    """

    def __init__(self, model: "Llama") -> None:
        from jinja2 import TemplateError
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        self._model = model
        self._source = str(model.metadata.get(TEMPLATE, ""))
        if not self._source:
            raise GeneratorError(
                f"{model.model_path} has no chat template: it is a base model, "
                "which continues texts but does not answer.",
                hint="take the model's -Instruct or -Chat version",
            )
        try:
            self._format = Jinja2ChatFormatter(
                self._source,
                eos_token=_piece(model, model.token_eos()),
                bos_token=_piece(model, model.token_bos()),
            )
        except TemplateError as exc:
            raise GeneratorError(
                f"The chat template of {model.model_path} cannot be read: {exc}"
            ) from exc

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt as tokens, up to where the assistant begins to speak.

        Raises:
            GeneratorError: the template does not take these messages.
        """
        clean = [
            Message(message.role, without_control(self._model, message.content))
            for message in messages
        ]
        text = self._render(clean).encode("utf-8", errors="replace")
        tokens: list[int] = self._model.tokenize(text, add_bos=True, special=True)
        # Many templates write the first token themselves.
        bos = self._model.token_bos()
        return tokens[1:] if tokens[:2] == [bos, bos] else tokens

    def _render(self, messages: Sequence[Message]) -> str:
        from jinja2 import TemplateError

        tries = [messages]
        if len(messages) > 1 and messages[0].role == "system":
            # Gemma and Mistral know no system: it goes before the user's words.
            words = f"{messages[0].content}\n\n{messages[1].content}"
            tries.append([Message(messages[1].role, words), *messages[2:]])
        error: Exception | None = None
        for turns in tries:
            plain: list[Any] = [{"role": m.role, "content": m.content} for m in turns]
            try:
                return str(self._format(messages=plain).prompt)
            except (TemplateError, ValueError) as exc:
                error = exc
        roles = ", ".join(message.role for message in messages)
        raise GeneratorError(
            f"The model's chat template refuses messages of {roles}: {error}"
        ) from error


def without_control(model: "Llama", text: str) -> str:
    """The text, with a space in all that would be a control token."""
    template = str(model.metadata.get(TEMPLATE, ""))
    while found := _control_texts(model, text, template):
        for token in found:
            text = text.replace(token, f"{token[:1]} {token[1:]}")
    return text


def _control_texts(model: "Llama", text: str, template: str) -> set[str]:
    import llama_cpp

    vocabulary = llama_cpp.llama_model_get_vocab(model.model)
    raw = text.encode("utf-8", errors="replace")
    found = set()
    for token in set(model.tokenize(raw, add_bos=False, special=True)):
        attributes = llama_cpp.llama_vocab_get_attr(vocabulary, token)
        piece = _piece(model, token)
        marks = attributes & _CONTROL or (
            attributes & _USER_DEFINED and piece.strip() and piece in template
        )
        if marks and len(piece) > 1 and piece in text:
            found.add(piece)
    return found


def _piece(model: "Llama", token: int) -> str:
    if token < 0:
        return ""
    return str(model.detokenize([token], special=True).decode("utf-8", "replace"))
