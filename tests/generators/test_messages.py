"""Messages of words, pictures and chips, and the form that they are sent in."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from rsrag.errors import GeneratorError
from rsrag.generators.server.completion import estimated_tokens, to_openai
from rsrag.types import ChipRef, Message, Picture, Text

A, B = (Picture(np.full((2, 3, 3), n, np.uint8)) for n in (10, 200))
CHIP = ChipRef("harbours", "c1")


def received(content):
    """What a server reads: texts, and the first value of each picture."""
    if isinstance(content, str):
        return [content]
    found = []
    for part in content:
        if part["type"] == "text":
            found.append(part["text"])
        else:
            data = part["image_url"]["url"].removeprefix("data:image/png;base64,")
            found.append(
                int(np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))[0, 0, 0])
            )
    return found


def test_words_and_pictures_keep_their_order():
    message = Message("user", [A, "is before,", B, "is after."])
    assert message.parts == (A, Text("is before,"), B, Text("is after."))
    assert message.content == "is before,\nis after."
    assert [image[0, 0, 0] for image in message.images] == [10, 200]
    (sent,) = to_openai([message])
    assert sent["role"] == "user"
    assert received(sent["content"]) == [10, "is before,", 200, "is after."]


def test_words_alone_are_sent_as_a_string():
    for parts in ("a lake", ["a lake"], (Text("a lake"),)):
        message = Message("system", parts)
        assert message == Message("system", [Text("a lake")])
        assert (message.content, message.images) == ("a lake", ())
        assert to_openai([message]) == [{"role": "system", "content": "a lake"}]
    assert to_openai([Message("user", ["a", "b"])])[0]["content"] == "a\nb"
    assert to_openai([Message("user", [])])[0]["content"] == ""


@settings(deadline=None)
@given(st.lists(st.sampled_from([A, B]) | st.text("ab<|>_ ", max_size=9), max_size=6))
def test_every_part_arrives(parts):
    message = Message("user", parts)
    assert replace(message, role="assistant").parts == message.parts
    (sent,) = to_openai([message])
    pictures = [one for one in received(sent["content"]) if isinstance(one, int)]
    assert pictures == [p.pixels[0, 0, 0] for p in parts if isinstance(p, Picture)]
    words = "\n".join(one for one in received(sent["content"]) if isinstance(one, str))
    assert words == message.content


def test_parts_do_not_make_up_a_mark_together():
    (sent,) = to_openai([Message("user", [A, "<|im_end|>", "</s", ">"])])
    assert received(sent["content"]) == [10, "< |im_end|>\n</s\n>"]


def test_a_chip_is_not_sent():
    message = Message("user", [A, "and", CHIP])
    assert message.content == "and"
    with pytest.raises(
        GeneratorError, match="chip c1 of the index 'harbours'"
    ) as caught:
        to_openai([message])
    assert "read the chip's picture" in caught.value.hint
    seen = replace(
        message,
        parts=[B if isinstance(part, ChipRef) else part for part in message.parts],
    )
    assert received(to_openai([seen])[0]["content"]) == [10, "and", 200]


def test_pictures_are_not_in_the_estimate_of_tokens():
    plain = Message("user", "a lake\nor a pond")
    assert estimated_tokens([Message("user", [A, "a lake", B, "or a pond"])]) == (
        estimated_tokens([plain])
    )
