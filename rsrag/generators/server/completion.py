"""Messages in OpenAI's form, and a completion, whole or piece by piece."""

import base64
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rsrag.errors import GeneratorError
from rsrag.generators.server.web import Web
from rsrag.types import Generation, Message, Picture, Pixels, Text


@dataclass(slots=True)
class Completion:
    """What has been read of a completion so far.

    Attributes:
        text: as it came.
        pieces: in which it came.
        finish: the server's word, if it has said it.
        usage: the server's counts, if it gives any.
    """

    text: str = ""
    pieces: int = 0
    finish: str | None = None
    usage: dict[str, Any] | None = None

    def add(self, piece: str, on_text: Callable[[str], None] | None) -> None:
        """Take the next piece of text; white space before the first is not told."""
        if not piece:
            return
        self.pieces += 1
        shown = piece if self.text.strip() else piece.lstrip()
        self.text += piece
        if shown and on_text:
            on_text(shown)

    def generation(self, prompt_tokens: int) -> Generation:
        """The whole; ``prompt_tokens`` were counted here, for servers that do not tell.

        Raises:
            GeneratorError: the server held the answer back.
        """
        if self.finish == "content_filter":
            raise GeneratorError("The server's filter held the answer back.")
        usage = self.usage or {}
        prompt, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
        return Generation(
            self.text.strip(),
            prompt if isinstance(prompt, int) else prompt_tokens,
            written if isinstance(written, int) else self.pieces,
            "length" if self.finish == "length" else "stop",
        )


def whole(web: Web, answer: dict[str, Any]) -> Completion:
    """A completion that came at once, or the error that came in its place."""
    content, finish = _choice(web, answer, "message")
    usage = answer.get("usage")
    counts = usage if isinstance(usage, dict) else None
    return Completion(content, -(-len(content.encode()) // 3), finish, counts)


def streamed(
    web: Web, lines: Iterable[bytes], on_text: Callable[[str], None]
) -> Completion:
    """A completion that comes as server-sent events.

    Raises:
        GeneratorError: an error inside the stream, or one that ends in its midst.
    """
    done = Completion()
    for data in _events(lines):
        if data == "[DONE]":
            return done
        event = web.parse(data)
        if isinstance(event.get("usage"), dict):
            done.usage = event["usage"]
        if event.get("choices") == [] and "error" not in event:
            continue  # counts only, after the text
        piece, finish = _choice(web, event, "delta")
        done.finish = finish or done.finish
        done.add(piece, on_text)
    if done.finish is None:
        raise GeneratorError(
            f"The stream from {web.root} ended in the midst of the answer.",
            hint="look at the server's own log",
        )
    return done


def _events(lines: Iterable[bytes]) -> Iterator[str]:
    """The data of server-sent events: lines of ``data:`` up to an empty line."""
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _choice(web: Web, answer: dict[str, Any], part: str) -> tuple[str, str | None]:
    """The text of the first choice, and its finish."""
    if "error" in answer:
        raise GeneratorError(f"{web.root} answers: {web.told(answer)}")
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    said = first.get(part) if isinstance(first, dict) else None
    text = (said.get("content") or "") if isinstance(said, dict) else None
    if not isinstance(first, dict) or not isinstance(text, str):
        raise GeneratorError(
            f"{web.root} gives no answer in it: {web.told(str(answer))}",
            hint="--llm-url must be an OpenAI-compatible server's",
        )
    finish = first.get("finish_reason")
    return text, finish if isinstance(finish, str) else None


# What chat templates of the common families write around turns and pictures. A
# server's tokenizer would take them for the real thing inside a message, too.
_MARKS = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|<｜[^<>｜]{1,40}｜>|</?s>|\[/?(?:INST|SYSTEM_PROMPT|IMG)\]"
    r"|<</?SYS>>|<(?:start|end)_of_(?:turn|image)>|<__(?:media|image)__>|<image>",
    re.IGNORECASE,
)


def without_marks(text: str) -> str:
    """The text, with a space in all that looks like a mark of a chat template.

    The template of a server is not known here, so this goes by a list.
    """
    while _MARKS.search(text):
        text = _MARKS.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)
    return text


def data_uri(image: Pixels) -> str:
    """A picture, ``(height, width, 3)`` uint8 RGB, as a PNG in a ``data:`` address."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def to_openai(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as JSON objects, words and pictures in their order.

    Raises:
        GeneratorError: a chip in place of a picture.
    """
    return [
        {"role": message.role, "content": _content(message)} for message in messages
    ]


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return without_marks(message.content)
    parts: list[dict[str, Any]] = []
    for kind, run in groupby(message.parts, type):
        if kind is Text:
            # Text parts in a row become one, so that they cannot make up a mark.
            text = without_marks(Message(message.role, run).content)
            parts.append({"type": "text", "text": text})
        else:
            urls = [data_uri(part.pixels) for part in run if isinstance(part, Picture)]
            parts += [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return parts


def without_pictures(messages: Sequence[Message]) -> list[Message]:
    """The words of messages alone, which are what is counted."""
    return [Message(message.role, message.content) for message in messages]


def estimated_tokens(messages: Sequence[Message]) -> int:
    """Rather more tokens than these messages have, where no tokenizer can be asked.

    Digits and marks count one each, as the most frugal vocabularies have them;
    other text a token for each three bytes of UTF-8 (English has about four); and
    each message sixteen for its role and its marks.
    """
    return sum(16 + _most_tokens(message.content) for message in messages) + 16


def _most_tokens(text: str) -> int:
    single = sum(not (c.isalpha() or c.isspace()) and c.isascii() for c in text)
    return single + -(-(len(text.encode("utf-8", "replace")) - single) // 3)
