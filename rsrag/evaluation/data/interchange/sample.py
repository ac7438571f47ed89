"""A picture, or several, with what was said of them: what every form is read into."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from rsrag.errors import ConfigError

Role = Literal["system", "user", "assistant"]
KEPT = "rsrag:kept"
"""Holds unknown keys that mean something else in the form that is written."""
DESCRIBE = "Describe the image in one sentence."
IN_DETAIL = "Describe the image in detail."
PICTURE = "<image>"


@dataclass(frozen=True, slots=True)
class Said:
    """A turn.

    Attributes:
        role: of who speaks.
        text: with ``<image>`` where a picture stands.
        extra: keys that no form knows, or only the one it is from.
    """

    role: Role
    text: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """A record.

    Attributes:
        images: names of pictures, in the order of their ``<image>``.
        turns: user and assistant in turn, after a system's, if any.
        extra: all other keys, ``id`` among them.
    """

    images: tuple[str, ...]
    turns: tuple[Said, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[Said, Said]]:
        """Questions with their answers; ``<image>`` is still in them."""
        turns = [one for one in self.turns if one.role != "system"]
        return list(zip(turns[::2], turns[1::2], strict=False))


Asked = tuple[str, str, Mapping[str, Any]]
"""A question, its answer, and further keys of the question."""


def told(
    images: tuple[str, ...],
    pairs: Sequence[Asked],
    extra: Mapping[str, Any],
) -> Sample:
    """A sample of questions, answers and what else is known of the questions."""
    turns = []
    for number, (question, answer, more) in enumerate(pairs):
        shown = f"{PICTURE}\n" * (len(images) if number == 0 else 0)
        turns += [Said("user", shown + question, more), Said("assistant", answer)]
    return Sample(images, tuple(turns), extra)


def plain(text: str) -> str:
    """A question without the places of pictures."""
    return text.replace(PICTURE, "").strip()


def unknown(row: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The keys of a row that its form does not know."""
    extra = {key: value for key, value in row.items() if key not in keys}
    kept = extra.get(KEPT)
    if isinstance(kept, dict) and kept and kept.keys() <= {*keys, KEPT}:
        del extra[KEPT]
        extra |= kept
    return extra


def joined(
    own: Mapping[str, Any], extra: Mapping[str, Any], keys: Collection[str]
) -> dict[str, Any]:
    """A row of a form's own keys and of others, which hide none of them."""
    hidden = {key: value for key, value in extra.items() if key in (*keys, KEPT)}
    row = {**own, **{k: v for k, v in extra.items() if k not in hidden}}
    return {**row, KEPT: hidden} if hidden else row


def wrong(where: str, what: str) -> NoReturn:
    """Refuse a record."""
    raise ConfigError(f"{where}: {what}.")


def texts(value: Any, where: str, name: str) -> tuple[str, ...]:
    """A text, a list of texts, or nothing, as texts that are not blank."""
    listed = [] if value is None or value == "" else value
    listed = listed if isinstance(listed, list) else [listed]
    for one in listed:
        if not isinstance(one, str) or not one.strip():
            wrong(where, f"{name} has {str(one)[:60]!r}, which is no text")
    return tuple(listed)
