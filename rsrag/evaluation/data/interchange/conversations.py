"""Conversations as LLaVA and as chat messages have them.

LLaVA: ``{"id", "image": FILE or [FILE, ...], "conversations": [{"from": "human",
"value"}, {"from": "gpt", "value"}, ...]}``, as RS-GPT4V, GeoChat, SkyEye-968k,
ChangeChat and VRSBench have it. Messages, as ms-swift and RS-RAG have it:
``{"messages": [{"role", "content"}, ...], "images": [FILE, ...]}``; a content may be a
list of parts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.evaluation.data.interchange.sample import (
    PICTURE,
    Role,
    Said,
    Sample,
    joined,
    texts,
    unknown,
    wrong,
)

_LLAVA = ("image", "conversations")
_MESSAGES = ("images", "messages")
_ROLES: Mapping[str, Role] = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
}
_FROM = {"user": "human", "assistant": "gpt", "system": "system"}


def from_llava(row: Mapping[str, Any], where: str) -> Sample:
    """Read a record of LLaVA; raises :class:`ConfigError` for what is none."""
    turns = _turns(row.get("conversations"), "from", "value", where, [])
    images = texts(row.get("image"), where, "image")
    return _checked(Sample(images, turns, unknown(row, _LLAVA)), where)


def to_llava(sample: Sample) -> list[dict[str, Any]]:
    """A record of LLaVA."""
    own: dict[str, Any] = {}
    if sample.images:
        one = len(sample.images) == 1
        own["image"] = sample.images[0] if one else list(sample.images)
    own["conversations"] = [
        joined(
            {"from": _FROM[turn.role], "value": turn.text},
            turn.extra,
            ("from", "value"),
        )
        for turn in sample.turns
    ]
    first = {"id": sample.extra["id"]} if "id" in sample.extra else {}
    return [{**first, **joined(own, sample.extra, _LLAVA)}]


def from_messages(row: Mapping[str, Any], where: str) -> Sample:
    """Read a record of messages; raises :class:`ConfigError` for what is none."""
    inside: list[str] = []
    turns = _turns(row.get("messages"), "role", "content", where, inside)
    images = texts(row.get("images"), where, "images")
    if images and inside:
        wrong(where, "pictures stand both in images and in the parts of a message")
    images = images or tuple(inside)
    return _checked(Sample(images, turns, unknown(row, _MESSAGES)), where)


def to_messages(sample: Sample) -> list[dict[str, Any]]:
    """A record of messages."""
    own: dict[str, Any] = {
        "messages": [
            joined(
                {"role": turn.role, "content": turn.text},
                turn.extra,
                ("role", "content"),
            )
            for turn in sample.turns
        ]
    }
    if sample.images:
        own["images"] = list(sample.images)
    return [joined(own, sample.extra, _MESSAGES)]


def _turns(
    listed: Any, who: str, what: str, where: str, inside: list[str]
) -> tuple[Said, ...]:
    if not isinstance(listed, list) or not listed:
        wrong(where, f"there are no turns, but {str(listed)[:60]!r}")
    turns: list[Said] = []
    for number, turn in enumerate(listed, 1):
        at = f"{where}, turn {number}"
        if not isinstance(turn, dict):
            wrong(at, f"{str(turn)[:60]!r} is no object")
        said = turn.get(who)
        role = _ROLES.get(said) if isinstance(said, str) else None
        if role is None:
            wrong(at, f"{who} is {str(said)[:60]!r}, not {', '.join(_ROLES)}")
        spoken = [one.role for one in turns if one.role != "system"]
        due = "assistant" if len(spoken) % 2 else "user"
        if role == "system" and turns:
            wrong(at, "a system's turn must be the first")
        if role not in ("system", due):
            wrong(at, f"it is {said}'s, where it is the {due}'s turn")
        text = _text(turn.get(what), at, inside)
        turns.append(Said(role, text, unknown(turn, (who, what))))
    return tuple(turns)


def _text(content: Any, where: str, inside: list[str]) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        wrong(where, f"{str(content)[:60]!r} is no text")
    parts = []
    for part in content:
        text, picture = _part(part)
        if picture is not None:
            inside.append(picture)
            text = PICTURE
        if text is None:
            wrong(where, f"{str(part)[:60]!r} is neither a text nor a picture")
        parts.append(text)
    return "\n".join(parts)


def _part(part: Any) -> tuple[str | None, str | None]:
    """The text of a part, and its picture."""
    if not isinstance(part, dict):
        return None, None
    kind = part.get("type")
    value = part.get(kind) if isinstance(kind, str) else None
    if kind == "image_url" and isinstance(value, dict):
        value = value.get("url")
    if not isinstance(value, str) or not value.strip():
        return None, None
    if kind in ("image", "image_url"):
        return None, value
    return (value, None) if kind == "text" else (None, None)


def _checked(sample: Sample, where: str) -> Sample:
    users: Sequence[Said] = [turn for turn in sample.turns if turn.role == "user"]
    if not users:
        wrong(where, "nobody asks anything")
    places = sum(turn.text.count(PICTURE) for turn in sample.turns)
    if places > len(sample.images):
        wrong(
            where,
            f"{places} times {PICTURE}, but the number of pictures is "
            f"{len(sample.images)}",
        )
    return sample
