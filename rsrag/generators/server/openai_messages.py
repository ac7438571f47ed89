"""Messages in OpenAI's form, as servers and llama.cpp's vision handlers take them."""

import base64
import io
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rsrag.types import Message, Picture, Pixels, Text

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
