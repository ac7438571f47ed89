"""Conversations in OpenAI's form, read: each message of the user, with its pictures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsrag.serve.chat.answer_routes import MOST_TOKENS
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.body_values import text_of
from rsrag.serve.service import Service

MODEL = "rsrag"
_TURNS = 64
_SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Message:
    """What a user said: words, with pictures maybe none, and the pictures."""

    question: str
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request for the next answer.

    Attributes:
        turns: of the user, the last to be answered.
        index: name of the imagery that is meant, if one is.
        max_tokens: of the language model.
        stream: whether pieces are wanted.
        notes: what was asked for and is not done.
    """

    turns: tuple[Message, ...]
    index: str | None
    max_tokens: int
    stream: bool
    notes: tuple[str, ...]


def chat_request_of(service: Service, body: Any) -> ChatRequest:
    """Read a request.

    Raises:
        HttpFailure: 400 or 404.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("messages"), list):
        raise HttpFailure(400, "There are no messages.")
    messages = body["messages"]
    if not 1 <= len(messages) <= _TURNS:
        raise HttpFailure(400, f"messages are {len(messages)}; 1 to {_TURNS} may be.")
    if body.get("n") not in (None, 1):
        raise HttpFailure(400, "n is more than 1; there is one answer.")
    turns = [
        _turn(one)
        for one in messages
        if isinstance(one, Mapping) and one.get("role") == "user"
    ]
    last = messages[-1]
    if not turns or not isinstance(last, Mapping) or last.get("role") != "user":
        raise HttpFailure(400, "The last message is not the user's.")
    tokens = body.get("max_completion_tokens") or body.get("max_tokens") or 160
    if type(tokens) is not int or tokens < 1:
        raise HttpFailure(400, f"max_tokens is {str(tokens)[:40]!r}.")
    ignored = ("tools", "functions", "temperature", "top_p", "seed", "response_format")
    left = [name for name in ignored if body.get(name)]
    notes = (f"not used: {', '.join(left)}",) if left else ()
    return ChatRequest(
        tuple(turns),
        index_of_model(service, body.get("model", MODEL)),
        min(tokens, MOST_TOKENS),
        body.get("stream") is True,
        notes,
    )


def index_of_model(service: Service, model: Any) -> str | None:
    """The index of ``rsrag/INDEX``; ``None`` for ``rsrag``.

    Raises:
        HttpFailure: 404: another model.
    """
    if model == MODEL:
        return None
    name = str(model).removeprefix(f"{MODEL}/")
    if f"{MODEL}/{name}" != model or name not in service.names:
        raise HttpFailure(404, f"There is no model {str(model)[:80]!r}.", "/v1/models")
    return name


def _turn(message: Mapping[str, Any]) -> Message:
    content = message.get("content")
    words: list[Any] = []
    pictures: list[str] = []
    if not isinstance(content, str | list | None):
        raise HttpFailure(400, "The content of a message is no text and no list.")
    for part in [content] if isinstance(content, str) else content or ():
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, Mapping) and part.get("type") == "text":
            words.append(part.get("text"))
        elif isinstance(part, Mapping) and part.get("type") == "image_url":
            inner = part.get("image_url")
            address = inner.get("url") if isinstance(inner, Mapping) else inner
            pictures.append(str(address))
        else:
            raise HttpFailure(400, "A part is neither text nor image_url.")
    try:
        said = "\n".join(words)
        question = text_of(said) if said.strip() or not pictures else ""
    except (ValueError, TypeError):
        raise HttpFailure(400, "A message of the user has no words.") from None
    return Message(question, tuple(pictures))


def pieces(text: str) -> list[str]:
    """Sentences of a text that was checked, with the spaces behind them."""
    ends = [match.end() for match in _SENTENCE.finditer(text)]
    starts = [0, *ends]
    return [text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True)]
