"""Conversations in OpenAI's form: each question with what went before it."""

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rsrag.answers import Answer
from rsrag.errors import GeneratorError
from rsrag.serve.chat.answer_routes import MOST_TOKENS, index_named, text_of
from rsrag.serve.chat.sent_pictures import sent_picture
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service

MODEL = "rsrag"
_TURNS = 64
_REPLAYED = 8
_SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation: words, and what pictures it has."""

    question: str
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request for the next answer.

    Attributes:
        turns: questions, the last to be answered.
        index: name of the imagery that is meant, if one is.
        max_tokens: of the language model.
        stream: whether pieces are wanted.
        notes: what was asked for and is not done.
    """

    turns: tuple[Turn, ...]
    index: str | None
    max_tokens: int
    stream: bool
    notes: tuple[str, ...]


def conversation_of(service: Service, body: Any) -> Conversation:
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
    return Conversation(
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


def _turn(message: Mapping[str, Any]) -> Turn:
    content = message.get("content")
    words: list[Any] = []
    pictures: list[str] = []
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
        question = text_of("\n".join(words))
    except (ValueError, TypeError):
        raise HttpFailure(400, "A message of the user has no words.") from None
    return Turn(question, tuple(pictures))


def next_answer(
    service: Service, asked: Conversation, gone: threading.Event | None = None
) -> Answer:
    """Answer the last question of a conversation.

    What went before is asked once more, unless it is remembered.

    Args:
        gone: set when nobody waits any more: the language model then stops.
    """
    before: Any = None
    turns = asked.turns[-_REPLAYED:]
    for at in range(len(turns)):
        seen = json.dumps(
            [asked.index, [(t.question, t.pictures) for t in turns[: at + 1]]]
        )
        key = hashlib.sha256(seen.encode("utf-8", "replace")).digest()
        last = at == len(turns) - 1
        answer = None if last else service.contexts.get(key)
        if answer is None:
            answer = _answer(service, asked, turns[at], before, gone)
            service.contexts.put(key, answer)
        before = answer
    assert isinstance(before, Answer)
    return before


def _answer(
    service: Service,
    asked: Conversation,
    turn: Turn,
    before: Answer | None,
    gone: threading.Event | None,
) -> Answer:
    def heard(_: str) -> None:
        if gone is not None and gone.is_set():
            raise GeneratorError("Nobody waits for the answer any more.")

    if len(turn.pictures) > 1:
        raise HttpFailure(400, "A question is about one picture at most.")
    image = sent_picture(service, turn.pictures[0]) if turn.pictures else None
    return service.knowledge.ask(
        turn.question,
        image=image,
        after=before,
        index=index_named(service, asked.index, pictured=image is not None),
        max_tokens=asked.max_tokens,
        on_text=heard,
    )


def pieces(text: str) -> list[str]:
    """Sentences of a text that was checked, with the spaces behind them."""
    ends = [match.end() for match in _SENTENCE.finditer(text)]
    starts = [0, *ends]
    return [text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True)]
