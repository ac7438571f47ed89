"""Conversations written for others: Markdown, LLaVA, messages."""

import json
from typing import Any

from rsrag.dialogue.state import DialogueState

FORMATS = ("md", "llava", "messages")


def transcript(name: str, state: DialogueState, form: str) -> str:
    """A conversation as text.

    Args:
        form: ``md``; ``llava``, one record with ``<image>`` where a picture came; or
            ``messages``, as chat servers take them, pictures as ``image_url`` parts.
    """
    if form == "md":
        return _markdown(name, state)
    value = _llava(name, state) if form == "llava" else _messages(state)
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _markdown(name: str, state: DialogueState) -> str:
    blocks = [f"# {name}"]
    for turn in state.turns:
        shown = "".join(f"![{one}]({state.pictures[one]}) " for one in turn.pictures)
        blocks += [f"**You:** {shown}{turn.said}".rstrip(), turn.told]
    return "\n\n".join(blocks) + "\n"


def _llava(name: str, state: DialogueState) -> list[dict[str, Any]]:
    told = []
    for turn in state.turns:
        said = "<image>\n" * len(turn.pictures) + turn.said
        told.append({"from": "human", "value": said})
        told.append({"from": "gpt", "value": turn.told})
    images = [state.pictures[one] for turn in state.turns for one in turn.pictures]
    return [{"id": name, "image": images, "conversations": told}]


def _messages(state: DialogueState) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for turn in state.turns:
        content: Any = turn.said
        if turn.pictures:
            urls = [state.pictures[one] for one in turn.pictures]
            content = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
            content += [{"type": "text", "text": turn.said}] if turn.said else []
        told.append({"role": "user", "content": content})
        told.append({"role": "assistant", "content": turn.told})
    return told
